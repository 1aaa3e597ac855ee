"""Calls of kernel.c: how outputs are cut into boxes, and where the cells of a box lie."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

from convcli.engine.compute.native.library import Kernel, native
from convcli.engine.compute.tiles import steps_of_a_run
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import NO_PAD, Pad

BLOCK = 256  # products that are summed from zero, at most
MOST_AXES = 8  # of kernel.c
LONGEST = 16  # numbers of the longest vector
MOST_COLUMNS = 8  # vectors that are read together
SETS_BYTES = 4096  # numbers so far apart lie in the same set of the first-level cache
GATHERED_BYTES = 2**14  # cells of small groups that are gathered together
CALLS = 256  # that are remembered

# `benchmarks.thresholds` measures what each of these is worth.
CACHED_BYTES = 2**19  # copied cells, which stay in the second-level cache
MOST_OVERLAP = 1.5  # times that boxes may copy a cell, else they are larger, of fewer channels
MOST_COLUMNS_UNFOLDED = 256  # outputs of a box whose cells are copied for each tap
UNFOLDED_COST, UNFOLDED_COPY = 1.13, 4.0  # of such a sum, and of a copy in multiply-adds
SCATTERED_COST = 8  # of a sum that is taken up again, in multiply-adds
LONGEST_ROW = 16  # vectors of a row, up to which those of several rows are computed together
LEAST_OUTPUTS = 96  # of a box
LEAST_OVERLAP = 4  # times that boxes may copy a cell, where its products are fewer
FLAT_COST = 1.05  # of a run over the ends of rows, against rows by themselves
COST = {64: 1.0, 32: 1.1, 16: 2.0}  # of a byte of a vector, by the bytes of the vector


class Boxes(NamedTuple):
    """How a part is cut into boxes, and where the copied cells of a box lie.

    `steps` are the outputs of a box on each axis; `pitches` and `phases` the distances of cells, as
    `Axis` of kernel.c has them; `plane` the numbers of a channel's cells, `shared` of which end a
    row and begin the next one.
    """

    steps: tuple[int, ...]
    pitches: list[int]
    phases: list[int]
    plane: int


class Call(NamedTuple):
    """A function of kernel.c, its `Layer`, and the numbers of the memory that it works in."""

    function: Any
    layer: Any
    cells: int
    reads: int


class Shapes(NamedTuple):
    """All that a call depends on but the addresses. Shapes and strides are in numbers.

    x (images, groups, C_in/groups, *cells), out (images, groups, channels, *outputs); weight has
    its strides of group and channel. `pads` are (before, after) of each axis, `budget` is in
    numbers.
    """

    axes: tuple[Axis, ...]
    dtype: str
    itemsize: int
    budget: int
    pads: tuple[Pad, ...]
    x_shape: tuple[int, ...]
    x_steps: tuple[int, ...]
    weight_steps: tuple[int, ...]
    out_shape: tuple[int, ...]
    out_steps: tuple[int, ...]


def block_of(axes: tuple[Axis, ...], channels: int) -> tuple[int, int]:
    """The channels that are summed from zero, and the taps of a channel."""
    taps = prod(axis.kernel_size for axis in axes)
    return min(channels, max(1, BLOCK // taps)), taps


def needed(axes: tuple[Axis, ...], chunk: int, steps: tuple[int, ...]) -> int:
    """The numbers of memory that boxes of these steps take at most, a chunk of channels at a time."""
    cells = prod(axis.cells_under(n) + axis.stride for axis, n in zip(axes, steps, strict=True))
    block, taps = block_of(axes, chunk)
    behind = MOST_COLUMNS * (LONGEST + axes[-1].cells_under(steps[-1]))
    places = 2 * (block * taps + 2 * vectors_of(steps, LONGEST) + 4 * axes[-1].stride)  # of 8 bytes
    return chunk * (cells + 2 * LONGEST) + behind + places


@lru_cache(CALLS)
def call_of(shapes: Shapes) -> Call:
    """The call of kernel.c that computes these shapes."""
    shapes = joined(without_gaps(shapes))
    channels, whole = shapes.x_shape[2], shapes.out_shape[3:]
    steps, chunk = box_steps(shapes.axes, channels, whole, shapes.itemsize, shapes.budget)
    boxes = boxes_of(shapes, steps)
    kernel, grid, row_step, cost = rows_of(shapes, boxes)
    block, taps = block_of(shapes.axes, channels)
    if chunk < channels and grid:
        cost *= 1 + SCATTERED_COST / (chunk * taps)
    flat = None if shapes.out_shape[2] == 1 else unfolded(shapes, cost)
    lanes = kernel.vector_bytes // shapes.itemsize
    vectors = vectors_alone(shapes, boxes, lanes) if chunk == channels else 0
    alone, unfolds = vectors > 0, 0
    if flat is not None:
        shapes, kernel, boxes, unfolds, chunk = flat
        grid, row_step = 0, kernel.vector_bytes // shapes.itemsize
        vectors = vectors_of(boxes.steps, row_step)
    in_place = not unfolds and reads_in_place(shapes, boxes, 0 if alone else grid, lanes)
    if in_place:
        boxes = Boxes(boxes.steps, list(shapes.x_steps[3:]), boxes.phases, shapes.x_steps[2])
    group = chunk * boxes.plane
    together = max(1, min(shapes.x_shape[1], GATHERED_BYTES // (group * shapes.itemsize)))
    together = together if chunk == channels else 1
    numbers = [
        *shapes.out_shape[:3], channels, taps, block, BLOCK, chunk, boxes.plane, unfolds, grid,
        row_step, alone, in_place, together, vectors, len(shapes.axes), *shapes.x_steps[:3],
        *shapes.weight_steps, *shapes.out_steps[:3],
    ]  # fmt: skip
    for d, axis in enumerate(shapes.axes):
        numbers += [
            shapes.out_shape[3 + d], boxes.steps[d], shapes.x_shape[3 + d], shapes.pads[d].before,
            axis.kernel_size, axis.stride, axis.dilation, shapes.x_steps[3 + d],
            shapes.out_steps[3 + d], boxes.pitches[d], boxes.phases[d],
        ]  # fmt: skip
    layer = (ctypes.c_ssize_t * len(numbers))(*numbers)
    behind = MOST_COLUMNS * max(LONGEST, row_step)  # what vectors read behind the last cell
    cells = 0 if in_place else together * group + chunk * taps * unfolds + behind
    reads = block * taps + (taps if unfolds else 0) + 2 * vectors + 4 * shapes.axes[-1].stride
    return Call(kernel.functions[shapes.dtype], layer, cells, reads)


def unfolded(shapes: Shapes, cost: float) -> tuple[Shapes, Kernel, Boxes, int, int] | None:
    """Boxes whose cells are copied for each tap, where that takes less than `cost` an output.

    Images are an axis like the others then. The last numbers are those of a row, and the channels
    of a chunk.
    """
    rows = shapes.out_shape[2]
    if UNFOLDED_COPY >= rows or len(shapes.axes) == MOST_AXES:
        return None
    if shapes.out_shape[0] > 1:
        shapes = with_images(shapes)
    whole, channels = shapes.out_shape[3:], shapes.x_shape[2]
    block, taps = block_of(shapes.axes, channels)
    steps = steps_of_a_run(whole, MOST_COLUMNS_UNFOLDED)
    chunk = CACHED_BYTES // shapes.itemsize // (prod(steps) * taps * block) * block
    chunk = min(channels, max(chunk, block))
    needs = needed(shapes.axes, chunk, steps) + chunk * taps * (prod(steps) + LONGEST) + 2 * taps
    choices = []
    for i, kernel in enumerate(native().kernels):
        lanes = kernel.vector_bytes // shapes.itemsize
        run = -(-prod(steps) // lanes) * lanes / prod(steps) * COST[kernel.vector_bytes]
        choices.append((run * UNFOLDED_COST + UNFOLDED_COPY / rows, i))
    least, i = min(choices)
    if least >= cost or needs > shapes.budget:
        return None
    row = -(-prod(steps) // LONGEST) * LONGEST
    return shapes, native().kernels[i], boxes_of(shapes, steps), row, chunk


def vectors_of(steps: tuple[int, ...], lanes: int) -> int:
    """The vectors of a box: those of each row, and so many that tiles are whole."""
    many = prod(steps[:-1]) * -(-steps[-1] // lanes)
    return -(-many // MOST_COLUMNS) * MOST_COLUMNS


def with_images(shapes: Shapes) -> Shapes:
    """The same layer of one image, with the images as its first axis."""
    x_shape, out_shape = shapes.x_shape, shapes.out_shape
    return shapes._replace(
        axes=(Axis(1), *shapes.axes),
        pads=(NO_PAD, *shapes.pads),
        x_shape=(1, *x_shape[1:3], x_shape[0], *x_shape[3:]),
        x_steps=(*shapes.x_steps[:3], shapes.x_steps[0], *shapes.x_steps[3:]),
        out_shape=(1, *out_shape[1:3], out_shape[0], *out_shape[3:]),
        out_steps=(*shapes.out_steps[:3], shapes.out_steps[0], *shapes.out_steps[3:]),
    )


def vectors_alone(shapes: Shapes, boxes: Boxes, lanes: int) -> int:
    """The vectors of a box of a group of one output channel; 0 where they are not computed so.

    A vector that is longer than its row writes into the next one. Its products are one sum: parts
    of sums cannot be added up where vectors overlap.
    """
    width, steps, outputs = boxes.steps[-1], shapes.out_steps[3:], shapes.out_shape[3:]
    taps = block_of(shapes.axes, 1)[1]
    if shapes.out_shape[2] > 1 or steps[-1] != 1 or shapes.x_shape[2] * taps > BLOCK:
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


def without_gaps(shapes: Shapes) -> Shapes:
    """The same layer without the cells that a kernel of one tap leaves out."""
    axes, sizes, steps = list(shapes.axes), list(shapes.x_shape), list(shapes.x_steps)
    for d, (axis, pad) in enumerate(zip(axes, shapes.pads, strict=True)):
        if axis.kernel_size == 1 < axis.stride and not any(pad):
            axes[d] = Axis(1)
            sizes[3 + d], steps[3 + d] = shapes.out_shape[3 + d], steps[3 + d] * axis.stride
    return shapes._replace(axes=tuple(axes), x_shape=tuple(sizes), x_steps=tuple(steps))


def joined(shapes: Shapes) -> Shapes:
    """The same layer with axes of one tap that follow one another in memory made one."""
    d = len(shapes.axes) - 2
    while d >= 0:
        plain = all(
            axis.kernel_size == axis.stride == 1 and not any(pad)
            for axis, pad in zip(shapes.axes[d : d + 2], shapes.pads[d : d + 2], strict=True)
        )
        both = ((shapes.x_shape, shapes.x_steps), (shapes.out_shape, shapes.out_steps))
        if plain and all(step[3 + d] == step[4 + d] * size[4 + d] for size, step in both):
            shapes = shapes._replace(
                axes=shapes.axes[:d] + shapes.axes[d + 1 :],
                pads=shapes.pads[:d] + shapes.pads[d + 1 :],
                x_shape=_joined(shapes.x_shape, 3 + d),
                x_steps=shapes.x_steps[: 3 + d] + shapes.x_steps[4 + d :],
                out_shape=_joined(shapes.out_shape, 3 + d),
                out_steps=shapes.out_steps[: 3 + d] + shapes.out_steps[4 + d :],
            )
        d -= 1
    return shapes


def _joined(sizes: tuple[int, ...], d: int) -> tuple[int, ...]:
    return (*sizes[:d], sizes[d] * sizes[d + 1], *sizes[d + 2 :])


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


def box_steps(
    axes: tuple[Axis, ...], channels: int, whole: tuple[int, ...], itemsize: int, budget: int
) -> tuple[tuple[int, ...], int]:
    """The outputs of a box on each axis, and the channels of a chunk.

    Their cells stay in the cache, and within the budget.
    """
    block, _ = block_of(axes, channels)
    chunk, most = channels, min(CACHED_BYTES // itemsize, budget)
    while True:
        steps = whole
        while prod(steps) > LEAST_OUTPUTS and needed(axes, chunk, steps) > most:
            steps = steps_of_a_run(whole, prod(steps) // 2)
        while prod(steps) > 1 and needed(axes, chunk, steps) > budget:
            steps = steps_of_a_run(whole, prod(steps) // 2)
        if chunk <= block or steps == whole or overlap(axes, steps) <= MOST_OVERLAP:
            return steps, chunk
        chunk = max(block, chunk // 2 // block * block)


def overlap(axes: tuple[Axis, ...], steps: tuple[int, ...]) -> float:
    """The cells that a box reads, divided by those that its outputs are apart."""
    cells = prod(axis.cells_under(n) for axis, n in zip(axes, steps, strict=True))
    return cells / prod(axis.stride * n for axis, n in zip(axes, steps, strict=True))


def overlap_costs(axes: tuple[Axis, ...], whole: tuple[int, ...], steps: tuple[int, ...]) -> bool:
    """Whether boxes copy more cells than they have products, as under a kernel of far taps."""
    cells = prod(axis.cells_under(n) for axis, n in zip(axes, steps, strict=True))
    taps, strides = prod(axis.kernel_size for axis in axes), prod(axis.stride for axis in axes)
    return steps != whole and cells > max(taps, LEAST_OVERLAP * strides) * prod(steps)


def boxes_of(shapes: Shapes, steps: tuple[int, ...]) -> Boxes:
    """Boxes of these steps."""
    axes, channels = shapes.axes, shapes.x_shape[2]
    whole = shapes.out_shape[3:]
    lengths = [-(-axis.cells_under(n) // axis.stride) for axis, n in zip(axes, steps, strict=True)]
    shared = shared_zeros(axes[-1], shapes.pads[-1]) if steps[-1] == whole[-1] else 0
    lengths[-1] -= shared
    pitches = [1]
    for length in reversed(lengths[1:]):
        pitches.insert(0, pitches[0] * length)
    phases = [pitches[0] * lengths[0] + shared]
    for axis in reversed(axes[1:]):
        phases.insert(0, phases[0] * axis.stride)
    plane = phases[0] * axes[0].stride
    if channels > 1:  # channels begin in different sets of the cache
        lines = -(-plane // LONGEST)
        plane = LONGEST * (lines + (lines % 2 == 0))
    return Boxes(steps, pitches, phases, plane)


def rows_of(shapes: Shapes, boxes: Boxes) -> tuple[Kernel, int, int, float]:
    """The kernel, `grid` and `row_step` that compute the fewest sums that are no outputs.

    And the sums that they compute for an output, weighted by the `COST` of the kernel.
    """
    rows, width = (1, *boxes.steps)[-2:]
    pitch = (1, *boxes.pitches)[-2]
    choices: list[tuple[float, int, int, int]] = []
    kernels = native().kernels
    for i, kernel in enumerate(kernels):
        lanes, cost = kernel.vector_bytes // shapes.itemsize, COST[kernel.vector_bytes]
        vectors = -(-width // lanes)
        if rows > 1:
            run = -(-((rows - 1) * pitch + width) // lanes) / rows
            choices.append((run * lanes * cost * FLAT_COST, i, pitch, lanes))
        if rows > 1 and vectors == 1:
            choices.append((lanes * cost, i, lanes, pitch))
        else:
            choices.append((vectors * lanes * cost, i, 0, lanes))
    sums, i, grid, row_step = min(choices)
    return kernels[i], grid, row_step, sums / width


def shared_zeros(axis: Axis, pad: Pad) -> int:
    """The zeros behind a row that serve as the zeros before the next one.

    >>> shared_zeros(Axis(3, pad=Pad(1, 1)), Pad(1, 1))
    1
    """
    return min(*pad, axis.extent - 1) if axis.stride == 1 else 0
