"""The ways in which kernel.c can compute some shapes, and the one that takes the least time."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from convcli.engine.compute.native import boxes as sizes
from convcli.engine.compute.native.boxes import (
    LONGEST,
    MOST_AXES,
    Boxes,
    block_of,
    box_steps,
    boxes_of,
    needed,
    vectors_of,
)
from convcli.engine.compute.native.library import Kernel, native
from convcli.engine.compute.native.shapes import Shapes, weight_lies_in_a_run, with_images
from convcli.engine.compute.tiles import steps_of_a_run

SETS_BYTES = 4096  # numbers so far apart lie in the same set of the first-level cache

# `benchmarks.thresholds` measures what each of these is worth.
MOST_UNFOLDED = 400  # outputs of a box whose cells are copied for each tap
UNFOLDED_COST, UNFOLDED_COPY = 1.13, 4.0  # of such a sum, and of a copy, in multiply-adds
SCATTERED_COST = 8  # of a sum that is taken up again, in multiply-adds
LONGEST_ROW = 16  # vectors of a row, up to which those of several rows are computed together
COLUMNS = 3  # vectors of a row that are computed at once: a rest of fewer takes longer
FLAT_COST = 1.05  # of a run over the ends of rows, against rows by themselves
HALVES_COST = 1.05  # of a vector of two rows
COST = {64: 1.0, 32: 1.5, 16: 2.0}  # of a byte of a vector, by the bytes of the vector,
COST_OF_ONE_ROW = {64: 1.0, 32: 1.1, 16: 2.0}  # and with one output channel, which waits for cells


class Way(NamedTuple):
    """What `Layer` of kernel.c says beside the shapes, and the time of a product.

    `chunk` channels are copied at a time; `vectors` are those of a box whose places are listed.
    """

    shapes: Shapes
    kernel: Kernel
    boxes: Boxes
    chunk: int
    cost: float
    grid: int = 0
    row_step: int = 0
    unfolds: int = 0
    alone: bool = False
    in_place: bool = False
    vectors: int = 0


def way_of(shapes: Shapes) -> Way:
    """The way that takes the least time."""
    way = gathered(shapes)
    unfolds = None if shapes.out_shape[2] == 1 else unfolded(shapes)
    return way if unfolds is None or way.cost <= unfolds.cost else unfolds


def gathered(shapes: Shapes) -> Way:
    """Cells are copied once, or read where they are."""
    channels, outputs = shapes.x_shape[2], shapes.out_shape[3:]
    steps, chunk = box_steps(shapes.axes, channels, outputs, shapes.itemsize, shapes.budget)
    boxes = boxes_of(shapes, steps)
    kernel, grid, row_step, cost = rows_of(shapes, boxes)
    if chunk < channels and grid:
        cost *= 1 + SCATTERED_COST / (chunk * block_of(shapes.axes, channels)[1])
    lanes = kernel.vector_bytes // shapes.itemsize
    whole = chunk == channels
    vectors = vectors_alone(shapes, boxes, lanes) if whole else 0
    # sums that are taken up again are not computed twice, as at the end of a row that is in place
    in_place = whole and reads_in_place(shapes, boxes, 0 if vectors else grid, lanes)
    if in_place:
        boxes = Boxes(boxes.steps, list(shapes.x_steps[3:]), boxes.phases, shapes.x_steps[2])
    return Way(
        shapes, kernel, boxes, chunk, cost, grid, row_step, 0, vectors > 0, in_place, vectors
    )


def rows_of(shapes: Shapes, boxes: Boxes) -> tuple[Kernel, int, int, float]:
    """The kernel, `grid` and `row_step` that compute the fewest sums that are no outputs.

    And the sums that they compute for an output, weighted by the `COST` of the kernel.
    """
    rows, width = (1, *boxes.steps)[-2:]
    pitch = (1, *boxes.pitches)[-2]
    choices: list[tuple[float, int, int, int]] = []
    kernels = native().kernels
    costs = COST_OF_ONE_ROW if shapes.out_shape[2] == 1 else COST
    for i, kernel in enumerate(kernels):
        lanes, cost = kernel.vector_bytes // shapes.itemsize, costs[kernel.vector_bytes]
        if kernel.halves:
            if rows > 1 and 2 * width <= lanes and shapes.out_shape[2] > 1:
                choices.append((lanes / 2 * HALVES_COST, i, lanes // 2, 2 * pitch))
            continue
        vectors = -(-width // lanes)
        if rows > 1:
            run = -(-((rows - 1) * pitch + width) // lanes) / rows
            choices.append((run * lanes * cost * FLAT_COST, i, pitch, lanes))
        if rows > 1 and vectors == 1:
            choices.append((lanes * cost, i, lanes, pitch))
        else:
            tiles = -(-vectors // COLUMNS) if rows > 1 and shapes.out_shape[2] > 1 else 0
            short = (vectors + tiles) / vectors / (1 + 1 / COLUMNS) if tiles else 1
            choices.append((vectors * lanes * cost * short, i, 0, lanes))
    sums, i, grid, row_step = min(choices)
    return kernels[i], grid, row_step, sums / width


def unfolded(shapes: Shapes) -> Way | None:
    """Cells are copied for each tap; images are an axis like the others then."""
    rows = shapes.out_shape[2]
    if rows <= UNFOLDED_COPY or len(shapes.axes) == MOST_AXES:
        return None
    if shapes.out_shape[0] > 1:
        shapes = with_images(shapes)
    whole, channels = shapes.out_shape[3:], shapes.x_shape[2]
    block, taps = block_of(shapes.axes, channels)
    steps = steps_of_a_run(whole, MOST_UNFOLDED)
    chunk = sizes.CACHED_BYTES // shapes.itemsize // (prod(steps) * taps * block) * block
    chunk = min(channels, max(chunk, block))
    needs = needed(shapes.axes, chunk, steps) + chunk * taps * (prod(steps) + LONGEST)
    if needs > shapes.budget:
        return None
    boxes, row = boxes_of(shapes, steps), -(-prod(steps) // LONGEST) * LONGEST
    ways = []
    for kernel in native().kernels:
        if kernel.halves:
            continue
        lanes = kernel.vector_bytes // shapes.itemsize
        run = -(-prod(steps) // lanes) * lanes / prod(steps) * COST[kernel.vector_bytes]
        cost, vectors = run * UNFOLDED_COST + UNFOLDED_COPY / rows, vectors_of(steps, lanes)
        ways.append(Way(shapes, kernel, boxes, chunk, cost, 0, lanes, row, vectors=vectors))
    return min(ways, key=lambda way: way.cost)


def vectors_alone(shapes: Shapes, boxes: Boxes, lanes: int) -> int:
    """The vectors of a box of a group of one output channel; 0 where they are not computed so.

    A vector that is longer than its row writes into the next one. Its products are one sum: parts
    of sums cannot be added up where vectors overlap.
    """
    width, steps, outputs = boxes.steps[-1], shapes.out_steps[3:], shapes.out_shape[3:]
    taps = block_of(shapes.axes, 1)[1]
    if shapes.out_shape[2] > 1 or steps[-1] != 1 or shapes.x_shape[2] * taps > sizes.BLOCK:
        return 0
    if not weight_lies_in_a_run(shapes):
        return 0
    in_a_run = all(
        n == 1 or steps[d] == prod(boxes.steps[d + 1 :]) for d, n in enumerate(boxes.steps)
    )
    last = outputs[-1] % width or width
    if last < lanes and (2 * width < lanes or width != outputs[-1] or not in_a_run):
        return 0
    if width > LONGEST_ROW * lanes:
        return 0
    return vectors_of(boxes.steps, lanes)


def reads_in_place(shapes: Shapes, boxes: Boxes, grid: int, lanes: int) -> bool:
    """Whether cells need not be copied: rows of whole vectors without padding and stride.

    Not where channels begin in the same sets of the cache.
    """
    size, sets = shapes.x_steps[2] * shapes.itemsize, SETS_BYTES
    apart = shapes.x_shape[2] <= 8 or min(size % sets, -size % sets) >= sets // 16
    last = shapes.out_shape[-1] % boxes.steps[-1] or boxes.steps[-1]
    return (
        grid == 0
        and apart
        and last >= lanes
        and shapes.x_steps[-1] == 1
        and all(
            axis.stride == 1 and not any(pad)
            for axis, pad in zip(shapes.axes, shapes.pads, strict=True)
        )
    )
