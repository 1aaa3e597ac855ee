"""A Document as nested data, the same for every machine format; the values are still raw."""

from __future__ import annotations

from typing import Any

from convcli.report.document import (
    Data,
    Document,
    Equation,
    Facts,
    Formulas,
    Nested,
    Table,
    Tensor,
)
from convcli.report.quantities import Filled

SCHEMA = 1


def to_data(document: Document) -> dict[str, Any]:
    """The keyed blocks of a document, dotted keys as nested objects, in the order of the blocks."""
    data: dict[str, Any] = {}
    for block in document.for_programs():
        if isinstance(block, Facts):
            for fact in block.rows:
                _put(data, fact.key, fact.value)
        elif isinstance(block, Data):
            data |= block.values
        elif isinstance(block, Filled):
            data |= block.data()
        elif isinstance(block, Nested):
            _put(data, block.key, block.values)
        elif isinstance(block, Table):
            _put_table(data, block)
        elif isinstance(block, Formulas):
            _put(data, block.key, list(block.rows))
        elif isinstance(block, Tensor):
            _put(data, block.key, block.values)
        elif isinstance(block, Equation):
            for tensor in block.tensors:
                _put(data, tensor.key, tensor.values)
    return data


def heading(document: Document) -> dict[str, Any]:
    """What every JSON object begins with."""
    return {"schema": SCHEMA, "command": document.command}


def _put_table(data: dict[str, Any], table: Table) -> None:
    columns = [(number, column.key) for number, column in enumerate(table.columns) if column.key]
    if table.row_keys is not None:
        for row_key, row in zip(table.row_keys, table.rows, strict=True):
            for number, key in columns:
                _put(data, f"{row_key}.{key}", row[number])
    elif table.key:
        _put(
            data,
            table.key,
            [{key: row[number] for number, key in columns if key} for row in table.rows],
        )


def _put(data: dict[str, Any], key: str | None, value: Any) -> None:
    if not key:
        return
    if "." not in key:
        data[key] = value
        return
    path, _, name = key.rpartition(".")
    for parent in path.split(".") if "." in path else (path,):
        data = data.setdefault(parent, {})
    data[name] = value
