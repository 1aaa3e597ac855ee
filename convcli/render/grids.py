"""Grids of numbers as lines of styled text: Rich's tables inside tables take milliseconds each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text

from convcli.render.planes import SPACE

Lines = list[Text]

_BESIDE = 1  # between two blocks


def grid_lines(rows: Sequence[Sequence[Text]]) -> Lines:
    """Rows of cells, which are equally wide in a column."""
    space = " " * SPACE
    return [Text.assemble(*(part for cell in row for part in (space, cell))) for row in rows]


def beside(blocks: Sequence[Lines], space: int = _BESIDE, least: int = 0) -> Lines:
    """Blocks of lines side by side, their first lines level, with so many spaces between.

    Each is at least `least` columns wide.
    """
    widths = [max(least, width_of(block)) for block in blocks]
    lines = []
    for number in range(max(map(len, blocks), default=0)):
        line = Text()
        for at, (block, width) in enumerate(zip(blocks, widths, strict=True)):
            if at:
                line.append(" " * space)
            part = block[number] if number < len(block) else Text()
            line.append_text(part)
            line.append(" " * (width - part.cell_len))
        lines.append(line)
    return lines


class SignedLines(NamedTuple):
    """A grid below its title, behind a sign."""

    sign: str
    title: Lines
    lines: Lines


def side_by_side(parts: Sequence[SignedLines]) -> Lines:
    """Grids with the signs before them: titles level, and the middles of signs and grids too."""
    top = max(len(part.title) for part in parts)
    height = max(len(part.lines) for part in parts)
    blocks: list[Lines] = []
    for sign, title, lines in parts:
        if sign:
            blocks.append([*_blank(top + (height - 1) // 2), Text(f" {sign}")])
        above = top - len(title) + (height - len(lines)) // 2
        blocks.append([*title, *_blank(above), *lines])
    return beside(blocks)


def _blank(lines: int) -> Lines:
    return [Text()] * lines


def width_of(lines: Lines) -> int:
    """The columns of the longest line."""
    return max((line.cell_len for line in lines), default=0)


def joined(lines: Lines) -> Text:
    """The lines as one text."""
    return Text("\n").join(lines)
