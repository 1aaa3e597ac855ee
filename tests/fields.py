"""What every unit of a value sees, found by changing the input; compared with what is claimed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.network.recorded import RecordedNetwork

Array = NDArray[Any]
Moved = dict[tuple[int, int], NDArray[np.bool_]]  # (axis, cell) -> which numbers it moves
STEPS = (1.0, 30.0, -30.0)  # small and large, so that maxima and ReLU move too
NOISE = 1e-9


@contextmanager
def one_thread() -> Iterator[None]:
    """torch on one thread: small arrays are faster so."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def cells_that_move(
    compute: Callable[[Array], Array], x: Array, noise: float = NOISE
) -> tuple[Moved, Moved]:
    """For each cell of each spatial axis, the numbers that its change moves, and that NaN reaches.

    A number certainly reads the first, and nothing beyond the second: NaN passes every maximum and
    every product.
    """
    random = np.random.default_rng(3)
    base = compute(x)
    moved: Moved = {}
    reached: Moved = {}
    for axis in range(2, x.ndim):
        for cell in range(x.shape[axis]):
            at = (*(slice(None),) * axis, cell)
            units = np.zeros(base.shape, bool)
            for step in STEPS:
                changed = x.copy()
                changed[at] += step * (0.5 + random.random(changed[at].shape))
                units |= np.abs(compute(changed) - base) > noise * (1 + np.abs(base))
            changed = x.copy()
            changed[at] = np.nan
            moved[axis - 2, cell] = units
            reached[axis - 2, cell] = units | np.isnan(compute(changed))
    return moved, reached


def wrong_claims(
    network: RecordedNetwork, compute: Callable[[Array], Array], x: Array, noise: float = NOISE
) -> tuple[list[str], int]:
    """What the last row claims and what is not so, for every unit; and how much was compared."""
    last = len(network.operations) - 1
    row = network.operations[last]
    if row.outlook.paths is None:
        return [], 0
    units = network.units(last)
    channels = next(
        (at for at in (1, -1) if np.delete(row.output[1:], at - (at > 0)).tolist() == list(units)),
        None,
    )
    if channels is None:
        return [f"{units} units of {row.output}"], 1
    moved, reached = (
        {key: of_cell.any(axis=(0, channels)) for key, of_cell in found.items()}
        for found in cells_that_move(compute, x, noise)
    )
    wrong, compared = [], 0
    for unit in product(*map(range, units)):
        seen = network.seen_by_unit(last, unit)
        for axis, cells in enumerate(seen.cells):
            compared += 1
            claimed = {cell for span in cells for cell in span}
            size = x.shape[2 + axis]
            least = {cell for cell in range(size) if moved[axis, cell][unit]}
            most = {cell for cell in range(size) if reached[axis, cell][unit]}
            word, known = row.sights[axis].word, f"unit {unit}, axis {axis}: {sorted(claimed)}"
            if not least <= claimed:
                wrong.append(f"{known} lacks {sorted(least - claimed)}")
            if seen.is_exact and not claimed <= most:
                wrong.append(f"{known}, exactly, is not {sorted(most)}")
            if word == "whole" and len(most) < size:
                wrong.append(f"{known}, whole, is not {sorted(most)}")
            if word == "exact" and least and min(least) > 0 and max(least) < size - 1:
                field = network.axes[axis].field(row.sights[axis].at or 0)
                if field is not None and field.size < len(least):
                    wrong.append(f"{known}: a field of {field.size} cells is too small")
    return wrong, compared
