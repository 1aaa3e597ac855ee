"""The rule that picks an executor."""

from __future__ import annotations

from math import prod

import numpy as np

from convcli.engine.compute.executors.fourier import Fourier
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.transposed_by_phase import Phases, waste
from convcli.engine.compute.executors.transposed_by_product import Transposed
from convcli.engine.compute.executors.work import Executor, Job


def choose(job: Job) -> Executor:
    """The executor for a job.

    A transposed layer is a convolution for each phase of its stride, or, with more channels in than out, one product that
    is then added up. A convolution is a product too, and goes through the Fourier transform where a large kernel meets
    few channels; never for integers, which it would round.
    """
    if job.spec.transposed:
        return Phases(job, choose) if _falls_into_phases(job) else Transposed(job)
    direct = Gemm(job)
    if job.output.dtype.kind == "f" and job.spec.rank <= 3 and prod(job.spec.kernel_size) > 16:
        through = Fourier(job, direct)
        if job.multiply_adds > 100 * through.work and np.isfinite(job.weight).all():
            return through
    return direct


def _falls_into_phases(job: Job) -> bool:
    """Whether convolutions by phase copy less than one product writes, and read few cells that are not there.

    0 * infinity would make a NaN of a cell that the layer never reads.
    """
    out_channels, in_channels, *kernel = job.weight.shape[1:]
    large = prod(kernel) > 16 * prod(axis.stride for axis in job.spec.axes)
    return (
        (in_channels <= out_channels or large)
        and waste(job) <= 2
        and bool(np.isfinite(job.weight).all())
    )
