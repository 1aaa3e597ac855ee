"""The smaller levels of an image: a cell is the mean of two cells an axis of the level above."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.stores.outputs import StoredOutput, Units, level_shapes
from convcli.inputs.files.stores.tasks import is_whole, stored_of


def fill_levels(output: StoredOutput, *, resumed: bool, verify: bool, memory: int) -> int:
    """Compute all levels but the first, unit by unit; the number of units that were computed.

    Units that are there stay where the run is `resumed`: they follow from the first level alone.
    With `verify` they are decoded first.
    A unit is computed in slabs whose input takes at most `memory` bytes.
    """
    if output.image is None:
        return 0
    count = 0
    shapes = list(level_shapes(output))
    for number in range(1, len(shapes)):
        above = output.level(number - 1, shapes[number - 1])
        level = output.level(number, shapes[number])
        sink, there = Units(level), stored_of(level).open()
        source = stored_of(above).open()
        for unit in sink.grid.all():
            if resumed and sink.has(unit) and (not verify or is_whole(unit, sink, there)):
                continue
            sink.write(unit, _mean_of_unit(source, above, sink.grid.box(unit), memory))
            count += 1
    return count


def _mean_of_unit(source: Any, above: StoredOutput, box: tuple[slice, ...], memory: int) -> Array:
    rank = len(above.axes.spatial)
    shape = [part.stop - part.start for part in box]
    out = np.empty(shape, above.dtype)
    row = prod(shape) // shape[-rank] * 2**rank * above.dtype.itemsize * 3
    step = max(memory // max(row, 1), 1)
    first = len(shape) - rank
    for start in range(0, shape[first], step):
        stop = min(start + step, shape[first])
        slab = slice(box[first].start + start, box[first].start + stop)
        read = tuple(
            slice(2 * part.start, min(2 * part.stop, size))
            for part, size in zip((slab, *box[first + 1 :]), above.shape[first:], strict=True)
        )
        cells = source.read((*box[:first], *read))
        out[(slice(None),) * first + (slice(start, stop),)] = halved(cells, rank)
    return out


def halved(cells: Array, rank: int) -> Array:
    """The mean of each two cells along the last `rank` axes; of one cell where one is left.

    Means of integers are rounded, halves to the even integer.

    >>> halved(np.array([[1, 3, 5], [5, 8, 9]]), 2).tolist()
    [[4, 7]]
    """
    is_whole = cells.dtype.kind in "biu"
    wide = np.result_type(cells.dtype, np.float64 if cells.dtype.kind != "c" else np.complex128)
    shape = (*cells.shape[:-rank], *(-(-size // 2) for size in cells.shape[-rank:]))
    total, counts = np.zeros(shape, wide), np.zeros(shape[-rank:], np.int64)
    for places in product((0, 1), repeat=rank):
        every_second: Any = (..., *(slice(place, None, 2) for place in places))
        part = cells[every_second]
        inside: Any = tuple(slice(0, size) for size in part.shape[-rank:])
        total[(..., *inside)] += part
        counts[inside] += 1
    mean: Array = total / counts
    return (np.rint(mean) if is_whole else mean).astype(cells.dtype)
