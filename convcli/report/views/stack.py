"""The view of `convcli stack`: shapes, parameters, cost, receptive fields by layer; the totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Position, Shape, axis_names
from convcli.engine.geometry.tap_patterns import Cells, count
from convcli.engine.network.flop_conventions import counts
from convcli.engine.network.receptive import hull
from convcli.report.document import (
    Block,
    Column,
    Document,
    Fact,
    Facts,
    Items,
    Note,
    Table,
    for_machines,
)
from convcli.report.quantities import Bytes, Filled, Keys, of_integers
from convcli.report.views.network_parts import StackReport, filled_field
from convcli.report.views.stack_rows import Row, Selection, every_row, rows_of, shares
from convcli.report.views.stack_table import stack_table
from convcli.report.words.vocabulary import Words

OURS = "convcli"


def stack_view(
    report: StackReport,
    further: Sequence[Block] = (),
    selection: Selection | None = None,
    *,
    costs: bool = False,
) -> Document:
    """The document on a network; `further` blocks answer further questions about it.

    `selection` says which rows are shown, `costs` that people see how other tools count.

    Raises ConvError where no row is selected.
    """
    selection = selection or Selection()
    output = report.in_input_rank(report.steps[-1].output)
    # Rows that are not selected are made anew for each reader, and never all kept.
    rows = rows_of(report, selection) if selection.is_asked else None
    number = len(report.steps) if rows is None else len(rows)
    machine = Facts(
        (
            Fact("input.shape", None, report.in_input_rank(report.input_shape)),
            Fact("output.shape", None, output),
            Fact("notes", None, list(report.notes)),
        )
    )

    def for_people() -> Iterator[Block]:
        yield stack_table(report, rows_of(report) if rows is None else rows, selection)
        yield from _totals(report, _unit(report), with_hint=not costs)
        if costs:
            yield _costs(report)
        yield from further
        yield from map(Note, report.notes)

    def items() -> Iterator[Document]:
        return _items(report, every_row(report) if rows is None else rows)

    shape, words = report.in_input_rank(report.input_shape), report.words
    title = words.amount("stack.title", len(report.steps), input=shape)
    if number < len(report.steps):
        title = words.amount("stack.rows", number, title=title)
    blocks = (machine, *for_machines((*_totals(report), _costs(report), *further)))
    listed = Items("layers", "layers", number, items, for_machines=True)
    return Document("stack", blocks, output, title, listed, drawings=for_people, words=words)


def _items(report: StackReport, rows: Iterable[Row]) -> Iterator[Document]:
    in_input_rank, totals = report.in_input_rank, report.totals
    for row in rows:
        shape = in_input_rank(row.step.output)
        read = in_input_rank(row.inputs[0]) if row.inputs else None
        field_keys, of_field = filled_field(row.step)
        keys = _item_keys(
            len(row.sources),
            None if read is None else len(read),
            len(shape),
            field_keys,
            report.unit is not None,
            row.macs is not None,
        )
        values: tuple[Any, ...] = (
            row.name,
            row.text,
            row.kind,
            row.block,
            *row.sources,
            *((None,) if read is None else read),
            *shape,
            row.parameters,
            row.macs,
            row.macs_without_weights,
            *shares(row, totals),
            row.activation_bytes,
            *of_field,
        )
        if report.unit is not None:
            values = (*values, _seen_data(report, row.at))
        yield Document("stack", (Filled(keys, values),), shape)


@cache
def _item_keys(
    sources: int,
    input_axes: int | None,
    output_axes: int,
    field: Keys | None,
    has_unit: bool,
    has_macs: bool,
) -> Keys:
    """The keys of a layer that reads so many others, with shapes of so many axes."""
    nested = {
        "name": None,
        "layer": None,
        "kind": None,
        "block": None,
        "sources": [None] * sources,
        "input": {"shape": None if input_axes is None else of_integers(Shape, input_axes)},
        "output": {"shape": of_integers(Shape, output_axes)},
        "parameters": int,
        "macs": int if has_macs else None,
        "macs_without_weights": int,
        "share": {"parameters": float, "macs": float if has_macs else None},
        "activation_bytes": int,
        "receptive_field": None if field is None else field.nested,
    }
    return Keys(nested | ({"unit": None} if has_unit else {}))


def _seen_data(report: StackReport, at: int) -> dict[str, Any] | None:
    """The input cells that the unit of one layer sees; None where the layer has no such unit."""
    unit = report.unit
    sizes = report.units(at)
    if (
        unit is None
        or len(unit) != len(sizes)
        or any(cell >= size for cell, size in zip(unit, sizes, strict=True))
    ):
        return None
    seen = report.seen(at, unit)
    return {
        "position": list(unit),
        "interval": [[cells[0][0], cells[-1][-1]] if cells else None for cells in seen.cells],
        "cells": [count(cells) for cells in seen.cells],
        "exact": seen.is_exact,
    }


def _totals(
    report: StackReport, further: Iterable[Fact] = (), *, with_hint: bool = False
) -> Iterator[Block]:
    """The totals and further facts; a hint says how the counts of other tools are seen."""
    totals, words = report.totals, report.words
    without, weights = totals.macs_without_weights, _bytes(totals.parameters)
    float32 = words.phrase("stack.of_float32", size=Bytes(weights, words("bytes")))
    hint = words("stack.macs_hint" if with_hint else "stack.macs_note")
    yield Facts((
        Fact("total.parameters", words("parameters"), totals.parameters, float32),
        Fact("total.macs", words("stack.macs"), totals.macs, hint),
        Fact(
            "total.macs_without_weights",
            words("stack.attention_macs") if without else None,
            without,
            words("stack.attention_note"),
        ),
        Fact("total.weights_bytes", None, weights),
        *_memory("activations", totals.activations, words),
        *_memory("peak", totals.held_at_once, words),
        *further,
    ))  # fmt: skip


def _memory(name: str, numbers: int, words: Words) -> tuple[Fact, Fact]:
    """The memory of so many numbers, in bytes for machines."""
    size = _bytes(numbers)
    label, note = words(f"stack.memory.{name}"), words(f"stack.memory_note.{name}")
    return (
        Fact(f"total.{name}_bytes", None, size),
        Fact(None, label, Bytes(size, words("bytes")), note),
    )


def _bytes(numbers: int) -> int:
    return size_in_bytes(Shape((numbers,)))


def _costs(report: StackReport) -> Table:
    """The cost by every convention, and the tools that print it."""
    words = report.words
    columns = (
        Column(None, words("stack.cost")),
        Column("number", words("stack.cost.number")),
        Column("tool", None),
        Column(None, words("stack.cost.printed_by")),
    )
    ways = counts(report.steps)
    rows: list[tuple[Any, ...]] = [
        (
            words(f"stack.cost.by_{way.key}"),
            way.number,
            way.tool,
            way.tool or (OURS if way.key == "macs" else "-"),
        )
        for way in ways
    ]
    return Table(columns, rows, row_keys=tuple(f"total.counts.{way.key}" for way in ways))


def _unit(report: StackReport) -> Iterator[Fact]:
    """For people, the cells that a unit of the last spatial layer sees: of --unit, or the middle.

    All layers are walked through for them.
    """
    at = report.last_seeing
    if at is None or 0 in report.units(at):
        return
    sizes = report.units(at)
    unit = report.unit if report.unit is not None else Position(size // 2 for size in sizes)
    seen = report.seen(at, unit)
    words = report.words
    axes = list(zip(axis_names(len(sizes)), seen.cells, report.cells, strict=True))
    ends = words("comma").join(f"{axis} {_ends(cells, words)}" for axis, cells, _ in axes)
    counted = words("semicolon").join(
        _seen_note(axis, cells, size, words) for axis, cells, size in axes
    )
    if all(count(cells) == size for _, cells, size in axes):
        counted = words("stack.unit.all")
    note = words(
        "stack.unit" if report.unit is not None else "stack.unit.middle",
        unit=unit,
        name=report.steps[at].name,
        cells=counted,
    )
    yield Fact(None, words("stack.sees" if seen.is_exact else "stack.sees_at_most"), ends, note)


def _ends(cells: Cells, words: Words) -> str:
    """The first and the last of the cells: `3..17`."""
    if not cells:
        return words("stack.unit.nothing")
    whole = hull(cells)
    return f"{whole[0]}..{whole[-1]}"


def _seen_note(axis: str, cells: Cells, size: int, words: Words) -> str:
    number, span = count(cells), len(hull(cells))
    if number == size:
        return words("stack.unit.all_of_axis", size=size, axis=axis)
    if number == span:
        return words("stack.unit.some", number=number, size=size, axis=axis)
    between = span - number
    return words("stack.unit.gaps", number=number, size=size, axis=axis, between=between)
