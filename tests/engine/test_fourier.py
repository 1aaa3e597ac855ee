"""The Fourier transform: what it must not touch, and the digits that it keeps."""

from __future__ import annotations

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors.fallback import has_even_range
from convcli.engine.compute.executors.fourier import RANGE, Fourier, fast_size
from convcli.engine.compute.operands import operands
from tests.executor_jobs import chosen, numpy_alone

DIGITS = {"float32": 1e-6, "float64": 1e-13}  # the largest error, of the largest sum


def test_one_nan_under_a_large_kernel_reaches_its_window_only() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=31, padding=15, dims=2)
    x, w = np.random.default_rng(0).standard_normal((2, 300, 300)).astype(np.float32)
    w = w[:31, :31]
    x[150, 150] = np.nan
    assert np.isnan(convolve(spec, x, w)).sum() == 31 * 31


def test_integers_are_exact_under_a_large_kernel() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=31, padding=15, dims=2)
    rng = np.random.default_rng(0)
    for most in (2, 2**10, 2**20):
        x, w = rng.integers(-most, most, (120, 130)), rng.integers(-most, most, (31, 31))
        assert np.array_equal(convolve(spec, x, w), read_tap_tables(operands(spec, x, w))[0, 0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exponent", [0, 9, 18, 27, 39, 60])
def test_a_large_number_under_a_large_kernel_does_not_show_outside_its_window(
    monkeypatch: pytest.MonkeyPatch, dtype: str, exponent: int
) -> None:
    """Whatever its size, outputs that do not read it keep the digits of the direct sum."""
    numpy_alone(monkeypatch)
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=31, dims=2)
    rng = np.random.default_rng(0)
    x, w = rng.uniform(1, 2, (150, 150)), rng.uniform(-1, 1, (31, 31))
    x, w = x.astype(dtype), w.astype(dtype)
    assert chosen(spec, 150, 150) is Fourier
    x[100, 100] = 2.0**exponent
    found = convolve(spec, x, w)
    exact = read_tap_tables(operands(spec, x.astype(float), w.astype(float)))[0, 0]
    outside = np.ones(found.shape, bool)
    outside[70:101, 70:101] = False
    error = np.abs(found - exact)[outside].max() / np.abs(exact[outside]).max()
    assert error < DIGITS[dtype]
    assert found[100, 100] == pytest.approx(exact[100, 100], rel=1e-5)


def test_numbers_of_an_even_range_are_transformed_and_others_are_not() -> None:
    """The guard: it is neither always open, which would cost digits, nor always closed."""
    for most in RANGE.values():
        block = np.ones(1000)
        for largest, even in ((1, True), (most, True), (2 * most, False), (np.inf, False)):
            for sign in (1, -1):
                block[500] = sign * largest
                assert has_even_range(block, most) is even
        assert has_even_range(np.zeros(1000), most)
        assert not has_even_range(np.full(1000, np.nan), most)


@pytest.mark.parametrize("least", range(1, 500))
def test_fast_sizes_are_even_and_have_small_factors(least: int) -> None:
    size = fast_size(least)
    rest = size
    for prime in (2, 3, 5, 7, 11):
        while rest % prime == 0:
            rest //= prime
    assert rest == 1
    assert size % 2 == 0
    assert least <= size <= least + 40
