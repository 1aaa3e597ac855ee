"""A separable kernel: a pass along each axis, in bands that stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.fallback import compute_by
from convcli.engine.compute.executors.work import Executor, Job, Part, Scratch
from convcli.engine.compute.native.direct import Direct
from convcli.engine.compute.separable import Vectors, exact_factors
from convcli.engine.compute.tiles import cells_of_step, even_slices, steps_of_a_run, tiles
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.spec import ConvSpec

# `benchmarks.thresholds` measures what each of these is worth.
BAND_BYTES = 2**20  # outputs that are computed together
# Taps of a kernel of integers for each tap of its vectors, from which passes gain: over a product
# of matrices, and over the compiled kernel.
SEPARATED_GAIN, SEPARATED_GAIN_COMPILED = 2.4, 3.4
LEAST_OUTPUTS = 2**14  # fewer are not worth the search for vectors

MOST_WEIGHTS = 2**19  # that are searched for vectors, which takes a few copies in int64


class Separated:
    """out = pass_n(... pass_1(input)), pass_d a convolution of axis d alone with its vector.

        weight[k_1, ..., k_n] = vector_1[k_1] * ... * vector_n[k_n]

    n vectors of k taps are n*k products for an output in place of k^n. Sums of whole numbers are
    the same, and no sum of a pass is larger than the bound by which the number type was chosen.
    """

    def __init__(self, job: Job, vectors: Vectors, direct: Executor) -> None:
        self.job, self.direct = job, direct
        # (groups, C_out/groups, k_d) for each axis
        self.vectors = [vector.astype(job.dtype) for vector in vectors]

    def parts(self) -> Iterator[Part]:
        """Bands of whole rows, or images and groups together."""
        job = self.job
        count = max(1, min(BAND_BYTES, job.budget // 8) // (self._each * job.dtype.itemsize))
        if job.threads > 1:
            every = prod(job.out_sizes) * len(job.input) * job.spec.groups
            count = max(1, min(count, every // (2 * job.threads)))
        steps = steps_of_a_run(job.out_sizes, count)
        while prod(steps) > 1 and self._bytes(steps) > job.budget // 2:
            steps = steps_of_a_run(job.out_sizes, prod(steps) // 2)
        together = min(count // prod(steps), job.budget // 2 // self._bytes(steps))
        together = max(1, together) if steps == job.out_sizes else 1
        groups = min(together, job.spec.groups)
        for images in even_slices(len(job.input), max(1, together // groups)):
            for some_groups in even_slices(job.spec.groups, groups):
                for tile in tiles(job.spec, job.sizes, job.region, steps):
                    yield Part(images, some_groups, tile)

    @property
    def fits(self) -> bool:
        """Whether an output stays within the memory of a thread."""
        return self._bytes((1,) * self.job.spec.rank) <= self.job.budget // 2

    @property
    def _each(self) -> int:
        """The output channels of a group."""
        return int(self.job.weight.shape[1])

    def _bytes(self, steps: tuple[int, ...]) -> int:
        """Of the padded cells, the sums after each pass and their terms, of one group."""
        cells = [
            cells_of_step(self.job.spec, d, size, step)
            for d, (size, step) in enumerate(zip(self.job.sizes, steps, strict=True))
        ]
        numbers = prod(cells)
        for d in range(len(steps)):
            numbers += 2 * self._each * prod(steps[: d + 1]) * prod(cells[d + 1 :])
        return int(numbers * self.job.dtype.itemsize)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Pass after pass, each on the sums of the one before it."""
        job, rank = self.job, self.job.spec.rank
        read = job.padded(part, scratch)  # (images, groups, 1, *cells)
        target = job.target(part, scratch)
        images, groups, each = target.shape[:3]
        for d, vector in enumerate(self.vectors):
            shape = (*target.shape[: 4 + d], *read.shape[4 + d :])
            last = d == rank - 1
            out = target if last else scratch.take(f"pass {d}", shape, job.dtype)
            taps = vector[part.groups].reshape(groups, each, 1, *self._lone(d, vector.shape[-1]))
            if d and each > 1:  # from now on each output channel has sums of its own
                read = read.reshape(images, groups * each, 1, *read.shape[3:])
                taps = taps.reshape(groups * each, 1, 1, *taps.shape[3:])
                apart = scratch.take("apart", (images, groups * each, 1, *shape[3:]), job.dtype)
                self._pass(d, read, taps, apart, scratch)
                out[...] = apart.reshape(shape)
            else:
                self._pass(d, read, taps, out, scratch)
            read = out
        if target.dtype.kind == "f" and not np.isfinite(target).all():
            # where a sum of a pass overflows, or a cell is infinite, the kernel decides
            compute_by(self.direct, job, part, scratch)
            return
        job.finish(part, target)

    def _lone(self, d: int, size: int) -> tuple[int, ...]:
        """A kernel of so many taps on axis d alone."""
        return tuple(size if e == d else 1 for e in range(self.job.spec.rank))

    def _pass(self, d: int, read: Array, taps: Array, out: Array, scratch: Scratch) -> None:
        """out (images, groups, channels, *sizes) from read (images, groups, 1, *cells)."""
        axis = self.job.spec.axes[d]
        lone = Axis(axis.kernel_size, axis.stride, axis.dilation)
        groups, each = taps.shape[:2]
        axes = tuple(lone if e == d else Axis(1) for e in range(self.job.spec.rank))
        spec = ConvSpec(groups, groups * each, axes, groups)
        job = Job(spec, read, taps, None, out, 1, self.job.budget // 4)
        direct = Direct.of(job)
        if direct is None:
            _add_taps(lone, 3 + d, read, taps, out, scratch)
            return
        for part in direct.parts():
            direct.compute(part, scratch)


def _add_taps(axis: Axis, d: int, read: Array, taps: Array, out: Array, scratch: Scratch) -> None:
    """out = sum over k of taps[k] * cells under tap k, along axis d of the arrays."""
    term, span = scratch.take("term", out.shape, out.dtype), axis.stride * (out.shape[d] - 1) + 1
    for k in range(axis.kernel_size):
        first = k * axis.dilation
        cells = read[(slice(None),) * d + (slice(first, first + span, axis.stride),)]
        tap = taps[(slice(None),) * d + (slice(k, k + 1),)][:, :, 0]  # one for each channel
        np.multiply(cells, tap, out=term if k else out)
        if k:
            np.add(out, term, out=out)


def separated(job: Job, direct: Executor) -> Separated | None:
    """The executor of a layer with separable kernels, where they are asked for or gain.

    Whole numbers are looked at, and gain; floats, whose sums round in another order, are asked for.
    """
    vectors: Any = job.vectors
    if vectors is None and is_searched(job, direct):
        vectors = exact_factors(job.weight)
    if vectors is None:
        return None
    found = Separated(job, vectors, direct)
    return found if found.fits else None


def is_searched(job: Job, direct: Executor) -> bool:
    """Whether kernels of integers are so large that vectors would gain over another executor."""
    spec = job.spec
    gain = SEPARATED_GAIN_COMPILED if isinstance(direct, Direct) else SEPARATED_GAIN
    return (
        job.output.dtype.kind == "i"
        and spec.rank > 1
        and job.weight.shape[2] == 1
        and job.weight.size <= MOST_WEIGHTS
        and prod(spec.kernel_size) >= gain * sum(spec.kernel_size)
        and prod(job.out_sizes) * len(job.input) * spec.groups >= LEAST_OUTPUTS
    )
