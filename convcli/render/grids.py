"""Grids of numbers as lines of styled text: Rich's tables inside tables take milliseconds each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

Lines = list[Text]

SPACE = 2  # between two columns of numbers, and before the first
_BESIDE = 1  # between two blocks


def grid_lines(rows: Sequence[Sequence[Text]]) -> Lines:
    """Rows of cells, which are equally wide in a column."""
    space = " " * SPACE
    return [Text.assemble(*(part for cell in row for part in (space, cell))) for row in rows]


def beside(blocks: Sequence[Lines]) -> Lines:
    """Blocks of lines side by side, their first lines level."""
    widths = [max((line.cell_len for line in block), default=0) for block in blocks]
    lines = []
    for number in range(max(map(len, blocks), default=0)):
        line = Text()
        for at, (block, width) in enumerate(zip(blocks, widths, strict=True)):
            if at:
                line.append(" " * _BESIDE)
            part = block[number] if number < len(block) else Text()
            line.append_text(part)
            line.append(" " * (width - part.cell_len))
        lines.append(line)
    return lines


def width_of(lines: Lines) -> int:
    """The columns of the longest line."""
    return max((line.cell_len for line in lines), default=0)


def joined(lines: Lines) -> Text:
    """The lines as one text."""
    return Text("\n").join(lines)
