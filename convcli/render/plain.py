"""`--format plain`: `label: value` lines, tabs between columns, for pagers and screen readers."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.render import Style
from convcli.render.formulas import formula_text, rule_text
from convcli.render.operations import blocks_for_people
from convcli.render.planes import ASCII_ELLIPSIS, ELLIPSIS, plane_title, plane_words, planes
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


def render(document: Document, style: Style) -> Iterator[str]:
    """The document in pieces of text."""
    if document.title:
        yield document.title + "\n"
    yield from (
        line + "\n" for block in blocks_for_people(document, style) for line in _lines(block, style)
    )
    for item in limited_items(document, style):
        yield from render(item, style)
    yield from (line + "\n" for line in items_left(document, style))
    yield from (line + "\n" for block in document.behind_items() for line in _lines(block, style))


def _lines(block: Block, style: Style) -> Iterator[str]:
    p, words = style.precision, style.words
    colon = words("colon")
    if isinstance(block, Note):
        yield text(block.text, p)
    elif isinstance(block, Drawing):
        yield from block.lines
    elif isinstance(block, Curve):
        from convcli.render.curve import curve_lines

        yield from curve_lines(block, style.words)
    elif isinstance(block, Facts):
        for fact in block.rows:
            if fact.label:
                note = words("aside.apart", text=text(fact.note, p)) if fact.note else ""
                yield f"{fact.label}{colon}{text(fact.value, p)}{note}"
    elif isinstance(block, Formulas):
        yield from map(rule_text, block.rules)
        yield from (f"{row.label}{colon}{formula_text(row)}" for row in block.rows)
    elif isinstance(block, Sum):
        yield f"{block.lead}{colon}{worked(block, p)}" if block.lead else worked(block, p)
    elif isinstance(block, Table):
        yield from _table(block, style)
    elif isinstance(block, Tensor):
        yield from _tensor(block, style)
    elif isinstance(block, Equation):
        yield from ([block.title] if block.title else ())
        for tensor in block.tensors:
            yield from _tensor(tensor, style)


def _table(table: Table, style: Style) -> Iterator[str]:
    words = table_words(table, style.precision)
    if words is not None:
        yield from ("\t".join(row) for row in (words.header, *words.rows))


def _tensor(tensor: Tensor, style: Style) -> Iterator[str]:
    gap = ASCII_ELLIPSIS if style.ascii else ELLIPSIS
    for plane in planes(tensor):
        yield plane_title(plane, gap, style.words)
        for row in plane_words(plane, style.precision, gap):
            yield "\t".join(map(str.strip, row))
