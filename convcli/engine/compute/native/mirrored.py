"""A depthwise layer whose kernel is larger than its map: the two change places."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Job, Part, Scratch
from convcli.engine.compute.native.direct import Direct
from convcli.engine.compute.operands import last_axes
from convcli.engine.compute.tiles import axis_tile
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.spec import ConvSpec

# `benchmarks.thresholds` measures what each of these is worth.
MIRRORED_GAIN = 1.5  # times that a kernel has more taps than its map has cells


class Mirrored:
    """out[last - p] = sum over j of x[j] * weight[p + j - before]

    The cells of the map are the taps, and those of the kernel the cells: products with the padding
    of the map are left out. Where one of these is no number, neither is some output, for each tap
    meets a cell; then the layer is computed as it stands.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        pads = [
            Pad(size + axis.pad.after - axis.kernel_size, size + axis.pad.before - axis.kernel_size)
            for axis, size in zip(job.spec.axes, job.sizes, strict=True)
        ]
        axes = (Axis(size, pad=pad) for size, pad in zip(job.sizes, pads, strict=True))
        groups = job.spec.groups
        self.spec = ConvSpec(groups, groups, tuple(axes), groups, bias=False)

    def parts(self) -> list[Part]:
        """One image after the other."""
        sizes = zip(self.job.sizes, self.job.out_sizes, strict=True)
        tile = tuple(axis_tile(self.job.spec, d, n, 0, out) for d, (n, out) in enumerate(sizes))
        groups = slice(0, self.job.spec.groups)
        return [Part(slice(n, n + 1), groups, tile) for n in range(len(self.job.input))]

    def of_image(self, part: Part, scratch: Scratch) -> Job:
        """The job that computes an image backwards."""
        job = self.job
        cells = job.weight.reshape(1, -1, 1, *job.spec.kernel_size)
        taps = job.input[part.images].reshape(-1, 1, 1, *job.sizes).astype(job.dtype, copy=False)
        backwards = scratch.take("backwards", (1, len(taps), 1, *job.out_sizes), job.dtype)
        return Job(self.spec, cells, taps, None, backwards, job.threads, job.budget)

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Compute the image backwards, and turn it round."""
        job = self.job
        mirrored = self.of_image(part, scratch)
        if computed(mirrored, scratch) and np.isfinite(mirrored.output).all():
            target = job.target(part, scratch)
            target[...] = turned_round(mirrored.output, job.spec.rank)
            job.finish(part, target)
            return
        bias = None if job.bias is None else job.bias[part.images]
        arrays = {"input": job.input[part.images], "output": job.output[part.images], "bias": bias}
        computed(replace(job, **arrays), scratch)  # type: ignore[arg-type]


def turned_round(output: Array, rank: int) -> Array:
    """The same outputs, from the last one to the first one."""
    view: Array = output[last_axes([slice(None, None, -1)] * rank)]
    return view


def computed(job: Job, scratch: Scratch) -> bool:
    """Compute a job by the kernel, on this thread; False if the kernel does not compute it."""
    executor = Direct.of(replace(job, threads=1))
    if executor is None:
        return False
    for part in executor.parts():
        executor.compute(part, scratch)
    return True


def gains_from_mirroring(job: Job) -> bool:
    """Whether the kernel, of a depthwise layer, has many more taps than the map has cells.

    And whether the map with its padding is at least twice as large but one, so that each tap meets
    a cell: no padding is cropped then.
    """
    return (
        job.weight.shape[1:3] == (1, 1)
        and job.spec.padding_mode == "zeros"
        and job.dtype.kind == job.output.dtype.kind == "f"
        and prod(job.spec.kernel_size) >= MIRRORED_GAIN * prod(job.sizes)
        and all(
            axis.stride == axis.dilation == 1 and size + min(axis.pad) >= axis.kernel_size
            for axis, size in zip(job.spec.axes, job.sizes, strict=True)
        )
    )
