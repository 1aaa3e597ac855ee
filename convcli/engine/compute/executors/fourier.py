"""A convolution with a large kernel through the Fourier transform: overlap-save on tiles."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from convcli.engine.compute.executors.work import Executor, Job, Part, Scratch
from convcli.engine.compute.operands import Array, at
from convcli.engine.compute.tiles import Tile, even_slices, steps_of_a_run, tile_shape, tiles

SAMPLE = 2000  # numbers of a tile that tell how large the small ones are
RANGE = {
    False: 2.0**24,
    True: 2.0**12,
}  # between the largest number and the small ones, of float32 and of float64 results
POINTS = {1: 4096, 2: 256, 3: 64}  # of a transform on each axis: it then stays in the cache


class Fourier:
    """out = irfft(rfft(input) * conj(rfft(weight))) on tiles of the outputs, each with its own halo.

    Always in float64: with float32 data that is more accurate than the direct sum, while a float32 transform is wrong
    by the rounding of the largest number in its tile. A tile with an infinity, a NaN, or a number so large that its
    rounding would show among the others goes to `direct`, for a transform spreads it over all of the tile. Source:
    Oppenheim and Schafer, "Discrete-Time Signal Processing", overlap-save.
    """

    def __init__(self, job: Job, direct: Executor) -> None:
        self.job, self.direct = job, direct
        axes = list(zip(job.spec.axes, job.out_sizes, strict=True))
        most = [max(POINTS[job.spec.rank], 4 * axis.extent) for axis, _ in axes]
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
        a_tile = (
            in_channels + out_channels + in_channels * out_channels // 8
        )  # a product costs an eighth of a transform
        spectra = in_channels * out_channels
        return int(
            self.job.spec.groups
            * prod(self.points)
            * (len(self.job.input) * self.tiles * a_tile + spectra)
        )

    def parts(self) -> Iterator[Part]:
        job = self.job
        out_channels, in_channels = job.weight.shape[1:3]
        held = (
            16 * prod(self.points) * (in_channels * (out_channels + 2) + 3)
        )  # bytes of a group's spectra and products
        at_once = max(1, job.budget // held)
        strip = self.steps[0] * max(1, -(-(job.out_sizes[0] // self.steps[0]) // (2 * job.threads)))
        for image in even_slices(len(job.input), 1):
            for groups in even_slices(job.spec.groups, at_once):
                for tile in tiles(job.spec, job.sizes, job.region, (strip, *job.out_sizes[1:])):
                    yield Part(image, groups, tile)

    def compute(self, part: Part, scratch: Scratch) -> None:
        spectra = self._spectra(self.job.weight[part.groups])
        for tile in tiles(
            self.job.spec, self.job.sizes, [axis.outputs for axis in part.tile], self.steps
        ):
            inner = part._replace(tile=tile)
            block = self.job.padded(inner, scratch)[0]  # (groups, C_in/groups, *cells)
            if not self._is_even(block):
                self._directly(inner, scratch)
                continue
            target = self.job.target(inner, scratch)
            target[0] = self._filtered(block, spectra, tile)
            self.job.finish(inner, target)

    def _directly(self, part: Part, scratch: Scratch) -> None:
        """A part through the direct executor, in boxes of which the columns are held."""
        outputs = [axis.outputs for axis in part.tile]
        column = prod(self.job.weight.shape[2:]) * self.job.dtype.itemsize
        steps = steps_of_a_run(tile_shape(part.tile), max(1, self.job.budget // (4 * column)))
        for tile in tiles(self.job.spec, self.job.sizes, outputs, steps):
            self.direct.compute(part._replace(tile=tile), scratch)

    def _is_even(self, block: Array) -> bool:
        """Whether the rounding of the largest number, which a transform spreads, is below that of the small ones' sums."""
        sizes = np.abs(block)
        largest = sizes.max()
        if not np.isfinite(largest):
            return False
        sample = sizes.reshape(-1)[:: max(1, sizes.size // SAMPLE)]
        sample = np.sort(sample[sample > 0])
        return not sample.size or bool(
            largest <= RANGE[self.job.output.itemsize > 4] * sample[len(sample) // 10]
        )

    def _spectra(self, weight: Array) -> Array:
        """conj(rfft(weight)) of (groups, C_out/groups, C_in/groups, *k), its taps set apart by the dilation."""
        spread = np.zeros((*weight.shape[:3], *(axis.extent for axis in self.job.spec.axes)))
        spread[at(slice(None, None, axis.dilation) for axis in self.job.spec.axes)] = weight
        return np.conj(np.fft.rfftn(spread, self.points, self.transformed))

    def _filtered(self, block: Array, spectra: Array, tile: Tile) -> Array:
        """(groups, C_out/groups, *tile) of a block (groups, C_in/groups, *cells)."""
        read = np.fft.rfftn(block.astype(np.float64, copy=False), self.points, self.transformed)
        total = read[:, None, 0] * spectra[:, :, 0]  # (groups, C_out/groups, *frequencies)
        for c in range(1, read.shape[1]):
            total += read[:, None, c] * spectra[:, :, c]
        whole = np.fft.irfftn(total, self.points, self.transformed)
        places = zip(tile_shape(tile), self.job.spec.axes, strict=True)
        found: Array = whole[
            at(slice(0, (size - 1) * axis.stride + 1, axis.stride) for size, axis in places)
        ]
        return found


def fast_size(least: int) -> int:
    """The next even size without a prime factor above 11, which transforms take quickly.

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
