from __future__ import annotations

import json

import numpy as np
import pytest

from convcli import Position, Shape
from convcli.render import Significant
from convcli.render.values import aligned, plain, text
from convcli.render.worked_sums import addend, signed_sum, worked
from convcli.report.document import Sum


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, "3"),
        (np.int64(3), "3"),
        (3.0, "3"),
        (np.float32(0.1), "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (-0.0, "-0"),
        (1e22, "1e+22"),
        (float("nan"), "nan"),
        (None, "none"),
        (True, "yes"),
        (Shape((3, 5)), "3x5"),
        (Position((3, 5)), "(3, 5)"),
        (1 + 2j, "1+2j"),
        (np.complex64(1.5 - 2j), "1.5-2j"),
        ([1, 2.5], "1, 2.5"),
    ],
)
def test_values_for_people_are_as_short_as_they_are_exact(value: object, expected: str) -> None:
    assert text(value) == expected


def test_precision_is_for_floats() -> None:
    assert [text(v, 2) for v in (1, 1.005, -0.001, 1e20, float("inf"))] == [
        "1",
        "1.00",
        "-0.00",
        "1.00e+20",
        "inf",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.9999999999999996, "1"),
        (2.3665827156630354e-30, "2.36658e-30"),
        (1e-30, "1e-30"),
        (5e-324, "4.94066e-324"),
        (1 / 3, "0.333333"),
        (-2 / 3, "-0.666667"),
        (0.0001234567, "0.000123457"),
        (0.00009999999, "0.0001"),
        (0.00001234567, "1.23457e-05"),
        (9.9999999, "10.0"),
        (np.float32(0.99999994), "1"),
        (0.9999999, "1.0"),
        (99999.96, "100000.0"),
        (123456.789, "123456.8"),
        (1234567.8, "1234567.8"),
        (1000179.5, "1000179.5"),
        (np.float32(1234567.5), "1234567.5"),
        (1e9, "1000000000"),
        (9999999999.6, "1.0e+10"),
        (1e10, "1e+10"),
        (-1.00000001e-30, "-1.0e-30"),
        (12345678901.5, "1.23457e+10"),
        (1e22, "1e+22"),
        (1.7976931348623157e308, "1.79769e+308"),
        (0.0, "0"),
        (-0.0, "-0"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (np.float32(0.1), "0.1"),
        (np.float16(0.1), "0.1"),
        (np.float32(1 / 3), "0.333333"),
        (np.float32(np.inf), "inf"),
        (2**53 + 1, "9007199254740993"),
        (np.int64(-(2**63)), "-9223372036854775808"),
        (np.uint64(2**64 - 1), "18446744073709551615"),
        (10**30, "1" + "0" * 30),
        (1 / 3 + 1e-17j, "0.333333+1e-17j"),
        (complex(1, -0.0), "1-0j"),
        (np.complex64(2 / 3 - 1j), "0.666667-1j"),
        (complex(np.nan, np.inf), "nan+infj"),
        (True, "yes"),
        ([1 / 3, 2, (0.1 + 0.2,)], "0.333333, 2, 0.3"),
    ],
)
def test_six_significant_digits(value: object, expected: str) -> None:
    """An integer is never rounded, and a number that is not 0 never reads 0."""
    assert text(value, Significant()) == expected


def test_six_digits_are_the_number_to_a_half_of_the_sixth() -> None:
    numbers = np.random.default_rng(5)
    for value in numbers.normal(size=300) * 10.0 ** numbers.integers(-300, 300, 300):
        assert abs(float(text(value, Significant())) - value) <= abs(value) * 5.0000001e-6


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["1", "10", "-5"], [" 1", "10", "-5"]),
        (["1.5", "-10.25", "3"], ["  1.5 ", "-10.25", "  3   "]),
        (["1", "1e-30", "2.5e-07"], ["1      ", "1e-30  ", "2.5e-07"]),
        (["nan", "1.5", "-inf"], [" nan  ", "   1.5", "-inf  "]),
        (["[0]", " 1.5 ", "[-2.25]"], [" [0]   ", "  1.5  ", "[-2.25]"]),
        (["...", "1.5"], ["...  ", "  1.5"]),
        (["\u2026", "12"], [" \u2026", "12"]),
        (["1+2j", "-10.5-1.25j"], ["  1+2j     ", "-10.5-1.25j"]),
        (["", "7"], [" ", "7"]),
        ([], []),
    ],
)
def test_decimal_points_are_below_each_other(words: list[str], expected: list[str]) -> None:
    assert aligned(words) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.1), 0.1),
        (np.array([0.1, np.nan], np.float32), [0.1, "NaN"]),
        (np.array([[1.5, -np.inf]]), [[1.5, "-Infinity"]]),
        (np.array([1, 2], np.int64), [1, 2]),
        (float("inf"), "Infinity"),
        (Shape((1, 2)), [1, 2]),
        (np.float16(2.5), 2.5),
        (np.array([1 + 2j]), [{"real": 1.0, "imag": 2.0}]),
        (np.bool_(True), True),
        (np.zeros((0, 2)), []),
        ({"a": (np.int8(1), None)}, {"a": [1, None]}),
    ],
)
def test_values_for_machines(value: object, expected: object) -> None:
    found = plain(value)
    assert found == expected
    json.dumps(found, allow_nan=False)


def test_integers_stay_integers_and_floats_floats() -> None:
    assert json.dumps(plain(np.array([1, 2]))) == "[1, 2]"
    assert json.dumps(plain(np.array([1.0, 2.0], np.float32))) == "[1.0, 2.0]"


@pytest.mark.parametrize(
    ("factors", "products", "total", "expected"),
    [
        (((1, 1), (2, 2)), (1, 4), 5, "1*1 + 2*2 = 1 + 4 = 5"),
        (((1, -1), (-2, 2)), (-1, -4), -5, "1*(-1) + (-2)*2 = -1 - 4 = -5"),
        (((3, 2),), (6,), 6, "3*2 = 6"),
        (((3, 2), (-1,)), (6, -1), 5, "3*2 - 1 = 6 - 1 = 5"),
        (((4,), (-1,), (0.5,)), (4, -1, 0.5), 3.5, "4 - 1 + 0.5 = 3.5"),
        ((), (), 0, "0"),
        (((7,),), (7,), 7, "7"),
    ],
)
def test_worked_sums(
    factors: tuple[tuple[float, ...], ...], products: tuple[float, ...], total: float, expected: str
) -> None:
    assert worked(Sum(factors, products, total)) == expected


def test_sums_of_complex_numbers_keep_their_signs() -> None:
    assert signed_sum(addend((value,)) for value in (1 + 2j, -3 - 1j)) == "(1+2j) + (-3-1j)"
