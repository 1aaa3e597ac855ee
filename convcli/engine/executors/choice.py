"""The rule that picks an executor."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from convcli.engine.executors.fourier import Fourier
from convcli.engine.executors.gemm import Gemm
from convcli.engine.executors.job import Executor, Job
from convcli.engine.executors.transposed import Transposed
from convcli.engine.padding import Pad
from convcli.engine.spec import Axis, ConvSpec


def choose(job: Job) -> Executor:
    """The executor for a job.

    A transposed layer is one product, summed by phase; with stride 1 it is a convolution with the mirrored kernel. A
    convolution is a product too, and goes through the Fourier transform where a large kernel meets few channels.
    """
    if job.spec.transposed:
        flipped = as_convolution(job)
        if flipped is None:
            return Transposed(job)
        job = flipped
    direct = Gemm(job)
    if job.dtype.kind == "f" and job.spec.rank <= 3 and prod(job.spec.kernel_size) > 16:
        through = Fourier(job, direct)
        if job.multiply_adds > 100 * through.work and np.isfinite(job.weight).all():
            return through
    return direct


def as_convolution(job: Job) -> Job | None:
    """The convolution with the mirrored kernel that a transposed layer of stride 1 is.

    None for another stride, where padding crops more than the kernel reaches, where most of the cells that the
    convolution reads would be padding, and where 0 * infinity would make a NaN of a cell that the layer never reads.
    """
    spec = job.spec
    axes = []
    for axis in spec.axes:
        pad = Pad(axis.extent - 1 - axis.pad.before, axis.extent - 1 - axis.pad.after + axis.output_padding)
        if axis.stride != 1 or min(pad) < 0:
            return None
        axes.append(Axis(axis.kernel_size, 1, axis.dilation, pad))
    if prod(job.out_sizes) > 2 * prod(job.sizes) or not np.isfinite(job.weight).all():
        return None
    mirrored = np.ascontiguousarray(np.flip(job.weight, tuple(range(3, job.weight.ndim))))
    layer = ConvSpec(spec.in_channels, spec.out_channels, tuple(axes), spec.groups, spec.bias)
    return replace(job, spec=layer, weight=mirrored)
