"""A convolution whose first axis has three taps: four products for two rows, in place of six."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.fallback import compute_by, has_even_range
from convcli.engine.compute.executors.work import (
    PARTS_OF_A_THREAD,
    Executor,
    Job,
    Part,
    Scratch,
    window_steps,
)
from convcli.engine.compute.tiles import cells_of_step, even_slices, steps_of_a_run, tiles

TAPS, PRODUCTS = 3, 4  # of the first axis, and of two rows of outputs

# The largest quotient of a part's largest and small magnitudes: the sums of two rows round the
# large ones, and a weight of 0 does not take that away as it does in the direct sum.
RANGE = 2.0**8
WHOLE = 2.0**8  # weights that are whole numbers of its inverse are taken for exact ones
SAMPLE = 256  # weights that are looked at

# `benchmarks.thresholds` measures what each of these is worth.
LEAST_CHANNELS = 16  # in, and out, of a group
LEAST_WEIGHTS = 6144  # of a group under a tap of the first axis
LEAST_OUTPUTS = 576  # of an image: for fewer the sums of weights take longer
TAP_RANGE = 2**10  # between the largest weights of the taps
PART_BYTES = 12 * 2**20  # rows, columns and products that are in memory together


class Winograd:
    """out[2i] = m0 + m1 + m2, out[2i+1] = m1 - m2 - m3 along the first axis, with

        m0 = (d0 - d2) g0               m1 = (d1 + d2) (g0 + g1 + g2)/2
        m3 = (d1 - d3) g2               m2 = (d2 - d1) (g0 - g1 + g2)/2

    for the rows d0..d3 = 2i..2i+3 of the input and the taps g of the kernel; each m is a
    convolution along the other axes: a matrix product. Whole numbers would not stay exact as far as
    in a direct sum: integers are never computed so. A part with an infinity, a NaN or numbers of
    very different magnitude is computed by `direct`. Source: Winograd, "Arithmetic Complexity of
    Computations", F(2, 3).
    """

    def __init__(self, job: Job, direct: Executor) -> None:
        self.job, self.direct = job, direct
        groups, out_channels, in_channels = job.weight.shape[:3]
        by_tap = np.ascontiguousarray(job.weight).reshape(
            groups, out_channels, in_channels, TAPS, -1
        )
        # (3, groups, C_out/groups, others, C_in/groups), the order of the columns
        sums, largest = _sums_of_taps(by_tap.transpose(3, 0, 1, 4, 2))
        # (4, 1, groups, C_out/groups, products of an output)
        self.weight = sums.reshape(PRODUCTS, 1, groups, out_channels, -1)
        # Of the input, so that no sum overflows.
        most = float(np.finfo(job.dtype).max) / (8.0 * self.weight.shape[-1])
        self.largest = most / max(largest, 1.0)

    def parts(self) -> Iterator[Part]:
        """Each image, some groups, boxes of which the columns fit in memory."""
        job = self.job
        steps, held = job.out_sizes, min(PART_BYTES, 3 * job.budget // 4)
        if job.threads > 1:
            parts = job.threads * PARTS_OF_A_THREAD
            at_once = -(-prod(steps) * len(job.input) * job.spec.groups // parts)
            steps = steps_of_a_run(steps, max(1, min(prod(steps), at_once)))
        while prod(steps) > 1 and self._bytes(steps) > held:
            steps = steps_of_a_run(steps, prod(steps) // 2)
        steps = (min(job.out_sizes[0], steps[0] + steps[0] % 2), *steps[1:])
        groups = max(1, held // self._bytes(steps)) if steps == job.out_sizes else 1
        for image in even_slices(len(job.input), 1):
            for some_groups in even_slices(job.spec.groups, groups):
                for tile in tiles(job.spec, job.sizes, job.region, steps):
                    yield Part(image, some_groups, tile)

    @property
    def fits(self) -> bool:
        """Whether two outputs stay within the memory of a thread."""
        return self._bytes((2, *[1] * (self.job.spec.rank - 1))) <= self.job.budget

    def _bytes(self, steps: tuple[int, ...]) -> int:
        """Of the padded cells, their sums, the columns and the products of a box of one group."""
        job = self.job
        out_channels, in_channels = job.weight.shape[1:3]
        rows, pairs = steps[0] + TAPS, -(-steps[0] // 2)
        cells = in_channels * prod(
            cells_of_step(job.spec, d, size, step)
            for d, (size, step) in enumerate(zip(job.sizes, steps, strict=True))
            if d > 0
        )
        columns = out_channels + out_channels // PRODUCTS + 1 + self.weight.shape[-1]
        numbers = cells * (2 * rows + PRODUCTS * pairs)  # with the magnitudes that are looked at
        numbers += PRODUCTS * columns * pairs * prod(steps[1:])
        return int(job.dtype.itemsize * numbers)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Add up rows, multiply, add up products."""
        job = self.job
        block = job.padded(part, scratch)
        if not has_even_range(block, RANGE, self.largest):
            compute_by(self.direct, job, part, scratch)
            return
        target = job.target(part, scratch)
        pairs = -(-target.shape[3] // 2)
        shape = (PRODUCTS, *target.shape[:3], pairs, *target.shape[4:])
        terms = scratch.take("products", shape, job.dtype)
        sums = self._sums(block, target.shape[3], scratch)
        columns = self._columns(sums, target, scratch)
        np.matmul(self.weight[:, :, part.groups], columns, out=terms.reshape(*shape[:4], -1))
        self._add_up(terms, target, scratch)
        job.finish(part, target)

    def _sums(self, block: Array, outputs: int, scratch: Scratch) -> Array:
        """(4, images, groups, C_in/groups, pairs, *other cells), the sums of rows."""
        pairs, odd = -(-outputs // 2), outputs % 2
        shape = (PRODUCTS, *block.shape[:3], pairs, *block.shape[4:])
        sums = scratch.take("sums", shape, block.dtype)
        d = [block[:, :, :, i : i + 2 * pairs - 1 : 2] for i in range(TAPS)]
        np.subtract(d[0], d[2], out=sums[0])
        np.add(d[1], d[2], out=sums[1])
        np.subtract(d[2], d[1], out=sums[2])
        if odd:  # the last pair has no second output: nothing reads its fourth row
            sums[3, :, :, :, -1] = 0
        full = pairs - odd
        fourth = block[:, :, :, TAPS : TAPS + 2 * full : 2]
        np.subtract(d[1][:, :, :, :full], fourth, out=sums[3][:, :, :, :full])
        return sums

    def _columns(self, sums: Array, target: Array, scratch: Scratch) -> Array:
        """(4, images, groups, other taps * C_in/groups, pairs * other outputs)"""
        axes, steps = self.job.spec.axes[1:], sums.strides[5:]
        if not axes:
            return sums
        taps, moves = window_steps(axes, steps, target.shape[4:])
        kernel = (axis.kernel_size for axis in axes)
        shape = (*sums.shape[:3], *kernel, *sums.shape[3:5], *target.shape[4:])
        strides = (*sums.strides[:3], *taps, *sums.strides[3:5], *moves)
        columns = scratch.take("columns", shape, sums.dtype)
        np.copyto(columns, as_strided(sums, shape, strides, writeable=False))
        return columns.reshape(*sums.shape[:3], self.weight.shape[-1], -1)

    def _add_up(self, terms: Array, target: Array, scratch: Scratch) -> None:
        """The outputs from the four products: first those of even rows, then those of odd ones."""
        even, odd = target[:, :, :, 0::2], target[:, :, :, 1::2]
        total = scratch.take("total", terms.shape[1:], terms.dtype)
        np.add(terms[1], terms[2], out=total)
        np.add(total, terms[0], out=even)
        m1, m2, m3 = (term[:, :, :, : odd.shape[3]] for term in terms[1:])
        total = total[:, :, :, : odd.shape[3]]
        np.subtract(m1, m2, out=total)
        np.subtract(total, m3, out=odd)


def _sums_of_taps(by_tap: Array) -> tuple[Array, float]:
    """(3, ...) -> (4, ...), g0, (g0 + g1 + g2)/2, (g0 - g1 + g2)/2 and g2, and the largest."""
    sums = np.empty((PRODUCTS, *by_tap.shape[1:]), by_tap.dtype)
    sums[0], middle, sums[3] = by_tap
    _add_taps(sums, 0.5 * middle)
    return sums, _magnitude(sums)


def _magnitude(array: Array) -> float:
    return float(max(np.max(array), -np.min(array)))


def _add_taps(sums: Array, half: Array) -> None:
    np.add(sums[0], sums[3], out=sums[1])
    sums[1] *= 0.5
    np.subtract(sums[1], half, out=sums[2])
    sums[1] += half


def gains_from_winograd(job: Job) -> bool:
    """Whether a layer has the form, and weights whose sums are not exact, and lose few digits."""
    return has_form(job) and not _look_exact(job.weight) and _have_even_range(job.weight)


def has_form(job: Job) -> bool:
    """Whether a layer of floats has three taps on its first axis, many channels and outputs."""
    first = job.spec.axes[0]
    return (
        (first.kernel_size, first.stride, first.dilation) == (TAPS, 1, 1)
        and job.output.dtype == job.dtype
        and job.dtype.kind == job.input.dtype.kind == "f"
        and min(job.weight.shape[1:3]) >= LEAST_CHANNELS
        and prod(job.weight.shape[1:]) // TAPS >= LEAST_WEIGHTS
        and prod(job.out_sizes) >= LEAST_OUTPUTS
    )


def _have_even_range(weight: Array) -> bool:
    """Whether the largest weights of the three taps are of similar magnitude, and not huge.

    In their sums the digits of a small tap are lost beside a large one.
    """
    rows = weight.reshape(-1, prod(weight.shape[2:]))  # (C_out, C_in/groups * k)
    largest = np.maximum(rows.max(axis=0), -rows.min(axis=0))
    by_tap = largest.reshape(weight.shape[2], TAPS, -1).max(axis=(0, 2))
    numbers = np.finfo(weight.dtype)
    inside = numbers.tiny / numbers.eps <= by_tap.max() <= numbers.max / 8  # a NaN is not
    return bool(inside and by_tap.max() <= TAP_RANGE * by_tap[by_tap > 0].min())


def _look_exact(weight: Array) -> bool:
    """Whether weights are whole numbers or binary fractions, whose sums are often exact."""
    some: Any = weight[0, 0].reshape(-1)[:SAMPLE] * WHOLE
    return bool(np.array_equal(some, np.rint(some)))
