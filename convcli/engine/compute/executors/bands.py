"""Depthwise layers on large maps, and filters: the first axis of each kernel as a matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.fallback import compute_by, is_finite
from convcli.engine.compute.executors.tap_by_tap import reads_of
from convcli.engine.compute.executors.work import Executor, Job, Part, Scratch, parts_by_group
from convcli.engine.compute.tiles import steps_of_a_run, tile_shape
from convcli.engine.geometry.padding import NO_PAD

# `benchmarks.thresholds` measures what each of these is worth.
BAND_ROWS = 4  # rows of outputs of a band: more are more zeros, fewer read cells again
PART_BYTES = 2**23  # columns and matrices that are in memory together
KERNELS = 4  # of a group, for each tap of the first axis, up to which bands gain
LEAST_WIDTH = 24  # outputs of a row: of fewer, the last axis becomes the matrix
MOST_TAPS = 16  # of the last axis: each is a copy of the cells


class Bands:
    """out[b + r, x] = sum over rows y and taps k of matrix[r, (y, k)] * columns[(b * s + y, k), x]

    A band are the outputs from row b on, k the taps of the last axis, s the stride of the first;
    matrix holds weight[y - r * s, k], and 0 where a row of cells is not read. A zero times an
    infinity would be a NaN where the layer has none: such parts are computed by `direct`. Where a
    band would read all rows, all outputs are one band, and padding above and below takes no part.
    """

    def __init__(self, job: Job, direct: Executor) -> None:
        self.job, self.direct = job, direct
        first = job.spec.axes[0]
        self.whole = job.sizes[0] <= first.cells_under(BAND_ROWS)

    def parts(self) -> Iterator[Part]:
        """Groups with as many images as fit in memory, or boxes of whole rows."""
        job = self.job
        held = min(PART_BYTES, job.budget // 2)
        images, groups, steps = len(job.input), job.spec.groups, job.out_sizes
        if job.threads > images * groups:
            steps = steps_of_a_run(steps, -(-prod(steps) // (2 * job.threads)))
        while images > 1 and self._bytes(images, steps) > held:
            images = -(-images // 2)
        while prod(steps) > 1 and self._bytes(images, steps) > held:
            steps = steps_of_a_run(steps, prod(steps) // 2)
        groups = max(1, min(groups, held // self._bytes(images, steps)))
        return parts_by_group(job, groups, images, steps)

    @property
    def fits(self) -> bool:
        """Whether an output of one image and one group stays within the memory of a thread."""
        return self._bytes(1, (1,) * self.job.spec.rank) <= self.job.budget // 2

    def _bytes(self, images: int, steps: tuple[int, ...]) -> int:
        """Of the matrix, the padded cells, the columns and the products of one group."""
        job, axes = self.job, self.job.spec.axes
        _, per_group, _, _, *taps = job.weight.shape
        cells = [axis.cells_under(step) for axis, step in zip(axes, steps, strict=True)]
        band = steps[0] if self.whole else min(BAND_ROWS, steps[0])
        matrix = per_group * band * axes[0].cells_under(band) * prod(taps)
        columns = cells[0] * prod(taps) * prod(steps[1:])
        numbers = matrix + images * (prod(cells) + columns + per_group * prod(steps))
        return int(job.dtype.itemsize * numbers)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Copy the columns, spread the weight, multiply."""
        job, outputs = self.job, tile_shape(part.tile)
        padding = part.tile[0].pad.before
        rows_alone = part.tile[0]._replace(pad=NO_PAD)
        reads = part._replace(tile=(rows_alone, *part.tile[1:])) if self.whole else part
        cells = job.unpadded(reads, scratch)
        if job.input.dtype.kind not in "iub" and not is_finite(cells):
            compute_by(self.direct, job, part, scratch)
            return
        columns = self._columns(cells, reads, scratch)
        target = job.target(part, scratch, in_a_run=True)
        products = target.reshape(*target.shape[:3], outputs[0], -1)
        if self.whole:
            matrix = self._matrix(part, outputs[0], scratch)[..., padding:, :]
            _multiply(matrix[..., : cells.shape[3], :], columns, products)
        else:
            self._multiply_bands(part, columns, products, scratch)
        job.finish(part, target)

    def _multiply_bands(
        self, part: Part, columns: Array, products: Array, scratch: Scratch
    ) -> None:
        """The bands of `BAND_ROWS` rows, and the rows that are left."""
        first, rows = self.job.spec.axes[0], products.shape[3]
        band = min(BAND_ROWS, rows)
        matrix, whole = self._matrix(part, band, scratch), rows // band * band
        _multiply(matrix, columns, products[..., :whole, :], rows // band, band * first.stride)
        if rows > whole:
            of_rest = matrix[..., : rows - whole, : first.cells_under(rows - whole), :]
            _multiply(of_rest, columns[:, :, :, whole * first.stride :], products[..., whole:, :])

    def _columns(self, cells: Array, part: Part, scratch: Scratch) -> Array:
        """(images, groups, 1, rows of cells and padding, taps of the last axis, outputs of a row)

        From the cells (images, groups, 1, *cells), with the zeros of the padding.
        """
        rows, row = part.tile
        axis, outputs = self.job.spec.axes[1], tile_shape(part.tile)[1]
        height = rows.pad.before + cells.shape[3] + rows.pad.after
        shape = (*cells.shape[:3], height, axis.kernel_size, outputs)
        columns = scratch.take("columns", shape, cells.dtype)
        inner = slice(rows.pad.before, height - rows.pad.after)
        columns[:, :, :, : inner.start] = columns[:, :, :, inner.stop :] = 0
        reads = reads_of(replace(axis, pad=row.pad), cells.shape[4], slice(0, outputs))
        for k, read in enumerate(reads):
            of_tap = columns[:, :, :, inner, k]
            of_tap[..., : read.outputs.start] = of_tap[..., read.outputs.stop :] = 0
            of_tap[..., read.outputs] = cells[..., read.cells]
        return columns

    def _matrix(self, part: Part, band: int, scratch: Scratch) -> Array:
        """(groups, C_out/groups, rows of outputs, rows of cells, taps of the last axis)"""
        weight, axis = self.job.weight[part.groups, :, 0], self.job.spec.axes[0]
        taps = prod(weight.shape[3:])
        shape = (*weight.shape[:2], band, axis.cells_under(band), taps)
        matrix = scratch.take("matrix", shape, weight.dtype)
        matrix[...] = 0
        row, cell = matrix.strides[2:4]
        diagonals = as_strided(
            matrix,
            (*shape[:2], band, axis.kernel_size, taps),
            (*matrix.strides[:2], row + cell * axis.stride, cell * axis.dilation, weight.itemsize),
        )
        diagonals[...] = weight.reshape(*weight.shape[:2], 1, axis.kernel_size, taps)
        return matrix


def _multiply(
    matrix: Array, columns: Array, products: Array, bands: int = 1, move: int = 0
) -> None:
    """Bands of products, each of rows of columns that begin `move` after those of the last band.

    matrix (groups, C_out/groups, rows of outputs, rows of cells, taps), columns (images, groups,
    1, rows of cells, taps, places), products (images, groups, C_out/groups, rows, places).
    """
    groups, each, rows, cells, taps = matrix.shape
    row, tap, place = columns.strides[3:]
    read = as_strided(
        columns,
        (len(columns), groups, 1, bands, cells * taps, columns.shape[-1]),
        (*columns.strides[:3], move * row, tap, place),
        writeable=False,
    )
    strides = (*matrix.strides[:2], 0, matrix.strides[2], matrix.strides[4])
    factors = as_strided(matrix, (groups, each, 1, rows, cells * taps), strides, writeable=False)
    np.matmul(factors, read, out=products.reshape(*products.shape[:3], bands, rows, -1))


def gains_from_bands(job: Job) -> bool:
    """Whether a layer of rank 2 has one input channel in each group, and long rows."""
    if job.spec.rank != 2:
        return False
    first, last = job.spec.axes
    return (
        job.weight.shape[2] == 1
        and job.weight.shape[1] <= KERNELS * first.kernel_size
        and first.kernel_size > 1
        and first.dilation == 1
        and last.kernel_size <= MOST_TAPS
        and job.out_sizes[-1] >= LEAST_WIDTH
        and job.dtype.kind != "i"
        and bool(np.isfinite(job.weight).all())
    )
