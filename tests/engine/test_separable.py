"""Separable kernels: found exactly, and computed axis by axis to the same sums."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import separated
from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.separated import Separated
from convcli.engine.compute.operands import operands
from convcli.engine.compute.separable import exact_factors, factors_of
from convcli.errors import ConvError
from tests.executor_jobs import job_of, numpy_alone
from tests.random_layers import RandomLayer

LARGEST = 2**63 - 1


def outer(vectors: list[Any]) -> Array:
    product: Array = reduce(np.multiply.outer, map(np.asarray, vectors))
    return product


def as_weight(*kernels: Any) -> Array:
    """(1, C_out, 1, *k)"""
    return np.stack([np.asarray(kernel) for kernel in kernels])[None, :, None]


@pytest.fixture(params=["compiled", "NumPy"])
def always(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Separate all kernels of integers that are separable."""
    if request.param == "NumPy":
        numpy_alone(monkeypatch)
    monkeypatch.setattr(separated, "LEAST_OUTPUTS", 0)
    monkeypatch.setattr(separated, "SEPARATED_GAIN", 0)
    monkeypatch.setattr(separated, "SEPARATED_GAIN_COMPILED", 0)


def test_vectors_of_random_products_are_found() -> None:
    rng = random.Random(0)
    for _ in range(400):
        sizes = [rng.randint(1, 6) for _ in range(rng.randint(2, 4))]
        most = rng.choice((1, 9, 1000))
        vectors = [[rng.randint(-most, most) for _ in range(size)] for size in sizes]
        kernel = rng.choice((1, -3, 12)) * outer(vectors)
        found = exact_factors(as_weight(kernel, outer(vectors)))
        assert found is not None
        for at, whole in enumerate((kernel, outer(vectors))):
            assert np.array_equal(outer([vector[0, at] for vector in found]), whole)


def test_what_is_no_product_has_no_vectors() -> None:
    rng = random.Random(1)
    for _ in range(400):
        sizes = [rng.randint(2, 5) for _ in range(rng.randint(2, 3))]
        vectors = [[rng.choice((-7, -2, 1, 3, 8)) for _ in range(size)] for size in sizes]
        kernel = outer(vectors)
        kernel[tuple(rng.randrange(size) for size in sizes)] += rng.choice((-1, 1, 10**9))
        assert exact_factors(as_weight(kernel)) is None
        assert exact_factors(as_weight(outer(vectors), kernel)) is None


@pytest.mark.parametrize(
    "kernel",
    [
        [[LARGEST, 0], [0, 0]],
        [[2**31, 2**32], [2**30, 2**31]],
        [[2**62, 2**61], [2**61, 2**60]],
        [[0, 0], [0, 0]],
    ],
)
def test_large_weights_and_zeros_are_products(kernel: list[list[int]]) -> None:
    found = exact_factors(as_weight(kernel))
    assert found is None or np.array_equal(outer([vector[0, 0] for vector in found]), kernel)
    assert found is not None or np.max(kernel) == LARGEST


def test_products_that_leave_int64_are_not_taken_for_the_kernel() -> None:
    """2^32 * 2^32 is 0 in int64."""
    kernel = [[2**32, 1, 2**32], [1, 0, 0], [2**32, 0, 0]]
    assert exact_factors(as_weight(kernel)) is None


OPTIONS: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((5, 3), (20, 30), {"padding": 2}),
    ((2, 7), (20, 31), {"padding": (0, 9), "stride": (3, 2), "dilation": (2, 1)}),
    ((3, 3), (9, 8), {"padding": 2, "padding_mode": "reflect"}),
    ((4, 4), (9, 8), {"padding": 2, "groups": 3, "padding_mode": "symmetric"}),
    ((3, 5), (9, 8), {"groups": 3, "per_group": 2, "dilation": 2, "padding": (3, 4)}),
    ((3, 2, 4), (7, 8, 9), {"padding": (1, 0, 3), "groups": 2, "per_group": 3}),
    ((1, 3, 1, 2), (3, 4, 5, 6), {"padding": (1, 1, 0, 1)}),
]


