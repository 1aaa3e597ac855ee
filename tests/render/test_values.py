from __future__ import annotations

import json

import numpy as np
import pytest

from convcli import Position, Shape
from convcli.render.values import addend, plain, signed_sum, text, worked
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
    assert signed_sum(addend((value,)) for value in (1 + 2j, -3 - 1j)) == "1+2j + -3-1j"
