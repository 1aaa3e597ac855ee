"""The data of the page of `convcli stack`: layers, what their units read, receptive fields.

The page follows units through the network by itself: see `convcli/render/page/network`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

from convcli.engine.geometry.shapes import Position, Shape, axis_names
from convcli.engine.geometry.tap_patterns import Cells, Reading
from convcli.engine.network.links import Link, Linked, links_of_recorded, links_of_steps
from convcli.engine.network.walk import INPUT, Step
from convcli.errors import ConvError
from convcli.report.spelling.short_layers import short_layer
from convcli.report.views.network_parts import (
    Proven,
    StackReport,
    field_data,
    layer_text,
)
from convcli.report.words.vocabulary import in_every_language

PAGE = "network"  # its folder in `render/page`, and its part of the words
MOST_LAYERS = 1500
MOST_CELLS = 100_000  # of an axis
MOST_WINDOWS = 40_000  # of all readings together
MOST_AXES = 3
LOOKED_AT = 2_000  # units of layers that no links lead to, looked at one by one


def network_page(report: StackReport, proven: Proven | None = None) -> dict[str, Any]:
    """The data of a page. Raises ConvError for a network that a page cannot draw."""
    _check(report)
    rows = _rows(report)
    readings = _Readings()
    seen = _Looker(report)
    layers = [
        _layer(report, at, row, rows, readings, seen.every(at, row)) for at, row in enumerate(rows)
    ]
    if readings.windows > MOST_WINDOWS:
        rule = f"holds tap tables of at most {MOST_WINDOWS} windows, and these have more"
        raise ConvError("page.windows", f"a page {rule}", parameter="output", kind="memory")
    words = report.words
    return {
        "schema": 1,
        "language": words.tag,
        "languages": in_every_language(PAGE),
        "title": words.amount("stack.title", len(layers), input=_input_shape(report)),
        "axes": axis_names(len(report.cells)),
        "input": {"shape": _input_shape(report), "cells": list(report.cells)},
        "readings": readings.table,
        "layers": layers,
        "totals": {"parameters": report.totals.parameters, "macs": report.totals.macs},
        "start": _start(report, rows),
        "proof": None if proven is None else _proof(report, proven),
    }


def _check(report: StackReport) -> None:
    axes = len(report.cells)
    if not 1 <= axes <= MOST_AXES:
        rule = f"a page draws networks on 1 to {MOST_AXES} spatial axes"
        got = _input_shape(report)
        raise ConvError("page.axes", rule, parameter="output", got=got)
    most = max(report.cells, default=0)
    for at in range(len(report.steps)):
        most = max((most, *report.units(at)))
    if most > MOST_CELLS:
        rule = f"a page draws at most {MOST_CELLS} cells of an axis"
        raise ConvError("page.cells", rule, parameter="output", got=most, kind="memory")
    if len(report.steps) > MOST_LAYERS:
        rule = f"a page draws at most {MOST_LAYERS} layers"
        hint = "Write a part of the network to a file of its own."
        raise ConvError(
            "page.layers", rule, parameter="output", got=len(report.steps), hint=hint, kind="memory"
        )


def _input_shape(report: StackReport) -> Shape:
    return report.in_input_rank(report.input_shape)


def _rows(report: StackReport) -> list[Linked]:
    recorded = report.recorded
    return links_of_steps(report.steps) if recorded is None else links_of_recorded(recorded)


class _Readings:
    """The readings of all links, each once."""

    def __init__(self) -> None:
        self.table: list[dict[str, Any]] = []
        self.windows = 0
        self._places: dict[Reading, int] = {}

    def place(self, reading: Reading) -> int:
        """The place of a reading in the table."""
        if reading not in self._places:
            self._places[reading] = len(self.table)
            self.windows += len(reading.windows)
            self.table.append({
                "windows": [[w.start, w.stop, w.step] for w in reading.windows],
                "step": reading.step,
                "size": reading.size,
                "outputs": reading.outputs,
                "mode": reading.mode,
            })  # fmt: skip
        return self._places[reading]

    def of_link(self, link: Link) -> dict[str, Any]:
        """A link; the ways of an axis are lists of places, null where all of it is read."""
        axes = [
            None if ways is None else [[self.place(reading) for reading in way] for way in ways]
            for ways in link.axes
        ]
        return {"source": link.source, "axes": axes, "exact": link.is_exact}


class _Looker:
    """What the units see of rows that no links lead to, one by one, as long as these are few."""

    def __init__(self, report: StackReport) -> None:
        self.report = report
        self.left = LOOKED_AT

    def every(self, at: int, row: Linked) -> dict[str, Any] | None:
        """The cells of the input for each unit, in the order of C; None where there are too many.

        Each different answer stands once, with a list of runs (first, last) on each axis.
        """
        number = prod(row.units)
        if row.is_known or number > self.left or len(row.units) != len(self.report.cells):
            return None
        self.left -= number
        answers: dict[tuple[tuple[Cells, ...], bool], int] = {}
        places = []
        for unit in product(*map(range, row.units)):
            seen = self.report.seen(at, unit)
            places.append(answers.setdefault((seen.cells, seen.is_exact), len(answers)))
        return {
            "answers": [
                {"axes": [list(_runs(cells)) for cells in axes], "exact": exact}
                for axes, exact in answers
            ],
            "units": places,
        }


def _runs(cells: Cells) -> Iterator[list[int]]:
    for span in cells:
        if span.step == 1:
            yield [span[0], span[-1]]
        else:
            yield from ([cell, cell] for cell in span)


def _layer(
    report: StackReport,
    at: int,
    row: Linked,
    rows: Sequence[Linked],
    readings: _Readings,
    seen: dict[str, Any] | None,
) -> dict[str, Any]:
    step = report.steps[at]
    text = layer_text(report.texts[at], step.layer)
    kind = step.kind or type(step.layer).__name__
    return {
        "name": step.name,
        "text": text,
        "short": short_layer(step.layer, kind, text),
        "kind": kind,
        "sources": list(step.sources),
        "shape": list(report.in_input_rank(step.output)),
        "units": list(row.units),
        "parameters": step.parameters,
        "macs": step.macs,
        "field": field_data(step),
        "known": row.is_known,
        "seen": seen,
        "follows": _follows(step, row, rows, report),
        "links": [readings.of_link(link) for link in row.links] if row.is_known else [],
    }


def _follows(step: Step, row: Linked, rows: Sequence[Linked], report: StackReport) -> bool:
    """Whether the layer changes numbers alone: its units lie where those of its one source lie."""
    if len(row.links) != 1 or not row.is_known or step.sources == (INPUT,):
        return False
    (link,) = row.links
    same = rows[link.source].units == row.units
    passes = link.axes == (((),),) * len(row.units) if row.units else not step.parameters
    return same and passes and not step.macs and report.steps[link.source].output == step.output


def _start(report: StackReport, rows: Sequence[Linked]) -> dict[str, Any]:
    """The unit that the page begins with: that of --unit, or one that sees a part of the input."""
    last = report.last_seeing
    if report.unit is not None and last is not None:
        return {"layer": last, "unit": list(report.unit)}
    places = [at for at, row in enumerate(rows) if prod(row.units) > 1 and report.steps[at].fields]
    middle = {at: _middle(rows[at]) for at in places}
    cells = prod(report.cells)
    for share in (0.5, 1):
        for at in reversed(places):
            seen = report.seen(at, middle[at]).cells
            if 0 < prod(sum(map(len, axis)) for axis in seen) < share * cells:
                return {"layer": at, "unit": list(middle[at])}
    return {"layer": INPUT, "unit": [size // 2 for size in report.cells]}


def _middle(row: Linked) -> Position:
    return Position(size // 2 for size in row.units)


def _proof(report: StackReport, proven: Proven) -> dict[str, Any]:
    return {
        "layer": next(at for at, step in enumerate(report.steps) if step is proven.step),
        "derivations": [
            {
                "by": key,
                "shape": list(report.in_input_rank(shape)),
                "units": list(found.units),
                "differing": [list(each) for each in found.differing[:100]],
                "count": len(found.differing),
            }
            for key, shape, found in proven.derivations
        ],
        "recorded": report.recorded is not None,
    }
