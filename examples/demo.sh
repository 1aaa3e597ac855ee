#!/usr/bin/env bash
# A worked sum, the first layer of a ResNet, and an edge filter over a photograph.
# Usage: demo.sh [FOLDER], the folder for the results (default: demo-output beside examples/).
set -euo pipefail
mkdir -p "${1:-$(dirname "$0")/../demo-output}"
out="$(cd "${1:-$(dirname "$0")/../demo-output}" && pwd)"
cd "$(dirname "$0")"

echo "1. The first output of a 3x3 kernel on the numbers 1 to 25, term by term"
echo
convcli trace conv2d arange:5x5:1 arange:3x3:1 --at 0,0

echo "2. The first layer of a ResNet: sizes, parameters, cost"
echo
convcli shape "nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)" 1x3x224x224

echo "3. An edge filter over a photograph"
echo
filter=(run conv2d camera.npy kernel:sobel-x -p 1 --padding-mode replicate)
convcli "${filter[@]}"
convcli "${filter[@]}" -o "$out/edges.npy" --force
echo "The vertical edges of examples/camera.npy are in $out/edges.npy"
if convcli "${filter[@]}" -o "$out/edges.png" --force 2>/dev/null; then
  echo "and, as a picture, in $out/edges.png"
else
  echo "(for a picture, install the extra image: pip install '.[image]')"
fi
