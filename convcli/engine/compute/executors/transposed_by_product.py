"""A transposed convolution as one matrix product, whose rows are then added up phase by phase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from convcli.engine.compute.executors.work import Job, Part, Scratch
from convcli.engine.compute.operands import Array, at
from convcli.engine.compute.tiles import AxisTile, cells_of_step, even_slices, tiles
from convcli.engine.geometry.axis import Axis

PRODUCTS = 2**20  # of one part: 4 MiB of float32
FEW = 128  # cells of a map up to which images are taken together, for longer rows


class Reach(NamedTuple):
    """One tap's share of a phase: the cells that it takes, and where among the phase's outputs they are added."""

    tap: int
    cells: slice
    outputs: slice


class Phase(NamedTuple):
    """The outputs of one axis that are equal modulo the stride, and the taps that reach them."""

    outputs: slice
    size: int
    reaches: list[Reach]


class Transposed:
    """products[(o, k), c] = weight[o, :, k] @ input[:, c]; cell c under tap k adds to output c*stride + k*dilation - before.

    The outputs of a phase have neighbouring cells: each phase is added up in one piece and then put in its place.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        grouped = job.weight.swapaxes(
            1, 2
        )  # torch's layout: (groups, C_in/groups, C_out/groups, *k)
        self.weight = grouped.reshape(*grouped.shape[:2], -1).swapaxes(
            1, 2
        )  # (groups, C_out/groups * taps, C_in/groups)
        self.taps = prod(job.spec.kernel_size)
        self.small = prod(job.sizes) <= FEW and len(job.input) > 1
        self.held = min(PRODUCTS, job.budget // job.dtype.itemsize)

    def parts(self) -> Iterator[Part]:
        job, per_cell = self.job, self.weight.shape[1]
        held = self.held
        if job.threads > 1:
            held = max(
                1,
                min(
                    held,
                    len(job.input) * job.spec.groups * per_cell * prod(job.sizes) // job.threads,
                ),
            )
        steps = self._steps(held)
        room = held // (per_cell * self._cells(steps)) if steps == job.out_sizes else 1
        groups = min(max(1, room), job.spec.groups)
        for images in even_slices(len(job.input), max(1, room // groups)):
            for some_groups in even_slices(job.spec.groups, groups):
                for tile in tiles(job.spec, job.sizes, job.region, steps):
                    yield Part(images, some_groups, tile)

    def compute(self, part: Part, scratch: Scratch) -> None:
        job = self.job
        block = job.unpadded(part, scratch)
        images, groups, _, *sizes = block.shape
        phases = [
            list(_phases(axis, tile)) for axis, tile in zip(job.spec.axes, part.tile, strict=True)
        ]
        target = job.target(part, scratch)
        at_once = max(1, self.held // (images * groups * self.taps * prod(sizes)))
        for channels in even_slices(target.shape[2], at_once):
            rows = slice(channels.start * self.taps, channels.stop * self.taps)
            products = self._products(self.weight[part.groups, rows], block, scratch)
            by_tap = products.reshape(images, groups, -1, *job.spec.kernel_size, *sizes)
            for phase in product(*phases):
                _add_up(phase, by_tap, target[:, :, channels], scratch)
        job.finish(part, target)

    def _products(self, weight: Array, block: Array, scratch: Scratch) -> Array:
        """(images, groups, C_out/groups * taps, cells); of small maps a view with the images next to each other."""
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
        """The cells that a tile of these steps reads, at most."""
        return prod(
            cells_of_step(self.job.spec, d, size, steps[d]) for d, size in enumerate(self.job.sizes)
        )

    def _steps(self, held: int) -> tuple[int, ...]:
        """A tile of which one channel's products are held: the first axes are cut first, down to a few extents, then further."""
        steps = list(self.job.out_sizes)
        for floor in (8, 0):
            for d, axis in enumerate(self.job.spec.axes):
                while self.taps * self._cells(tuple(steps)) > held and steps[d] > max(
                    floor * axis.extent, axis.stride
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
    """Put the outputs of one phase, the sums of what reaches them, in their place."""
    place = target[at(axis.outputs for axis in phase)]
    if (
        by_tap.strides[0] == by_tap.itemsize
    ):  # small maps: the sums are laid out as the products are
        total = np.moveaxis(
            scratch.take("phase", (*place.shape[1:], len(place)), place.dtype), -1, 0
        )
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
            part = total[at(r.outputs for r in reach)]
            np.add(part, term, out=part)
        empty = False
    if empty:
        total[...] = 0
    place[...] = total
