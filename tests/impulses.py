"""Which cells an output reads, found by changing the input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import Step, seen_by_unit

Array = NDArray[Any]
IMPULSE = 10.0  # more than any number of the input, so that a maximum moves too
MOVED = 1e-6


def distinct_input(shape: Sequence[int], dtype: Any = np.float32) -> Array:
    """Numbers in (0, 1), all different, in no order."""
    size = int(np.prod(shape))
    order = np.random.default_rng(7).permutation(size)
    return ((order + 0.5) / size).astype(dtype).reshape(tuple(shape))


def some_units(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """The first and the last unit, and three between them."""
    quarters = {tuple(size * part // 4 for size in sizes) for part in range(4)}
    return sorted(quarters | {tuple(size - 1 for size in sizes)})


def cells_read(
    compute: Callable[[list[Array]], list[Array]], x: Array, units: Sequence[Sequence[int]]
) -> list[list[set[int]]]:
    """The cells of each spatial axis that each output unit reads.

    An impulse is in all channels, of different heights.
    """
    cells = list(product(*(range(size) for size in x.shape[2:])))
    heights = IMPULSE * np.linspace(0.5, 1.5, x.shape[1])
    inputs = [x]
    for cell in cells:
        inputs.append(x.copy())
        inputs[-1][(slice(None), slice(None), *cell)] += heights
    base, *outputs = compute(inputs)
    found = []
    for unit in units:
        at = (slice(None), slice(None), *unit)
        moved = [np.abs(output[at] - base[at]).max() > MOVED for output in outputs]
        seen = [cell for cell, was_moved in zip(cells, moved, strict=True) if was_moved]
        found.append([{cell[axis] for cell in seen} for axis in range(x.ndim - 2)])
    return found


def cells_claimed(
    steps: Sequence[Step], shape: Sequence[int], units: Sequence[Sequence[int]]
) -> list[list[set[int]]]:
    """The same as the engine says it; where one axis sees nothing, the unit sees nothing."""
    claimed = []
    for unit in units:
        spans = seen_by_unit(steps, len(steps) - 1, unit, Shape(shape)).cells
        seen = [{cell for span in of_axis for cell in span} for of_axis in spans]
        claimed.append(seen if all(seen) else [set() for _ in seen])
    return claimed
