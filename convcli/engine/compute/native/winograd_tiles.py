"""Layers of 3x3 taps by fewer products: winograd.c."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from math import prod
from typing import NamedTuple

from convcli.engine.compute.executors.work import Job, Part
from convcli.engine.compute.native import boxes
from convcli.engine.compute.native.boxes import LONGEST, Boxes
from convcli.engine.compute.native.calls import (
    CALLS,
    Call,
    addresses_of_call,
    call_of,
    layer_of,
    numbers_of,
)
from convcli.engine.compute.native.direct import Direct, has_whole_steps
from convcli.engine.compute.native.library import native
from convcli.engine.compute.native.parts import WORTH_A_PART, computes
from convcli.engine.compute.native.shapes import Shapes, with_images
from convcli.engine.compute.native.ways import Way
from convcli.engine.compute.tiles import even_slices, steps_of_a_run, tiles
from convcli.engine.geometry.axis import Axis

TAPS = 3  # of the last two axes
# As winograd.c has them: the places of a tile, and of its side; tiles that are computed one by one.
PLACES, SIDE, FEW = 16, 4, 2
ROWS, AT_ONCE = 8, 24  # output channels of a register tile, and a multiple with any instruction set

# `benchmarks.thresholds` measures what each of these is worth.
BOXES = (48, 64, 96, 128, 160, 192, 256, 384)  # tiles of a box
FAR = 2**24  # bytes of a box's cells, with which its products take twice the time
WEIGHTS_BYTES = 2**22  # sums of the weights of a call of several boxes
PRODUCTS_BYTES = 2**18  # products of some output channels
LEAST_GAIN = 1.2
# The time of the sums of a weight, of a tile's cells and of its products, in multiply-adds; and of
# reading the sums of weights for another box, in tiles.
OF_WEIGHTS, OF_CELLS, OF_OUTPUTS, OF_BOX = 300, 300, 250, 12


class Plan(NamedTuple):
    """The numbers of all memory, the outputs of a box, and what winograd.c asks of the caller."""

    numbers: int
    steps: tuple[int, ...]
    sizes: tuple[int, ...]


def winograd_tiles(job: Job, least: float = 1.0) -> Direct | None:
    """The executor of a job; None where the layer has another form, or gains less than `least`."""
    if not has_form(job) or not Direct.has_kernel(job) or gain(job) < LEAST_GAIN * least:
        return None
    if not computes(job.spec, job.sizes, job.out_sizes):
        return None
    executor = Direct(job, tuple(parts_of(job)), call_of_tiles)
    fits = all(plan_of(executor.shapes(part)) for part in executor.parts())
    return executor if fits else None


def has_form(job: Job) -> bool:
    """Whether a layer of floats has 3x3 taps on the last of two or three axes, and no strides."""
    axes = job.spec.axes
    return (
        len(axes) in (2, 3)
        and all(axis.kernel_size == TAPS for axis in axes[-2:])
        and all(axis.stride == 1 for axis in axes)
        and job.spec.padding_mode == "zeros"
        and job.dtype.kind == "f"
        and job.input.dtype == job.output.dtype == job.dtype
        and not job.adds
        and has_whole_steps(job.input)
    )


def gain(job: Job) -> float:
    """The time of the direct sum, divided by that of this way."""
    rows, channels, *kernel = map(int, job.weight.shape[1:])
    found = tiles_of(job)
    direct = prod(kernel) * len(job.input) * prod(job.out_sizes)
    products = prod(kernel[:-2]) * (PLACES * found + OF_WEIGHTS)
    return direct / (products + found * (OF_CELLS / rows + OF_OUTPUTS / channels))


def tiles_of(job: Job) -> int:
    """The tiles of all images."""
    axes, outputs = job.spec.axes[-2:], job.out_sizes[-2:]
    found = (axis.dilation * halves(axis, n) for axis, n in zip(axes, outputs, strict=True))
    return len(job.input) * prod(job.out_sizes[:-2]) * prod(found)


def halves(axis: Axis, outputs: int) -> int:
    """The tiles of each remainder of the dilation."""
    return (-(-outputs // axis.dilation) + 1) // 2


def parts_of(job: Job) -> Iterator[Part]:
    """For each thread one: some groups, output channels, images or rows of outputs."""
    rows, images, groups = job.weight.shape[1], len(job.input), job.spec.groups
    wanted = max(job.threads, job.multiply_adds // WORTH_A_PART)
    some_groups, some_rows, some_images, steps = -(-groups // wanted), rows, images, job.out_sizes
    wanted, found = -(-wanted // groups), tiles_of(job)
    if wanted > 1:
        fewer_rows = -(-rows // wanted // ROWS) * ROWS
        fewer_images, fewer = -(-images // wanted), even_steps(job, -(-wanted // images))
        outputs = fewer_images / images * prod(fewer) / prod(steps)
        if cost_of_part(job, fewer_rows / rows, 1) < cost_of_part(job, 1, outputs):
            some_rows = fewer_rows
        else:
            some_images, steps = fewer_images, fewer
    if found > BOXES[-1]:  # several boxes
        bytes_of_row = PLACES * job.dtype.itemsize * prod(job.weight.shape[2:-2])
        some_rows = min(some_rows, max(1, WEIGHTS_BYTES // bytes_of_row // ROWS) * ROWS)
    for of_groups in even_slices(groups, some_groups):
        for of_images in even_slices(images, some_images):
            for tile in tiles(job.spec, job.sizes, job.region, steps):
                for of_rows in even_slices(rows, some_rows):
                    yield Part(of_images, of_groups, tile, of_rows)


def even_steps(job: Job, parts: int) -> tuple[int, ...]:
    """Steps of outputs that make about so many parts: of whole tiles of the last axis but one."""
    d = len(job.out_sizes) - 2
    unit = 2 * job.spec.axes[d].dilation
    step = -(-job.out_sizes[d] // (parts * unit)) * unit
    return (*job.out_sizes[:d], min(step, job.out_sizes[d]), *job.out_sizes[d + 1 :])


def cost_of_part(job: Job, rows: float, outputs: float) -> float:
    """The time of a part of the output channels and of the outputs, for an input channel."""
    channels, tiles_of_part = rows * job.weight.shape[1], outputs * tiles_of(job)
    held = PLACES * job.dtype.itemsize * job.weight.shape[2] * min(tiles_of_part, BOXES[-1])
    products = PLACES * tiles_of_part * channels * (1 + held / FAR)
    return float(products + OF_WEIGHTS * channels + OF_CELLS * tiles_of_part)


@lru_cache(CALLS)
def call_of_tiles(shapes: Shapes) -> Call:
    """The call of winograd.c for some shapes, which leaves some numbers to kernel.c."""
    direct, kernel, plan = call_of(shapes), native().kernels[0], plan_of(shapes)
    if plan is None:
        return direct
    shapes = of_three_axes(shapes)
    block, depth = block_of(shapes), shapes.axes[0].kernel_size
    way = Way(shapes, kernel, Boxes(plan.steps, [0] * 3, [0] * 3, 0), shapes.x_shape[2], 0.0)
    layer = layer_of([*addresses_of_call(direct), *plan.sizes, *numbers_of(way, block, 1)])
    numbers, reads = max(plan.numbers, direct.cells), max(block * depth, direct.reads)
    return Call(kernel.winograd[shapes.dtype], layer, numbers, reads, (direct,))


def block_of(shapes: Shapes) -> int:
    """The channels that are summed from zero: of whole vectors, if they are many."""
    block = min(shapes.x_shape[2], max(1, boxes.BLOCK // shapes.axes[0].kernel_size))
    return block // LONGEST * LONGEST or block


def of_three_axes(shapes: Shapes) -> Shapes:
    """The same layer with the images as its first axis, if it has two axes."""
    return with_images(shapes) if len(shapes.axes) < 3 else shapes


@lru_cache(CALLS)
def plan_of(shapes: Shapes) -> Plan | None:
    """The boxes that take the least time; None if none fits the memory of a thread."""
    shapes = of_three_axes(shapes)
    images, whole, (_, y, x) = shapes.out_shape[0], shapes.out_shape[3:], shapes.axes
    in_tiles = (whole[0], halves(y, whole[1]), halves(x, whole[2]))
    found = []
    for most in BOXES:
        steps = steps_of_a_run(in_tiles, max(1, most // (y.dilation * x.dilation)))
        even = [-(-n // -(-n // step)) for n, step in zip(in_tiles, steps, strict=True)]
        outputs = (even[0], 2 * even[1] * y.dilation, 2 * even[2] * x.dilation)
        plan = memory_of(shapes, outputs, keeps=images > 1 or even != list(in_tiles))
        if plan.numbers <= shapes.budget:
            found.append((cost_of(shapes, in_tiles, even), plan))
    return min(found)[1] if found else None


def cost_of(shapes: Shapes, whole: tuple[int, ...], steps: Sequence[int]) -> float:
    """The time of all boxes of so many tiles, for a channel and an image."""
    z, y, x = shapes.axes
    apart = y.dilation * x.dilation
    cells, tiles_of_box = steps[0] + (z.kernel_size - 1) * z.dilation, prod(steps) * apart
    rest = tiles_of_box % LONGEST
    lanes = tiles_of_box - rest + (rest if rest <= FEW else LONGEST) + OF_BOX
    products = PLACES * z.kernel_size * lanes * shapes.out_shape[2]
    sums = OF_CELLS * cells * apart * (steps[1] + 1) * (steps[2] + 1)
    held = PLACES * shapes.itemsize * shapes.x_shape[2] * cells * tiles_of_box // steps[0]
    count = prod(-(-n // step) for n, step in zip(whole, steps, strict=True))
    return count * (products * (1 + held / FAR) + sums)


def memory_of(shapes: Shapes, steps: tuple[int, ...], keeps: bool) -> Plan:
    """The plan of boxes of these steps. Vectors go over the ends of rows of tiles and of cells."""
    (z, y, x), channels, rows = shapes.axes, shapes.x_shape[2], shapes.out_shape[2]
    lanes = native().kernels[0].vector_bytes // shapes.itemsize
    steps = tuple(map(min, steps, shapes.out_shape[3:]))
    down, across = halves(y, steps[1]), halves(x, steps[2]) * x.dilation
    of_plane, planes = y.dilation * down * across, steps[0] + (z.kernel_size - 1) * z.dilation
    half, weights = across + x.dilation, channels * z.kernel_size
    product_row = -(-steps[0] * of_plane // lanes) * lanes
    at_once = PRODUCTS_BYTES // (PLACES * shapes.itemsize * product_row) // AT_ONCE * AT_ONCE
    at_once = min(max(AT_ONCE, at_once), -(-rows // AT_ONCE) * AT_ONCE)
    cells_row = spread(planes * of_plane, lanes)
    apart = (
        spread(channels * cells_row + lanes, lanes),
        spread(at_once * product_row + lanes, lanes),
        spread((-(-rows // AT_ONCE) * AT_ONCE if keeps else at_once) * weights + lanes, lanes),
    )
    cells = y.dilation * 2 * (down + 1) * 2 * half
    lengths = (
        *(PLACES * distance for distance in apart),
        FEW * PLACES * weights,
        cells + lanes,
        cells + lanes,
        2 * SIDE * (half + lanes) + 2 * half,
    )
    *places, numbers = accumulate(lengths, initial=0)
    in_order = weights % lanes > 0 or block_of(shapes) * z.kernel_size % lanes > 0
    sizes = (at_once, keeps, *places, *apart, cells_row, product_row, weights, in_order)
    return Plan(numbers, steps, sizes)


def spread(count: int, lanes: int) -> int:
    """So many numbers or more: an odd number of vectors, which lie in different sets of the cache.

    >>> spread(60, 16), spread(70, 16)
    (80, 80)
    """
    return (-(-count // lanes) | 1) * lanes
