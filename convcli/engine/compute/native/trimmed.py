"""A padded layer in regions, each without the taps that read only padding there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from math import prod
from typing import NamedTuple

import numpy as np

from convcli.engine.compute.executors.work import Job, Part, Scratch, shared_out
from convcli.engine.compute.native.direct import Direct
from convcli.engine.compute.operands import last_axes
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.spec import ConvSpec

# `benchmarks.thresholds` measures what each of these is worth.
TRIMMED_GAIN = 0.09  # of the products of an axis, from which it is cut
TRIMMED_PRODUCTS = 2**26  # multiply-adds of a layer, from which it is cut
LEAST_REGION = 16  # outputs of an image
MOST_REGIONS = 3  # of an axis: those of large kernels are a row or a column each
LEAST_WIDTH = 4  # of a region on the last axis
LEAST_KERNELS, LEAST_KERNELS_OF_A_ROW = 8, 128  # of a group; rows that are cut are copied slowly


class AxisRegion(NamedTuple):
    """Outputs of an axis that read the same taps, and the cells and the axis of these."""

    outputs: slice
    cells: slice
    taps: slice
    axis: Axis


class Trimmed:
    """out[o, p] = sum over c and the taps k that meet a cell of weight[o, c, k] * cells[c, p + k]

    Products of the padding are left out, by regions of outputs. Those of an infinite weight would
    be NaNs: the weight is finite.
    """

    def __init__(self, job: Job, regions: list[list[AxisRegion]]) -> None:
        jobs = shared_out(of_region(job, region) for region in product(*regions))
        executors = [Direct.of(of_one) for of_one in jobs]
        self.executors = [executor for executor in executors if executor is not None]
        self.fits = len(self.executors) == len(executors)

    def parts(self) -> Iterator[tuple[int, Part]]:
        """The parts of each region, with the number of the region."""
        for number, executor in enumerate(self.executors):
            for part in executor.parts():
                yield number, part

    def compute(self, part: tuple[int, Part], scratch: Scratch) -> None:
        """Compute a part by the kernel."""
        number, some = part
        self.executors[number].compute(some, scratch)


def trimmed(job: Job) -> Trimmed | None:
    """The executor of a job; None where it does not gain."""
    regions = trimmed_regions(job)
    if regions is None or not np.isfinite(job.weight).all():
        return None
    found = Trimmed(job, regions)
    return found if found.fits else None


def of_region(job: Job, region: tuple[AxisRegion, ...]) -> Job:
    """The layer of a region."""
    axes = tuple(axis.axis for axis in region)
    return replace(
        job,
        spec=ConvSpec(job.spec.in_channels, job.spec.out_channels, axes, job.spec.groups),
        input=job.input[last_axes(axis.cells for axis in region)],
        weight=job.weight[last_axes(axis.taps for axis in region)],
        output=job.output[last_axes(axis.outputs for axis in region)],
    )


def axis_regions(axis: Axis, size: int, outputs: int) -> list[AxisRegion]:
    """The runs of outputs whose windows meet the input with the same taps.

    Empty where a window lies in the padding, or where too few products are left out.

    >>> from convcli.engine.geometry.padding import Pad
    >>> [region.taps for region in axis_regions(Axis(3, 1, 2, Pad(2, 2)), 9, 9)]
    [slice(1, 3, None), slice(0, 3, None), slice(0, 2, None)]
    """
    if sum(axis.pad) < TRIMMED_GAIN * outputs * axis.stride:
        return []
    begins = np.arange(outputs) * axis.stride - axis.pad.before
    first = np.clip(-(begins // axis.dilation), 0, axis.kernel_size)
    until = np.clip(-((begins - size) // axis.dilation), 0, axis.kernel_size)
    left_out = 1 - (until - first).mean() / axis.kernel_size
    if (first >= until).any() or left_out < TRIMMED_GAIN:
        return []
    changes = 1 + np.flatnonzero((np.diff(first) != 0) | (np.diff(until) != 0))
    edges = [0, *changes.tolist(), outputs]
    regions = []
    for start, stop in pairwise(edges):
        taps = slice(int(first[start]), int(until[start]))
        begin = int(begins[start]) + taps.start * axis.dilation
        end = int(begins[stop - 1]) + (taps.stop - 1) * axis.dilation
        of_region = Axis(taps.stop - taps.start, axis.stride, axis.dilation)
        regions.append(AxisRegion(slice(start, stop), slice(begin, end + 1), taps, of_region))
    return regions


def trimmed_regions(job: Job) -> list[list[AxisRegion]] | None:
    """The regions of each axis; None where too few products are left out.

    An axis is cut where the smallest region then has so many outputs.
    """
    if job.spec.padding_mode != "zeros" or job.multiply_adds < TRIMMED_PRODUCTS:
        return None
    kernels, last = job.weight.shape[1], job.spec.rank - 1
    if kernels < LEAST_KERNELS:
        return None
    regions, smallest = [], prod(job.out_sizes)
    axes = zip(job.spec.axes, job.sizes, job.out_sizes, strict=True)
    for d, (axis, size, outputs) in enumerate(axes):
        cuts = d < last or kernels >= LEAST_KERNELS_OF_A_ROW
        found = axis_regions(axis, size, outputs) if cuts else []
        shortest = min(map(length, found), default=0)
        few = len(found) <= MOST_REGIONS and (d < last or shortest >= LEAST_WIDTH)
        if few and smallest // outputs * shortest >= LEAST_REGION:
            smallest = smallest // outputs * shortest
        else:
            taps = slice(0, axis.kernel_size)
            found = [AxisRegion(slice(0, outputs), slice(0, size), taps, axis)]
        regions.append(found)
    return regions if any(len(found) > 1 for found in regions) else None


def gain_of_regions(job: Job, regions: list[list[AxisRegion]] | None) -> float:
    """All products, divided by those that are left in regions.

    >>> gain_of_regions(None, None)
    1.0
    """
    gains = [1.0]
    for d, of_axis in enumerate(regions or []):
        left = sum(length(region) * region.axis.kernel_size for region in of_axis)
        gains.append(job.out_sizes[d] * job.spec.kernel_size[d] / left)
    return prod(gains)


def length(region: AxisRegion) -> int:
    """The outputs of a region of an axis."""
    outputs = region.outputs
    return int(outputs.stop - outputs.start)
