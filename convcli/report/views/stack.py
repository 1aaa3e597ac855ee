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
from convcli.report.quantities import Bytes, Count, Percent, Phrase
from convcli.report.spelling.plurals import count_of
from convcli.report.views.network_parts import (
    UNKNOWN,
    StackReport,
    field_data,
    field_jumps,
    field_sizes,
    field_starts,
    layer_form,
)
from convcli.report.views.stack_rows import Row, Selection, rows_of, share

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
        yield _people_table(report, rows, selection)
        yield from _totals(report)
        if costs:
            yield _costs(report)
        yield from _unit(report)
        yield from further
        yield from map(Note, report.notes)

    items = Items("layers", "layers", len(rows), lambda: _items(report, rows), for_machines=True)
    layers = count_of(len(report.steps), "layer", "layers")
    shown = f"{len(rows)} rows of " if len(rows) < len(report.steps) else ""
    title = f"{shown}{layers} on {report.in_input_rank(report.input_shape)}"
    blocks = (machine, *for_machines((*_totals(report), _costs(report), *further)))
    return Document("stack", blocks, output, title, items, drawings=for_people)


def _people_table(report: StackReport, rows: Sequence[Row], selection: Selection) -> Table:
    """The rows, with their parts of the whole where they are selected."""
    attention = any(row.macs_without_weights for row in rows)
    of_all = [Column(None, "of all", is_numeric=True, short="%")] if selection.is_asked else []
    columns = (
        Column(None, "name", report.is_numbered),
        Column(None, "layer", wraps=True),
        Column(None, "output"),
        Column(None, "parameters", is_numeric=True, short="params"),
        *(column._replace(spare=3) for column in of_all),
        Column(None, "MACs", is_numeric=True),
        *(column._replace(spare=1) for column in of_all),
        *([Column(None, "attention", is_numeric=True)] if attention else []),
        Column(None, "sees", spare=2),
        Column(None, "jump", is_numeric=True, spare=4),
        Column(None, "start", is_numeric=True, spare=5),
    )
    return Table(columns, [_cells(report, row, bool(of_all), attention) for row in rows])


def _cells(report: StackReport, row: Row, with_shares: bool, attention: bool) -> tuple[Any, ...]:
    parts = [UNKNOWN if part is None else Percent(part) for part in share(row, report).values()]
    parameters, macs = ([part] if with_shares else [] for part in parts)
    return (
        row.name,
        layer_form(row.text, row.kind, row.step.layer),
        report.in_input_rank(row.output),
        Count(row.parameters),
        *parameters,
        UNKNOWN if row.macs is None else Count(row.macs),
        *macs,
        *([Count(row.macs_without_weights)] if attention else []),
        field_sizes(row.step),
        field_jumps(row.step.fields),
        field_starts(row.step.fields),
    )


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


def _totals(report: StackReport) -> Iterator[Block]:
    totals = report.totals
    memory = (
        ("weights", totals.parameters, "bytes of float32"),
        ("activations", totals.activations, "all outputs, as training keeps them"),
        ("peak", totals.held_at_once, "what must be held at once for the result alone"),
    )
    yield Facts(
        (
            Fact("total.parameters", "parameters", totals.parameters),
            Fact("total.macs", "MACs", totals.macs),
            Fact(
                "total.macs_without_weights",
                "MACs of attention" if totals.macs_without_weights else None,
                totals.macs_without_weights,
                "products without weights",
            ),
            *(_memory(name, size_in_bytes(Shape((n,))), note) for name, n, note in memory),
        )
    )


def _memory(name: str, amount: int, note: str) -> Fact:
    size = Phrase(f"{{size}}, {note}", {"size": Bytes(amount)})
    return Fact(f"total.{name}_bytes", f"{name} memory", amount, size)


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


def _unit(report: StackReport) -> Iterator[Block]:
    """The cells that a unit of the last spatial layer sees: that of --unit, or the middle."""
    at = report.last_seeing
    if at is None or 0 in report.units(at):
        return
    sizes = report.units(at)
    unit = report.unit if report.unit is not None else Position(size // 2 for size in sizes)
    seen = report.seen(at, unit)
    middle = "" if report.unit is not None else ", the middle one,"
    bound = "" if seen.is_exact else " at most"
    yield Note(f"Unit {unit}{middle} of layer {report.steps[at].name} sees of the input{bound}:")
    axes = zip(axis_names(len(sizes)), seen.cells, report.cells, strict=True)
    yield Facts(
        tuple(Fact(None, name, _ends(cells), _seen_note(cells, size)) for name, cells, size in axes)
    )


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
