"""The rule that picks an executor."""

from __future__ import annotations

from math import prod

import numpy as np

from convcli.engine.compute.executors.fourier import Fourier
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.transposed_by_phase import Phases, waste
from convcli.engine.compute.executors.transposed_by_product import Transposed
from convcli.engine.compute.executors.work import Executor, Job

# `benchmarks.thresholds` measures what each of these is worth.
FOURIER_TAPS = 16  # kernels up to here never gain by the Fourier transform
FOURIER_GAIN = (
    100  # multiply-adds of the direct sum per point of the transforms, from which it gains
)
FOURIER_RANK = 3  # the highest rank for which `fourier.POINTS` has a transform
PHASE_TAPS = 16  # taps of each phase from which phases gain, whatever the channels
PHASE_WASTE = 2  # cells that the phases read per cell of the input, up to which they gain


def choose(job: Job) -> Executor:
    """The executor for a job.

    A transposed layer is a convolution for each phase of its stride, or, with more channels in than
    out, one product whose rows are added up. A convolution is a product, or, for a large kernel and
    few channels, a Fourier transform; never for integers, which a transform would round.
    """
    if job.spec.transposed:
        return Phases(job, choose) if _falls_into_phases(job) else Transposed(job)
    direct = Gemm(job)
    if (
        job.output.dtype.kind == "f"
        and job.spec.rank <= FOURIER_RANK
        and prod(job.spec.kernel_size) > FOURIER_TAPS
    ):
        fourier = Fourier(job, direct)
        gains = job.multiply_adds > FOURIER_GAIN * fourier.work
        if gains and np.isfinite(job.weight).all():
            return fourier
    return direct


def _falls_into_phases(job: Job) -> bool:
    """Whether convolutions by phase copy less than one product writes, and read little padding.

    Not if the weight holds an infinity: a phase multiplies it by the zeros of its padding, which
    makes NaNs at outputs that the layer leaves finite.
    """
    out_channels, in_channels, *kernel = job.weight.shape[1:]
    large = prod(kernel) > PHASE_TAPS * prod(axis.stride for axis in job.spec.axes)
    return (
        (in_channels <= out_channels or large)
        and waste(job) <= PHASE_WASTE
        and bool(np.isfinite(job.weight).all())
    )