def layer_of(
    kernel: tuple[int, ...], sizes: tuple[int, ...], options: dict[str, Any], dtype: str, most: int
) -> RandomLayer:
    more = {"groups": 1, "per_group": 1, **options}
    groups, per_group = more.pop("groups"), more.pop("per_group")
    spec = ConvSpec.of(
        in_channels=groups, out_channels=groups * per_group, groups=groups, kernel_size=kernel,
        dims=len(kernel), **more,
    )  # fmt: skip
    rng = np.random.default_rng(0)
    x = rng.integers(0, most, (2, groups, *sizes)).astype(dtype)
    w = [outer([rng.integers(-9, 10, size) for size in kernel]) for _ in range(spec.out_channels)]
    return RandomLayer(spec, x, np.stack(w)[:, None], rng.integers(-9, 9, spec.out_channels))


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(("kernel", "sizes", "options"), OPTIONS)
@pytest.mark.parametrize(("dtype", "most"), [("uint8", 256), ("int32", 2**24), ("int64", 2**45)])
def test_sums_of_integers_are_the_same(
    monkeypatch: pytest.MonkeyPatch, kernel: Any, sizes: Any, options: Any, dtype: str, most: int
) -> None:
    layer = layer_of(kernel, sizes, options, dtype, most)
    job = replace(job_of(layer, random.Random(0)), threads=1, budget=2**24)
    assert isinstance(choose(job), Separated)
    expected = read_tap_tables(operands(*layer))
    for band in (300, 3000, 2**20):
        monkeypatch.setattr(separated, "BAND_BYTES", band)
        assert np.array_equal(convolve(*layer, threads=2 if band == 3000 else 1), expected)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(("kernel", "sizes", "options"), OPTIONS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_on_request_are_near_to_the_definition(
    kernel: Any, sizes: Any, options: Any, dtype: str
) -> None:
    layer = layer_of(kernel, sizes, options, dtype, 100)
    rng = np.random.default_rng(1)
    w = [outer([rng.random(size) for size in kernel]) for _ in range(layer.spec.out_channels)]
    layer = layer._replace(weight=np.stack(w)[:, None].astype(dtype), bias=None)
    exact = read_tap_tables(operands(*layer).in_one_type())
    found = convolve(*layer, separable=True)
    assert found.dtype == dtype
    rounding = 8 * np.finfo(dtype).eps
    assert np.abs(found - exact).max() <= rounding * np.abs(exact).max()


@pytest.mark.usefixtures("always")
def test_infinities_and_nans_reach_the_same_outputs() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=(3, 5), padding=2, dims=2)
    rng = np.random.default_rng(0)
    w = outer([[1.0, 0, -2], [1, 2, 0, 4, 5]])
    for _ in range(50):
        x = rng.integers(1, 9, (12, 13)).astype(float)
        for value in (np.inf, -np.inf, np.nan):
            x[tuple(rng.integers(0, 12, 2))] = value
        expected = read_tap_tables(operands(spec, x, w))[0, 0]
        found = convolve(spec, x, w, separable=True)
        assert np.array_equal(np.isnan(found), np.isnan(expected))
        assert np.allclose(found, expected, equal_nan=True)


def test_it_agrees_with_scipy() -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    x = np.random.default_rng(0).random((64, 70))
    for sigma in (0.7, 1.5):
        reach = int(4 * sigma + 0.5)
        places = np.arange(-reach, reach + 1)
        vector = np.exp(-(places**2) / (2 * sigma**2))
        vector /= vector.sum()
        spec = ConvSpec.of(
            in_channels=1, out_channels=1, kernel_size=2 * reach + 1, padding=reach, dims=2,
            padding_mode="symmetric",
        )  # fmt: skip
        found = convolve(spec, x, np.outer(vector, vector), separable=True)
        assert np.allclose(found, ndimage.gaussian_filter(x, sigma), rtol=1e-12)
    whole = (255 * x).astype(np.int64)
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=15, padding=7, dims=2, padding_mode="reflect"
    )
    expected = ndimage.correlate(whole, np.ones((15, 15), np.int64), mode="mirror")
    assert np.array_equal(convolve(spec, whole, np.ones((15, 15), np.int64)), expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kernel_size": 3, "dims": 1}, "at least two axes"),
        ({"kernel_size": 3, "dims": 2, "transposed": True}, "transposed"),
        ({"kernel_size": 3, "dims": 2, "in_channels": 4}, "sums 4"),
    ],
)
def test_layers_without_separable_kernels_are_refused(options: dict[str, Any], words: str) -> None:
    spec = ConvSpec.of(**{"in_channels": 1, "out_channels": 1} | options)
    with pytest.raises(ConvError, match=words) as error:
        factors_of(spec, np.ones(spec.weight_shape))
    assert error.value.code == "separable.layer"


def test_a_kernel_that_is_no_product_is_refused_with_its_distance() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2)
    for kernel in ([[1.0, 2], [3, 7]], [[1, 2], [3, 7]], [[1.0, 0], [0, 1]]):
        with pytest.raises(ConvError, match="has rank 2, and not 1"):
            convolve(spec, np.ones((4, 4)), kernel, separable=True)
    for bad in ([[1, np.nan], [1, 1]], [[1, np.inf], [1, 1]], [[1j, 1], [1, 1]]):
        with pytest.raises(ConvError, match="finite real numbers"):
            convolve(spec, np.ones((4, 4)), np.array(bad), separable=True)
    near = np.outer([1, 2], [3, 4]).astype(np.float32)
    near[0, 0] = np.nextafter(near[0, 0], np.float32(9))
    assert 0 < factors_of(spec, near).deviation < 1e-6
    near[0, 0] *= 1.001
    with pytest.raises(ConvError, match="of its largest weight"):
        factors_of(spec, near)
