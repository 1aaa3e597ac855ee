"""The range of an array: of its finite numbers, for any memory layout, without overflow."""

from __future__ import annotations

import numpy as np
import pytest

from convcli.engine.compute.ranges import PART, Range, value_range


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_it_is_that_of_numpy_in_any_layout(dtype: type) -> None:
    numbers = np.random.default_rng(3).integers(0, 100, (7, 200, 101)).astype(dtype)
    assert numbers.size > 2 * PART
    for array in (numbers, numbers.T, numbers[::2, ::-3], np.asfortranarray(numbers)):
        found = value_range(array)
        assert (found.low, found.high, found.not_finite) == (array.min(), array.max(), 0)
        assert found.mean == pytest.approx(array.mean(dtype=np.float64), rel=1e-12)
        assert found.low.dtype == dtype


def test_what_is_not_finite_is_counted() -> None:
    array = np.array([1.0, np.nan, 3.0, np.inf, -np.inf])
    assert value_range(array) == Range(1.0, 3.0, 2.0, 3)
    assert value_range(array[1:2]) == Range(None, None, None, 1)
    assert value_range(np.empty((0, 3))) == Range(None, None, None, 0)


def test_the_mean_of_large_numbers_is_finite() -> None:
    assert value_range(np.full(3, 1.5e308)).mean == pytest.approx(1.5e308)


def test_of_complex_numbers_it_is_that_of_their_magnitudes() -> None:
    assert value_range(np.array([3 + 4j, 0, 1j])) == Range(0.0, 5.0, 2.0, 0)
