#!/usr/bin/env bash
# From an image with two vertical edges and the edges themselves to the kernel (1, -1), by ten steps of gradient descent.
set -euo pipefail
rows=6
image=$(for _ in $(seq $rows); do printf '1 1 0 0 0 0 1 1; '; done)
edges=$(for _ in $(seq $rows); do printf '0 1 0 0 0 -1 0; '; done)
convcli learn conv2d -k 1,2 --no-bias "$image" "$edges" --loss sse --lr 0.03 --epochs 10
