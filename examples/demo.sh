#!/usr/bin/env bash
# The main job on real input: a worked sum, the stem of a ResNet, an edge filter over a photograph.
set -euo pipefail
cd "$(dirname "$0")"
out="${1:-../demo-output}"
mkdir -p "$out"

echo "1. The first output of the 1..25 example, term by term"
echo
convcli trace conv2d arange:5x5:1 arange:3x3:1 --at 0,0

echo "2. The stem of a ResNet: what goes in, what comes out, what it costs"
echo
convcli shape "nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)" 1x3x224x224

echo "3. An edge filter over a photograph"
echo
convcli run conv2d camera.npy kernel:sobel-x -p 1 --padding-mode replicate -o "$out/edges.npy" --force
convcli run conv2d camera.npy kernel:sobel-x -p 1 --padding-mode replicate
echo "camera.npy is the photograph; the vertical edges, as numbers, are in $(cd "$out" && pwd)/edges.npy"
if convcli run conv2d camera.npy kernel:sobel-x -p 1 --padding-mode replicate -o "$out/edges.png" --force 2>/dev/null; then
  echo "and as a picture in $(cd "$out" && pwd)/edges.png"
else
  echo "(for a picture too: pip install 'convcli[image]')"
fi
