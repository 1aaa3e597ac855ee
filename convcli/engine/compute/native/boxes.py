"""Boxes of outputs whose cells kernel.c copies at once, and where it lays them."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from convcli.engine.compute.native.shapes import Shapes
from convcli.engine.compute.tiles import steps_of_a_run
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad

BLOCK = 256  # products that are summed from zero, at most
MOST_AXES = 8  # of kernel.c
LONGEST = 16  # numbers of the longest vector
MOST_COLUMNS = 8  # vectors that are read together

# `benchmarks.thresholds` measures what each of these is worth.
CACHED_BYTES = 2**19  # copied cells, which stay in the second-level cache
MOST_OVERLAP = 1.5  # times that boxes may copy a cell, else they are larger, of fewer channels
LEAST_OUTPUTS = 96  # of a box
LEAST_OVERLAP = 4  # times that boxes may copy a cell, where its products are fewer


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


def block_of(axes: tuple[Axis, ...], channels: int) -> tuple[int, int]:
    """The channels that are summed from zero, and the taps of a channel."""
    taps = prod(axis.kernel_size for axis in axes)
    return min(channels, max(1, BLOCK // taps)), taps


def needed(axes: tuple[Axis, ...], chunk: int, steps: tuple[int, ...]) -> int:
    """The numbers of memory that boxes of these steps take at most, by chunks of channels."""
    cells = prod(axis.cells_under(n) + axis.stride for axis, n in zip(axes, steps, strict=True))
    block, taps = block_of(axes, chunk)
    behind = MOST_COLUMNS * (LONGEST + axes[-1].cells_under(steps[-1]))
    places = 2 * (
        (2 * block + 1) * taps + 2 * vectors_of(steps, LONGEST) + 4 * axes[-1].stride
    )  # of 8 bytes
    return chunk * (cells + 2 * LONGEST) + behind + places


def vectors_of(steps: tuple[int, ...], lanes: int) -> int:
    """The vectors of a box: those of each row, and so many that tiles are whole."""
    many = prod(steps[:-1]) * -(-steps[-1] // lanes)
    return -(-many // MOST_COLUMNS) * MOST_COLUMNS


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
        fits = needed(axes, chunk, steps) <= budget
        if chunk <= block or (fits and (steps == whole or overlap(axes, steps) <= MOST_OVERLAP)):
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


def shared_zeros(axis: Axis, pad: Pad) -> int:
    """The zeros behind a row that serve as the zeros before the next one.

    >>> shared_zeros(Axis(3, pad=Pad(1, 1)), Pad(1, 1))
    1
    """
    return min(*pad, axis.extent - 1) if axis.stride == 1 else 0
