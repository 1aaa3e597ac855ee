#!/usr/bin/env bash
# Two filters in a pipe: smooth the noise of a photograph away, then take the edges. No file in between.
set -euo pipefail
cd "$(dirname "$0")"
convcli run conv2d camera.npy kernel:gaussian:5:1.0 -p 2 --padding-mode reflect -o - |
  convcli run conv2d - kernel:laplacian -p 1 --padding-mode replicate --precision 1
