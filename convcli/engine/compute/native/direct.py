"""The compiled kernel as an executor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Job, Part, Scratch
from convcli.engine.compute.native.calls import Call, address, call_of
from convcli.engine.compute.native.library import native
from convcli.engine.compute.native.parts import parts_of
from convcli.engine.compute.native.shapes import Shapes
from convcli.engine.compute.tiles import read_cells


class Direct:
    """out[o, p] = sum over c, k of weight[o, c, k] * cells[c, p + k], in registers: kernel.c."""

    def __init__(
        self, job: Job, parts: tuple[Part, ...], call_of: Callable[[Shapes], Call] = call_of
    ) -> None:
        self.job, self._parts, self._call_of = job, parts, call_of
        # (groups, C_out/groups, C_in/groups, *k); a group of one output channel reads a run
        one = job.weight.shape[1] == 1 and not job.weight.flags.c_contiguous
        whole = has_whole_steps(job.weight) and not one
        self.weight = job.weight if whole else np.array(job.weight, order="C")

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

    def call(
        self, part: Part, scratch: Scratch, target: Array | None = None
    ) -> tuple[Call, tuple[Array, Array, Array]]:
        """The call of the kernel for a part, and its input, weight and output, or `target`."""
        block = self._block(part, scratch)
        if target is None:
            target = self.job.target(part, scratch, part.channels)
        weight = self.weight[part.groups, part.channels]
        return self._call_of(self._shapes(part, block, weight, target)), (block, weight, target)

    def shapes(self, part: Part) -> Shapes:
        """What the call of a part depends on, where nothing is copied."""
        block = read_cells(self.job.input[part.images, part.groups], part.tile)
        weight = self.weight[part.groups, part.channels]
        return self._shapes(part, block, weight, self.job.place(part, part.channels))

    def _shapes(self, part: Part, block: Array, weight: Array, target: Array) -> Shapes:
        job, item = self.job, self.job.dtype.itemsize
        return Shapes(
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


def has_whole_steps(array: Array) -> bool:
    """Whether numbers lie where their type puts them, a whole number of numbers apart."""
    return array.flags.aligned and not any(step % array.itemsize for step in array.strides)
