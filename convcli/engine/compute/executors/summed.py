"""A layer as the sum of layers with a part of its channels and of its kernel.

For layers that an executor computes only with more memory than a thread may take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from convcli.engine.compute.executors.work import Executor, Job, Part, Scratch
from convcli.engine.compute.operands import last_axes
from convcli.engine.compute.tiles import (
    cells_of_step,
    even_slices,
    layer_of_tile,
    read_cells,
    steps_of_a_run,
    tiles,
)
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.spec import ConvSpec

Box = tuple[int, ...]  # the most (C_out/groups, C_in/groups, *taps) of a layer of the sum


class AxisShare(NamedTuple):
    """What some taps of an axis read and write: the layer with this `axis` maps one to the other.

    Empty slices where they read no real cell or reach no output.
    """

    cells: slice
    outputs: slice
    axis: Axis


class Summed:
    """out = sum over boxes of channels and taps of the layer that has these alone."""

    def __init__(self, job: Job, box: Box, choose: Callable[[Job], Executor]) -> None:
        self.job, self.box, self.choose = job, box, choose
        # Sums that the output would round, as float16, are held apart until they are complete.
        self.apart = job.output.dtype.kind != "i" and job.output.dtype != job.dtype

    def parts(self) -> Iterator[tuple[slice, Part]]:
        """Output channels, and the part that is computed in them: two for each thread."""
        job, copies = self.job, self.job.spec.padding_mode != "zeros"
        held = job.budget // 4 // job.dtype.itemsize
        each = 1 if self.apart or copies else max(1, len(job.input) // (2 * job.threads))
        steps = job.out_sizes
        if self.apart or job.threads > 1:
            least = prod(steps) if not self.apart else held // self.box[0]
            steps = steps_of_a_run(steps, max(1, min(least, prod(steps) // job.threads)))
        while copies and prod(steps) > 1 and self._copied(steps) > held:
            steps = steps_of_a_run(steps, prod(steps) // 2)
        groups = 1 if self.apart or copies else job.spec.groups
        for images in even_slices(len(job.input), each):
            for some_groups in even_slices(job.spec.groups, groups):
                for channels in even_slices(job.weight.shape[1], self.box[0]):
                    for tile in tiles(job.spec, job.sizes, job.region, steps):
                        yield channels, Part(images, some_groups, tile)

    def compute(self, part: tuple[slice, Part], scratch: Scratch) -> None:
        """Add up the layers of all boxes, then add the bias."""
        channels, whole = part
        place = self.job.place(whole, channels)
        total = scratch.take("sum", place.shape, self.job.dtype) if self.apart else place
        if not self.job.adds:
            total[...] = 0
        for inputs in even_slices(self.job.weight.shape[2], self.box[1]):
            block = read_cells(self.job.input[whole.images, whole.groups, inputs], whole.tile)
            spec, cells = layer_of_tile(self.job.spec, whole.tile, block)
            weight = self.job.weight[whole.groups, channels, inputs]
            job = replace(
                self.job, spec=spec, input=cells, weight=weight, bias=None, output=total,
                budget=self.job.budget // 2, adds=True,
            )  # fmt: skip
            for of_box in _boxes(job, self.box[2:]):
                executor = self.choose(of_box)
                for inner in executor.parts():
                    executor.compute(inner, scratch)
        if not self.job.adds:
            self.job.finish(whole, total, channels)

    def _copied(self, steps: tuple[int, ...]) -> int:
        """The numbers that a tile copies out of cells that are not in order."""
        spec, sizes = self.job.spec, self.job.sizes
        cells = prod(cells_of_step(spec, d, sizes[d], step) for d, step in enumerate(steps))
        return self.box[1] * cells


def fitting_box(job: Job, fits: Callable[[Job], bool], *, channels_first: bool = False) -> Box:
    """The largest box, made by halving, whose layer fits, with its weight in a quarter of the room.

    The kernel is halved on the axis that reaches farthest, before or after the channels.
    """
    box = list(job.weight.shape[1:])
    while max(box) > 1:
        part = box_of(job, tuple(box))
        held = part.weight.size // job.spec.groups * job.dtype.itemsize
        if fits(part):
            if held <= job.budget // 4:
                break
            halved = 0 if box[0] > 1 else box.index(max(box))
        else:
            extents = [axis.extent for axis in part.spec.axes]
            farthest, widest = 2 + extents.index(max(extents)), int(box[1] >= box[0])
            first, second = (widest, farthest) if channels_first else (farthest, 1)
            halved = first if box[first] > 1 else second
        if box[halved] == 1:
            break
        box[halved] = -(-box[halved] // 2)
    return tuple(box)


def box_of(job: Job, box: Box) -> Job:
    """The layer with its first box alone, on the whole input, as a layer of the sum is computed."""
    out_channels, in_channels, *taps = box
    axes = []
    for axis, size, out, count in zip(job.spec.axes, job.sizes, job.out_sizes, taps, strict=True):
        part = replace(axis, kernel_size=count, output_padding=0)
        covered = part.cells_under(size if job.spec.transposed else out)
        missing = covered - out if job.spec.transposed else covered - size
        pad = Pad(axis.pad.before, max(missing - axis.pad.before, 0))
        axes.append(replace(part, pad=pad))
    groups = job.spec.groups
    return replace(
        job,
        spec=ConvSpec(
            in_channels * groups, out_channels * groups, tuple(axes), groups, False, "zeros",
            job.spec.transposed,
        ),
        input=job.input[:, :, :in_channels],
        weight=job.weight[(slice(None), *map(slice, box))],
        output=job.output[:, :, :out_channels],
        budget=job.budget // 2,
        adds=True,
    )  # fmt: skip


def _boxes(job: Job, most: tuple[int, ...]) -> Iterator[Job]:
    """The layer with each box of taps, on the cells that it reads and the outputs that it reaches.

    Boxes that read padding alone are left out, but for infinities: times zero they are NaNs.
    """
    by_axis = [
        [(taps, axis_share(job.spec, d, job.sizes[d], job.out_sizes[d], taps)) for taps in boxes]
        for d, boxes in enumerate(map(even_slices, job.spec.kernel_size, most))
    ]
    groups, out_channels, in_channels = job.weight.shape[:3]
    for box in product(*by_axis):
        shares = [share for _, share in box]
        weight = job.weight[last_axes(taps for taps, _ in box)]
        if any(share.outputs.start >= share.outputs.stop for share in shares) or (
            any(share.cells.stop == 0 for share in shares) and np.isfinite(weight).all()
        ):
            continue
        spec = ConvSpec(
            in_channels * groups, out_channels * groups, tuple(share.axis for share in shares),
            groups, False, "zeros", job.spec.transposed,
        )  # fmt: skip
        yield replace(
            job,
            spec=spec,
            input=job.input[last_axes(share.cells for share in shares)],
            weight=weight,
            output=job.output[last_axes(share.outputs for share in shares)],
        )


def axis_share(spec: ConvSpec, d: int, size: int, out_size: int, taps: slice) -> AxisShare:
    """The share of some taps of axis `d`, padded with zeros.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=5, padding=2, dims=1)
    >>> axis_share(spec, 0, 3, 3, slice(3, 5))
    AxisShare(cells=slice(1, 3, None), outputs=slice(0, 3, None), axis=Axis(kernel_size=2, \
stride=1, dilation=1, pad=Pad(before=0, after=2), output_padding=0))
    """
    axis = replace(spec.axes[d], kernel_size=taps.stop - taps.start, output_padding=0)
    first = taps.start * axis.dilation - axis.pad.before  # of the cells, or of the outputs
    if spec.transposed:
        end = first + axis.cells_under(size)
        outputs = slice(max(first, 0), min(end, out_size))
        pad = Pad(max(-first, 0), max(end - out_size, 0))
        return AxisShare(slice(0, size), outputs, replace(axis, pad=pad))
    end, everything = first + axis.cells_under(out_size), slice(0, out_size)
    if first >= size or end <= 0:
        pad = Pad(end - first, 0)
        return AxisShare(slice(0, 0), everything, replace(axis, pad=pad))
    pad = Pad(max(-first, 0), max(end - size, 0))
    return AxisShare(slice(max(first, 0), min(end, size)), everything, replace(axis, pad=pad))
