"""A transposed convolution as one matrix product whose rows are added up phase by phase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Job, Part, Scratch
from convcli.engine.compute.operands import last_axes
from convcli.engine.compute.tiles import AxisTile, cells_of_step, even_slices, tiles
from convcli.engine.geometry.axis import Axis

# `benchmarks.thresholds` measures what each of these is worth.
PRODUCTS = 2**20  # products of a part: 4 MiB of float32, which stay in a cache
FEW_CELLS = 128  # cells of an image up to which images share a product, for longer rows
LEAST_EXTENTS = 8  # of a tile on an axis: in smaller tiles the halo, computed twice, counts


class Reach(NamedTuple):
    """A tap's share of a phase: the cells that it reads and the outputs that they add to."""

    tap: int
    cells: slice
    outputs: slice


class Phase(NamedTuple):
    """The outputs of an axis that are equal modulo the stride, and the taps that reach them."""

    outputs: slice
    size: int
    reaches: list[Reach]


class Transposed:
    """products[(o, k), c] = weight[o, :, k] @ input[:, c]

    Cell c under tap k adds to output c*stride + k*dilation - before. The outputs of a phase read
    neighbouring cells: each phase is added up in contiguous memory, then copied to its place.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        # torch's layout: (groups, C_in/groups, C_out/groups, *k)
        grouped = job.weight.swapaxes(1, 2)
        # (groups, C_out/groups * taps, C_in/groups)
        self.weight = grouped.reshape(*grouped.shape[:2], -1).swapaxes(1, 2)
        self.taps = prod(job.spec.kernel_size)
        self.small = prod(job.sizes) <= FEW_CELLS and len(job.input) > 1
        self.held = min(PRODUCTS, job.budget // job.dtype.itemsize)

    def parts(self) -> Iterator[Part]:
        """Boxes of which one channel's products fit in memory, or images and groups together."""
        job, per_cell = self.job, self.weight.shape[1]
        held = self.held
        if job.threads > 1:
            of_all = len(job.input) * job.spec.groups * per_cell * prod(job.sizes)
            held = max(1, min(held, of_all // job.threads))
        steps = self._steps(held)
        room = 1
        if steps == job.out_sizes:
            room = held // max(per_cell * self._cells(steps), *self._copied(steps))
        groups = min(max(1, room), job.spec.groups)
        for images in even_slices(len(job.input), max(1, room // groups)):
            for some_groups in even_slices(job.spec.groups, groups):
                for tile in tiles(job.spec, job.sizes, job.region, steps):
                    yield Part(images, some_groups, tile)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Multiply, some output channels at a time, and add up each phase."""
        job = self.job
        block = job.unpadded(part, scratch)
        images, groups, _, *sizes = block.shape
        reached = [
            [phase for phase in _phases(axis, tile) if phase.reaches]
            for axis, tile in zip(job.spec.axes, part.tile, strict=True)
        ]
        count, *outputs = job.place(part).shape[2:]
        is_whole = [sum(phase.size for phase in of_axis) for of_axis in reached] == outputs
        of_a_channel = max(self.taps * prod(sizes), prod(outputs))
        at_once = max(1, self.held // (images * groups * of_a_channel))
        for channels in even_slices(count, at_once):
            target = job.target(part, scratch, channels)
            rows = slice(channels.start * self.taps, channels.stop * self.taps)
            products = self._products(self.weight[part.groups, rows], block, scratch)
            by_tap = products.reshape(images, groups, -1, *job.spec.kernel_size, *sizes)
            if not is_whole:
                target[...] = 0
            for phase in product(*reached):
                _add_up(phase, by_tap, target, scratch)
            job.finish(part, target, channels)

    def _products(self, weight: Array, block: Array, scratch: Scratch) -> Array:
        """(images, groups, C_out/groups * taps, cells); small images are adjacent in memory."""
        images, groups, channels, *_ = block.shape
        if self.small:
            columns = np.moveaxis(block, 0, -1).reshape(groups, channels, -1)
            held = scratch.take(
                "products", (groups, weight.shape[1], columns.shape[2]), block.dtype
            )
            return np.moveaxis(
                np.matmul(weight, columns, out=held).reshape(groups, weight.shape[1], -1, images),
                -1,
                0,
            )
        of_each = block.reshape(images, groups, channels, -1)
        held = scratch.take(
            "products", (images, groups, weight.shape[1], of_each.shape[3]), block.dtype
        )
        return np.matmul(weight, of_each, out=held)

    def _cells(self, steps: tuple[int, ...]) -> int:
        """The most cells that a tile of these steps reads."""
        return prod(self._reads(d, step) for d, step in enumerate(steps))

    def _reads(self, d: int, step: int) -> int:
        """The most cells that a tile of this step reads on axis d."""
        return cells_of_step(self.job.spec, d, self.job.sizes[d], step)

    @property
    def fits(self) -> bool:
        """Whether tiles of an extent stay within the memory of a thread."""
        return self._takes(self._steps(self.held)) <= self.held

    def _takes(self, steps: tuple[int, ...]) -> int:
        """The most numbers that a tile holds of one output channel: products, or what is copied."""
        return max(self.taps * self._cells(steps), *self._copied(steps))

    def _copied(self, steps: tuple[int, ...]) -> tuple[int, int]:
        """The cells that are converted, and the outputs that are not computed in their place."""
        job = self.job
        converted = job.weight.shape[2] * self._cells(steps) if job.input.dtype != job.dtype else 0
        return converted, 0 if job.computes_in_place else prod(steps)

    def _steps(self, held: int) -> tuple[int, ...]:
        """The outputs of a tile on each axis, so that one channel takes at most `held` numbers.

        The first axes are cut first, to `LEAST_EXTENTS` extents each, then all of them to one. An
        axis stays whole where its smallest tile reads as many cells, under a kernel beyond its
        size: every tile would compute all products again.
        """
        steps = list(self.job.out_sizes)
        for floor in (LEAST_EXTENTS, 1):
            for d, axis in enumerate(self.job.spec.axes):
                while (
                    self._takes(tuple(steps)) > held
                    and steps[d] > max(floor * axis.extent, axis.stride)
                    and self._reads(d, axis.stride) < self._reads(d, steps[d])
                ):
                    steps[d] = -(-steps[d] // (2 * axis.stride)) * axis.stride
        return tuple(steps)


def _phases(axis: Axis, tile: AxisTile) -> Iterator[Phase]:
    outputs, cells = tile.outputs.stop - tile.outputs.start, tile.cells.stop - tile.cells.start  # type: ignore[union-attr]
    for first, taps, reads in replace(axis, pad=tile.pad).phases(outputs):
        count = -(-(outputs - first) // axis.stride)
        reaches = []
        for tap, cell in zip(taps, reads, strict=True):  # output j of the phase reads cell + j
            start, stop = max(0, cell), min(cells, cell + count)
            if start < stop:
                reaches.append(Reach(tap, slice(start, stop), slice(start - cell, stop - cell)))
        yield Phase(slice(first, outputs, axis.stride), count, reaches)


def _add_up(phase: tuple[Phase, ...], by_tap: Array, target: Array, scratch: Scratch) -> None:
    """Add up the outputs of one phase and copy them to their place."""
    place = target[last_axes(axis.outputs for axis in phase)]
    images_are_adjacent = by_tap.strides[0] == by_tap.itemsize
    if images_are_adjacent:  # the sums are laid out as the products
        adjacent = scratch.take("phase", (*place.shape[1:], len(place)), place.dtype)
        total = np.moveaxis(adjacent, -1, 0)
    else:
        total = scratch.take("phase", place.shape, place.dtype)
    empty = True
    for reach in product(*(axis.reaches for axis in phase)):
        term = by_tap[
            (slice(None),) * 3 + tuple(r.tap for r in reach) + tuple(r.cells for r in reach)
        ]
        if empty and all(
            r.outputs == slice(0, axis.size) for r, axis in zip(reach, phase, strict=True)
        ):
            total = term
        else:
            if empty:
                total[...] = 0
            part = total[last_axes(r.outputs for r in reach)]
            np.add(part, term, out=part)
        empty = False
    if empty:
        total[...] = 0
    place[...] = total
