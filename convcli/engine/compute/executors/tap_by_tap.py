"""Convolutions that read much padding: a product for each tap, over the outputs it serves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.gemm import as_rows
from convcli.engine.compute.executors.work import Job, Part, Scratch, lies_in_a_run
from convcli.engine.compute.operands import last_axes
from convcli.engine.compute.tiles import even_slices, steps_of_a_run, tiles
from convcli.engine.geometry.axis import Axis

# `benchmarks.thresholds` measures what each of these is worth.
MOST_READS = 0.84  # of the taps of all outputs that read cells, up to which the padding is skipped
# Input channels of a group, and outputs for which a tap reads padding: fewer save less than it
# takes to add up the products, and to bring the weight into the order of the taps.
LEAST_CHANNELS, LEAST_SKIPPED = 128, 120

LEAST_COLUMNS = 16  # that must fit in memory


class Read(NamedTuple):
    """The outputs of a tile for which a tap of an axis reads cells, and these."""

    outputs: slice
    cells: slice


class TapByTap:
    """out[o, p] = sum over the taps k that read a cell at p of weight[k] @ cells[:, p + k]

    Padding takes no products. Those of an infinite weight would be NaNs: the weight is finite.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        taps = job.weight.reshape(*job.weight.shape[:3], -1)
        # (taps, groups, C_out/groups, C_in/groups)
        self.weight = np.ascontiguousarray(np.moveaxis(taps, 3, 0))

    def parts(self) -> Iterator[Part]:
        """Boxes of whole rows of one image, of the outputs that fit in memory."""
        job = self.job
        count = max(1, job.budget // self._column)
        if job.threads > 1:
            count = max(1, min(count, -(-prod(job.out_sizes) // (2 * job.threads))))
        steps = steps_of_a_run(job.out_sizes, count)
        groups = max(1, count // prod(steps)) if steps == job.out_sizes else 1
        for images in even_slices(len(job.input), 1):
            for some_groups in even_slices(job.spec.groups, groups):
                for tile in tiles(job.spec, job.sizes, job.region, steps):
                    yield Part(images, some_groups, tile)

    @property
    def fits(self) -> bool:
        """Whether parts that are worth a product stay within the memory of a thread."""
        return LEAST_COLUMNS * self._column <= self.job.budget

    @property
    def _column(self) -> int:
        """The bytes of an output's cells, products and sums in one group."""
        _, out_channels, in_channels, *_ = self.job.weight.shape
        return int((in_channels + 2 * out_channels) * self.job.dtype.itemsize)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """For each tap: copy its cells, multiply, add."""
        job = self.job
        target = job.target(part, scratch)
        target[...] = 0
        source = job.input[part.images, part.groups]
        axes = zip(job.spec.axes, job.sizes, part.tile, strict=True)
        reads = product(*(reads_of(axis, size, tile.outputs) for axis, size, tile in axes))
        for weight, of_tap in zip(self.weight, reads, strict=True):
            total = target[last_axes(read.outputs for read in of_tap)]
            if total.size:
                cells = source[last_axes(read.cells for read in of_tap)]
                self._add(weight[part.groups], cells, total, scratch)
        job.finish(part, target)

    def _add(self, weight: Array, cells: Array, total: Array, scratch: Scratch) -> None:
        if cells.dtype != weight.dtype or not lies_in_a_run(cells):
            copy = scratch.take("columns", cells.shape, weight.dtype)
            np.copyto(copy, cells, casting="unsafe")
            cells = copy
        term = scratch.take("product", total.shape, weight.dtype)
        np.matmul(weight, as_rows(cells), out=as_rows(term))
        np.add(total, term, out=total)


def reads_of(axis: Axis, size: int, outputs: slice) -> list[Read]:
    """What each tap of an axis reads for some outputs, which are counted from the first of them.

    >>> from convcli.engine.geometry.padding import Pad
    >>> [(read.outputs, read.cells) for read in reads_of(Axis(2, 1, 3, Pad(3, 0)), 4, slice(0, 4))]
    [(slice(3, 4, None), slice(0, 1, 1)), (slice(0, 4, None), slice(0, 4, 1))]
    """
    reads, stride = [], axis.stride
    for k in range(axis.kernel_size):
        begin = k * axis.dilation - axis.pad.before  # the cell of output 0
        first = max(outputs.start, -(begin // stride))
        stop = max(first, min(outputs.stop, (size - 1 - begin) // stride + 1))
        cell = first * stride + begin
        last = cell + (stop - first - 1) * stride
        some = slice(first - outputs.start, stop - outputs.start)
        reads.append(Read(some, slice(cell, last + 1, stride) if stop > first else slice(0, 0)))
    return reads


def gains_from_taps(job: Job) -> bool:
    """Whether many taps read padding, and what they would take is more than what is added."""
    spec, in_channels = job.spec, job.weight.shape[2]
    if (
        spec.padding_mode != "zeros"
        or in_channels < LEAST_CHANNELS
        or job.dtype.kind == "i"
        or not any(any(axis.pad) for axis in spec.axes)
    ):
        return False
    shares = [
        sum(read.outputs.stop - read.outputs.start for read in reads_of(axis, size, outputs))
        / ((outputs.stop - outputs.start) * axis.kernel_size)
        for axis, size, outputs in zip(spec.axes, job.sizes, job.region, strict=True)
    ]
    skipped = (1 - prod(shares)) * prod(job.out_sizes) * len(job.input)
    return (
        prod(shares) <= MOST_READS
        and skipped >= LEAST_SKIPPED
        and bool(np.isfinite(job.weight).all())
    )
