"""`--format markdown`: GitHub's Markdown, with tables and fenced grids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from convcli.render import Style
from convcli.render.formulas import formula_text, rule_text
from convcli.render.operations import blocks_for_people
from convcli.render.planes import ASCII_ELLIPSIS, ELLIPSIS, plane_columns, plane_title, planes
from convcli.render.tables import items_left, limited_items, table_words
from convcli.render.values import text, worked
from convcli.report.document import (
    Block,
    Curve,
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
    """The document in pieces of text, under a heading of this level."""
    if document.title:
        yield f"{'#' * level} {escape(document.title)}\n\n"
    yield from _blocks(blocks_for_people(document, style), style)
    for item in limited_items(document, style):
        yield from render(item, style, level + 1)
    yield from (f"*{escape(line)}*\n" for line in items_left(document, style))
    yield from _blocks(document.behind_items(), style)


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
        yield f"*{escape(text(block.text, p))}*"
    elif isinstance(block, Drawing):
        yield from _fenced(block.lines)
    elif isinstance(block, Curve):
        from convcli.render.curve import curve_lines

        yield from _fenced(curve_lines(block, style.words))
    elif isinstance(block, Facts):
        yield from _facts(block, style)
    elif isinstance(block, Formulas):
        yield from _formulas(block)
    elif isinstance(block, Sum):
        lead = f"**{escape(block.lead)}** " if block.lead else ""
        yield f"{lead}`{worked(block, p)}`"
    elif isinstance(block, Table):
        yield from _table(block, style)
    elif isinstance(block, Tensor):
        yield from _tensor(block, style)
    elif isinstance(block, Equation):
        yield from ([f"**{escape(block.title)}**\n"] if block.title else ())
        for tensor in block.tensors:
            yield from _tensor(tensor, style)


def _facts(block: Facts, style: Style) -> Iterator[str]:
    for fact in block.rows:
        if fact.label:
            note = escape(text(fact.note, style.precision))
            note = style.words("aside", text=note) if note else ""
            yield f"- **{escape(fact.label)}** `{text(fact.value, style.precision)}`{note}"


def _formulas(block: Formulas) -> Iterator[str]:
    yield from (f"`{rule_text(rule)}`\n" for rule in block.rules)
    for formula in block.rows:
        yield f"- **{escape(formula.label)}** `{formula_text(formula)}`"


def _fenced(lines: Iterable[str]) -> Iterator[str]:
    yield "```text"
    yield from lines
    yield "```"


def _table(table: Table, style: Style) -> Iterator[str]:
    words = table_words(table, style.precision)
    if words is not None:
        header, *rows = (
            "| " + " | ".join(map(escape, row)) + " |" for row in (words.header, *words.rows)
        )
        yield header
        yield "|" + " --- |" * len(words.header)
        yield from rows


def _tensor(tensor: Tensor, style: Style) -> Iterator[str]:
    gap = ASCII_ELLIPSIS if style.ascii else ELLIPSIS
    for plane in planes(tensor):
        title = escape(plane_title(plane, gap, style.words))
        yield f"{title}\n" if plane.rows else title
        if plane.rows:
            columns = plane_columns(plane, style.precision, gap)
            yield from _fenced("  ".join(row).rstrip() for row in zip(*columns, strict=True))
            yield ""
