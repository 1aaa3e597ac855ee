"""A convolution of stride 1 and few output channels, whose columns are runs of padded cells."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Job, Part, Scratch, lies_in_a_run, window_steps
from convcli.engine.compute.operands import last_axes
from convcli.engine.compute.tiles import even_slices, steps_of_a_run, tile_shape, tiles
from convcli.engine.geometry.axis import Axis

# `benchmarks.thresholds` measures what each of these is worth.
PART_BYTES = 2**23  # columns and products that are in memory together
MOST_ROWS = 64  # output channels of a group, up to which to copy columns takes as long as products
MOST_TAPS = 9  # of a kernel: of more, rows are added
MOST_WIDTH = 32  # outputs of a row: wider rows are long enough to be copied one by one
MOST_CELLS = 1.5  # padded cells of all axes but the first for each output of theirs


class Flat:
    """out[o, p] = sum over c and the taps k of weight[o, c, k] * cells[c, flat(p) + flat(k)]

        flat(p) = p_0 * cells_1 * cells_2 + p_1 * cells_2 + p_2

    The places of the padded cells are counted through all axes, so that a tap reads one run of
    them. The products at places that are no outputs, where a row ends, are dropped.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.weight = job.weight.reshape(*job.weight.shape[:2], -1)  # (groups, C_out/groups, taps)

    def parts(self) -> Iterator[Part]:
        """Images and groups together, or boxes of whole rows."""
        job = self.job
        held = min(PART_BYTES, job.budget // 2)
        steps = self._steps(held)
        together = max(1, held // self._bytes(steps)) if steps == job.out_sizes else 1
        if job.threads > 1:
            every = len(job.input) * job.spec.groups
            together = max(1, min(together, every // (2 * job.threads)))
        groups = min(together, job.spec.groups)
        for images in even_slices(len(job.input), max(1, together // groups)):
            for some_groups in even_slices(job.spec.groups, groups):
                for tile in tiles(job.spec, job.sizes, job.region, steps):
                    yield Part(images, some_groups, tile)

    def _steps(self, held: int) -> tuple[int, ...]:
        """The outputs of a box that takes at most so many bytes."""
        job = self.job
        count = prod(job.out_sizes)
        if job.threads > len(job.input) * job.spec.groups:
            count = -(-count // (2 * job.threads))
        steps = steps_of_a_run(job.out_sizes, count)
        while prod(steps) > 1 and self._bytes(steps) > held:
            steps = steps_of_a_run(job.out_sizes, prod(steps) // 2)
        return steps

    @property
    def fits(self) -> bool:
        """Whether a row of outputs stays within the memory of a thread."""
        row = (*[1] * (self.job.spec.rank - 1), self.job.out_sizes[-1])
        return self._bytes(row) <= self.job.budget // 2

    def _bytes(self, steps: tuple[int, ...]) -> int:
        """Of the padded cells, the columns, the products and the sums of one group."""
        job = self.job
        _, out_channels, in_channels, *kernel = job.weight.shape
        cells = [axis.cells_under(step) for axis, step in zip(job.spec.axes, steps, strict=True)]
        run = steps[0] * prod(cells[1:])
        numbers = in_channels * prod(cells)
        numbers += run * (in_channels * prod(kernel) + out_channels) + out_channels * prod(steps)
        return int(numbers * job.dtype.itemsize)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Copy the runs, multiply, drop what is no output."""
        job, outputs = self.job, tile_shape(part.tile)
        block = job.padded(part, scratch)
        if not lies_in_a_run(block):
            block = _copied("padded", block, scratch)
        columns = self._columns(block, outputs, scratch)
        weight, cells = self.weight[part.groups], block.shape[4:]
        shape = (*block.shape[:2], weight.shape[1], outputs[0], *cells)
        product = scratch.take("product", shape, job.dtype)
        runs = product.reshape(*shape[:3], -1)
        np.matmul(weight, columns, out=runs[..., : columns.shape[-1]])
        target = job.target(part, scratch)
        target[...] = product[last_axes(slice(0, size) for size in outputs)]
        job.finish(part, target)

    def _columns(self, block: Array, outputs: tuple[int, ...], scratch: Scratch) -> Array:
        """(images, groups, C_in/groups * taps, places from the first output to the last)"""
        axes, steps = self.job.spec.axes, block.strides[3:]
        taps, moves = window_steps(axes, steps, outputs)
        last = sum(move * (count - 1) for move, count in zip(moves, outputs, strict=True))
        run = last // block.itemsize + 1
        shape = (*block.shape[:3], *(axis.kernel_size for axis in axes), run)
        strides = (*block.strides[:3], *taps, block.itemsize)
        read = as_strided(block, shape, strides, writeable=False)
        return _copied("columns", read, scratch).reshape(*block.shape[:2], -1, run)


def _copied(name: str, read: Array, scratch: Scratch) -> Array:
    copy = scratch.take(name, read.shape, read.dtype)
    np.copyto(copy, read)
    return copy


def gains_from_runs(job: Job) -> bool:
    """Whether a product is so small, and rows so short, that to copy them one by one counts."""
    axes, outputs = job.spec.axes, job.out_sizes
    return (
        job.spec.rank > 1
        and all(axis.stride == 1 for axis in axes)
        and 1 < prod(job.spec.kernel_size) <= MOST_TAPS
        and job.weight.shape[1] <= MOST_ROWS
        and job.weight.shape[2] > 1
        and outputs[-1] <= MOST_WIDTH
        and prod(map(Axis.cells_under, axes[1:], outputs[1:])) <= MOST_CELLS * prod(outputs[1:])
    )
