"""A convolution as a matrix product: im2col of a block of outputs, and BLAS into the output."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Job, Part, Scratch, lies_in_a_run, window_steps
from convcli.engine.compute.tiles import cells_of_step, even_slices, steps_of_a_run, tiles
from convcli.engine.geometry.spec import ConvSpec

# `benchmarks.thresholds` measures what each of these is worth.
FULL_RATE_COLUMNS = 1024  # columns at which BLAS reaches its full rate
CACHED_BYTES = 2**22  # bytes of columns that stay in a cache
LEAST_COLUMNS = 128  # columns of a part that are worth a thread
FEW_COLUMNS = 64  # below, BLAS is slow: the images are merged into one product
FITTING_COLUMNS = 16  # columns that must fit in memory for a product to be worth it
LEAST_OVERLAP = 4  # times that tiles may copy a cell, where columns copy it less often
BLOCK_SHARE = 4  # the part of the budget that padded cells may take
ROWS_READ = 8  # rows of a box of a volume for each row that the next box reads too
FLAT_ROWS = 160  # rows of a product up to which copying fewer columns and adding is faster
FEW_ROWS = 32  # rows of a product that take so little that a box may compute twice as many
MOST_OVERLAP = 1.5  # times that a box of more rows may compute a product


class Gemm:
    """out[o, p] = weight[o, (c, k)] @ columns[(c, k), p]; a group is one product of a batch."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @cached_property
    def no_copy(self) -> bool:
        """Whether the input is the columns already."""
        job = self.job
        as_it_is = job.input.dtype == job.dtype and lies_in_a_run(job.input)
        return as_it_is and _reads_each_cell_once(job.spec)

    @cached_property
    def in_place(self) -> bool:
        """Whether products can be the output."""
        return self.job.computes_in_place and lies_in_a_run(self.job.output)

    @cached_property
    def adds_rows(self) -> bool:
        """Whether the columns are those of all axes but the first."""
        return _copies_cost_most(self.job) and _rows_pay(self.job)

    @cached_property
    def merges_images(self) -> bool:
        """Whether the columns of all images are one matrix."""
        few = prod(self.job.out_sizes) < FEW_COLUMNS and len(self.job.input) > 1
        return few and not self.adds_rows

    @cached_property
    def weight(self) -> Array:
        """(groups, C_out/groups, taps), or, where rows are added, a row for each tap of axis 0."""
        weight = self.job.weight
        if not self.adds_rows:
            return weight.reshape(*weight.shape[:2], -1)
        first = weight.shape[3]
        by_row = weight.reshape(*weight.shape[:3], first, -1).swapaxes(2, 3)
        return by_row.reshape(len(weight), weight.shape[1] * first, -1)

    def parts(self) -> Iterator[Part]:
        """Contiguous boxes of as many columns as fit in memory, or images and groups together."""
        job = self.job
        cells, most = prod(job.out_sizes), self._most()
        count = cells if self.no_copy and self.in_place else most
        if job.threads > 1:
            of_all = cells * len(job.input) * job.spec.groups
            count = max(1, min(count, max(LEAST_COLUMNS, -(-of_all // (2 * job.threads)))))
        steps = self._steps(count)
        # Images, each with some groups, that are computed together.
        together = max(1, min(count, most) // prod(steps)) if prod(steps) == cells else 1
        together = min(together, max(1, job.budget // BLOCK_SHARE // max(1, self._block(steps))))
        groups = min(together, job.spec.groups)
        for images in even_slices(len(job.input), max(1, together // groups)):
            for some_groups in even_slices(job.spec.groups, groups):
                for tile in tiles(job.spec, job.sizes, job.region, steps):
                    yield Part(images, some_groups, tile)

    @property
    def fits(self) -> bool:
        """Whether parts that are worth a product stay within the budget, and overlap little."""
        job, least = self.job, min(FITTING_COLUMNS, prod(self.job.out_sizes))
        if not self.no_copy and least * self._column() > job.budget:
            return False
        steps = self._steps(self._most())
        block, strides = self._block(steps), prod(axis.stride for axis in job.spec.axes)
        columns = max(prod(job.spec.kernel_size), strides * LEAST_OVERLAP) * prod(steps)
        overlaps = bool(block) and steps != job.out_sizes and _cells(job, steps) > columns
        return block <= job.budget // BLOCK_SHARE and not overlaps

    def _most(self) -> int:
        """The columns that are in memory together."""
        column = self._column()
        wanted = max(CACHED_BYTES, FULL_RATE_COLUMNS * column)  # bytes
        return max(1, min(self.job.budget, wanted) // column)

    def _column(self) -> int:
        """The bytes of a column, and of its products where they are in memory too."""
        numbers = _row_numbers(self.job) if self.adds_rows else prod(self.job.weight.shape[2:])
        if self.merges_images or self.adds_rows or not self.in_place:
            numbers += self.job.weight.shape[1]
        return int(numbers * self.job.dtype.itemsize)

    def _steps(self, count: int) -> tuple[int, ...]:
        """About `count` outputs, fewer where they read too many cells."""
        job = self.job
        steps = row_steps(job, count) if self.adds_rows else steps_of_a_run(job.out_sizes, count)
        while prod(steps) > 1 and self._block(steps) > job.budget // BLOCK_SHARE:
            steps = steps_of_a_run(job.out_sizes, prod(steps) // 2)
        return steps

    def _block(self, steps: tuple[int, ...]) -> int:
        """The bytes of the cells of a tile that are copied to be padded or converted, else 0."""
        job, spec = self.job, self.job.spec
        copies = job.input.dtype != job.dtype or spec.padding_mode != "zeros"
        if not copies and not any(any(axis.pad) for axis in spec.axes):
            return 0
        return int(job.weight.shape[2] * _cells(job, steps) * job.dtype.itemsize)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Copy the columns of the part, unless the input is columns already, and multiply."""
        job = self.job
        block, target = job.padded(part, scratch), job.target(part, scratch, in_a_run=True)
        weight = self.weight[part.groups]
        if self.merges_images:
            self._merged(block, weight, target, scratch)
        elif self.adds_rows:
            self._add_rows(block, weight, target, scratch)
        elif self.no_copy:
            np.matmul(weight, as_rows(block), out=as_rows(target))
        else:
            columns = _copied(windows(job.spec, block, target.shape[3:]), scratch)
            np.matmul(
                weight, columns.reshape(*block.shape[:2], weight.shape[2], -1), out=as_rows(target)
            )
        job.finish(part, target)

    def _merged(self, block: Array, weight: Array, target: Array, scratch: Scratch) -> None:
        """One product per group, over the columns of all images."""
        read = np.moveaxis(
            windows(self.job.spec, block, target.shape[3:]), 0, 2 + self.job.spec.rank
        )
        columns = _copied(read, scratch)  # (groups, C_in/groups, *k, images, *tile)
        product = scratch.take(
            "product", (*weight.shape[:2], len(block), *target.shape[3:]), read.dtype
        )
        np.matmul(
            weight,
            columns.reshape(len(weight), weight.shape[2], -1),
            out=product.reshape(*weight.shape[:2], -1),
        )
        target[...] = np.moveaxis(product, 2, 0)

    def _add_rows(self, block: Array, weight: Array, target: Array, scratch: Scratch) -> None:
        """out[o, p] = sum over k_0 of product[(o, k_0), p + k_0]

        The columns are those of all axes but the first; the product has a row for each k_0.
        """
        first = self.job.spec.axes[0]
        read = windows(self.job.spec, block, target.shape[3:], from_axis=1)
        # (images, groups, C_in/groups, *other taps, rows, *tile[1:])
        columns = _copied(read, scratch)
        wide = columns.reshape(*block.shape[:2], weight.shape[2], -1)
        product = scratch.take(
            "product", (*block.shape[:2], weight.shape[1], wide.shape[3]), read.dtype
        )
        by_row = np.matmul(weight, wide, out=product).reshape(
            *target.shape[:3], first.kernel_size, -1
        )
        total, move = as_rows(target), first.dilation * prod(target.shape[4:])
        reads = [
            by_row[..., k, k * move : k * move + total.shape[3]] for k in range(first.kernel_size)
        ]
        np.add(reads[0], reads[1], out=total)
        for term in reads[2:]:
            np.add(total, term, out=total)


def windows(spec: ConvSpec, block: Array, outputs: tuple[int, ...], from_axis: int = 0) -> Array:
    """The cells that each tap of a padded block reads: a view.

    (images, groups, C_in/groups, *cells) -> (images, groups, C_in/groups, *kernel_size, *outputs).
    Axes before `from_axis` keep all their cells, in place of taps and outputs.
    """
    axes, steps = spec.axes[from_axis:], block.strides[3 + from_axis :]
    kernel = tuple(axis.kernel_size for axis in axes)
    taps, moves = window_steps(axes, steps, outputs[from_axis:])
    whole = slice(3, 3 + from_axis)
    shape = (*block.shape[:3], *kernel, *block.shape[whole], *outputs[from_axis:])
    return as_strided(
        block, shape, (*block.strides[:3], *taps, *block.strides[whole], *moves), writeable=False
    )


def as_rows(array: Array) -> Array:
    """(images, groups, channels, *tile), a tile in a run, as (images, groups, channels, cells)."""
    return array.reshape(*array.shape[:3], -1)


def _copied(read: Array, scratch: Scratch) -> Array:
    columns = scratch.take("columns", read.shape, read.dtype)
    np.copyto(columns, read)
    return columns


def _reads_each_cell_once(spec: ConvSpec) -> bool:
    return all(axis.kernel_size == axis.stride == 1 and not any(axis.pad) for axis in spec.axes)


def _cells(job: Job, steps: tuple[int, ...]) -> int:
    """The cells that a tile of these steps reads, per channel."""
    return prod(
        cells_of_step(job.spec, d, size, step)
        for d, (size, step) in enumerate(zip(job.sizes, steps, strict=True))
    )


def _copies_cost_most(job: Job) -> bool:
    """Whether a product has so few rows that copying the columns takes longer than the product."""
    first = job.spec.axes[0]
    rows = job.weight.shape[1] * first.kernel_size
    return job.spec.rank > 1 and first.stride == 1 and first.kernel_size > 1 and rows <= FLAT_ROWS


def _row_numbers(job: Job) -> int:
    """The numbers of a column of all taps but those of the first axis, and of its products."""
    first = job.spec.axes[0].kernel_size
    return int(job.weight.shape[1] * first + prod(job.weight.shape[2:]) // first)


def row_steps(job: Job, count: int) -> tuple[int, ...]:
    """About `count` outputs, fewer where the rows that all taps of the first axis read are many."""
    first, numbers = job.spec.axes[0], _row_numbers(job) * job.dtype.itemsize
    most = max(job.budget, numbers)
    while True:
        steps = _tall(job, steps_of_a_run(job.out_sizes, count), count)
        rows = steps[0] + first.extent - 1
        if rows * prod(steps[1:]) * numbers <= most or prod(steps) == 1:
            return steps
        count = prod(steps) // 2


def _tall(job: Job, steps: tuple[int, ...], count: int) -> tuple[int, ...]:
    """About `count` outputs of many rows: boxes compute the products of shared rows twice."""
    tall = list(steps)
    wanted = min(job.out_sizes[0], ROWS_READ * (job.spec.axes[0].extent - 1))
    while tall[0] < wanted and prod(tall[1:-1]) > 1:
        widest = 1 + tall[1:-1].index(max(tall[1:-1]))
        tall[widest] = -(-tall[widest] // 2)
        tall[0] = min(job.out_sizes[0], max(1, count // prod(tall[1:])))
    return tuple(tall)


def _rows_pay(job: Job) -> bool:
    """Whether the columns of all rows and their products are no more than twice the columns.

    And whether products of many rows are computed little more than once.
    """
    count = max(1, min(job.budget, CACHED_BYTES) // (_row_numbers(job) * job.dtype.itemsize))
    rows, read = row_steps(job, count)[0], job.spec.axes[0].extent - 1
    few = job.weight.shape[1] * job.spec.axes[0].kernel_size <= FEW_ROWS
    return (rows + read) * _row_numbers(job) <= 2 * rows * prod(job.weight.shape[2:]) and (
        few or rows + read <= MOST_OVERLAP * rows
    )
