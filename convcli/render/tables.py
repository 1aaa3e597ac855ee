"""What the formats for people share: the words of a table, and the items up to the limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convcli.render import Precision, Style
from convcli.render.fitting import ColumnTexts
from convcli.render.quantities import scaled
from convcli.render.values import aligned, is_number, is_whole, text
from convcli.report.document import Column, Document, Table
from convcli.report.quantities import Bar, Branch, Count, Short

BRANCH = "  "  # before a name, for each level of a tree


class TableWords(NamedTuple):
    """A table as words: its header, its rows, and which columns are numeric."""

    header: list[str]
    rows: list[list[str]]
    is_numeric: list[bool]


def table_words(table: Table, precision: Precision) -> TableWords | None:
    """The words of a table; columns without label are left out, and a table without any is None."""
    visible = visible_columns(table)
    if not visible:
        return None
    header = [table.columns[at].label or "" for at in visible]
    rows = [[text(row[at], precision) for at in visible] for row in table.rows]
    is_numeric = [is_numeric_column(table, at) for at in visible]
    if table.row_labels is None:
        return TableWords(header, rows, is_numeric)
    labelled = [[label, *row] for label, row in zip(table.row_labels, rows, strict=True)]
    return TableWords(["", *header], labelled, [False, *is_numeric])


def visible_columns(table: Table) -> list[int]:
    """The places of the columns that people see, those with a label."""
    return [at for at, column in enumerate(table.columns) if column.label is not None]


def bar_of(value: Any) -> Bar | None:
    """The bar that a cell is, whole where it has a shorter form."""
    if isinstance(value, Short):
        return bar_of(value.value)
    return value if isinstance(value, Bar) else None


def without_bars(table: Table) -> Table:
    """The table for those who hear it: the numbers of its bars stand beside them."""
    columns = tuple(
        column._replace(label=None) if any(bar_of(row[at]) for row in table.rows) else column
        for at, column in enumerate(table.columns)
    )
    return table._replace(columns=columns)


def is_numeric_column(table: Table, at: int) -> bool:
    """Whether the column is one of numbers, which stand at the right."""
    known = table.columns[at].is_numeric
    return all(is_whole(_bare(row[at])) for row in table.rows) if known is None else known


def _bare(value: Any) -> Any:
    if isinstance(value, Short):
        return _bare(value.value)
    return value.number if isinstance(value, Count) else value


def column_texts(table: Table, precision: Precision, *, scales: bool) -> list[ColumnTexts]:
    """The texts of the columns that have a label, and their shorter forms.

    With `scales` the shorter forms of counts are in thousands, millions, ...
    """
    texts = []
    for at, column in enumerate(table.columns):
        if column.label is not None:
            values = [row[at] for row in table.rows]
            texts.append(_texts(column, values, precision, scales, is_numeric_column(table, at)))
    if not texts or table.row_labels is None:
        return texts
    labels = list(table.row_labels)
    return [ColumnTexts("", labels, "", labels), *texts]


def _texts(
    column: Column, values: list[Any], precision: Precision, scales: bool, is_numeric: bool
) -> ColumnTexts:
    def written(value: Any) -> str:
        if isinstance(value, Branch):
            return BRANCH * value.depth + text(value.name)
        return written(value.value) if isinstance(value, Short) else text(value, precision)

    def shorter(value: Any) -> str:
        if isinstance(value, Count) and scales:
            return scaled(value.number)
        return written(value.short if isinstance(value, Short) else value)

    cells = list(map(written, values))
    if all(map(is_number, values)):
        cells, is_numeric = aligned(cells), True
    is_scaled = scales and any(isinstance(value, Count) for value in values)
    has_short = is_scaled or any(isinstance(value, Short) for value in values)
    return ColumnTexts(
        column.label or "",
        cells,
        column.short or column.label or "",
        list(map(shorter, values)) if has_short else cells,
        is_numeric,
        column.spare,
        column.wraps,
        is_scaled,
        column.name or column.label or "",
        column.spare_when_narrow,
    )


def limited_items(document: Document, style: Style) -> Iterator[Document]:
    """The items for people, up to the style's limit."""
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
        yield document.words(
            "notebook.left" if style.is_python else "items.left",
            limit=style.limit,
            total=items.total,
            noun=items.noun,
        )
