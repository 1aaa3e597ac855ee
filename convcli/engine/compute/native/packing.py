"""Weights that lie far apart, which packed.c copies into a run before it computes with them."""

from __future__ import annotations

from math import prod

from convcli.engine.compute.native.boxes import MOST_AXES
from convcli.engine.compute.native.shapes import Shapes, weight_lies_in_a_run

ROWS = 8  # output channels that the kernel computes at once

# `benchmarks.thresholds` measures what each of these is worth.
PACKED_BYTES = 2**20  # of weights that are copied together
PACKED_OUTPUTS = 512  # of an output channel, up to which weights are read where they are


def rows_together(shapes: Shapes) -> int:
    """The output channels whose weights are copied together; 0 where none are copied.

    Those of a group of one output channel are copied whenever they do not lie in a run.
    """
    images, groups, rows = shapes.out_shape[:3]
    if weight_lies_in_a_run(shapes) or not groups * rows:
        return 0
    _, row, channel, *_ = map(abs, shapes.weight_steps)
    if rows > 1 and (channel <= row or images * prod(shapes.out_shape[3:]) <= PACKED_OUTPUTS):
        return 0
    room = min(PACKED_BYTES // shapes.itemsize, shapes.budget // 8)
    fitting = room // (groups * weights_of_a_row(shapes))
    return rows if fitting >= rows else fitting // ROWS * ROWS


def weights_of_a_row(shapes: Shapes) -> int:
    """The weights of an output channel."""
    return shapes.x_shape[2] * prod(axis.kernel_size for axis in shapes.axes)


def packed(shapes: Shapes, rows: int) -> Shapes:
    """The same layer, with the copies of so many output channels of each group as its weight."""
    steps = [1]
    sizes = (rows, shapes.x_shape[2], *(axis.kernel_size for axis in shapes.axes))
    for size in reversed(sizes):
        steps.insert(0, steps[0] * size)
    return shapes._replace(weight_steps=tuple(steps))


def places(shapes: Shapes, rows: int, at: int) -> list[int]:
    """What `Packed` of packed.c says before its layer: the copies begin `at` numbers of cells."""
    more = [0] * (MOST_AXES - len(shapes.axes))
    kernel = [axis.kernel_size for axis in shapes.axes]
    group, row, channel, *steps = shapes.weight_steps
    return [at, rows, group, row, channel, len(kernel), *kernel, *more, *steps, *more]
