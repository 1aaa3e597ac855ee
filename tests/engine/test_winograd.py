"""Four products for two rows: what it must not touch, and the digits that it keeps."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import flat, gemm, winograd
from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.winograd import Winograd
from convcli.engine.compute.executors.work import THREAD_SCRATCH, Scratch
from convcli.engine.compute.operands import operands
from tests.executor_jobs import job_of, numpy_alone
from tests.random_layers import RandomLayer


@pytest.fixture(autouse=True)
def small_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy alone, and layers that are too small to gain."""
    numpy_alone(monkeypatch)
    for name in [name for name in vars(winograd) if name.startswith("LEAST_")]:
        monkeypatch.setattr(winograd, name, 1)
    monkeypatch.setattr(gemm, "FLAT_ROWS", 0)
    monkeypatch.setattr(flat, "MOST_ROWS", 0)


def layer_of(dtype: str = "float32", sizes: tuple[int, ...] = (9, 12), **more: Any) -> RandomLayer:
    options = {"in_channels": 8, "out_channels": 6, "kernel_size": 3, "padding": 1} | more
    spec = ConvSpec.of(dims=len(sizes), **options)
    rng = np.random.default_rng(0)
    x, w, b = (
        rng.standard_normal(shape).astype(dtype)
        for shape in ((2, spec.in_channels, *sizes), spec.weight_shape, (spec.out_channels,))
    )
    return RandomLayer(spec, x, w, b)


def picked(layer: RandomLayer) -> type:
    job = replace(job_of(layer, random.Random(0)), threads=1, budget=THREAD_SCRATCH)
    return type(choose(job))


def test_the_rule_takes_floats_with_three_taps_on_the_first_axis() -> None:
    assert picked(layer_of()) is Winograd
    assert picked(layer_of(kernel_size=(3, 5), stride=(1, 2), dilation=(1, 3))) is Winograd
    for more in ({"stride": 2}, {"dilation": 2}, {"kernel_size": (5, 3)}):
        assert picked(layer_of(**more)) is not Winograd
    assert picked(layer_of("float16")) is not Winograd
    assert picked(layer_of("complex64")) is not Winograd
    layer = layer_of()
    assert picked(layer._replace(weight=np.rint(8 * layer.weight) / 8)) is not Winograd
    assert picked(layer._replace(weight=np.full_like(layer.weight, np.inf))) is not Winograd
    job = replace(job_of(layer, random.Random(0)), threads=1, budget=THREAD_SCRATCH)
    whole = replace(job, input=np.rint(job.input).astype(np.int64))
    assert type(choose(whole)) is not Winograd


def test_whole_numbers_stay_exact_as_far_as_the_type_holds_them() -> None:
    layer = layer_of()
    rng = np.random.default_rng(0)
    x = rng.integers(2**21, 2**22, layer.input.shape)
    w = rng.integers(-1, 2, layer.weight.shape) * (rng.random(layer.weight.shape) < 0.03)
    found = convolve(layer.spec, x.astype(np.float32), w.astype(np.float32))
    exact = convolve(layer.spec, x, w)
    assert np.abs(exact).max() > 2**22
    assert np.array_equal(found, exact.astype(np.float32))


@pytest.mark.parametrize(
    ("sizes", "more"),
    [
        ((9,), {}),
        ((3, 1), {"padding": 0, "kernel_size": (3, 1)}),
        ((8, 7), {"padding": (2, 0), "groups": 2}),
        ((5, 11), {"kernel_size": (3, 4), "stride": (1, 3), "dilation": (1, 2)}),
        ((6, 5), {"padding_mode": "circular"}),
        ((4, 5, 6), {"kernel_size": (3, 2, 3)}),
    ],
)
@pytest.mark.parametrize(("dtype", "digits"), [("float32", 2e-6), ("float64", 1e-14)])
def test_it_keeps_the_digits_of_the_direct_sum(
    sizes: tuple[int, ...], more: dict[str, Any], dtype: str, digits: float
) -> None:
    layer = layer_of(dtype, sizes, **more)
    assert picked(layer) is Winograd
    wide = [array.astype(np.longdouble) for array in layer[1:]]
    exact = read_tap_tables(replace(operands(*layer), input=wide[0], weight=wide[1], bias=wide[2]))
    for threads in (1, 3):
        error = np.abs(convolve(*layer, threads=threads) - exact).max()
        assert error <= digits * np.abs(exact).max()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38, 1e6])
def test_numbers_of_another_magnitude_are_summed_directly(value: float) -> None:
    """A tap of weight 0 takes away a large number: its rounding must not show."""
    layer = layer_of()
    x, w = layer.input.copy(), layer.weight.copy()
    w[:, :, 0] = 0
    x[0, 3, 4, 5] = value
    changed = layer._replace(input=x, weight=w)
    assert picked(changed) is Winograd
    with np.errstate(all="ignore"):
        expected = read_tap_tables(operands(*changed))
    found = convolve(*changed)
    assert np.array_equal(np.isfinite(found), np.isfinite(expected))
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    with np.errstate(all="ignore"):
        assert np.allclose(found[..., 5:, :], expected[..., 5:, :], rtol=1e-4, equal_nan=True)


def test_it_is_not_replaced_by_its_fall_back() -> None:
    layer = layer_of()
    job = replace(job_of(layer, random.Random(0)), threads=1, budget=THREAD_SCRATCH)
    executor = Winograd(job, None)  # type: ignore[arg-type]
    for part in executor.parts():
        executor.compute(part, Scratch())
    expected = read_tap_tables(operands(*layer))
    assert np.allclose(job.output.reshape(expected.shape), expected, atol=1e-5)


def test_weights_of_another_magnitude_are_summed_directly() -> None:
    """Sums of weights near the largest number overflow; a small tap is lost beside a large one."""
    for change in (3e38, -3e38, np.inf, np.nan):
        layer = layer_of()
        layer.weight[2, 3] = change
        assert picked(layer) is not Winograd
    layer = layer_of()
    layer.weight[2, 3] = 3e38
    layer.input[:] = 0
    assert np.array_equal(convolve(*layer)[:, 2], np.full((2, 9, 12), layer.bias[2]))
    for factor in (1e6, 1e-6):
        layer = layer_of()
        layer.weight[:, :, 1] *= factor
        assert picked(layer) is not Winograd
    for whole in (0.0, 1e-42):
        layer = layer_of()
        layer.weight[:] = whole
        assert picked(layer) is not Winograd
