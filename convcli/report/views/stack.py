"""The view of `convcli stack`: shapes, parameters, cost, receptive fields by layer; the totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Position, Shape, axis_names
from convcli.engine.geometry.tap_patterns import Cells, count
from convcli.engine.network.flop_conventions import counts
from convcli.engine.network.receptive import hull
from convcli.report.document import (
    Block,
    Column,
    Data,
    Document,
    Fact,
    Facts,
    Items,
    Note,
    Table,
    for_machines,
)
from convcli.report.quantities import Bytes, Phrase
from convcli.report.spelling.plurals import count_of
from convcli.report.views.network_parts import StackReport, field_data
from convcli.report.views.stack_rows import Row, Selection, rows_of, share
from convcli.report.views.stack_table import stack_table

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
    rows = rows_of(report, selection)
    machine = Facts(
        (
            Fact("input.shape", None, report.in_input_rank(report.input_shape)),
            Fact("output.shape", None, output),
            Fact("notes", None, list(report.notes)),
        )
    )

    def for_people() -> Iterator[Block]:
        yield stack_table(report, rows, selection)
        yield from _totals(report, with_hint=not costs)
        if costs:
            yield _costs(report)
        yield from further
        yield from map(Note, report.notes)

    items = Items("layers", "layers", len(rows), lambda: _items(report, rows), for_machines=True)
    layers = count_of(len(report.steps), "layer", "layers")
    shown = f"{len(rows)} rows of " if len(rows) < len(report.steps) else ""
    title = f"{shown}{layers} on {report.in_input_rank(report.input_shape)}"
    blocks = (machine, *for_machines((*_totals(report), _costs(report), *further)))
    return Document("stack", blocks, output, title, items, drawings=for_people)


def _items(report: StackReport, rows: Sequence[Row]) -> Iterator[Document]:
    for row in rows:
        shape = report.in_input_rank(row.output)
        data = {
            "name": row.name,
            "layer": row.text,
            "kind": row.kind,
            "block": row.block,
            "sources": list(row.sources),
            "input": {"shape": report.in_input_rank(row.inputs[0]) if row.inputs else None},
            "output": {"shape": shape},
            "parameters": row.parameters,
            "macs": row.macs,
            "macs_without_weights": row.macs_without_weights,
            "share": share(row, report),
            "activation_bytes": row.activation_bytes,
            "receptive_field": field_data(row.step),
        }
        if report.unit is not None:
            data["unit"] = _seen_data(report, row.at)
        yield Document("stack", (Data(data),), essential=shape)


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


def _totals(report: StackReport, *, with_hint: bool = False) -> Iterator[Block]:
    """The totals; a hint says how the counts of other tools are seen."""
    totals = report.totals
    hint = "; --costs has other tools' counts" if with_hint else ""
    without = totals.macs_without_weights
    yield Facts(
        (
            Fact("total.parameters", "parameters", totals.parameters, _float32(totals.parameters)),
            Fact("total.macs", "MACs", totals.macs, f"multiply-adds{hint}"),
            Fact(
                "total.macs_without_weights",
                "MACs of attention" if without else None,
                without,
                "products without weights",
            ),
            Fact("total.weights_bytes", None, _bytes(totals.parameters)),
            *_memory("activations", totals.activations, "all outputs, as training keeps them"),
            *_memory("peak", totals.held_at_once, "held at once for the result alone"),
            *_unit(report),
        )
    )


def _memory(name: str, numbers: int, note: str) -> tuple[Fact, Fact]:
    """The memory of so many numbers, in bytes for machines."""
    size = _bytes(numbers)
    return Fact(f"total.{name}_bytes", None, size), Fact(None, name, Bytes(size), note)


def _float32(numbers: int) -> Phrase:
    return Phrase("{size} of float32", {"size": Bytes(_bytes(numbers))})


def _bytes(numbers: int) -> int:
    return size_in_bytes(Shape((numbers,)))


def _costs(report: StackReport) -> Table:
    """The cost by every convention, and the tools that print it."""
    columns = (
        Column(None, "the cost, counted as"),
        Column("number", "number"),
        Column("tool", None),
        Column(None, "printed by"),
    )
    ways = counts(report.steps)
    rows: list[tuple[Any, ...]] = [
        (way.rule, way.number, way.tool, way.tool or (OURS if way.key == "macs" else "-"))
        for way in ways
    ]
    return Table(columns, rows, row_keys=tuple(f"total.counts.{way.key}" for way in ways))


def _unit(report: StackReport) -> Iterator[Fact]:
    """The cells that a unit of the last spatial layer sees: that of --unit, or the middle."""
    at = report.last_seeing
    if at is None or 0 in report.units(at):
        return
    sizes = report.units(at)
    unit = report.unit if report.unit is not None else Position(size // 2 for size in sizes)
    seen = report.seen(at, unit)
    middle = "" if report.unit is not None else ", the middle one"
    axes = list(zip(axis_names(len(sizes)), seen.cells, report.cells, strict=True))
    cells = ", ".join(f"{name} {_ends(cells)}" for name, cells, _ in axes)
    counted = "; ".join(f"{_seen_note(cells, size)} of {name}" for name, cells, size in axes)
    if all(count(cells) == size for _, cells, size in axes):
        counted = "all cells"
    note = f"unit {unit} of layer {report.steps[at].name}{middle}: {counted}"
    yield Fact(None, "sees" if seen.is_exact else "sees at most", cells, note)


def _ends(cells: Cells) -> str:
    """The first and the last of the cells: `3..17`."""
    if not cells:
        return "nothing"
    whole = hull(cells)
    return f"{whole[0]}..{whole[-1]}"


def _seen_note(cells: Cells, size: int) -> str:
    number, span = count(cells), len(hull(cells))
    if number == size:
        return f"all {size} cells"
    return (
        f"{number} of {size} cells"
        if number == span
        else f"{number} of {size} cells, {span - number} between them are not read"
    )
