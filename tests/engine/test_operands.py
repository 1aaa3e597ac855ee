from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec, convolve

PLANE = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)


@pytest.mark.parametrize(
    ("x", "w", "expected"),
    [
        ("int8", "int8", "int64"),
        ("uint8", "int64", "int64"),
        ("uint64", "int8", "int64"),  # numpy.result_type alone would say float64
        ("bool", "bool", "int64"),
        ("float32", "float32", "float32"),
        ("float16", "float16", "float16"),
        ("float16", "float32", "float32"),
        ("int64", "float32", "float64"),
        ("float64", "complex64", "complex128"),
        ("complex64", "complex64", "complex64"),
        (">i4", ">f4", "float64"),
    ],
)
def test_the_type_of_a_result_is_that_of_its_arrays(x: str, w: str, expected: str) -> None:
    result = convolve(PLANE, np.ones(3, x), np.ones(2, w))
    assert result.dtype == np.dtype(expected)
    assert result.tolist() == [2, 2]


def test_a_bias_counts_in_the_type() -> None:
    assert convolve(PLANE, np.ones(3, int), np.ones(2, int), 0.5).tolist() == [2.5, 2.5]


def test_half_precision_is_summed_in_single_and_rounded_once() -> None:
    x = np.full(2050, 1, np.float16)
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2050, dims=1)
    assert convolve(spec, x, x).tolist() == [
        2050.0
    ]  # added in half precision, 2048 + 1 is 2048 for ever
    big = np.array([60000, 60000], np.float16)
    assert convolve(PLANE, big, np.array([1, -1], np.float16)).tolist() == [0.0]
    assert convolve(PLANE, big, np.array([1, 1], np.float16)).tolist() == [np.inf]


@pytest.mark.parametrize("dtype", ["object", "U3", "M8[s]", "V4"])
def test_what_is_no_number_is_refused(dtype: str) -> None:
    with pytest.raises(ConvError) as caught:
        convolve(PLANE, np.zeros(3, dtype), np.ones(2))
    assert (caught.value.code, caught.value.kind) == ("input.dtype", "data")


MOST = 2**63 - 1


@pytest.mark.parametrize(
    ("x", "w", "b", "legal"),
    [
        ([MOST, 0], [1, 0], None, True),
        ([MOST, 0], [1, 0], [0], True),
        ([MOST, 0], [1, 0], [1], False),
        ([MOST, 0], [1, 1], None, False),
        ([2**31, 0], [2**31, 2**31 - 1], None, True),
        ([2**31, 0], [2**31, 2**31], None, False),
        ([-MOST, 1], [-1, 0], None, True),
        ([-MOST - 1, 1], [1, 0], None, False),
        ([2, 2], [2**62 - 1, 0], [1], True),
        ([2, 2], [2**62, 2**62], None, False),
    ],
)
def test_integers_are_exact_or_refused(
    x: list[int], w: list[int], b: list[int] | None, legal: bool
) -> None:
    arrays: Any = (np.array(x), np.array(w), None if b is None else np.array(b))
    if legal:
        exact = sum(p * q for p, q in zip(x, w, strict=True)) + sum(b or [])
        assert convolve(PLANE, *arrays).tolist() == [exact]
    else:
        with pytest.raises(ConvError) as caught:
            convolve(PLANE, *arrays)
        assert caught.value.code == "int64.bound"


def test_each_output_channel_has_its_own_bound() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=1, dims=1)
    assert convolve(spec, [[2**61]], [[[3]], [[-3]]]).tolist() == [[3 * 2**61], [-3 * 2**61]]


@pytest.mark.parametrize(
    ("x", "w", "b", "code"),
    [
        ((2, 3), (2,), None, "input.channels"),
        ((1, 1, 1, 3), (2,), None, "input.rank"),
        ((3,), (3,), None, "weight.shape"),
        ((3,), (1, 1, 1, 2), None, "weight.rank"),
        ((3,), (2,), (2,), "bias.shape"),
        ((1,), (2,), None, "kernel_size.fits"),
        ((0,), (2,), None, "input.empty"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(x: Any, w: Any, b: Any, code: str) -> None:
    with pytest.raises(ConvError) as caught:
        convolve(PLANE, np.ones(x), np.ones(w), None if b is None else np.ones(b))
    assert caught.value.code == code


def test_an_empty_batch_gives_an_empty_result() -> None:
    assert convolve(PLANE, np.ones((0, 1, 4), int), np.ones(2, int)).shape == (0, 1, 3)
    assert convolve(PLANE, np.ones((0, 1, 4)), np.ones(2)).shape == (0, 1, 3)


def test_no_input_channels_give_the_bias_alone() -> None:
    none = ConvSpec.of(in_channels=0, out_channels=2, kernel_size=2, dims=1)
    assert convolve(none, np.ones((1, 0, 3), int), np.ones((2, 0, 2), int), [5, 6]).tolist() == [
        [[5, 5], [6, 6]]
    ]
