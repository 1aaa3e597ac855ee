"""When an executor hands a part to another: numbers whose sums lose digits or are no numbers."""

from __future__ import annotations

from math import prod

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Executor, Job, Part, Scratch
from convcli.engine.compute.tiles import even_slices, steps_of_a_run, tile_shape, tiles

SHARE = 4  # the part of the budget that the columns of the other executor may take

SAMPLE = 2000  # numbers that are sorted to find the small ones
SMALL = 0.1  # the quantile of the magnitudes that counts as small


def has_even_range(block: Array, most: float, largest: float = float("inf")) -> bool:
    """Whether the largest number is finite, below `largest`, and at most `most` small ones.

    >>> has_even_range(np.array([1.0, 2.0, 100.0]), most=64)
    False
    """
    found = max(block.max(), -block.min()) if block.dtype.kind == "f" else np.abs(block).max()
    if not found <= largest or not np.isfinite(found):  # a NaN is not below either
        return False
    sample = np.abs(block.reshape(-1)[:: max(1, block.size // SAMPLE)])
    sample = np.sort(sample[sample > 0])
    if not sample.size:
        return True
    return bool(found <= most * sample[int(SMALL * len(sample))])


def is_finite(block: Array) -> bool:
    """Whether no number is infinite or NaN; False also where the squares' sum is beyond the type.

    >>> [is_finite(np.array(numbers)) for numbers in ([1.0, 2.0], [np.inf, 1.0], [1e200, 1.0])]
    [True, False, False]
    """
    if not block.flags.c_contiguous:
        return bool(np.isfinite(block).all())
    numbers = block.reshape(-1)
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.dot(numbers, numbers)))


def compute_by(direct: Executor, job: Job, part: Part, scratch: Scratch) -> None:
    """Compute a part by another executor, in boxes whose columns take a share of the budget."""
    shape, outputs = tile_shape(part.tile), [axis.outputs for axis in part.tile]
    room = max(1, job.budget // SHARE // (prod(job.weight.shape[2:]) * job.dtype.itemsize))
    groups = max(1, room // prod(shape))
    steps = steps_of_a_run(shape, room)
    first_image, first_group = part.images.start, part.groups.start
    for image in even_slices(part.images.stop - first_image, 1, first_image):
        for some in even_slices(part.groups.stop - first_group, groups, first_group):
            for tile in tiles(job.spec, job.sizes, outputs, steps):
                direct.compute(Part(image, some, tile), scratch)
