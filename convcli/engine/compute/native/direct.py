"""The compiled kernel as an executor."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, prod

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import PARTS_OF_A_THREAD, Job, Part, Scratch
from convcli.engine.compute.native.boxes import (
    MOST_AXES,
    block_of,
    box_steps,
    needed,
    overlap_costs,
)
from convcli.engine.compute.native.calls import CALLS, Call, address, call_of
from convcli.engine.compute.native.library import native
from convcli.engine.compute.native.shapes import Shapes
from convcli.engine.compute.tiles import (
    cells_of_step,
    even_slices,
    read_cells,
    steps_of_a_run,
    tiles,
)
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


class Direct:
    """out[o, p] = sum over c, k of weight[o, c, k] * cells[c, p + k], in registers: kernel.c."""

    def __init__(self, job: Job, parts: tuple[Part, ...]) -> None:
        self.job, self._parts = job, parts
        # (groups, C_out/groups, C_in/groups, *k); a group of one output channel reads a run
        one = job.weight.shape[1] == 1 and not job.weight.flags.c_contiguous
        whole = has_whole_steps(job.weight) and not one
        self.weight = job.weight if whole else np.ascontiguousarray(job.weight)

    @staticmethod
    def has_kernel(job: Job) -> bool:
        """Whether there is a kernel for the number type."""
        return (
            has_kernels() and job.dtype.isnative and job.dtype.name in native().kernels[0].functions
        )

    @classmethod
    def of(cls, job: Job) -> Direct | None:
        """The executor of a job, unless the kernel is not there or does not compute this."""
        if not cls.has_kernel(job):
            return None
        copies = job.input.dtype != job.dtype or not has_whole_steps(job.input)
        shapes = (job.input.shape, job.weight.shape, job.output.shape)
        parts = parts_of(job.spec, *shapes, job.dtype.itemsize, job.threads, job.budget, copies)
        return None if parts is None else cls(job, parts)

    def parts(self) -> tuple[Part, ...]:
        """Whole images and groups, boxes of outputs, or output channels: some for each thread."""
        return self._parts

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Call the kernel."""
        call, arrays = self.call(part, scratch)
        cells = scratch.take("cells", (call.cells,), self.job.dtype)
        reads = scratch.take("reads", (call.reads,), np.dtype(np.intp))
        call.function(call.layer, *map(address, (*arrays, cells, reads)))
        self.job.finish(part, arrays[-1], part.channels)

    def call(self, part: Part, scratch: Scratch) -> tuple[Call, tuple[Array, Array, Array]]:
        """The call of the kernel for a part, and its input, weight and output."""
        job, item = self.job, self.job.dtype.itemsize
        block = self._block(part, scratch)
        target = job.target(part, scratch, part.channels)
        weight = self.weight[part.groups, part.channels]
        call = call_of(
            Shapes(
                job.spec.axes,
                job.dtype.name,
                item,
                job.budget // item,
                tuple(axis.pad for axis in part.tile),
                block.shape,
                tuple(step // item for step in block.strides),
                tuple(step // item for step in weight.strides),
                target.shape,
                tuple(step // item for step in target.strides),
            )
        )
        return call, (block, weight, target)

    def _block(self, part: Part, scratch: Scratch) -> Array:
        """The cells of a part, in the number type of the job; a view where nothing is copied."""
        block: Array = read_cells(self.job.input[part.images, part.groups], part.tile)
        if block.dtype == self.job.dtype and has_whole_steps(block):
            return block
        copy = scratch.take("padded", block.shape, self.job.dtype)
        copy[...] = block
        return copy


def has_kernels() -> bool:
    """Whether kernels were compiled for this machine, and are to be used."""
    return bool(native().kernels)


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
    than `budget` bytes for a single output, and one of far taps. Cells are copied in parts that
    take a quarter.
    """
    (images, groups, rows), whole = output_shape[:3], output_shape[3:]
    channels, sizes = input_shape[2], input_shape[3:]
    least = needed(spec.axes, block_of(spec.axes, channels)[0], (1,) * spec.rank) * itemsize
    if not computes(spec, sizes, whole) or least > budget:
        return None
    box, _ = box_steps(spec.axes, channels, whole, itemsize, budget // itemsize)

    wanted = prod(output_shape) * prod(weight_shape[2:]) // WORTH_A_PART
    wanted = max(wanted, 1 if threads == 1 else PARTS_OF_A_THREAD * threads)
    steps, together = whole, even_step(images * groups, wanted, threads)
    if converts or spec.padding_mode != "zeros":
        room = budget // 4 // itemsize // channels  # cells
        while prod(steps) > 1 and cells_of(spec, sizes, steps) > room:
            steps = steps_of_a_run(steps, prod(steps) // 2)
        box = min(box, steps, key=prod)
        at_once = max(1, room // cells_of(spec, sizes, steps))
        together = min(together, at_once) if steps == whole else 1
    if overlap_costs(spec.axes, whole, box):
        return None
    steps, some_rows = shared(whole, steps, rows, -(-wanted // (images * groups)))
    some = min(groups, together)
    return tuple(
        Part(of_images, of_groups, tile, of_rows)
        for of_images in even_slices(images, max(1, together // some))
        for of_groups in even_slices(groups, some)
        for region in regions(spec, whole, channels * rows, converts)
        for tile in tiles(spec, sizes, region, steps)
        for of_rows in even_slices(rows, some_rows)
    )


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


def has_whole_steps(array: Array) -> bool:
    """Whether numbers lie where their type puts them, a whole number of numbers apart."""
    return array.flags.aligned and not any(step % array.itemsize for step in array.strides)
