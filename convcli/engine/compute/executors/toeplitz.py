"""Depthwise layers on small maps: the last axis of the kernel as a matrix of each channel."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.fallback import compute_by, is_finite
from convcli.engine.compute.executors.work import (
    Executor,
    Job,
    Part,
    Scratch,
    parts_by_group,
    window_steps,
)
from convcli.engine.compute.tiles import steps_of_a_run, tile_shape
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import NO_PAD

# `benchmarks.thresholds` measures what each of these is worth.
WIDEST = 20  # outputs of a row up to which the zeros of the matrix cost less than columns
WIDEST_INPUT = 32  # cells of a row
LEAST_MAPS = 8  # images times groups: for fewer, a step of the interpreter takes longer
PART_BYTES = 2**23  # matrices and rows that are in memory together

MATRICES = 32  # of ones, which are remembered


class Toeplitz:
    """out[y, x] = sum over k, c of rows[y, (k, c)] * matrix[(k, c), x]

    k are the taps of all axes but the last, c the real cells of a row; matrix holds weight[k, t]
    where output x reads cell c under tap t, and 0 elsewhere. A zero times an infinity would be a
    NaN where the layer has none: parts with infinities or NaNs are computed by `direct`.
    """

    def __init__(self, job: Job, direct: Executor) -> None:
        self.job, self.direct = job, direct

    def parts(self) -> Iterator[Part]:
        """Groups with as many images as fit in memory, or boxes of whole rows."""
        job = self.job
        held = min(PART_BYTES, job.budget // 2)
        images, groups, steps = len(job.input), job.spec.groups, job.out_sizes
        while images > 1 and self._bytes(images, steps) > held:
            images = -(-images // 2)
        while prod(steps[:-1]) > 1 and self._bytes(images, steps) > held:
            steps = (*steps_of_a_run(steps[:-1], prod(steps[:-1]) // 2), steps[-1])
        groups = max(1, min(groups, held // self._bytes(images, steps)))
        return parts_by_group(job, groups, images, steps)

    @property
    def fits(self) -> bool:
        """Whether a row of one image and one group stays within the memory of a thread."""
        job = self.job
        return self._bytes(1, (*[1] * (job.spec.rank - 1), job.out_sizes[-1])) <= job.budget // 2

    def _bytes(self, images: int, steps: tuple[int, ...]) -> int:
        """Of the matrix, the rows, the padded cells and the products of one group."""
        job = self.job
        _, per_group, _, *kernel = job.weight.shape
        cells = job.sizes[-1] + sum(job.spec.axes[-1].pad)
        run = prod(kernel[:-1]) * cells
        outputs = prod(steps[:-1])
        padded = cells * prod(
            axis.cells_under(step) for axis, step in zip(job.spec.axes[:-1], steps, strict=False)
        )
        matrix = (run + prod(kernel) + 1) * per_group * steps[-1]
        numbers = matrix + images * (padded + outputs * (run + per_group * steps[-1]))
        return int(job.dtype.itemsize * numbers)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Copy the rows, spread the weight, multiply."""
        job = self.job
        rows_alone = (*part.tile[:-1], part.tile[-1]._replace(pad=NO_PAD))
        block = job.padded(part._replace(tile=rows_alone), scratch)[:, :, 0]
        if job.input.dtype.kind not in "iub" and not is_finite(block):
            compute_by(self.direct, job, part, scratch)
            return
        target = job.target(part, scratch, in_a_run=True)
        rows = self._rows(block, tile_shape(part.tile), scratch)
        matrix = self._matrix(part, block.shape[-1], scratch)
        np.matmul(rows, matrix, out=target.reshape(*target.shape[:3], -1, target.shape[-1]))
        job.finish(part, target)

    def _rows(self, block: Array, outputs: tuple[int, ...], scratch: Scratch) -> Array:
        """(images, groups, 1, rows, taps of all axes but the last * cells of a row)"""
        axes, steps = self.job.spec.axes[:-1], block.strides[2:-1]
        kernel = tuple(axis.kernel_size for axis in axes)
        taps, moves = window_steps(axes, steps, outputs[:-1])
        shape = (*block.shape[:2], *outputs[:-1], *kernel, block.shape[-1])
        strides = (*block.strides[:2], *moves, *taps, block.strides[-1])
        rows = scratch.take("rows", shape, block.dtype)
        np.copyto(rows, as_strided(block, shape, strides, writeable=False))
        return rows.reshape(*block.shape[:2], 1, prod(outputs[:-1]), -1)

    def _matrix(self, part: Part, cells: int, scratch: Scratch) -> Array:
        """(groups, C_out/groups, taps of all axes but the last * cells of a row, outputs)"""
        weight, axis, tile = self.job.weight[part.groups], self.job.spec.axes[-1], part.tile[-1]
        outputs = tile_shape(part.tile)[-1]
        ones = ones_of(axis, tile.pad.before, cells, outputs, weight.dtype)
        matrix = scratch.take("matrix", (weight.size // len(ones), ones.shape[1]), weight.dtype)
        np.matmul(weight.reshape(-1, len(ones)), ones, out=matrix)  # exact: 1 * w + 0 * ...
        return matrix.reshape(*weight.shape[:2], -1, outputs)


@lru_cache(MATRICES)
def ones_of(axis: Axis, before: int, cells: int, outputs: int, dtype: np.dtype[Any]) -> Array:
    """(taps, cells * outputs): 1 where the output reads the cell under the tap, else 0.

    The first output reads from `before` cells before the first one.
    """
    taps = np.arange(axis.kernel_size)[:, None, None] * axis.dilation
    apart = np.arange(cells)[:, None] + before - np.arange(outputs) * axis.stride
    ones: Array = (taps == apart).astype(dtype)
    return ones.reshape(axis.kernel_size, -1)


def gains_from_toeplitz(job: Job) -> bool:
    """Whether a layer is depthwise, of few outputs and cells a row."""
    return (
        job.spec.rank > 1
        and job.weight.shape[2] == 1
        and job.spec.axes[-1].kernel_size > 1
        and job.out_sizes[-1] <= WIDEST
        and job.sizes[-1] <= WIDEST_INPUT
        and len(job.input) * job.spec.groups >= LEAST_MAPS
        and job.dtype.kind != "i"
        and bool(np.isfinite(job.weight).all())
    )
