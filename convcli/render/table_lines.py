"""A fitted table, or its rows as records, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from convcli.render.columns import text_width
from convcli.render.fitting import GAP, Fitted, Placed, cell_lines, taken

RULE, ASCII_RULE = "\u2500", "-"


class Line(NamedTuple):
    """A line: `kind` says what stands in it."""

    text: str
    kind: str  # "heading", "rule", "row", "strong"


def table_lines(fit: Fitted, strong: frozenset[int], *, ascii: bool) -> Iterator[Line]:
    """The heading, a rule, and the rows, those in `strong` marked."""
    columns, margin = fit.columns, " " if fit.gap == GAP else ""
    headings = [column.heading for column in columns]
    height = max(map(len, headings))
    raised = [[""] * (height - len(lines)) + lines for lines in headings]
    for line in _joined(columns, raised, fit.gap):
        yield Line(margin + line, "heading")
    width = taken([column.width for column in columns], fit.gap) - len(margin)
    yield Line(margin + (ASCII_RULE if ascii else RULE) * width, "rule")
    for at, row in enumerate(zip(*(column.cells for column in columns), strict=True)):
        kind = "strong" if at in strong else "row"
        cells = [cell_lines(cell, column.width) for cell, column in zip(row, columns, strict=True)]
        for line in _joined(columns, cells, fit.gap):
            yield Line(margin + line, kind)


def _joined(columns: list[Placed], cells: list[list[str]], gap: int) -> Iterator[str]:
    """Cells of one line or more, side by side, their first lines level."""
    for number in range(max(map(len, cells))):
        words = [lines[number] if number < len(lines) else "" for lines in cells]
        parts = [
            filled(word, column.width, column.texts.is_numeric)
            for word, column in zip(words, columns, strict=True)
        ]
        yield (" " * gap).join(parts).rstrip()


def filled(word: str, width: int, at_right: bool = False) -> str:
    """The word with spaces behind it, or before it at the right, up to so many columns."""
    space = " " * (width - text_width(word))
    return space + word if at_right else word + space
