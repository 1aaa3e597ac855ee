"""`--format csv`: an array as a grid or by entries, records as rows, values as one row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import product
from typing import Any

from convcli.errors import printable
from convcli.render import Style
from convcli.render.data import flattened, to_data
from convcli.render.values import plain
from convcli.report.document import Document, Tensor


def render(document: Document, style: Style) -> Iterator[str]:
    """The document as rows of comma-separated values."""
    tensors = [block for block in document.blocks if isinstance(block, Tensor) and block.key]
    if len(tensors) == 1:
        yield from _lines(style.separator, _array_rows(tensors[0].values))
        return
    if tensors:
        yield from _lines(style.separator, [["array", "position", "value"]])
        yield from _lines(
            style.separator, (row for tensor in tensors for row in _named_rows(tensor))
        )
        return
    header: list[str] | None = None
    for item in [document] if document.items is None else document.items.make():
        for row in _records(item):
            if header is None:
                header = list(row)
                yield from _lines(style.separator, [header])
            yield from _lines(style.separator, [[row.get(column) for column in header]])


def _array_rows(array: Any) -> Iterator[list[Any]]:
    if array.ndim <= 2:
        yield from (plain(row) for row in array.reshape(-1, array.shape[-1]))
        return
    yield [*(f"axis{axis}" for axis in range(array.ndim)), "value"]
    for index in product(*map(range, array.shape)):
        yield [*index, plain(array[index])]


def _named_rows(tensor: Tensor) -> Iterator[list[Any]]:
    name = (tensor.key or "").removesuffix(".values")
    for index in product(*map(range, tensor.values.shape)):
        yield [name, ",".join(map(str, index)), plain(tensor.values[index])]


def _records(document: Document) -> Iterator[dict[str, Any]]:
    """One row for each record, with the single values repeated; without records one row."""
    data = plain(to_data(document))
    rows = data.pop(document.records, None) if document.records else None
    constant = flattened(data)
    if not rows:
        yield constant
        return
    for row in rows:
        yield flattened(row) | constant


def _lines(separator: str, rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    for row in rows:
        buffer = StringIO()
        csv.writer(buffer, delimiter=separator, lineterminator="\n").writerow(
            "" if value is None else _cell(value) for value in row
        )
        yield buffer.getvalue()


def _cell(value: Any) -> Any:
    """What stands in the file: names without control characters, which a terminal would obey."""
    if isinstance(value, str):
        return printable(value)
    return ("true" if value else "false") if isinstance(value, bool) else value
