"""`--format markdown`: GitHub's Markdown, with tables and fenced grids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from convcli.errors import printable
from convcli.render import Style
from convcli.render.plain import items_left, marked_words, shown_items, table_words
from convcli.render.values import grids, text, worked
from convcli.report.document import (
    Block,
    Data,
    Document,
    Drawing,
    Equation,
    Facts,
    Formulas,
    Note,
    Sum,
    Table,
    Tensor,
)

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#])")


def render(document: Document, style: Style, level: int = 2) -> Iterator[str]:
    if document.title:
        yield f"{'#' * level} {escape(document.title)}\n\n"
    yield from _blocks(document.for_people(), style)
    for item in shown_items(document, style):
        yield from render(item, style, level + 1)
    yield from (f"*{escape(line)}*\n" for line in items_left(document, style))
    yield from _blocks(document.ending(), style)


def _blocks(blocks: Iterable[Block], style: Style) -> Iterator[str]:
    for block in blocks:
        written = list(_lines(block, style))
        if written:
            yield "\n".join(written) + "\n\n"


def escape(written: str) -> str:
    """Text in which no character is markup."""
    return _SPECIAL.sub(r"\\\1", written)


def _lines(block: Block, style: Style) -> Iterator[str]:
    p = style.precision
    if isinstance(block, Note):
        yield f"*{escape(printable(block.text))}*"
    elif isinstance(block, Drawing):
        yield "\n".join(("```text", *block.lines, "```"))
    elif isinstance(block, Facts):
        for fact in block.rows:
            if fact.label:
                note = f" ({escape(fact.note)})" if fact.note else ""
                yield f"- **{escape(fact.label)}** `{text(fact.value, p)}`{note}"
    elif isinstance(block, Formulas):
        yield from (f"`{symbols}`\n" for symbols in block.symbols)
        yield from (f"- **{escape(formula.label)}** `{formula}`" for formula in block.rows)
    elif isinstance(block, Sum):
        yield (
            f"**{escape(block.lead)}** `{worked(block, p)}`"
            if block.lead
            else f"`{worked(block, p)}`"
        )
    elif isinstance(block, Table):
        yield from _table(list(table_words(block, p)))
    elif not isinstance(block, Data):
        yield from _grids(block, style)


def _table(rows: list[list[str]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield "| " + " | ".join(escape(word) for word in row) + " |"
        if number == 0:
            yield "|" + " --- |" * len(row)


def _grids(block: Tensor | Equation, style: Style) -> Iterator[str]:
    if isinstance(block, Equation) and block.title:
        yield f"**{escape(block.title)}**\n"
    for tensor in block.tensors if isinstance(block, Equation) else (block,):
        for title, rows in (
            grids(tensor.values, tensor.label or "", style.precision) if tensor.label else ()
        ):
            words = marked_words(rows, tensor)
            widths = [max(map(len, column)) for column in zip(*words, strict=True)]
            yield f"{escape(title)}\n" if words else escape(title)
            if words:
                yield "```text"
                yield from ("  ".join(map(str.rjust, row, widths)).rstrip() for row in words)
                yield "```\n"
