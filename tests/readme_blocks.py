"""The console blocks of README.md and README.zh-CN.md: run each command, and compare, or with --write put in what it prints.

python tests/readme_blocks.py --write
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
_BLOCK = re.compile(r"```console\n(?P<body>\$ .*?)```", re.DOTALL)


class Block(NamedTuple):
    command: str
    output: str
    start: int
    end: int


def blocks(text: str) -> Iterator[Block]:
    """Each block is one command after "$ ", which may go on after a backslash, and what it prints."""
    for match in _BLOCK.finditer(text):
        lines = match["body"].splitlines(keepends=True)
        length = next(number for number, line in enumerate(lines, 1) if not line.endswith("\\\n"))
        command = "".join(lines[:length]).removeprefix("$ ")
        yield Block(command, "".join(lines[length:]), match.start("body"), match.end("body"))


def printed(command: str) -> str:
    """What a command prints, stderr with it, run by a shell among copies of the examples."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONUNBUFFERED", "COLUMNS", "CONVCLI_LANG")
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples", folder, dirs_exist_ok=True)
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return ran.stdout.decode()


def rewritten(text: str) -> str:
    pieces, end = [], 0
    for block in blocks(text):
        pieces += [text[end : block.start], f"$ {block.command}{printed(block.command).rstrip()}\n"]
        end = block.end
    return "".join([*pieces, text[end:]])


if __name__ == "__main__":
    changed = False
    for path in READMES:
        text = path.read_text("utf-8")
        new = rewritten(text)
        changed |= new != text
        if "--write" in sys.argv:
            path.write_text(new, "utf-8")
    sys.exit(changed and "--write" not in sys.argv)
