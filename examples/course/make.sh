#!/usr/bin/env bash
# Makes the course that stands in this folder: for each lesson of docs/tutorial a sheet of problems with
# its solutions, and a page to explore; and the notebook.
# Usage: make.sh [FOLDER], the folder for the results (default: the one of this script).
#   SHEETS=html make.sh     sheets to print; SHEETS=tex and SHEETS=xml are for LaTeX and Moodle
#   SEED=100 make.sh        other problems
#   CONVCLI_LANG=zh make.sh in Chinese
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "${1:-$here}"
cd "${1:-$here}"
form="${SHEETS:-md}" seed="${SEED:-0}"

# sheet LESSON OPTIONS...: the problems of a lesson, and their solutions
sheet() {
  local lesson="$1"
  shift
  convcli exercise "$@" --seed "$((seed + lesson))" \
    -o "sheet-$lesson.$form" --solutions "solutions-$lesson.$form" --force
}

# 1. Sizes and padding
sheet 1 --ask size,padding --count 6
convcli show conv2d arange:8x8:1 ones:3x3 -s 2 -o lesson-1.html --force

# 2. The worked sum, channels and groups
sheet 2 --ask sum,parameters --count 6
convcli show conv2d arange:4x5x5 arange:4x2x3x3 -g 2 -o lesson-2.html --force

# 3. Edges, and learning a kernel
sheet 3 --ask output --count 4
convcli learn conv1d "1 1 0 0 0 0 1 1" "0 1 0 0 0 -1 0" -k 2 --no-bias --weight "0 0" --loss sse --lr 0.1 -o lesson-3.html --force

# 4. Transposed convolution
sheet 4 --ask transposed --count 5
convcli show conv_transpose2d "1 2; 3 4" ones:3x3 -s 2 --view scatter -o lesson-4.html --force

# 5. Convolution as a matrix product
sheet 5 --ask gradient --count 4
convcli show conv2d arange:4x4:1 "1 2; 3 4" -o lesson-5.html --force

# 6. Receptive fields
sheet 6 --ask receptive-field --count 6
convcli stack "Conv2d(1, 1, 3); MaxPool2d(2); Conv2d(1, 1, 3)" 1x12x12 -o lesson-6.html --force

# The notebook: sizes, sums, gradients, transposed layers, receptive fields, for Jupyter
case "${CONVCLI_LANG:-}" in
  zh*) notebook="$here/../../docs/zh/notebooks/convolutions.ipynb" ;;
  *) notebook="$here/../../docs/notebooks/convolutions.ipynb" ;;
esac
cp "$notebook" .
