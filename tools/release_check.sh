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
holds_what_git_holds() { # holds_what_git_holds FOLDER: of the sdist and the wheel in it
  tar -tzf "$1"/*.tar.gz | sed 's|^[^/]*/||' | grep -vx PKG-INFO | sort >"$work/packed"
  diff "$work/held" "$work/packed" || { echo "FAILED: the sdist (>) differs from git (<)"; exit 1; }
  "$python" -m zipfile -l "$1"/*.whl | awk 'NR > 1 { print $1 }' | grep '^convcli/' | sort >"$work/packed"
  diff "$work/installs" "$work/packed" || { echo "FAILED: the wheel (>) differs from git (<)"; exit 1; }
}
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  git ls-files | sort >"$work/held"
  sed -n -e '/^convcli\//p' -e 's|^docs/reference/|convcli/reference/|p' \
    -e 's|^docs/zh/reference/|convcli/reference/zh/|p' "$work/held" >"$work/names"
  ! command -v cc >/dev/null || echo convcli/engine/compute/native/kernel.so >>"$work/names"
  sort "$work/names" >"$work/installs"
  holds_what_git_holds dist
  git clone -q . "$work/checkout"
  git diff --binary HEAD | git -C "$work/checkout" apply --index --allow-empty
  for name in 'convcli/new.py' 'convcli/[x] #!*.txt' 'docs/reference/new.md' 'tests/new/x.bin' 'new.md'; do
    mkdir -p "$(dirname "$work/checkout/$name")"
    echo untracked >"$work/checkout/$name"
  done
  "$work/build/bin/python" -m build --sdist --wheel --outdir "$work/beside" "$work/checkout" >"$work/log" 2>&1 \
    || { cat "$work/log"; exit 1; }
  holds_what_git_holds "$work/beside"
  echo "ok: sdist and wheel hold what git holds, whatever lies in the checkout"
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
! command -v cc >/dev/null || expect "compiled kernel" "$convcli" --version
expect "NumPy computes: CONVCLI_NATIVE is 0" env CONVCLI_NATIVE=0 "$convcli" --version
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
