"""Jobs for the executors, and the executors that can compute them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.executors import bands, flat, fourier, gemm, plans, toeplitz, winograd
from convcli.engine.compute.executors import transposed_by_phase as by_phase
from convcli.engine.compute.executors import transposed_by_product as transposed
from convcli.engine.compute.executors.bands import Bands
from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.exchanged import exchanged
from convcli.engine.compute.executors.flat import Flat
from convcli.engine.compute.executors.fourier import Fourier
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.summed import Summed
from convcli.engine.compute.executors.tap_by_tap import TapByTap
from convcli.engine.compute.executors.toeplitz import Toeplitz
from convcli.engine.compute.executors.transposed_by_phase import Phases
from convcli.engine.compute.executors.transposed_by_product import Transposed
from convcli.engine.compute.executors.winograd import Winograd
from convcli.engine.compute.executors.work import (
    THREAD_SCRATCH,
    Executor,
    Job,
    bias_of_images,
)
from convcli.engine.compute.native import (
    boxes,
    calls,
    direct,
    interleaved,
    library,
    parts,
    remembered,
    trimmed,
    ways,
    winograd_tiles,
)
from convcli.engine.compute.native.direct import Direct
from convcli.engine.compute.native.one_cell import OneCell
from convcli.engine.compute.operands import operands
from tests.random_layers import RandomLayer


def numpy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute without the compiled kernel."""
    plans.forget()
    monkeypatch.setattr(direct, "native", lambda: library.Native((), "not used"))


def vary_sizes(monkeypatch: pytest.MonkeyPatch, rng: random.Random) -> None:
    """Give each size by which executors are tuned another value."""
    monkeypatch.setattr(gemm, "FULL_RATE_COLUMNS", rng.choice((1, 5, 30, 1024)))
    monkeypatch.setattr(gemm, "CACHED_BYTES", rng.choice((8, 100, 1000, 2**22)))
    monkeypatch.setattr(gemm, "LEAST_COLUMNS", rng.choice((1, 128)))
    monkeypatch.setattr(gemm, "FEW_COLUMNS", rng.choice((0, 48, 1000)))
    monkeypatch.setattr(gemm, "FLAT_ROWS", rng.choice((0, 2, 16, 64)))
    monkeypatch.setattr(gemm, "ROWS_READ", rng.choice((0, 1, 8)))
    monkeypatch.setattr(winograd, "PART_BYTES", rng.choice((1, 1000, 2**23)))
    monkeypatch.setattr(bands, "BAND_ROWS", rng.choice((1, 2, 4, 9)))
    monkeypatch.setattr(bands, "PART_BYTES", rng.choice((1, 1000, 2**23)))
    monkeypatch.setattr(bands, "LEAST_WIDTH", rng.choice((1, 24)))
    monkeypatch.setattr(flat, "PART_BYTES", rng.choice((1, 1000, 2**23)))
    monkeypatch.setattr(toeplitz, "PART_BYTES", rng.choice((1, 1000, 2**23)))
    monkeypatch.setattr(toeplitz, "WIDEST", rng.choice((0, 1000)))
    monkeypatch.setattr(toeplitz, "LEAST_MAPS", rng.choice((1, 8)))
    monkeypatch.setattr(transposed, "PRODUCTS", rng.choice((1, 50, 1000, 2**20)))
    monkeypatch.setattr(transposed, "FEW_CELLS", rng.choice((0, 128)))
    monkeypatch.setattr(boxes, "CACHED_BYTES", rng.choice((8, 1000, 2**19)))
    monkeypatch.setattr(boxes, "LEAST_OUTPUTS", rng.choice((1, 5, 96)))
    monkeypatch.setattr(boxes, "LEAST_OVERLAP", 10**9)
    monkeypatch.setattr(boxes, "BLOCK", rng.choice((1, 7, 256)))
    monkeypatch.setattr(boxes, "MOST_OVERLAP", rng.choice((0, 1.5)))
    monkeypatch.setattr(ways, "UNFOLDED_COST", rng.choice((0, 1.13, 9)))
    monkeypatch.setattr(ways, "UNFOLDED_COPY", rng.choice((0, 4)))
    monkeypatch.setattr(ways, "MOST_UNFOLDED", rng.choice((1, 10, 256)))
    monkeypatch.setattr(ways, "HALVES_COST", rng.choice((0, 1.05)))
    monkeypatch.setattr(interleaved, "INTERLEAVED_BYTES", rng.choice((1, 1000, 2**18)))
    monkeypatch.setattr(by_phase, "FEW_OUTPUTS", rng.choice((0, 512, 10**9)))
    monkeypatch.setattr(ways, "FLAT_COST", rng.choice((0.1, 1.05, 9)))
    for name in ("COST", "COST_OF_ONE_ROW"):
        monkeypatch.setattr(ways, name, {size: rng.choice((1, 9)) for size in (16, 32, 64)})
    monkeypatch.setattr(parts, "LEAST_ROWS", rng.choice((1, 32)))
    monkeypatch.setattr(parts, "FEW_OUTPUTS", rng.choice((1, 1000)))
    monkeypatch.setattr(parts, "WORTH_A_PART", rng.choice((1, 10, 2**31)))
    monkeypatch.setattr(winograd_tiles, "BOXES", (rng.choice((1, 3, 16, 100)),))
    monkeypatch.setattr(winograd_tiles, "PRODUCTS_BYTES", rng.choice((1, 2**18)))
    monkeypatch.setattr(winograd_tiles, "WEIGHTS_BYTES", rng.choice((1, 2**14, 2**22)))
    monkeypatch.setattr(winograd_tiles, "OF_CELLS", rng.choice((0, 300, 10**6)))
    monkeypatch.setattr(winograd_tiles, "LEAST_GAIN", 0)
    monkeypatch.setattr(trimmed, "TRIMMED_GAIN", rng.choice((0.01, 0.06)))
    monkeypatch.setattr(trimmed, "MOST_REGIONS", rng.choice((3, 100)))
    for name in (
        "LEAST_WIDTH",
        "TRIMMED_PRODUCTS",
        "LEAST_REGION",
        "LEAST_KERNELS",
        "LEAST_KERNELS_OF_A_ROW",
    ):
        monkeypatch.setattr(trimmed, name, 1)
    plans.forget()
    remembered.forget()
    for cached in (calls.call_of, winograd_tiles.call_of_tiles, winograd_tiles.plan_of):
        cached.cache_clear()
    parts.parts_of.cache_clear()
    points = {1: rng.choice((8, 16, 4096)), 2: rng.choice((8, 16, 256)), 3: rng.choice((8, 16))}
    monkeypatch.setattr(fourier, "POINTS", points)


