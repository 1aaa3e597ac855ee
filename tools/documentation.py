"""The pages of the documentation: their console blocks, their generated tables, their links.

python -m tools.documentation            exit 1 if a page is out of date
python -m tools.documentation --write    rerun every block and rebuild the tables

A line "..." of an output stands for the lines that the page leaves out.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tools.option_tables import tables

ROOT = Path(__file__).parent.parent
PAGES = (
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    ROOT / "examples" / "README.md",
    ROOT / "examples" / "course" / "README.md",
)
LINKED_FOLDERS = ("examples", "benchmarks", "docs", "tests")
CUT = "..."  # a line of an output: here the page leaves lines out
SHELL_OPERATORS = set("();<>|&")
NOT_INHERITED = ("PYTHONUNBUFFERED", "COLUMNS", "LINES", "CONVCLI_LANG", "NO_COLOR", "FORCE_COLOR")

_BLOCK = re.compile(r"```console\n(?P<body>\$ .*?)```", re.DOTALL)
_TABLE = re.compile(r"(<!-- table: (?P<name>[\w -]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


class Block(NamedTuple):
    """One command of a page and its output; `start` and `end` are its place in the page's text."""

    command: str
    output: str
    start: int
    end: int

    @property
    def words(self) -> list[str] | None:
        """The arguments of a plain `convcli ...` line; None for a line that needs a shell."""
        if "$" in self.command:
            return None
        lexer = shlex.shlex(self.command.replace("\\\n", " "), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
        if words[0] != "convcli" or any(word and set(word) <= SHELL_OPERATORS for word in words):
            return None
        return words[1:]


def blocks(text: str) -> Iterator[Block]:
    """The console blocks of a page: a command after "$ ", with backslashes, and its output."""
    for match in _BLOCK.finditer(text):
        lines = match["body"].splitlines(keepends=True)
        length = next(number for number, line in enumerate(lines, 1) if not line.endswith("\\\n"))
        command = "".join(lines[:length]).removeprefix("$ ")
        yield Block(command, "".join(lines[length:]), match.start("body"), match.end("body"))


def copied_clone(folder: Path) -> None:
    """Lay out `folder` like the root of a clone, with its own copy of the examples."""
    shutil.copytree(ROOT / "examples", folder / "examples")


def output_of(block: Block, folder: Path) -> str:
    """What a shell prints for the block in `folder`, stderr included."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", block.command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return ran.stdout.decode()


def output_in_process(words: list[str]) -> str:
    """What `main` prints for a plain line in the current folder, stderr included."""
    from convcli.cli.app.main import main
    from convcli.cli.output.streams import Streams

    both = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    main(words, Streams(io.TextIOWrapper(io.BytesIO()), both, both))
    both.flush()
    return both.buffer.getvalue().decode()  # type: ignore[attr-defined,no-any-return]


def as_shown(shown: str, output: str) -> str:
    """The output with the cuts of the page; all of it if they do not match."""
    lines = shown.rstrip().splitlines()
    pattern = "".join(r"(?:.*\n)+?" if line == CUT else re.escape(line) + r"\n" for line in lines)
    whole = output.rstrip()
    return "\n".join(lines) if lines and re.fullmatch(pattern, whole + "\n") else whole


def targets(text: str) -> Iterator[str]:
    """The links of a page that lead to files or headings of this repository."""
    for match in _LINK.finditer(_FENCE.sub("", text)):
        if not match["target"].startswith(("http:", "https:", "mailto:")):
            yield match["target"]


def anchors(text: str) -> set[str]:
    """The names of a page's headings in links, as GitHub makes them."""
    headings = _HEADING.findall(_FENCE.sub("", text))
    return {
        re.sub(r"[^\w\- ]", "", heading.replace("`", "")).strip().lower().replace(" ", "-")
        for heading in headings
    }


def with_tables(text: str) -> str:
    """The page with its generated tables made again."""
    return _TABLE.sub(lambda match: match[1] + tables(match["name"]) + match[3], text)


def rewritten(text: str) -> str:
    """The page with the output of every block and every generated table made again."""
    found = list(blocks(text))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outputs = list(pool.map(_output_of_one, found))
    pieces, end = [], 0
    for block, output in zip(found, outputs, strict=True):
        shown = "".join(f"{line}\n" for line in as_shown(block.output, output).splitlines())
        pieces += [text[end : block.start], f"$ {block.command}{shown}"]
        end = block.end
    return with_tables("".join([*pieces, text[end:]]))


def _output_of_one(block: Block) -> str:
    with tempfile.TemporaryDirectory() as folder:
        copied_clone(Path(folder))
        return output_of(block, Path(folder))


def main(arguments: list[str]) -> int:
    """Rewrite the pages, or exit 1 where one is out of date; names of pages limit it to these."""
    write = "--write" in arguments
    names = [name for name in arguments if not name.startswith("--")]
    outdated = False
    for path in [Path(name).resolve() for name in names] or PAGES:
        text = path.read_text("utf-8")
        new = rewritten(text)
        if new != text:
            outdated = True
            print(f"{path.relative_to(ROOT)}: {'rewritten' if write else 'out of date'}")
            if write:
                path.write_text(new, "utf-8")
    return int(outdated and not write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
