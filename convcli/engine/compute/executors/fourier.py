"""A convolution with a large kernel through the Fourier transform: overlap-save on tiles."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.fallback import compute_by, has_even_range
from convcli.engine.compute.executors.work import TOTAL_SCRATCH, Executor, Job, Part, Scratch
from convcli.engine.compute.operands import last_axes
from convcli.engine.compute.tiles import Tile, even_slices, tile_shape, tiles

# The largest quotient of a tile's largest and small magnitudes, by the bytes of an output. The
# transform, in float64, rounds the largest number at 2^-53: a quotient of 2^24 leaves 29 bits to
# the small ones, more than the 24 of float32; one of 2^12 leaves 41 of the 53 of float64.
RANGE = {2: 2.0**24, 4: 2.0**24, 8: 2.0**12}

# `benchmarks.thresholds` measures what each of these is worth.
POINTS = {1: 4096, 2: 256, 3: 64}  # by rank: points of an axis whose transform stays in the cache
TEMPORARY = 6  # arrays of transform size that a transform and a product hold in work
EXTENTS = 4  # extents of a transform at least, so that the halo stays a small part of it
PRODUCTS_PER_TRANSFORM = 8  # products of spectra that take as long as one transform


class Fourier:
    """out = irfft(rfft(input) * conj(rfft(weight))) on tiles, each with its halo.

    Always in float64: for float32 data that is more accurate than the direct sum. A transform
    spreads every number over the whole tile; a tile with an infinity, a NaN, or a number so large
    that its rounding would show in the other outputs is computed by `direct`. Source: Oppenheim and
    Schafer, "Discrete-Time Signal Processing", overlap-save.
    """

    def __init__(self, job: Job, direct: Executor) -> None:
        self.job, self.direct = job, direct
        axes = list(zip(job.spec.axes, job.out_sizes, strict=True))
        most = [max(POINTS[job.spec.rank], EXTENTS * axis.extent) for axis, _ in axes]
        parts = [
            even_slices(out, (n - axis.extent) // axis.stride + 1)
            for n, (axis, out) in zip(most, axes, strict=True)
        ]
        self.steps = tuple(max(part.stop - part.start for part in of_axis) for of_axis in parts)
        self.tiles = prod(map(len, parts))
        self.points = tuple(
            fast_size((step - 1) * axis.stride + axis.extent)
            for step, (axis, _) in zip(self.steps, axes, strict=True)
        )
        self.transformed = tuple(range(-job.spec.rank, 0))

    @property
    def work(self) -> int:
        """The points of all transforms, of every channel of every tile and of the weight."""
        out_channels, in_channels = self.job.weight.shape[1:3]
        of_weight = in_channels * out_channels
        products = of_weight // PRODUCTS_PER_TRANSFORM
        transforms = len(self.job.input) * self.tiles * (in_channels + out_channels + products)
        return int(self.job.spec.groups * prod(self.points) * (transforms + of_weight))

    @property
    def fits(self) -> bool:
        """Whether the arrays of one group stay within the memory of a thread."""
        return self._bytes_of_a_group() <= self._budget

    @property
    def _budget(self) -> int:
        return min(3 * self.job.budget, TOTAL_SCRATCH // self.job.threads)

    def _bytes_of_a_group(self) -> int:
        """A group's arrays: spectra of weight and input, the input twice, and what is in work."""
        out_channels, in_channels = self.job.weight.shape[1:3]
        arrays = in_channels * (out_channels + 3) + TEMPORARY
        return int(np.dtype(np.float64).itemsize * prod(self.points) * arrays)

    def parts(self) -> Iterator[Part]:
        """Each image, some groups, and strips of whole tiles, two for each thread."""
        job = self.job
        at_once = max(1, self._budget // self._bytes_of_a_group())
        strip = self.steps[0] * max(1, -(-(job.out_sizes[0] // self.steps[0]) // (2 * job.threads)))
        for image in even_slices(len(job.input), 1):
            for groups in even_slices(job.spec.groups, at_once):
                for tile in tiles(job.spec, job.sizes, job.region, (strip, *job.out_sizes[1:])):
                    yield Part(image, groups, tile)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Tile by tile: transform, multiply, transform back; tiles of a large range directly."""
        spectra = self._spectra(self.job.weight[part.groups])
        for tile in tiles(
            self.job.spec, self.job.sizes, [axis.outputs for axis in part.tile], self.steps
        ):
            inner = part._replace(tile=tile)
            block = self.job.padded(inner, scratch)[0]  # (groups, C_in/groups, *cells)
            if not has_even_range(block, RANGE[self.job.output.itemsize]):
                compute_by(self.direct, self.job, inner, scratch)
                continue
            target = self.job.target(inner, scratch)
            self._filtered(block, spectra, tile, target[0])
            self.job.finish(inner, target)

    def _spectra(self, weight: Array) -> Array:
        """conj(rfft(weight)) of (groups, C_out/groups, C_in/groups, *k), taps `dilation` apart."""
        spread = np.zeros([axis.extent for axis in self.job.spec.axes])
        taps = last_axes(slice(None, None, axis.dilation) for axis in self.job.spec.axes)
        spectra = self._frequencies(weight.shape[:3])
        for kernel in np.ndindex(weight.shape[:3]):
            spread[taps] = weight[kernel]
            np.conj(np.fft.rfftn(spread, self.points, self.transformed), out=spectra[kernel])
        return spectra

    def _frequencies(self, kernels: tuple[int, ...]) -> Array:
        """An array for so many spectra."""
        return np.empty((*kernels, *self.points[:-1], self.points[-1] // 2 + 1), np.complex128)

    def _filtered(self, block: Array, spectra: Array, tile: Tile, target: Array) -> None:
        """Fill (groups, C_out/groups, *tile) from a block (groups, C_in/groups, *cells)."""
        places = zip(tile_shape(tile), self.job.spec.axes, strict=True)
        strided = last_axes(
            slice(0, (size - 1) * axis.stride + 1, axis.stride) for size, axis in places
        )
        read = self._frequencies(block.shape[:2])
        for channel in np.ndindex(block.shape[:2]):
            cells = block[channel].astype(np.float64, copy=False)
            read[channel] = np.fft.rfftn(cells, self.points, self.transformed)
        for group, out_channel in np.ndindex(spectra.shape[:2]):
            kernels = spectra[group, out_channel]  # (C_in/groups, *frequencies)
            total = read[group, 0] * kernels[0]
            for c in range(1, len(kernels)):
                total += read[group, c] * kernels[c]
            whole = np.fft.irfftn(total, self.points, self.transformed)
            target[group, out_channel] = whole[strided]


def fast_size(least: int) -> int:
    """The next even size without a prime factor above 11: transforms of these sizes are fast.

    >>> fast_size(227)
    240
    """
    size = least + least % 2
    while True:
        rest = size
        for prime in (2, 3, 5, 7, 11):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 2
