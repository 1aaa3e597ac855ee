"""`--format csv`: an array as a grid or by entries, records as rows, values as one row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain, islice, product
from typing import Any

from convcli.errors import printable
from convcli.render import Style
from convcli.render.data import to_data
from convcli.render.flat import flattened
from convcli.render.values import is_complex, number_text, plain
from convcli.report.document import Document, Equation, Nested, Tensor

RECORDS_SEEN = 4096  # before the header is written
PART = 1 << 16  # characters that are written together
AT_ONCE = 1024  # numbers that become text together


def render(document: Document, style: Style) -> Iterator[str]:
    """The document as rows of comma-separated values."""
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=style.separator, lineterminator="\n")
    for row in _rows(document):
        writer.writerow(map(_cell, row))
        if buffer.tell() >= PART:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _rows(document: Document) -> Iterator[Iterable[Any]]:
    tensors = list(_tensors(document))
    if len(tensors) == 1:
        (tensor,) = tensors
        is_column = tensor.is_column and tensor.values.ndim == 1
        yield from _array_rows(tensor.values[:, None] if is_column else tensor.values)
    elif tensors:
        yield ["array", "position", "value"]
        for tensor in tensors:
            yield from _named_rows(tensor)
    else:
        yield from _record_rows(document)


def _tensors(document: Document) -> Iterator[Tensor]:
    for block in document.blocks:
        parts = block.tensors if isinstance(block, Equation) else (block,)
        yield from (part for part in parts if isinstance(part, Tensor) and part.key)


def _array_rows(array: Any) -> Iterator[list[Any]]:
    if array.ndim <= 2:
        yield from map(_numbers, array.reshape(-1, array.shape[-1]))
        return
    yield [*(f"axis{axis}" for axis in range(array.ndim)), "value"]
    yield from ([*index, value] for index, value in _entries(array))


def _named_rows(tensor: Tensor) -> Iterator[list[Any]]:
    name = (tensor.key or "").removesuffix(".values")
    for index, value in _entries(tensor.values):
        yield [name, ",".join(map(str, index)), value]


def _entries(array: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Each index with its number, in the order of C."""
    flat = array.reshape(-1)
    parts = (flat[start : start + AT_ONCE] for start in range(0, flat.size, AT_ONCE))
    numbers = chain.from_iterable(map(_numbers, parts))
    return zip(product(*map(range, array.shape)), numbers, strict=True)


def _numbers(array: Any) -> list[Any]:
    """The numbers as cells: a complex one is a single text, 1+2j."""
    if is_complex(array):
        return [number_text(value) for value in array]
    numbers: list[Any] = plain(array)
    return numbers


def _record_rows(document: Document) -> Iterator[list[Any]]:
    """The header, and the records below it.

    The header has the columns of the first records. Raises ValueError where a later one has more:
    the header is out.
    """
    items = [document] if document.items is None else document.items.make()
    records = (record for item in items for record in _records(item))
    first = list(islice(records, RECORDS_SEEN))
    header = _header(first)
    if header:
        yield header
    known = {*header, *(column for record in first for column in record)}
    for record in chain(first, records):
        if any(record[column] is not None for column in record.keys() - known):
            raise ValueError(f"columns of {document.command} that are not in the header")
        yield [record.get(column) for column in header]


def _header(records: list[dict[str, Any]]) -> list[str]:
    """The columns of all records; an object that is null in some has no column of its own."""
    columns = dict.fromkeys(column for record in records for column in record)
    parents = {
        column[:place] for column in columns for place, mark in enumerate(column) if mark == "."
    }
    filled = {column for record in records for column in record if record[column] is not None}
    return [column for column in columns if column not in parents or column in filled]


def _records(document: Document) -> list[dict[str, Any]]:
    """One row for each record, with the single values repeated; without records one row.

    Where a single value has the key of a value of the records, theirs stands in the column.
    """
    flat = tuple(block for block in document.blocks if not isinstance(block, Nested))
    data = plain(to_data(document._replace(blocks=flat)))
    rows = _taken(data, document.records.split(".")) if document.records else None
    if not rows:
        return [flattened(data)]
    own = {key for row in rows for key in row}
    constant = flattened({key: value for key, value in data.items() if key not in own})
    return [flattened(row) | constant for row in rows]


def _taken(data: dict[str, Any], path: list[str]) -> Any:
    """The value at a path of keys, taken out; None where there is none."""
    *parents, last = path
    for key in parents:
        data = data.get(key, {})
    return data.pop(last, None)


def _cell(value: Any) -> Any:
    """What stands in the file: text without line breaks and what a terminal would obey."""
    if value is None:
        return ""
    if isinstance(value, str):
        return printable(" ".join(value.split()) if "\n" in value else value)
    return ("true" if value else "false") if isinstance(value, bool) else value
