"""The rule that picks an executor."""

from __future__ import annotations

from math import prod

import numpy as np

from convcli.engine.compute.executors.bands import Bands, gains_from_bands
from convcli.engine.compute.executors.exchanged import exchanged, gains_from_exchange
from convcli.engine.compute.executors.flat import Flat, gains_from_runs
from convcli.engine.compute.executors.fourier import Fourier
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.separated import separated
from convcli.engine.compute.executors.summed import Summed, box_of, fitting_box
from convcli.engine.compute.executors.tap_by_tap import TapByTap, gains_from_taps
from convcli.engine.compute.executors.toeplitz import Toeplitz, gains_from_toeplitz
from convcli.engine.compute.executors.transposed_by_phase import Phases, is_whole, waste
from convcli.engine.compute.executors.transposed_by_product import Transposed
from convcli.engine.compute.executors.winograd import Winograd, gains_from_winograd
from convcli.engine.compute.executors.work import Executor, Job
from convcli.engine.compute.native.direct import Direct
from convcli.engine.compute.native.interleaved import Interleaved
from convcli.engine.compute.native.mirrored import Mirrored, gains_from_mirroring
from convcli.engine.compute.native.one_cell import OneCell
from convcli.engine.compute.native.trimmed import (
    Trimmed,
    gain_of_regions,
    trimmed,
    trimmed_regions,
)
from convcli.engine.compute.native.winograd_tiles import winograd_tiles

# `benchmarks.thresholds` measures what each of these is worth.
FOURIER_TAPS = 16  # kernels up to here never gain by the Fourier transform
# Multiply-adds of the direct sum per point of the transforms, from which these gain: against a
# product of many rows, one of few rows, and the compiled kernel.
FOURIER_GAIN, FOURIER_GAIN_FEW, FOURIER_GAIN_COMPILED = 100, 60, 230
FEW_CHANNELS = 8  # output channels of a layer of one group, whose product has few rows
FOURIER_RANK = 3  # the highest rank for which `fourier.POINTS` has a transform
PHASE_TAPS = 16  # taps of each phase from which phases gain, whatever the channels
PHASE_WASTE = 2  # cells that the phases read per cell of the input, up to which they gain


def choose(job: Job) -> Executor:
    """The executor for a job.

    A transposed layer is a convolution for each phase of its stride, or, with more channels in than
    out, one product whose rows are added up. A convolution is a product, or, for a large kernel and
    few channels, a Fourier transform; never for integers, which a transform would round. A layer
    that takes more memory than a thread may take is the sum of layers that take less.
    """
    if job.spec.transposed:
        one_cell = OneCell.of(job)
        return one_cell or _of_transposed(exchanged(job) if gains_from_exchange(job) else job)
    direct = _direct(job)
    return (
        separated(job, direct)
        or _by_fourier(job, direct)
        or _faster(job, direct)
        or _within_memory(job, direct)
    )


def _direct(job: Job) -> Gemm | Direct:
    """The compiled kernel where it computes the job, else a product of matrices."""
    return Direct.of(job) or Gemm(job)


def directs_for_finite_weights(job: Job) -> list[Direct]:
    """The executors of the compiled kernel that together compute a job, for any finite weights.

    Empty where the shapes of a job alone do not decide it.
    """
    direct = None if job.spec.transposed else _direct_for_finite_weights(job)
    if direct is None:
        return []
    by_tiles = None if gains_from_mirroring(job) else _by_tiles(job)
    if by_tiles is not None:
        return [by_tiles]
    regions = trimmed_regions(job)
    cut = Trimmed(job, regions) if regions else None
    return cut.executors if cut is not None and cut.fits else [direct]


def phases_for_finite_weights(job: Job) -> Phases | None:
    """The phases of a transposed layer, if the kernel computes them for any finite weights."""
    if not job.spec.transposed or gains_from_exchange(job) or not _falls_into_phases(job):
        return None
    if not is_whole(job):
        return None
    found = Phases(job, _whole_or_gemm)
    kernels = all(isinstance(one, Direct | Interleaved) for one in found.executors)
    return found if kernels else None


