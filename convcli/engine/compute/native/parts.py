"""The parts that a layer is cut into for the compiled kernel, for each thread some."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, prod

from convcli.engine.compute.executors.work import PARTS_OF_A_THREAD, Part
from convcli.engine.compute.native.boxes import (
    MOST_AXES,
    block_of,
    box_steps,
    needed,
    overlap_costs,
)
from convcli.engine.compute.native.calls import CALLS
from convcli.engine.compute.tiles import cells_of_step, even_slices, steps_of_a_run, tiles
from convcli.engine.geometry.spec import ConvSpec

LARGEST = 2**60  # sizes and their products stay below, so that no sum in kernel.c overflows

# `benchmarks.thresholds` measures what each of these is worth.
WORTH_A_PART = 2**31  # multiply-adds: parts of a few dozen milliseconds, to report progress
LEAST_ROWS = 32  # output channels of a part, of which the kernel
ROWS = 8  # computes so many at once
EVENLY = 0.9  # of the time that many parts take, below which fewer are quicker
FEW_KERNELS = 4  # of maps whose inner outputs are computed apart,
LARGE_MAP = 2**17  # which have as many outputs,
LEAST_ROW = 128  # and rows as long
FEW_OUTPUTS = 96  # of a part, below which output channels are shared rather than outputs


def computes(spec: ConvSpec, sizes: tuple[int, ...], outputs: tuple[int, ...]) -> bool:
    """Whether the kernel computes a layer, whose sizes then are far from an overflow."""
    return (
        not spec.transposed
        and spec.rank <= MOST_AXES
        and all(
            (out - 1) * axis.stride + axis.extent + size < LARGEST
            for axis, out, size in zip(spec.axes, outputs, sizes, strict=True)
        )
    )


def cells_of(spec: ConvSpec, sizes: tuple[int, ...], steps: tuple[int, ...]) -> int:
    """The most cells of a channel that a tile of these steps reads."""
    return prod(cells_of_step(spec, d, sizes[d], n) for d, n in enumerate(steps))


def shared(
    whole: tuple[int, ...], steps: tuple[int, ...], rows: int, parts: int
) -> tuple[tuple[int, ...], int]:
    """Steps of outputs, and output channels, that make about so many parts of a group.

    Parts of some output channels copy all cells once more each: there are fewer of these.
    """
    each = -(-parts // PARTS_OF_A_THREAD)  # one for each thread
    if parts > 1 and rows >= parts * LEAST_ROWS and prod(steps) < parts * FEW_OUTPUTS:
        return steps, -(-rows // each // ROWS) * ROWS
    most = max(1, min(prod(steps), prod(whole) // max(parts, 1)))
    fitting = list(map(min, steps, steps_of_a_run(whole, most)))
    for d, (size, step) in enumerate(zip(whole, fitting, strict=True)):
        if 1 < step < size:
            before = prod(whole[:d])
            fitting[d] = min(steps[d], even_step(size, parts / before, each / before))
            break
    return tuple(fitting), rows


def even_step(size: int, parts: float, threads: float) -> int:
    """The step that cuts an axis into about so many parts, or fewer if threads share these better.

    >>> even_step(14, 4, 2), even_step(18, 8, 4)
    (4, 5)
    """
    step, larger = (-(-size // max(1, round(count))) for count in (parts, threads))
    times = []
    for one in (step, larger):
        count = -(-size // one)
        times.append(ceil(count / threads) * size / count)
    return larger if times[1] < EVENLY * times[0] else step


@lru_cache(CALLS)
def parts_of(
    spec: ConvSpec,
    input_shape: tuple[int, ...],
    weight_shape: tuple[int, ...],
    output_shape: tuple[int, ...],
    itemsize: int,
    threads: int,
    budget: int,
    converts: bool,
) -> tuple[Part, ...] | None:
    """The parts of a layer, for each thread some; None if the kernel does not compute it.

    That is a transposed layer, one whose sizes are near those of an overflow, one that takes more
    than `budget` bytes for a single output, and one of far taps.
    """
    (images, groups, rows), whole = output_shape[:3], output_shape[3:]
    channels, sizes = input_shape[2], input_shape[3:]
    least = needed(spec.axes, block_of(spec.axes, channels)[0], (1,) * spec.rank) * itemsize
    if not computes(spec, sizes, whole) or least > budget:
        return None
    box, _ = box_steps(spec.axes, channels, whole, itemsize, budget // itemsize)
    steps, most = whole, images * groups
    if converts or spec.padding_mode != "zeros":
        steps, most = copied_steps(spec, sizes, whole, budget // 4 // itemsize // channels)
        box = min(box, steps, key=prod)
    if overlap_costs(spec.axes, whole, box):
        return None
    wanted = prod(output_shape) * prod(weight_shape[2:]) // WORTH_A_PART
    wanted = max(wanted, 1 if threads == 1 else PARTS_OF_A_THREAD * threads)
    together = min(most, even_step(images * groups, wanted, threads))
    some = min(groups, together)
    steps, some_rows = shared(whole, steps, rows, -(-wanted // (images * groups)))
    return tuple(
        Part(of_images, of_groups, tile, of_rows)
        for of_images in even_slices(images, max(1, together // some))
        for of_groups in even_slices(groups, some)
        for region in regions(spec, whole, channels * rows, converts)
        for tile in tiles(spec, sizes, region, steps)
        for of_rows in even_slices(rows, some_rows)
    )


def copied_steps(
    spec: ConvSpec, sizes: tuple[int, ...], whole: tuple[int, ...], room: int
) -> tuple[tuple[int, ...], int]:
    """The outputs of a part whose cells are copied, and how many such copies fit together.

    `room` is the most cells of a channel.
    """
    steps = whole
    while prod(steps) > 1 and cells_of(spec, sizes, steps) > room:
        steps = steps_of_a_run(steps, prod(steps) // 2)
    return steps, max(1, room // cells_of(spec, sizes, steps)) if steps == whole else 1


def regions(
    spec: ConvSpec, whole: tuple[int, ...], kernels: int, converts: bool
) -> Iterator[list[slice]]:
    """Boxes that are all outputs: the inner ones, which read no padding, apart on large maps.

    The kernel reads their cells in place, where few kernels read each.
    """
    inner = [
        slice(axis.pad.before, out - axis.pad.after)
        for axis, out in zip(spec.axes, whole, strict=True)
    ]
    splits = (
        not converts
        and spec.padding_mode == "zeros"
        and kernels <= FEW_KERNELS
        and prod(whole) >= LARGE_MAP
        and any(any(axis.pad) for axis in spec.axes)
        and all(axis.stride == 1 for axis in spec.axes)
        and all(part.start < part.stop for part in inner)
        and inner[-1].stop - inner[-1].start >= LEAST_ROW
    )
    region = [slice(0, out) for out in whole]
    if splits:
        for d, (part, out) in enumerate(zip(inner, whole, strict=True)):
            for edge in (slice(0, part.start), slice(part.stop, out)):
                if edge.start < edge.stop:
                    yield [*region[:d], edge, *region[d + 1 :]]
            region[d] = part
    yield region
