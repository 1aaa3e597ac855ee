"""--expect compares numbers without rounding: neither of them is brought to the other's type."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.cli.output.differences import difference_of_arrays, differing
from convcli.inputs.text.numbers import Tolerance, parse_tolerance

Convcli = Callable[..., Any]
BIG = 2**53
DIFFERENT = [
    # dtype of the result, the result, VALUE (a text, or an array of a file), the tolerance
    ("float64", 5e-324, "0", None),
    ("float64", 5e-324, "[0]", "1%"),
    ("float64", 1.5e-323, "0", "1e-323"),
    ("int64", BIG + 1, f"{BIG}.0", None),
    ("int64", BIG + 1, f"{BIG}.0", "0.5"),
    ("int64", 2**63 - 1, "9223372036854775808.0", None),
    ("int64", 2**63 - 1, "9223372036854775808", None),
    ("int64", BIG + 1, np.array([BIG], np.uint64), None),
    ("uint64", BIG + 1, np.array([BIG], np.int64), None),
    ("int8", -128, "128", "255"),
    ("int64", 3, np.array([3.5]), "0.25"),
    ("float16", np.inf, "1000000", None),
    ("float32", np.inf, "1e39", None),
    ("float32", -np.inf, "-1e300", "1e308,100%"),
    ("float32", 3e38, "inf", "1e308"),
    ("float16", 60000, np.array([-60000], np.float16), "70000"),
    ("float32", 3e38, np.array([-3e38], np.float32), "4e38"),
    ("float64", 1.7e308, "-1.7e308", "1.7e308"),
    ("float32", 16777216, "16777217", None),
    ("float16", 2048, "2049", None),
    ("float16", 0, "1e-9", None),
    ("float32", 1, "1.00000001", None),
    ("float32", 1, np.array([1.00000001]), None),
    ("float32", 0.1, "0.10000001", None),
    ("float64", 0.1, np.array([0.1], np.float32), None),
    ("float64", 1.0, "1.1", "0.09999999999999999"),
    ("float32", 1.0, np.array([1.1], np.float32), "0.1"),
    ("complex64", 0.1 + 2j, np.array([0.1 + 2.0000001j]), None),
    ("complex128", 3 + 4j, "0", "4.999999999999999"),
    ("complex128", 3 + 4j, np.array([3]), None),
    ("int64", BIG + 1, np.array([BIG + 0j]), None),
]
EQUAL = [
    ("float32", 0.1, "0.1", None),
    ("float32", 0.1, repr(float(np.float32(0.1))), None),
    ("float32", 1e30, "1e30", None),
    ("float32", 17592186044416, "17592186000000", None),
    ("float32", 17592186044416, "17592186044416", None),
    ("float16", 0.1, "0.1", None),
    ("float16", 65504, "65500", None),
    ("float16", 65504, "65504", None),
    ("float32", 1e-45, "1e-45", None),
    ("complex64", 0.1 + 0.2j, np.array([0.1 + 0.2j]), None),
    ("complex64", 0.1, "0.1", None),
    ("float64", 1.0, "1.1", "0.1"),
    ("float64", 1.1, "1", "0.1"),
    ("float64", 0.993, "1", "0.7%"),
    ("float32", 1.0, "1.1", "0.1"),
    ("int64", 2**63 - 1, "9223372036854775808.0", "1"),
    ("int8", -128, "127", "255"),
    ("float64", 5e-324, "0", "5e-324"),
    ("float64", 1.7e308, "-1.7e308", "200%"),
    ("float32", 3e38, np.array([-3e38], np.float32), "7e38"),
    ("complex128", 3 + 4j, "0", "5"),
    ("complex128", 3 + 0j, "3", None),
    ("float32", np.inf, "inf", None),
    ("float32", np.nan, "nan", None),
    ("complex128", complex(np.nan, 1), "nan", None),
]


def ask(
    convcli: Convcli, folder: Path, value: Any, expected: Any, tolerance: str | None, *options: str
) -> Any:
    """`run` of a layer that copies its input, which is `value`."""
    np.save(folder / "x.npy", value)
    np.save(folder / "w.npy", np.ones(1, value.dtype))
    if not isinstance(expected, str):
        np.save(folder / "v.npy", expected)
        expected = str(folder / "v.npy")
    limit = [] if tolerance is None else ["--tolerance", tolerance]
    files = [str(folder / name) for name in ("x.npy", "w.npy")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return convcli("run", "conv1d", *files, "-q", f"--expect={expected}", *limit, *options)


@pytest.mark.parametrize(("dtype", "value", "expected", "tolerance"), DIFFERENT)
def test_numbers_that_differ(
    dtype: str, value: Any, expected: Any, tolerance: str | None, convcli: Convcli, tmp_path: Path
) -> None:
    array = np.array([value]).astype(dtype)
    result = ask(convcli, tmp_path, array, expected, tolerance)
    assert result.status == 1, result.err
    passing = result.err.partition("--tolerance ")[2].partition(" ")[0]
    if passing:
        assert ask(convcli, tmp_path, array, expected, passing).status == 0, result.err


@pytest.mark.parametrize(("dtype", "value", "expected", "tolerance"), EQUAL)
def test_numbers_that_are_equal(
    dtype: str, value: Any, expected: Any, tolerance: str | None, convcli: Convcli, tmp_path: Path
) -> None:
    result = ask(convcli, tmp_path, np.array([value]).astype(dtype), expected, tolerance)
    assert (result.status, result.err) == (0, "")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (np.int64(-(2**63)), np.int64(2**63 - 1), "1.84e+19"),
        (np.int64(-(2**63)), np.uint64(2**64 - 1), "2.77e+19"),
        (np.int64(-(2**63)), np.int64(0), "9.22e+18"),
        (np.uint64(2**64 - 1), np.float64(2**64), "1"),
        (np.int8(-128), np.uint8(128), "256"),
        (np.float64(-(2.0**63)), np.int64(-(2**63)), ""),
        (np.int8(-128), np.int64(-128), ""),
        (np.bool_(True), np.int64(1), ""),
    ],
)
def test_the_ends_of_the_integers(first: Any, second: Any, said: str) -> None:
    words = difference_of_arrays(np.array([first]), np.array([second]), Tolerance()) or ""
    assert words.partition(";")[0] == (f"the difference is {said}" if said else "")


def as_defined(first: Any, second: Any, tolerance: Tolerance) -> bool:
    """|first - second| <= absolute + relative*|second|, in fractions: exact, or of decimals."""
    if not (isfinite(first) and isfinite(second)):
        return bool(first == second or (first != first and second != second))
    readings = [(Fraction(first.item()), Fraction(second.item()))]
    beyond = any(n.dtype == int and abs(int(n)) > BIG for n in (first, second))
    if second.dtype in (first.dtype, float, int) and not beyond:
        readings.append((Fraction(str(first)), Fraction(str(second))))
    absolute, relative = (Fraction(repr(number)) for number in tolerance)
    return any(abs(a - b) <= absolute + relative * abs(b) for a, b in readings)


def number(rng: random.Random, dtype: type) -> Any:
    if dtype is np.int64:
        return np.int64(rng.choice((rng.randint(-3, 3), BIG + rng.randint(-2, 2), 2**63 - 1)))
    tenths = rng.randint(-20, 20) / 10
    value = rng.choice((tenths, tenths, 5e-324, BIG + 2.0, 2.0**63, float("inf"), float("nan")))
    with np.errstate(over="ignore"):
        return dtype(value)


def test_every_pair_of_types_is_compared_as_defined() -> None:
    """The fast way in float64 decides nothing else than fractions would."""
    rng = random.Random(0)
    tolerances = [None, "0.1", "0.3", "10%", "0.1,1%", "5e-324", "1", "1e300"]
    types = (np.int64, np.float64, np.float32, np.float16)
    for _ in range(1500):
        own, other = rng.choice(types), rng.choice((np.int64, np.float64, np.float32))
        if other is np.float32 and own is not np.float64:
            other = np.float64
        first, second = number(rng, own), number(rng, other)
        written = rng.choice(tolerances)
        tolerance = Tolerance() if written is None else parse_tolerance(written)
        wrong = differing(np.array([first, first]), np.array([second, second]), tolerance)
        expected = not as_defined(first, second, tolerance)
        assert wrong.tolist() == [expected] * 2, (first, second, own, other, written)


@pytest.mark.parametrize("options", [(), ("--json",), ("-f", "csv")])
def test_the_difference_is_said_with_the_digits_that_decide(
    options: tuple[str, ...], convcli: Convcli, tmp_path: Path
) -> None:
    value = np.array([1.0], np.float32)
    result = ask(convcli, tmp_path, value, np.array([1.1], np.float32), "0.1", *options)
    assert "the difference is 0.10000002; --tolerance 0.11 would pass" in result.err
    result = ask(convcli, tmp_path, np.array([-1.7e308]), "1.7e308", None, *options)
    assert result.err.endswith("the difference is 3.4e+308\n")


def test_a_subnormal_difference_of_a_trace(convcli: Convcli) -> None:
    line = ("trace", "conv1d", "[5e-324]", "[1]", "--at", "0", "--expect", "0")
    assert convcli(*line).status == 1
    assert convcli(*line, "--tolerance", "5e-324").status == 0


def test_the_tolerance_that_it_names_passes_for_every_number() -> None:
    """The largest difference as it is need not be the largest as decimals."""
    rng = random.Random(1)
    for _ in range(20):
        values = [rng.randint(-9, 9) / 10 for _ in range(30)]
        first = np.array(values, np.float32)
        second = np.array([value + rng.choice((0.1, -0.1, 1e-9)) for value in values])
        words = difference_of_arrays(first, second, Tolerance()) or ""
        named = words.partition("--tolerance ")[2].partition(" ")[0]
        assert not differing(first, second, parse_tolerance(named)).any(), words
