"""Boxes of arrays that are read piece by piece: runs of cells, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.arrays import Array
from convcli.engine.compute.tiles import runs_of

Box = tuple["slice | NDArray[np.int64]", ...]  # an entry an axis


def read_box(box: Box, dtype: np.dtype[Any], read: Callable[[list[slice]], Array]) -> Array:
    """The numbers of a box: for each axis a slice, or positions in any order.

    `read` is called with a slice an axis. Positions become runs of cells, each read once: the
    cells of a circular halo lie at both ends of an axis, and what is between is not read.

    >>> x = np.arange(10)
    >>> read_box((np.array([9, 0, 1]),), x.dtype, lambda runs: x[tuple(runs)]).tolist()
    [9, 0, 1]
    """
    runs = [runs_of(part) for part in box]
    if all(len(of_axis) == 1 for of_axis in runs):
        out = read([of_axis[0] for of_axis in runs]).astype(dtype, copy=False)
    else:
        sizes = (sum(run.stop - run.start for run in of_axis) for of_axis in runs)
        out = np.empty(tuple(sizes), dtype)
        for piece in product(*(list(_placed(of_axis)) for of_axis in runs)):
            out[tuple(place for place, _ in piece)] = read([run for _, run in piece])
    for axis, part in enumerate(box):
        if not isinstance(part, slice):
            out = out.take(np.searchsorted(np.unique(part), part), axis=axis)
    return out


def _placed(runs: Sequence[slice]) -> Iterator[tuple[slice, slice]]:
    """Each run with its place when all runs are joined."""
    at = 0
    for run in runs:
        yield slice(at, at + run.stop - run.start), run
        at += run.stop - run.start
