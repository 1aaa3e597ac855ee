"""Sixteen products for a tile of four outputs: what is left to the direct sum, and the digits."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.work import THREAD_SCRATCH, Job, Scratch
from convcli.engine.compute.native import remembered, winograd_tiles
from convcli.engine.compute.native.direct import Direct, has_kernels
from convcli.engine.compute.native.winograd_tiles import call_of_tiles
from convcli.engine.compute.operands import operands
from tests.executor_jobs import job_of, vary_sizes
from tests.long_loops import everyday_and_long
from tests.random_layers import RandomLayer, layer_of_3x3_taps

pytestmark = pytest.mark.skipif(not has_kernels(), reason="the kernel is not built")


@pytest.fixture
def small_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers that are too small to gain."""
    monkeypatch.setattr(winograd_tiles, "LEAST_GAIN", 0)
    remembered.forget()


def layer_of(dtype: str = "float32", sizes: tuple[int, ...] = (9, 12), **more: Any) -> RandomLayer:
    options = {"in_channels": 20, "out_channels": 22, "kernel_size": 3, "padding": 1} | more
    images = options.pop("images", 2)
    spec = ConvSpec.of(dims=len(sizes), **options)
    rng = np.random.default_rng(0)
    x, w, b = (
        rng.standard_normal(shape).astype(dtype)
        for shape in ((images, spec.in_channels, *sizes), spec.weight_shape, (spec.out_channels,))
    )
    return RandomLayer(spec, x, w, b)


def whole_job(layer: RandomLayer) -> Job:
    return replace(job_of(layer, random.Random(0)), threads=1, budget=THREAD_SCRATCH)


def takes_tiles(layer: RandomLayer) -> bool:
    executor = choose(whole_job(layer))
    return isinstance(executor, Direct) and executor._call_of is call_of_tiles


def by_kernel(layer: RandomLayer) -> np.ndarray:
    """What kernel.c computes."""
    job = whole_job(layer)
    executor = Direct.of(job)
    assert executor is not None
    for part in executor.parts():
        executor.compute(part, Scratch())
    return job.output.reshape(operands(*layer).output_shape)


def assert_kernel_computes(layer: RandomLayer) -> None:
    """Also when its calls are remembered; with two threads it may compute a part."""
    assert takes_tiles(layer)
    expected = by_kernel(layer)
    for _ in range(2):
        assert np.array_equal(convolve(*layer), expected, equal_nan=True)
        found = convolve(*layer, threads=2)
        assert np.array_equal(np.isnan(found), np.isnan(expected))
        assert np.allclose(found, expected, rtol=1e-5, atol=1e-4, equal_nan=True)


def test_the_rule_takes_large_layers_of_3x3_taps() -> None:
    large = {"in_channels": 64, "out_channels": 64, "sizes": (14, 14)}
    assert takes_tiles(layer_of(**large))
    assert takes_tiles(layer_of("float64", **large))
    assert takes_tiles(layer_of(**large | {"dilation": 2, "padding": 2, "sizes": (28, 28)}))
    assert takes_tiles(layer_of(**large | {"kernel_size": (2, 3, 3), "sizes": (4, 14, 14)}))
    for other in (
        {"stride": 2},
        {"kernel_size": (3, 5)},
        {"kernel_size": 3, "sizes": (100,)},
        {"padding_mode": "circular"},
        {"out_channels": 4},
        {"in_channels": 256, "out_channels": 256, "groups": 32},
        {"sizes": (3, 3)},
        {"dilation": 13, "padding": 13},  # each remainder has two outputs
    ):
        assert not takes_tiles(layer_of(**large | other)), other
    for dtype in ("float16", "complex64", "int64"):
        assert not takes_tiles(layer_of(dtype, **large))
    whole = layer_of(**large)
    job = whole_job(whole)
    assert not takes_tiles_of(replace(job, input=np.rint(job.input).astype(np.int64)))


def takes_tiles_of(job: Job) -> bool:
    executor = choose(job)
    return isinstance(executor, Direct) and executor._call_of is call_of_tiles


@pytest.mark.parametrize(("dtype", "digits"), [("float32", 4e-6), ("float64", 1e-14)])
@everyday_and_long("layers", 50, 400)
def test_it_keeps_the_digits_of_the_direct_sum(
    monkeypatch: pytest.MonkeyPatch, layers: int, dtype: str, digits: float
) -> None:
    rng = random.Random(1)
    for number in range(layers):
        layer = layer_of_3x3_taps(rng, dtype)
        vary_sizes(monkeypatch, rng)
        exact = read_tap_tables(operands(layer.spec, *(a.astype(np.float64) for a in layer[1:])))
        for threads in (1, 3):
            found = convolve(*layer, threads=threads).reshape(exact.shape)
            error = np.abs(found - exact).max() / np.abs(exact).max()
            assert error <= digits, f"layer {number}: {layer.spec}, input {layer.input.shape}"


