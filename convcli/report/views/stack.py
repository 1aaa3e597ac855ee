"""The view of `convcli stack`: layer by layer shapes, parameters, cost and receptive field; the totals, as they are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.engine.geometry.shapes import Position, Shape, axis_names
from convcli.engine.geometry.tap_patterns import Cells, count
from convcli.engine.network.flop_conventions import counts
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.receptive import ReceptiveField, hull
from convcli.engine.network.walk import Fields, Step, Totals, seen_by_unit
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
from convcli.report.spelling.bytes import human_bytes
from convcli.report.spelling.plurals import count_of
from convcli.report.spelling.pytorch_line import pytorch_line

AT_MOST, ON_AVERAGE = "<=", "~"
OURS = "convcli"


@dataclass(frozen=True)
class StackReport:
    """What there is to say: the layers' texts and steps, the input (N, C, *sizes), how to show a shape in the rank that went
    in, the unit that was asked for, notes on how the layers were read."""

    texts: Sequence[str]
    steps: Sequence[Step]
    input_shape: Shape
    totals: Totals
    shown: Callable[[Shape], Shape]
    unit: Position | None = None
    notes: Sequence[str] = ()


def stack_view(report: StackReport, further: Sequence[Block] = ()) -> Document:
    """The document on a network; `further` blocks answer further questions about it."""
    output = report.shown(report.steps[-1].output)
    machine = Facts(
        (
            Fact("input.shape", None, report.shown(report.input_shape)),
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
    title = (
        f"{count_of(len(report.steps), 'layer', 'layers')} on {report.shown(report.input_shape)}"
    )
    blocks = (machine, *for_machines((*_totals(report), *further)))
    return Document("stack", blocks, output, title, items, drawings=for_people)


def layer_text(text: str, layer: Layer) -> str:
    """The layer in one line of PyTorch: a convolution with defaults left out, others as they were written."""
    if isinstance(layer, Convolution) and layer.spec.padding_mode in TORCH_PADDING_MODES:
        return pytorch_line(layer.spec).replace("nn.", "")
    return text


def _people_table(report: StackReport) -> Table:
    columns = [
        Column(None, name)
        for name in ("name", "layer", "output", "parameters", "MACs", "sees", "jump", "start")
    ]
    rows = []
    for text, step in zip(report.texts, report.steps, strict=True):
        numbers = (sizes_text(step.fields), _jumps_text(step.fields), _starts_text(step.fields))
        shape = report.shown(step.output)
        rows.append(
            (step.name, layer_text(text, step.layer), shape, step.parameters, step.macs, *numbers)
        )
    return Table(tuple(columns), rows)


def sizes_text(fields: Fields | None) -> str:
    if not fields:
        return "-"
    words = [_size_text(field) for field in fields]
    return words[0] if len(words) == 1 else "x".join(words)


def _size_text(field: ReceptiveField | None) -> str:
    if field is None:
        return "?"
    return str(field.size) if field.size_is_exact else f"{AT_MOST}{field.size}"


def _jumps_text(fields: Fields | None) -> str:
    return _joined(
        fields, lambda field: f"{'' if field.jump_is_exact else ON_AVERAGE}{field.jump:.4g}"
    )


def _starts_text(fields: Fields | None) -> str:
    return _joined(fields, lambda field: "-" if field.start is None else str(field.start))


def _joined(fields: Fields | None, word: Callable[[ReceptiveField], str]) -> str:
    """One word an axis, one for all where they are the same."""
    words = ["?" if field is None else word(field) for field in fields or ()]
    return "-" if not words else words[0] if len(set(words)) == 1 else ",".join(words)


def field_data(fields: Fields | None) -> dict[str, Any] | None:
    """Size, jump and start as lists, one entry an axis, and for each whether it is exact or a bound."""
    if not fields:
        return None
    alike = all(field is fields[0] for field in fields)
    numbers = list(zip(*map(_numbers, fields[:1] if alike else fields), strict=True))
    size, jump, start, *exact = ([*of_axes] * (len(fields) if alike else 1) for of_axes in numbers)
    return {
        "size": size,
        "jump": jump,
        "start": start,
        "exact": dict(zip(("size", "jump", "start"), exact, strict=True)),
    }


def _numbers(field: ReceptiveField | None) -> tuple[Any, ...]:
    if field is None:
        return None, None, None, False, False, False
    return (
        field.size,
        field.jump,
        field.start,
        field.size_is_exact,
        field.jump_is_exact,
        field.start is not None,
    )


def _items(report: StackReport) -> Iterator[Document]:
    lines: dict[int, str] = {}
    for at, (text, step) in enumerate(zip(report.texts, report.steps, strict=True)):
        line = lines.get(id(step.layer)) or lines.setdefault(
            id(step.layer), layer_text(text, step.layer)
        )
        shape = report.shown(step.output)
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
        ("weights", size_in_bytes(Shape((totals.parameters,))), "bytes of float32"),
        (
            "activations",
            size_in_bytes(Shape((totals.activations,))),
            "all outputs, as training keeps them",
        ),
        (
            "peak",
            size_in_bytes(Shape((totals.held_at_once,))),
            "what must be held at once for the result alone",
        ),
    )
    yield Facts(
        (
            Fact("total.parameters", "parameters", totals.parameters),
            Fact("total.macs", "MACs", totals.macs),
            *(
                Fact(f"total.{name}_bytes", f"{name} memory", n, f"{human_bytes(n)}, {note}")
                for name, n, note in memory
            ),
        )
    )
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
    yield Table(columns, rows, row_keys=tuple(f"total.counts.{way.key}" for way in ways))


def _unit(report: StackReport) -> Iterator[Block]:
    """What one unit sees, said for the last layer that has units in space: the one asked for, or the middle one."""
    at = next((at for at in reversed(range(len(report.steps))) if report.steps[at].fields), None)
    if at is None:
        return
    sizes = report.steps[at].output[2:]
    unit = report.unit if report.unit is not None else Position(size // 2 for size in sizes)
    if 0 in sizes:
        return
    seen = seen_by_unit(report.steps, at, unit, report.input_shape)
    middle = "" if report.unit is not None else ", the middle one,"
    rows = [
        Fact(None, name, cells_text(cells), _seen_note(cells, size))
        for name, cells, size in zip(
            axis_names(len(sizes)), seen.cells, report.input_shape[2:], strict=True
        )
    ]
    yield Note(
        f"Unit {unit}{middle} of layer {report.steps[at].name} sees of the input{'' if seen.is_exact else ' at most'}:"
    )
    yield Facts(tuple(rows))


def cells_text(cells: Cells) -> str:
    """The cells as intervals: `3..17`, with the number of them where there are holes."""
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
