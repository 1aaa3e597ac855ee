"""man/convcli.1 from the help of the commands and the pages of docs/reference.

python -m tools.man_page            exit 1 if man/convcli.1 is out of date
python -m tools.man_page --write    write it
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from convcli import __version__
from convcli.cli.app.main import COMMANDS
from tools.option_tables import (
    OptionRow,
    arguments_of,
    examples_of,
    options_of,
    shared_spellings,
    summary_of,
)

ROOT = Path(__file__).parent.parent
MAN_PAGE = ROOT / "man" / "convcli.1"
TOPICS = ("layers", "padding", "arrays", "stack", "formats", "exit-codes")  # in this order
LEFT_OUT = ("error-codes", "python")  # long, or for programmers; `convcli help` prints them
SUMMARY = "a convolution calculator: sizes, worked sums and results of PyTorch's layers"
DESCRIPTION = (
    "convcli takes a layer of PyTorch's convolution family and sizes or numbers of your own. It "
    "prints the output size with the formula filled in, the worked sum behind every number, and "
    "the whole result, exact for integers. PyTorch is not required."
)

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\([^)]+\)")
_CODE = re.compile(r"`([^`]+)`")
_RULE = re.compile(r"\|( -+ \|)+")


def man_page() -> str:
    """The whole page as roff, for the macros of man(7)."""
    lines = [
        '.\\" Made by tools/man_page.py from the help of the program and docs/reference.',
        f'.TH CONVCLI 1 "" "convcli {__version__}" "User Commands"',
        ".SH NAME",
        f"convcli \\- {escaped(SUMMARY)}",
        ".SH SYNOPSIS",
        "\\fBconvcli\\fR \\fICOMMAND\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]",
        ".br",
        "\\fBconvcli help\\fR [\\fITOPIC\\fR|\\fICOMMAND\\fR]",
        ".SH DESCRIPTION",
        escaped(DESCRIPTION),
        ".SH COMMANDS",
        *(line for command in COMMANDS for line in _command(command)),
    ]
    for topic in TOPICS:
        lines += roff((ROOT / "docs" / "reference" / f"{topic}.md").read_text("utf-8"))
    lines += [".SH SEE ALSO", f"convcli help {', '.join(sorted((*TOPICS, *LEFT_OUT)))}", ""]
    return "\n".join(lines)


def _command(command: str) -> Iterator[str]:
    yield ".SS " + " ".join(["convcli", command, *map(escaped, arguments_of(command))])
    yield escaped(summary_of(command))
    for row in options_of(command):
        if row.spelling not in shared_spellings():
            yield from _option(row)
    yield from (".PP", ".nf", ".RS")
    yield from (escaped(line) for line in examples_of(command))
    yield from (".RE", ".fi")


def _option(row: OptionRow) -> Iterator[str]:
    names = ", ".join(f"\\fB{escaped(name)}\\fR" for name in row.names)
    yield ".TP"
    yield names + (f" \\fI{escaped(row.metavar)}\\fR" if row.metavar else "")
    yield escaped(row.meaning)


def roff(markdown: str) -> Iterator[str]:
    r"""The Markdown that the reference uses, as roff: headings, paragraphs, lists, code and tables.

    >>> print(*roff("# Exit codes\n\nSee `-h`.\n\n- one\n"), sep="\n")
    .SH EXIT CODES
    .PP
    See \fB\-h\fR.
    .IP \(bu 2
    one
    """
    text = _COMMENT.sub("", markdown)
    for block in re.split(r"\n{2,}", text.strip("\n")):
        lines = block.splitlines()
        if lines[0].startswith("# "):
            yield f".SH {escaped(lines[0][2:].upper())}"
        elif lines[0].startswith("#"):
            yield f".SS {inline(lines[0].lstrip('# '))}"
        elif lines[0].startswith("    ") or lines[0].startswith("```"):
            code = [line.removeprefix("    ") for line in lines if not line.startswith("```")]
            yield from (".PP", ".nf", ".RS", *map(escaped, code), ".RE", ".fi")
        elif lines[0].startswith("|"):
            yield from _table([_cells(line) for line in lines if not _RULE.fullmatch(line)])
        elif lines[0].startswith("- "):
            for item in re.split(r"\n- ", block[2:]):
                yield from (".IP \\(bu 2", inline(" ".join(item.split())))
        else:
            yield from (".PP", inline(" ".join(lines)))


def _cells(line: str) -> list[str]:
    return [
        cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))
    ]


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table as a list: the first column as the term, the others behind it."""
    for term, *rest in rows[1:]:
        yield from (".TP", inline(term))
        yield inline("; ".join(cell for cell in rest if cell) or "\\&")


def inline(text: str) -> str:
    """A line with its code in bold and its links without their targets."""
    pieces = _CODE.split(_LINK.sub(lambda match: match["text"], text))
    line = "".join(
        f"\\fB{_escaped(piece)}\\fR" if number % 2 else _escaped(piece)
        for number, piece in enumerate(pieces)
    )
    return _guarded(line)


def escaped(text: str) -> str:
    r"""Text without what roff would act on.

    >>> print(escaped("-k 'a' \\n"))
    \-k \(aqa\(aq \en
    """
    return _guarded(_escaped(text))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")


def _guarded(line: str) -> str:
    """The line with an empty mark in front of a dot, which would make it a request."""
    return f"\\&{line}" if line.startswith(".") else line


def main(arguments: list[str]) -> int:
    """Write the page, or exit 1 if it is out of date."""
    text = man_page()
    if "--write" in arguments:
        MAN_PAGE.write_text(text, "utf-8")
        return 0
    return int(not MAN_PAGE.exists() or MAN_PAGE.read_text("utf-8") != text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