@pytest.mark.usefixtures("small_layers")
def test_it_is_not_replaced_by_its_fall_back() -> None:
    for dtype, sizes in (("float32", (9, 12)), ("float64", (9, 12)), ("float32", (3, 9, 9))):
        layer = layer_of(dtype, sizes, bias=False)._replace(bias=None)
        assert takes_tiles(layer)
        found, direct = convolve(*layer), by_kernel(layer)
        assert not np.array_equal(found, direct)
        assert np.allclose(found, direct, rtol=0, atol=1e-4)


@pytest.mark.usefixtures("small_layers")
def test_whole_numbers_stay_exact_as_far_as_the_type_holds_them() -> None:
    layer = layer_of(bias=False)
    rng = np.random.default_rng(0)
    x = rng.integers(2**21, 2**22, layer.input.shape)
    w = rng.integers(-1, 2, layer.weight.shape) * (rng.random(layer.weight.shape) < 0.03)
    floats = layer._replace(input=x.astype(np.float32), weight=w.astype(np.float32), bias=None)
    assert_kernel_computes(floats)
    assert np.array_equal(convolve(*floats), convolve(layer.spec, x, w).astype(np.float32))
    assert_kernel_computes(layer._replace(weight=np.rint(8 * layer.weight) / 8, bias=None))


@pytest.mark.usefixtures("small_layers")
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38, 1e6, 1e-42])
def test_cells_of_another_magnitude_are_summed_directly(value: float) -> None:
    """A tap of weight 0 takes away a large number: its rounding must not show."""
    layer = layer_of(bias=False)._replace(bias=None)
    convolve(*layer)  # remembered with other numbers
    changed = layer._replace(input=np.array(layer.input))
    changed.input[1, 3, 4, 5] = value
    if value == 1e-42:  # most cells are much smaller than one of them
        changed.input[:] = value
        changed.input[0, 0, 0, 0] = 1
    assert_kernel_computes(changed)


@pytest.mark.usefixtures("small_layers")
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38, -3e38])
def test_a_weight_that_is_infinite_or_nearly_so_is_summed_directly(value: float) -> None:
    layer = layer_of(bias=False)._replace(bias=None)
    convolve(*layer)
    layer.weight[21, 19, 1, 1] = value
    with np.errstate(all="ignore"):
        assert_kernel_computes(layer)


@pytest.mark.usefixtures("small_layers")
@pytest.mark.parametrize("factor", [1e6, 1e-6])
def test_a_tap_of_another_magnitude_is_summed_directly(factor: float) -> None:
    layer = layer_of(bias=False)._replace(bias=None)
    layer.weight[:, :, 1, 2] *= factor
    assert_kernel_computes(layer)


@pytest.mark.usefixtures("small_layers")
def test_zeros_and_numbers_without_all_digits_are_summed_directly() -> None:
    layer = layer_of(bias=False)._replace(bias=None)
    for value in (0.0, 1e-42):
        layer.weight[:] = value
        assert_kernel_computes(layer)
    layer = layer_of(bias=False)._replace(bias=None)
    layer.input[:] = 0
    assert not convolve(*layer).any()
    layer.input[0, 3, 4, 5] = 0.3  # what does not read it stays zero
    assert_kernel_computes(layer)


@pytest.mark.usefixtures("small_layers")
def test_pruned_weights_are_summed_directly() -> None:
    """Where no product is left, the output is zero."""
    layer = layer_of(bias=False)._replace(bias=None)
    layer.weight[np.random.default_rng(1).random(layer.weight.shape) > 0.1] = 0
    assert_kernel_computes(layer)
    layer.weight[:] = np.rint(9 * layer.weight)
    layer.weight[0, 0, 0, 0] = 0.3  # whole but for one
    assert_kernel_computes(layer)


def test_no_more_memory_than_a_thread_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = layer_of(in_channels=64, out_channels=64, sizes=(14, 14))
    job = whole_job(layer)
    assert winograd_tiles.winograd_tiles(job) is not None
    assert winograd_tiles.winograd_tiles(replace(job, budget=2**18)) is None
