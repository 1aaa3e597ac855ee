"""Calls of kernel.c: how outputs are cut into boxes, and where the cells of a box lie."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

from convcli.engine.compute.native.library import Kernel, native
from convcli.engine.compute.tiles import steps_of_a_run
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad

BLOCK = 256  # products that are summed from zero, at most
LONGEST = 16  # numbers of the longest vector
MOST_COLUMNS = 8  # vectors that are read together
SETS_BYTES = 4096  # numbers so far apart lie in the same set of the first-level cache
GATHERED_BYTES = 2**14  # cells of small groups that are gathered together
CALLS = 256  # that are remembered

# `benchmarks.thresholds` measures what each of these is worth.
CACHED_BYTES = 2**19  # gathered cells, which stay in the second-level cache
LEAST_OUTPUTS = 96  # of a box
LEAST_OVERLAP = 4  # times that boxes may copy a cell, where its products are fewer
FLAT_COST = 1.05  # of a run over the ends of rows, against rows by themselves
COST = {64: 1.0, 32: 1.1, 16: 2.0}  # of a byte of a vector, by the bytes of the vector


class Boxes(NamedTuple):
    """How a part is cut into boxes, and where the gathered cells of a box lie.

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


def needed(axes: tuple[Axis, ...], channels: int, steps: tuple[int, ...]) -> int:
    """The numbers of memory that boxes of these steps take at most."""
    cells = prod(axis.cells_under(n) + axis.stride for axis, n in zip(axes, steps, strict=True))
    block, taps = block_of(axes, channels)
    behind = MOST_COLUMNS * (LONGEST + axes[-1].cells_under(steps[-1]))
    return channels * (cells + 2 * LONGEST) + behind + 2 * block * taps  # places have 8 bytes


@lru_cache(CALLS)
def call_of(shapes: Shapes) -> Call:
    """The call of kernel.c that computes these shapes."""
    shapes = joined(without_gaps(shapes))
    boxes = boxes_of(shapes)
    kernel, grid, row_step = rows_of(shapes, boxes)
    group = shapes.x_shape[2] * boxes.plane * shapes.itemsize
    together = max(1, min(shapes.x_shape[1], GATHERED_BYTES // group))
    in_place = reads_in_place(shapes, boxes, grid, kernel.vector_bytes // shapes.itemsize)
    if in_place:
        boxes = Boxes(boxes.steps, list(shapes.x_steps[3:]), boxes.phases, shapes.x_steps[2])
    channels = shapes.x_shape[2]
    block, taps = block_of(shapes.axes, channels)
    numbers = [
        *shapes.out_shape[:3], channels, taps, block, BLOCK, boxes.plane, grid, row_step, in_place,
        together, len(shapes.axes), *shapes.x_steps[:3], *shapes.weight_steps,
        *shapes.out_steps[:3],
    ]  # fmt: skip
    for d, axis in enumerate(shapes.axes):
        numbers += [
            shapes.out_shape[3 + d], boxes.steps[d], shapes.x_shape[3 + d], shapes.pads[d].before,
            axis.kernel_size, axis.stride, axis.dilation, shapes.x_steps[3 + d],
            shapes.out_steps[3 + d], boxes.pitches[d], boxes.phases[d],
        ]  # fmt: skip
    layer = (ctypes.c_ssize_t * len(numbers))(*numbers)
    behind = MOST_COLUMNS * max(LONGEST, row_step)  # what vectors read behind the last cell
    cells = 0 if in_place else together * channels * boxes.plane + behind
    return Call(kernel.functions[shapes.dtype], layer, cells, block * taps)


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
) -> tuple[int, ...]:
    """The outputs of a box on each axis: its cells stay in the cache, and within the budget."""
    steps, most = whole, min(CACHED_BYTES // itemsize, budget)
    while prod(steps) > LEAST_OUTPUTS and needed(axes, channels, steps) > most:
        steps = steps_of_a_run(whole, prod(steps) // 2)
    while prod(steps) > 1 and needed(axes, channels, steps) > budget:
        steps = steps_of_a_run(whole, prod(steps) // 2)
    return steps


def overlap_costs(axes: tuple[Axis, ...], whole: tuple[int, ...], steps: tuple[int, ...]) -> bool:
    """Whether boxes copy more cells than they have products, as under a kernel of far taps."""
    cells = prod(axis.cells_under(n) for axis, n in zip(axes, steps, strict=True))
    taps, strides = prod(axis.kernel_size for axis in axes), prod(axis.stride for axis in axes)
    return steps != whole and cells > max(taps, LEAST_OVERLAP * strides) * prod(steps)


def boxes_of(shapes: Shapes) -> Boxes:
    """Boxes whose cells stay in the cache."""
    axes, channels = shapes.axes, shapes.x_shape[2]
    whole = shapes.out_shape[3:]
    steps = box_steps(axes, channels, whole, shapes.itemsize, shapes.budget)
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


def rows_of(shapes: Shapes, boxes: Boxes) -> tuple[Kernel, int, int]:
    """The kernel, `grid` and `row_step` that compute the fewest sums that are no outputs."""
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
    _, i, grid, row_step = min(choices)
    return kernels[i], grid, row_step


def shared_zeros(axis: Axis, pad: Pad) -> int:
    """The zeros behind a row that serve as the zeros before the next one.

    >>> shared_zeros(Axis(3, pad=Pad(1, 1)), Pad(1, 1))
    1
    """
    return min(*pad, axis.extent - 1) if axis.stride == 1 else 0
