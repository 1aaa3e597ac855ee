"""The compiled kernel as an executor."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Job, Part, Scratch
from convcli.engine.compute.native.calls import Shapes, call_of, needed
from convcli.engine.compute.native.library import native
from convcli.engine.compute.tiles import (
    cells_of_step,
    even_slices,
    read_cells,
    steps_of_a_run,
    tiles,
)

MOST_AXES = 8  # of kernel.c
LARGEST = 2**60  # sizes and their products stay below, so that no sum in kernel.c overflows

# `benchmarks.thresholds` measures what each of these is worth.
WORTH_A_PART = 2**31  # multiply-adds: parts of a few dozen milliseconds, to report progress
PARTS_OF_A_THREAD = 2
LEAST_ROWS = 32  # output channels of a part
FEW_OUTPUTS = 96  # of a part, below which output channels are shared rather than outputs


class Direct:
    """out[o, p] = sum over c, k of weight[o, c, k] * cells[c, p + k], in registers: kernel.c."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.copies = (
            job.spec.padding_mode != "zeros"
            or job.input.dtype != job.dtype
            or not has_whole_steps(job.input)
        )
        # (groups, C_out/groups, C_in/groups, *k): the last axes in a run
        whole = has_whole_steps(job.weight) and lies_in_a_run(job.weight, after=2)
        self.weight = job.weight if whole else np.ascontiguousarray(job.weight)

    @staticmethod
    def computes(job: Job) -> bool:
        """Whether there is a kernel for the number type, and sizes are far from an overflow."""
        kernels = native().kernels
        return (
            bool(kernels)
            and not job.spec.transposed
            and job.spec.rank <= MOST_AXES
            and job.dtype.isnative
            and job.dtype.name in kernels[0].functions
            and all(
                (out - 1) * axis.stride + axis.extent + size < LARGEST
                for axis, out, size in zip(job.spec.axes, job.out_sizes, job.sizes, strict=True)
            )
        )

    @property
    def fits(self) -> bool:
        """Whether the cells of one output, and the places of the taps, stay within the budget."""
        job = self.job
        channels, one = job.weight.shape[2], (1,) * job.spec.rank
        return needed(job.spec.axes, channels, one) * job.dtype.itemsize <= job.budget

    def parts(self) -> Iterator[Part]:
        """Whole images and groups, boxes of outputs, or output channels: some for each thread."""
        job = self.job
        images, groups, rows = job.output.shape[:3]
        wanted = 1 if job.threads == 1 else PARTS_OF_A_THREAD * job.threads
        wanted = max(wanted, job.multiply_adds // WORTH_A_PART)
        steps, together, channels = job.out_sizes, max(1, images * groups // wanted), rows
        if self.copies:
            steps = self._copied_steps()
            room = job.budget // 4 // max(1, self._copied(steps))
            together = max(1, min(together, room)) if steps == job.out_sizes else 1
        missing = -(-wanted // (images * groups))
        if missing > 1:
            if rows >= missing * LEAST_ROWS and prod(steps) < missing * FEW_OUTPUTS:
                channels = -(-rows // missing // LEAST_ROWS) * LEAST_ROWS
            else:
                most = max(1, min(prod(steps), prod(job.out_sizes) // missing))
                steps = tuple(map(min, steps, steps_of_a_run(job.out_sizes, most)))
        some = min(groups, together)
        for of_images in even_slices(images, max(1, together // some)):
            for of_groups in even_slices(groups, some):
                for tile in tiles(job.spec, job.sizes, job.region, steps):
                    for of_rows in even_slices(rows, channels):
                        yield Part(of_images, of_groups, tile, of_rows)

    def _copied(self, steps: tuple[int, ...]) -> int:
        """The bytes of the cells of a group that a tile copies."""
        job = self.job
        cells = prod(cells_of_step(job.spec, d, job.sizes[d], n) for d, n in enumerate(steps))
        return int(job.weight.shape[2] * cells * job.dtype.itemsize)

    def _copied_steps(self) -> tuple[int, ...]:
        """The outputs of a tile whose cells are copied."""
        steps = self.job.out_sizes
        while prod(steps) > 1 and self._copied(steps) > self.job.budget // 4:
            steps = steps_of_a_run(steps, prod(steps) // 2)
        return steps

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Call the kernel."""
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
                tuple(step // item for step in weight.strides[:2]),
                target.shape,
                tuple(step // item for step in target.strides),
            )
        )
        cells = scratch.take("cells", (call.cells,), job.dtype)
        reads = scratch.take("reads", (call.reads,), np.dtype(np.intp))
        arrays = (block, weight, target, cells, reads)
        call.function(call.layer, *map(address, arrays))
        job.finish(part, target, part.channels)

    def _block(self, part: Part, scratch: Scratch) -> Array:
        """The cells of a part, in the number type of the job; a view where nothing is copied."""
        block: Array = read_cells(self.job.input[part.images, part.groups], part.tile)
        if block.dtype == self.job.dtype and has_whole_steps(block):
            return block
        copy = scratch.take("padded", block.shape, self.job.dtype)
        copy[...] = block
        return copy


def has_whole_steps(array: Array) -> bool:
    """Whether numbers lie where their type puts them, a whole number of numbers apart."""
    return array.flags.aligned and not any(step % array.itemsize for step in array.strides)


def lies_in_a_run(array: Array, after: int) -> bool:
    """Whether the axes behind the first `after` are contiguous."""
    expected = array.itemsize
    for size, step in list(zip(array.shape, array.strides, strict=True))[after:][::-1]:
        if size > 1 and step != expected:
            return False
        expected *= size
    return True


def address(array: Array) -> int:
    """Where the numbers of an array begin in memory."""
    return int(array.__array_interface__["data"][0])
