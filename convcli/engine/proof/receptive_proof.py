"""Receptive fields derived independently: from the tap tables, or from impulses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.padding import padded_cell
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import Reading, identity
from convcli.engine.geometry.taps import tap_table
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.receptive import ReceptiveField
from convcli.engine.network.walk import INPUT, Step, seen_by_unit

ENTRIES_AT_ONCE = 2**22  # of (outputs, taps, cells)

Reached = NDArray[np.bool_]  # (units, input cells) of one axis: whether the unit sees the cell


class Proof(NamedTuple):
    """The number of units compared on each axis, and the (axis, unit) whose derivations differ."""

    units: tuple[int, ...]
    differing: tuple[tuple[int, int], ...]


def prove(steps: Sequence[Step], index: int, input_shape: Shape, *, by_impulses: bool) -> Proof:
    """Compare `seen_by_unit` and the closed formula with another derivation, unit by unit.

    By default the tap tables of all layers are composed. With `by_impulses` each input cell in turn
    is 1 and the layers, with weights of 1, are computed: a unit sees the cell if it is not 0.
    Memory: units * cells for each layer and axis.
    """
    differing = []
    steps = _mixing(steps[: index + 1])
    index = len(steps) - 1
    sizes = steps[index].output[2:]
    for d, size in enumerate(sizes):
        reached = _reached(steps, d, input_shape, by_impulses)
        field = _field_of_formula(steps, d)
        for unit in range(size):
            position = [unit if e == d else 0 for e in range(len(sizes))]
            seen = [
                cell
                for span in seen_by_unit(steps, index, position, input_shape).cells[d]
                for cell in span
            ]
            if seen != np.flatnonzero(reached[unit]).tolist() or not _formula_holds(
                field, unit, reached[unit]
            ):
                differing.append((d, unit))
    return Proof(tuple(sizes), tuple(differing))


def _mixing(steps: Sequence[Step]) -> list[Step]:
    """The steps without those behind which every unit sees what the unit before it sees.

    These are layers of one input, no convolutions, whose outputs read their own cells. The last
    step stays.
    """
    kept: list[Step] = []
    places = {INPUT: INPUT}
    for at, step in enumerate(steps):
        reads_itself = step.readings is not None and all(
            reading == identity(size)
            for reading, size in zip(step.readings, step.output[2:], strict=True)
        )
        passes = len(step.sources) == 1 and not isinstance(step.layer, Convolution) and reads_itself
        if passes and at < len(steps) - 1:
            places[at] = places[step.sources[0]]
            continue
        places[at] = len(kept)
        kept.append(step._replace(sources=tuple(places[source] for source in step.sources)))
    return kept


def _field_of_formula(steps: Sequence[Step], d: int) -> ReceptiveField | None:
    """The closed formula of the last step on one axis; None where it does not apply."""
    fields = steps[-1].fields
    if not fields or any(_leaves_the_formula(step, d) for step in steps):
        return None
    return fields[d]


def _formula_holds(field: ReceptiveField | None, unit: int, reached: NDArray[np.bool_]) -> bool:
    """Whether a unit far from the borders sees exactly the window of the closed formula.

    True if the formula does not apply to the unit.
    """
    if field is None:
        return True
    window, seen = field.seen(unit), np.flatnonzero(reached)
    if not window or window[0] < 0 or window[-1] >= len(reached):
        return True
    return bool(len(seen)) and (int(seen[0]), int(seen[-1])) == (window[0], window[-1])


def _leaves_the_formula(step: Step, d: int) -> bool:
    """Whether units near a layer's border may see less than the closed formula says.

    So if its windows alternate, if it crops, or if one more window would fit: the padding of the
    next layer then takes the place of outputs.
    """
    reading = step.readings[d] if step.readings else None
    if reading is None or reading.period > 1 or reading.step == 0:
        return True
    return reading.windows[0].start > 0 or reading.window(reading.outputs)[-1] < reading.size


def _reached(steps: Sequence[Step], d: int, input_shape: Shape, by_impulses: bool) -> Reached:
    """Which cells of axis `d` each unit of the last step sees."""
    cells = input_shape[2 + d]
    reached: dict[int, Reached] = {INPUT: np.eye(cells, dtype=bool)}
    last_use = {source: at for at, step in enumerate(steps) for source in step.sources}
    for place, step in enumerate(steps):
        assert step.readings is not None  # noqa: S101  # for mypy
        of_sources = [reached[source] for source in step.sources]
        seen: Reached = np.logical_or.reduce(of_sources)
        reading = step.readings[d]
        if reading is None:
            reached[place] = np.ones((step.output[2 + d], cells), bool)
        elif isinstance(step.layer, Convolution):
            reached[place] = (
                _impulses(step.layer.spec, d, seen)
                if by_impulses
                else _table(step.layer.spec, d, seen)
            )
        else:
            reached[place] = np.array(
                [_union(reading, unit, seen) for unit in range(reading.outputs)], bool
            ).reshape(reading.outputs, cells)
        for source in set(step.sources):
            if last_use[source] == place:
                del reached[source]
    return reached[len(steps) - 1]


def _table(spec: ConvSpec, d: int, seen: Reached) -> Reached:
    """An output sees what the cells in its row of the tap table see; the zero cell sees nothing."""
    nothing = np.zeros((1, seen.shape[1]), bool)
    sources, table = np.concatenate([seen, nothing]), tap_table(spec, d, len(seen))
    result = np.zeros((len(table), seen.shape[1]), bool)
    taps = max(1, ENTRIES_AT_ONCE // max(result.size, 1))
    for first in range(0, table.shape[1], taps):
        rows: Any = sources[table[:, first : first + taps]]  # (outputs, taps, cells)
        result |= rows.any(axis=1)
    return result


def _impulses(spec: ConvSpec, d: int, seen: Reached) -> Reached:
    """One axis and channel of the layer, with a weight of ones, on a batch of all impulses."""
    alone = replace(spec, in_channels=1, out_channels=1, axes=(spec.axes[d],), groups=1, bias=False)
    batch = seen.T[:, None, :].astype(np.int64)  # (cells, 1, units)
    weight = np.ones(alone.weight_shape, np.int64)
    return np.asarray(convolve(alone, batch, weight)[:, 0].T > 0)


def _union(reading: Reading, unit: int, seen: Reached) -> NDArray[np.bool_]:
    cells = [padded_cell(cell, reading.size, reading.mode) for cell in reading.window(unit)]
    real = [cell for cell in cells if cell < reading.size]
    return np.asarray(seen[real].any(axis=0))
