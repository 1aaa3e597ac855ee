"""Receptive fields derived again: from the tap tables themselves, and by pushing impulses through the layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.padding import padded_cell
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import Reading
from convcli.engine.geometry.taps import tap_table
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.walk import INPUT, Step, seen_by_unit

Reached = NDArray[np.bool_]  # (units, input cells): what each unit of one axis sees


class Proof(NamedTuple):
    """How many units were compared on each axis, and those of which the derivations differ: (axis, unit)."""

    units: tuple[int, ...]
    differing: tuple[tuple[int, int], ...]


def prove(steps: Sequence[Step], index: int, input_shape: Shape, *, by_impulses: bool) -> Proof:
    """Compare `seen_by_unit` and the closed formula with another derivation, for every unit of step `index`.

    Without `by_impulses` the tap tables of all layers are composed; with it each cell of the input in turn is 1, the layers
    of ones are computed, and what is not 0 is seen. Memory: units * cells a layer and axis.
    """
    differing = []
    sizes = steps[index].output[2:]
    for d, size in enumerate(sizes):
        reached = _reached(steps, index, d, input_shape, by_impulses)
        for unit in range(size):
            position = [unit if e == d else 0 for e in range(len(sizes))]
            seen = [
                cell
                for span in seen_by_unit(steps, index, position, input_shape).cells[d]
                for cell in span
            ]
            if seen != np.flatnonzero(reached[unit]).tolist() or not _formula_holds(
                steps, index, d, unit, reached[unit]
            ):
                differing.append((d, unit))
    return Proof(tuple(sizes), tuple(differing))


def _formula_holds(
    steps: Sequence[Step], index: int, d: int, unit: int, reached: NDArray[np.bool_]
) -> bool:
    """Far from the borders the window of the formula is what is seen; where nothing enlarges or crops, it is
    known which units are."""
    fields = steps[index].fields
    field = fields[d] if fields else None
    if field is None or any(_leaves_the_formula(step, d) for step in steps[: index + 1]):
        return True
    window, seen = field.seen(unit), np.flatnonzero(reached)
    if not window or window[0] < 0 or window[-1] >= len(reached):
        return True
    return bool(len(seen)) and (int(seen[0]), int(seen[-1])) == (window[0], window[-1])


def _leaves_the_formula(step: Step, d: int) -> bool:
    """Whether padding behind a layer may stand where more of its outputs would lie, so that units near it see less than the
    plain formula says: where windows take turns, where it crops, or where one more window would have fitted."""
    reading = step.readings[d] if step.readings else None
    if reading is None or reading.period > 1 or reading.step == 0:
        return True
    return reading.windows[0].start > 0 or reading.window(reading.outputs)[-1] < reading.size


def _reached(
    steps: Sequence[Step], index: int, d: int, input_shape: Shape, by_impulses: bool
) -> Reached:
    cells = input_shape[2 + d]
    reached: dict[int, Reached] = {INPUT: np.eye(cells, dtype=bool)}
    for at, step in enumerate(steps[: index + 1]):
        assert step.readings is not None
        of_sources = [reached[source] for source in step.sources]
        seen: Reached = np.logical_or.reduce(of_sources)
        reading = step.readings[d]
        if reading is None:
            reached[at] = np.ones((step.output[2 + d], cells), bool)
        elif isinstance(step.layer, Convolution):
            reached[at] = (
                _impulses(step.layer.spec, d, seen)
                if by_impulses
                else _table(step.layer.spec, d, seen)
            )
        else:
            reached[at] = np.array(
                [_union(reading, unit, seen) for unit in range(reading.outputs)], bool
            ).reshape(-1, cells)
    return reached[index]


def _table(spec: ConvSpec, d: int, seen: Reached) -> Reached:
    """Each output sees what the cells in its row of the tap table see; the zero cell sees nothing."""
    nothing = np.zeros((1, seen.shape[1]), bool)
    rows: Any = np.concatenate([seen, nothing])[
        tap_table(spec, d, len(seen))
    ]  # (outputs, taps, cells)
    return np.asarray(rows.any(axis=1))


def _impulses(spec: ConvSpec, d: int, seen: Reached) -> Reached:
    """One axis and one channel of the layer with a weight of ones, on a batch of one input for each impulse."""
    alone = ConvSpec(
        1,
        1,
        (spec.axes[d],),
        bias=False,
        padding_mode=spec.padding_mode,
        transposed=spec.transposed,
    )
    batch = seen.T[:, None, :].astype(np.int64)  # (cells, 1, units)
    return np.asarray(
        convolve(alone, batch, np.ones((1, 1, *alone.kernel_size), np.int64))[:, 0].T > 0
    )


def _union(reading: Reading, unit: int, seen: Reached) -> NDArray[np.bool_]:
    cells = [padded_cell(cell, reading.size, reading.mode) for cell in reading.window(unit)]
    real = [cell for cell in cells if cell < reading.size]
    return np.asarray(seen[real].any(axis=0))
