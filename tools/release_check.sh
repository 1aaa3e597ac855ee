#!/usr/bin/env bash
# Build sdist and wheel, install the wheel into a new environment outside the tree, and try it there.
# Usage: release_check.sh PYTHON. The two files stay in dist/.
set -euo pipefail
cd "$(dirname "$0")/.."
python="$1"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

"$python" -m venv "$work/build"
"$work/build/bin/python" -m pip install -q build
rm -rf dist
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct 2>/dev/null || echo 315532800)"
export SOURCE_DATE_EPOCH
for folder in dist "$work/again"; do
  "$work/build/bin/python" -m build --outdir "$folder" . >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
for file in dist/*; do
  cmp "$file" "$work/again/${file#dist/}" || { echo "FAILED: $file differs when it is built again"; exit 1; }
done
echo "ok: built twice, with the same bytes"

# What the sdist and the wheel hold is what git holds, and what the build adds.
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  git ls-files | sort >"$work/held"
  tar -tzf dist/*.tar.gz | sed 's|^[^/]*/||' | grep -vx PKG-INFO | sort >"$work/packed"
  diff "$work/held" "$work/packed" || { echo "FAILED: the sdist (>) differs from git (<)"; exit 1; }
  "$python" -m zipfile -l dist/*.whl | awk 'NR > 1 { print $1 }' | grep '^convcli/' \
    | grep -v '^convcli/reference/' | sort >"$work/packed"
  diff <(grep '^convcli/' "$work/held") "$work/packed" || { echo "FAILED: the wheel (>) differs from git (<)"; exit 1; }
  echo "ok: sdist and wheel hold what git holds"
fi
"$python" -m tools.licenses

"$python" -m venv "$work/installed"
"$work/installed/bin/python" -m pip install -q dist/*.whl
unset PYTHONPATH
cd "$work"
convcli="$work/installed/bin/convcli"

expect() { # expect TEXT COMMAND...: the command succeeds and prints the text
  local text="$1"
  shift
  "$@" >"$work/output" || { echo "FAILED: $*"; exit 1; }
  grep -qF -- "$text" "$work/output" || { echo "FAILED: $* does not print $text"; exit 1; }
  echo "ok: ${*//$work\/installed\/bin\//}"
}

expect "convcli " "$convcli" --version
expect "1x64x112x112" "$convcli" shape conv2d 1x3x224x224 -c 64 -k 7 -s 2 -p 3 -q
expect "= 411" "$convcli" trace conv2d arange:5x5:1 arange:3x3:1 --at 0,0
expect "951" "$convcli" run conv2d arange:5x5:1 arange:3x3:1
expect "61706" "$convcli" stack lenet5 1x28x28
expect "Ways to write an array" "$convcli" help arrays
expect "数组的写法" "$convcli" help arrays --lang zh
"$convcli" show conv2d arange:5x5:1 arange:3x3:1 -o page.html
expect "<html" head -c 2000 page.html
package="$(cd / && "$work/installed/bin/python" -c 'import convcli, os; print(os.path.dirname(convcli.__file__))')"
expect "py.typed" ls "$package"
echo "built and tried: $(cd - >/dev/null && ls dist | tr '\n' ' ')"