def _whole_or_gemm(phase: Job) -> Executor:
    """The compiled kernel where `choose` picks it, and does not cut the phase into regions."""
    direct = _direct_for_finite_weights(phase)
    if direct is None:
        return Gemm(phase)
    return _by_tiles(phase) or (Gemm(phase) if trimmed_regions(phase) else direct)


def _direct_for_finite_weights(job: Job) -> Direct | None:
    direct = Direct.of(job)
    if direct is None or _may_transform(job, direct):
        return None
    return direct


def needs_finite_weights(job: Job) -> bool:
    """Whether zeros of the padding meet weights, or weights meet none, that else would not."""
    return job.spec.transposed or trimmed_regions(job) is not None


def _of_transposed(job: Job) -> Executor:
    if _falls_into_phases(job):
        return Phases(job, choose)
    return _within_memory(job, Transposed(job))


def _by_fourier(job: Job, direct: Gemm | Direct) -> Executor | None:
    """The Fourier transform where it gains, if need be of some channels and taps at a time."""
    if not _may_transform(job, direct) or not np.isfinite(job.weight).all():
        return None
    whole, gain = Fourier(job, direct), _gain(job, direct)
    if whole.fits:
        return whole
    box = fitting_box(job, lambda part: Fourier(part, direct).fits, channels_first=True)
    part = box_of(job, box)
    count = prod(-(-n // step) for n, step in zip(job.weight.shape[1:], box, strict=True))
    gains = job.multiply_adds > gain * count * Fourier(part, direct).work
    return Summed(job, box, choose) if gains else None


def _may_transform(job: Job, direct: Gemm | Direct) -> bool:
    """Whether the Fourier transform gains, if all numbers of the weight are finite."""
    return (
        job.output.dtype.kind == "f"
        and job.spec.rank <= FOURIER_RANK
        and prod(job.spec.kernel_size) > FOURIER_TAPS
        and job.multiply_adds > _gain(job, direct) * Fourier(job, direct).work
    )


def _faster(job: Job, direct: Gemm | Direct) -> Executor | None:
    """What computes with fewer copies or products, where it gains."""
    if isinstance(direct, Direct):
        if gains_from_mirroring(job):
            return Mirrored(job)
        return _by_tiles(job) or trimmed(job)
    found: Toeplitz | Bands | TapByTap | Flat | Winograd
    if gains_from_toeplitz(job):
        found = Toeplitz(job, direct)
    elif gains_from_bands(job):
        found = Bands(job, direct)
    elif gains_from_taps(job):
        found = TapByTap(job)
    elif gains_from_runs(job):
        found = Flat(job)
    elif not direct.adds_rows and gains_from_winograd(job) and direct.fits:
        found = Winograd(job, direct)
    else:
        return None
    return found if found.fits else None


def _by_tiles(job: Job) -> Direct | None:
    """Winograd's sums of tiles where they gain, and more than leaving out products of padding."""
    least = gain_of_regions(job, trimmed_regions(job))
    return winograd_tiles(job, least)


def _gain(job: Job, direct: Gemm | Direct) -> int:
    if isinstance(direct, Direct):
        return FOURIER_GAIN_COMPILED
    few = job.spec.groups == 1 and job.weight.shape[1] <= FEW_CHANNELS
    return FOURIER_GAIN_FEW if few else FOURIER_GAIN


def _within_memory(job: Job, executor: Gemm | Direct | Transposed) -> Executor:
    """The executor, or the sum of layers that it computes within a thread's memory."""
    if isinstance(executor, Direct) or executor.fits:
        return executor
    kind = type(executor)
    box = fitting_box(job, lambda part: kind(part).fits)
    return executor if box == job.weight.shape[1:] else Summed(job, box, choose)


def _falls_into_phases(job: Job) -> bool:
    """Whether convolutions by phase copy less than one product writes, and read little padding.

    Not if the weight holds an infinity: a phase multiplies it by the zeros of its padding, which
    makes NaNs at outputs that the layer leaves finite.
    """
    out_channels, in_channels, *kernel = job.weight.shape[1:]
    large = prod(kernel) > PHASE_TAPS * prod(axis.stride for axis in job.spec.axes)
    return (
        (in_channels <= out_channels or large or Direct.has_kernel(job))
        and waste(job) <= PHASE_WASTE
        and bool(np.isfinite(job.weight).all())
    )
