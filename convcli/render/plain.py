"""`--format plain`: bare lines for any pager or screen reader: `label: value`, tabs between columns, no boxes, no colour."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.errors import printable
from convcli.render import Style
from convcli.render.values import grids, text, worked
from convcli.report.document import (
    Block,
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
    if document.title:
        yield document.title + "\n"
    yield from (line + "\n" for block in document.for_people() for line in lines(block, style))
    for item in shown_items(document, style):
        yield from render(item, style)
    yield from (line + "\n" for line in items_left(document, style))
    yield from (line + "\n" for block in document.ending() for line in lines(block, style))


def shown_items(document: Document, style: Style) -> Iterator[Document]:
    """The items, up to the style's limit."""
    if document.items is not None and not document.items.for_machines:
        for number, item in enumerate(document.items.make()):
            if number == style.limit:
                return
            yield item


def items_left(document: Document, style: Style) -> Iterator[str]:
    """A line on the items beyond the limit."""
    if (
        document.items is not None
        and not document.items.for_machines
        and style.limit is not None
        and (document.items.total or 0) > style.limit
    ):
        items = document.items
        yield document.words("items.left", limit=style.limit, total=items.total, noun=items.noun)


def lines(block: Block, style: Style) -> Iterator[str]:
    p = style.precision
    if isinstance(block, Note):
        yield printable(block.text)
    elif isinstance(block, Drawing):
        yield from block.lines
    elif isinstance(block, Facts):
        for fact in block.rows:
            if fact.label:
                yield f"{fact.label}: {text(fact.value, p)}{f'  ({fact.note})' if fact.note else ''}"
    elif isinstance(block, Formulas):
        yield from block.symbols
        yield from (f"{formula.label}: {formula}" for formula in block.rows)
    elif isinstance(block, Sum):
        yield f"{block.lead}: {worked(block, p)}" if block.lead else worked(block, p)
    elif isinstance(block, Table):
        yield from ("\t".join(words) for words in table_words(block, p))
    elif isinstance(block, Tensor):
        yield from _tensor_lines(block, style)
    elif isinstance(block, Equation):
        if block.title:
            yield block.title
        for tensor in block.tensors:
            yield from _tensor_lines(tensor, style)


def table_words(table: Table, precision: int | None) -> Iterator[list[str]]:
    """The header and the rows of a table as words; columns without label are left out."""
    shown = [number for number, column in enumerate(table.columns) if column.label is not None]
    if not shown:
        return
    corner = [""] if table.row_labels else []
    yield corner + [table.columns[number].label or "" for number in shown]
    for number, row in enumerate(table.rows):
        label = [table.row_labels[number]] if table.row_labels else []
        yield label + [text(row[column], precision) for column in shown]


def _tensor_lines(tensor: Tensor, style: Style) -> Iterator[str]:
    if tensor.label is None:
        return
    for title, rows in grids(
        tensor.values, tensor.label, style.precision, "..." if style.ascii else "\u2026"
    ):
        yield title
        yield from ("\t".join(map(str.strip, row)) for row in marked_words(rows, tensor))


def marked_words(rows: list[list[str]], tensor: Tensor) -> list[list[str]]:
    """The words of a plane, the marked ones in brackets and the others as wide."""
    if not tensor.marked:
        return rows
    return [
        [f"[{word}]" if (y, x) in tensor.marked else f" {word} " for x, word in enumerate(row)]
        for y, row in enumerate(rows)
    ]
