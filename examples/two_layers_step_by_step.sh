#!/usr/bin/env bash
# Two 3x3 layers that shrink 5x5 to one number, three steps of SGD: weights before, loss, gradient, weights after.
set -euo pipefail
convcli learn "Conv2d(1, 1, 3)" "Conv2d(1, 1, 3)" rand:1x1x5x5:1 "[[[[1]]]]" --lr 0.01 --epochs 3 --verbose --precision 4