def job_of(layer: RandomLayer, rng: random.Random) -> Job:
    """The job of a layer, with a random number of threads and a random budget."""
    arrays, groups = operands(*layer), layer.spec.groups
    shape = arrays.output_shape
    return Job(
        layer.spec,
        arrays.input.reshape(len(arrays.input), groups, -1, *arrays.sizes),
        arrays.weight_by_group,
        bias_of_images(arrays.bias, shape[0], groups),
        np.empty((shape[0], groups, shape[1] // groups, *shape[2:]), arrays.dtype),
        threads=rng.choice((1, 2, 3)),
        budget=rng.choice((8, 1000, 2**24)),
    )


def executors(job: Job, rng: random.Random) -> Iterator[Executor]:
    """Every executor that can compute a job."""
    finite = bool(np.isfinite(job.weight).all())  # the others are not chosen otherwise
    if job.spec.transposed:
        yield Transposed(job)
        yield Transposed(exchanged(job))
        one_cell = OneCell.of(job)
        if one_cell is not None:
            yield one_cell
        if finite:
            yield Phases(job, Gemm)
            yield Phases(job, _by_fourier)
            if native_computes(job):
                yield Phases(job, _compiled)
    else:
        yield Gemm(job)
        if all(axis.stride == 1 for axis in job.spec.axes):
            yield Flat(job)
        if native_computes(job):
            yield _compiled(job)
            by_tiles = winograd_tiles.winograd_tiles(replace(job, budget=2**24))
            if by_tiles is not None:
                yield by_tiles
        if finite:
            yield from _for_finite_weights(job)
            cut = trimmed.trimmed(job) if native_computes(job) else None
            if cut is not None:
                yield cut
    if rng.random() < 0.3:
        fast = (lambda part: Phases(part, Gemm)) if job.spec.transposed else _by_fourier
        exact = Transposed if job.spec.transposed else Gemm
        box = tuple(rng.randint(-(-most // 2), most) for most in job.weight.shape[1:])
        roomy = replace(job, budget=rng.choice((4000, 2**24)))
        yield Summed(roomy, box, rng.choice((fast, exact)) if finite else exact)


def _for_finite_weights(job: Job) -> Iterator[Executor]:
    """Those that multiply zeros, or leave out products of the padding."""
    yield _by_fourier(job)
    if job.weight.shape[2] == 1 and job.dtype.kind != "i":
        yield Toeplitz(job, Gemm(job))
        if job.spec.rank == 2:
            yield Bands(job, Gemm(job))
    if job.spec.padding_mode == "zeros":
        yield TapByTap(job)
    first = job.spec.axes[0]
    if (first.kernel_size, first.stride, first.dilation) == (3, 1, 1):
        yield Winograd(job, Gemm(job))


def native_computes(job: Job) -> bool:
    """Whether the compiled kernel computes a job, or each phase of it."""
    kernels = library.native().kernels
    return bool(kernels) and job.dtype.name in kernels[0].functions


def _compiled(job: Job) -> Executor:
    """The compiled kernel, with more memory where it does not fit."""
    found = Direct.of(job) or Direct.of(replace(job, budget=2**24))
    assert found is not None
    return found


def _by_fourier(job: Job) -> Executor:
    return Fourier(job, Gemm(job))


def is_exact(executor: Executor) -> bool:
    """Whether sums of integers are exact: a Fourier transform rounds them."""
    if isinstance(executor, Phases):
        return all(map(is_exact, executor.executors))
    if isinstance(executor, Summed):
        return executor.choose is not _by_fourier
    return not isinstance(executor, Fourier)


def chosen(spec: ConvSpec, *sizes: int, batch: int = 1) -> type:
    """The executor that the rule picks for a layer on an input of ones."""
    rng = random.Random(0)
    layer = RandomLayer(
        spec,
        np.ones((batch, spec.in_channels, *sizes), np.float32),
        np.ones(spec.weight_shape, np.float32),
        None,
    )
    job = replace(job_of(layer, rng), threads=1, budget=THREAD_SCRATCH)
    return type(choose(job))
