"""Grids of numbers as lines of styled text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcli.render.planes import SPACE
from convcli.render.styled_text import Lines, Text, beside, width_of

_BESIDE = 1  # columns between two blocks


def grid_lines(rows: Sequence[Sequence[Text]]) -> Lines:
    """Rows of cells, which are equally wide in a column."""
    space = " " * SPACE
    return [Text.of(part for cell in row for part in (space, cell)) for row in rows]


def apart(blocks: Sequence[Lines], space: int = _BESIDE, least: int = 0) -> Lines:
    """Blocks of lines side by side, with so many spaces between; each at least `least` wide."""
    return beside(blocks, [max(least, width_of(block)) + space for block in blocks[:-1]])


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
    return apart(blocks)


def _blank(lines: int) -> Lines:
    return [Text()] * lines
