#!/usr/bin/env bash
# The five padding modes, made visible: a kernel of one cell, 1, copies the padded input.
set -euo pipefail
for mode in zeros reflect symmetric replicate circular; do
  echo "$mode"
  convcli run conv2d arange:5x5 ones:1x1 -p 2 --padding-mode "$mode" -f csv
done
