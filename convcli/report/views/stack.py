"""The view of `convcli stack`: shapes, parameters, cost, receptive fields by layer; the totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Position, Shape, axis_names
from convcli.engine.geometry.tap_patterns import Cells, count
from convcli.engine.network.flop_conventions import counts
from convcli.engine.network.receptive import hull
from convcli.engine.network.walk import seen_by_unit
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
from convcli.report.views.network_parts import (
    StackReport,
    field_data,
    field_jumps,
    field_sizes,
    field_starts,
    layer_text,
)

OURS = "convcli"


def stack_view(report: StackReport, further: Sequence[Block] = ()) -> Document:
    """The document on a network; `further` blocks answer further questions about it."""
    output = report.in_input_rank(report.steps[-1].output)
    machine = Facts(
        (
            Fact("input.shape", None, report.in_input_rank(report.input_shape)),
            Fact("output.shape", None, output),
            Fact("notes", None, list(report.notes)),
        )
    )

    def for_people() -> Iterator[Block]:
        yield _people_table(report)
        yield from _totals(report)
        yield from _unit(report)
        yield from further
        yield from map(Note, report.notes)

    items = Items("layers", "layers", len(report.steps), lambda: _items(report), for_machines=True)
    layers = count_of(len(report.steps), "layer", "layers")
    title = f"{layers} on {report.in_input_rank(report.input_shape)}"
    blocks = (machine, *for_machines((*_totals(report), *further)))
    return Document("stack", blocks, output, title, items, drawings=for_people)


def _people_table(report: StackReport) -> Table:
    labels = ("layer", "output", "parameters", "MACs", "sees", "jump", "start")
    columns = (
        Column(None, "name", report.is_numbered),
        *(Column(None, label) for label in labels),
    )
    rows = []
    for text, step in zip(report.texts, report.steps, strict=True):
        numbers = (field_sizes(step.fields), field_jumps(step.fields), field_starts(step.fields))
        shape = report.in_input_rank(step.output)
        rows.append(
            (step.name, layer_text(text, step.layer), shape, step.parameters, step.macs, *numbers)
        )
    return Table(columns, rows)


def _items(report: StackReport) -> Iterator[Document]:
    lines: dict[int, str] = {}
    for at, (text, step) in enumerate(zip(report.texts, report.steps, strict=True)):
        line = lines.get(id(step.layer)) or lines.setdefault(
            id(step.layer), layer_text(text, step.layer)
        )
        shape = report.in_input_rank(step.output)
        data = {
            "name": step.name,
            "layer": line,
            "output": {"shape": shape},
            "parameters": step.parameters,
            "macs": step.macs,
            "activation_bytes": size_in_bytes(step.output),
            "receptive_field": field_data(step.fields),
        }
        if report.unit is not None:
            data["unit"] = _seen_data(report, at)
        yield Document("stack", (Data(data),), essential=shape)


def _seen_data(report: StackReport, at: int) -> dict[str, Any] | None:
    """The input cells that the unit of one layer sees; None where the layer has no such unit."""
    unit = report.unit
    sizes = report.steps[at].output[2:]
    if (
        unit is None
        or len(unit) != len(sizes)
        or any(cell >= size for cell, size in zip(unit, sizes, strict=True))
    ):
        return None
    seen = seen_by_unit(report.steps, at, unit, report.input_shape)
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
            *(_memory(name, size_in_bytes(Shape((n,))), note) for name, n, note in memory),
        )
    )
    yield _costs(report)


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
    at = next((at for at in reversed(range(len(report.steps))) if report.steps[at].fields), None)
    if at is None or 0 in report.steps[at].output[2:]:
        return
    sizes = report.steps[at].output[2:]
    unit = report.unit if report.unit is not None else Position(size // 2 for size in sizes)
    seen = seen_by_unit(report.steps, at, unit, report.input_shape)
    middle = "" if report.unit is not None else ", the middle one,"
    bound = "" if seen.is_exact else " at most"
    yield Note(f"Unit {unit}{middle} of layer {report.steps[at].name} sees of the input{bound}:")
    axes = zip(axis_names(len(sizes)), seen.cells, report.input_shape[2:], strict=True)
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
