#!/usr/bin/env bash
# "mat1 and mat2 shapes cannot be multiplied": what reaches the classifier of a small network, layer by layer.
set -euo pipefail
shape=1x1x28x28
for layer in "Conv2d(1, 32, 5, padding=2)" "Conv2d(32, 64, 3, stride=2)" "Conv2d(64, 64, 3, stride=2)"; do
  next=$(convcli shape "$layer" "$shape" -q)
  echo "$shape -> $layer -> $next"
  shape=$next
done
IFS=x read -r _ channels height width <<<"$shape"
echo "the Linear layer takes $((channels * height * width)) numbers"
