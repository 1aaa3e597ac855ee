"""How far numbers are apart, without rounding: as they are, or as the decimals that are printed.

The exact value of the float 1.1 is 1.100000000000000088..., and it is printed as 1.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.text.numbers import Tolerance
from convcli.render.values import text

# A float64 has up to 309 digits before the point and 1074 behind it; a share of it has more.
WITHOUT_ROUNDING = Context(prec=4000)
DIGITS = 3  # of a difference in a sentence
TOLERANCE_DIGITS = 2  # of the tolerance that would pass
EXACT = Tolerance()
LARGEST_EXACT = 2**53  # float64 has every integer up to here
ROUNDING = 2.0**-49  # relative, of the few operations in float64 below
SMALLEST = 1e-322  # absolute, of these operations next to 0
PIECE = 2**16  # numbers that become Python's at a time


class _Distance(NamedTuple):
    """|first - second| and |second| of two numbers."""

    size: Decimal
    second: Decimal

    def allowed(self, tolerance: Tolerance) -> Decimal:
        """absolute + relative*|second|, of the decimals of the tolerance."""
        absolute, relative = (_printed(number) for number in tolerance)
        return WITHOUT_ROUNDING.fma(relative, self.second, absolute)


def difference_of_arrays(actual: Array, target: Array, tolerance: Tolerance) -> str | None:
    """How many numbers differ, by how much at most and where, and the tolerance that would pass.

    None where none differs. The arrays have one shape.

    >>> difference_of_arrays(np.array([1.5]), np.array([1.0]), Tolerance(0.25))
    'the difference is 0.5; --tolerance 0.5 would pass'
    """
    wrong = differing(actual, target, tolerance)
    if not wrong.any():
        return None
    place, distance = _largest(actual, target, wrong.reshape(-1))
    size = "" if distance is None else _of_size(distance.size, distance.allowed(tolerance))
    if actual.size == 1:
        return size
    index = np.unravel_index(place, actual.shape)
    pair = f"{text(actual[index])} and not {text(target[index])}"
    count, at = int(wrong.sum()), ", ".join(str(int(number)) for number in index)
    words = f"{count} of {actual.size} numbers differ, the most at ({at}): {pair}"
    return f"{words}; {size}" if size else words


def differing(actual: Array, target: Array, tolerance: Tolerance) -> Array:
    """Where two arrays of one shape are farther apart than the tolerance; as truth values.

    >>> differing(np.array([2**53 + 1, 3]), np.array([2.0**53, 3.0]), Tolerance()).tolist()
    [True, False]
    """
    first, second = _plain(actual), _plain(target)
    wrong = _wrong(first, second, tolerance)
    for piece, decimals in _pieces_of_decimals(actual, target, wrong):
        wrong[piece] = _wrong(decimals, second[piece], tolerance)
    return wrong.reshape(actual.shape)


def _plain(array: Array) -> Array:
    """The same numbers, flat, as int64, uint64, float64 or complex128."""
    types = {"u": np.uint64, "f": np.float64, "c": np.complex128}
    return array.astype(types.get(array.dtype.kind, np.int64), copy=False).reshape(-1)


def _has_decimals(actual: Array, target: Array) -> bool:
    """Whether a number of the result is narrower than float64, and VALUE may have been typed."""
    narrow = actual.dtype.kind in "fc" and actual.dtype != _plain(actual).dtype
    return narrow and (target.dtype.kind not in "fc" or target.dtype == _plain(target).dtype)


def _pieces_of_decimals(
    actual: Array, target: Array, wrong: Array
) -> Iterator[tuple[Array, Array]]:
    """Where the result is `wrong`: the flat indices, some at a time, and its decimals there."""
    if not _has_decimals(actual, target):
        return
    places = np.flatnonzero(wrong)
    for start in range(0, places.size, PIECE):
        piece = places[start : start + PIECE]
        yield piece, _decimals(actual.reshape(-1)[piece])


def _decimals(array: Array) -> Array:
    """Each number as the float64 that is printed alike: 0.1 of the float32 0.1."""
    if array.dtype.kind == "c":
        parts = np.empty(array.shape, np.complex128)
        parts.real, parts.imag = _decimals(array.real), _decimals(array.imag)
        return parts
    return array.astype(str).astype(np.float64)


def _wrong(first: Array, second: Array, tolerance: Tolerance) -> Array:
    """Where |first - second| > absolute + relative*|second|, of flat arrays.

    float64 decides where its rounding cannot matter; the others are compared without rounding.
    """
    with np.errstate(all="ignore"):
        wrong = ~_equal(first, second)
        if tolerance == EXACT:
            return wrong
        one, other = _floats(first), _floats(second)
        apart, size = np.abs(one - other), np.abs(other)
        allowed = tolerance.absolute + tolerance.relative * size
        unsure = ROUNDING * (np.abs(one) + size + allowed) + SMALLEST
        wrong &= ~(np.isfinite(one) & np.isfinite(other) & (apart < allowed - unsure))
        undecided = np.flatnonzero(wrong & ~(np.isfinite(apart) & (apart > allowed + unsure)))
    for place, distances in zip(undecided, _distances(first, second, undecided), strict=True):
        wrong[place] = all(each.size > each.allowed(tolerance) for each in distances)
    return wrong


def _floats(array: Array) -> Array:
    return array if array.dtype.kind == "c" else array.astype(np.float64, copy=False)


def _equal(first: Array, second: Array) -> Array:
    """Where numbers are equal, whatever their types; NaN equals NaN."""
    kinds = first.dtype.kind + second.dtype.kind
    if first.dtype == second.dtype:
        return np.asarray((first == second) | ((first != first) & (second != second)))
    if "c" in kinds:
        nan = (first != first) & (second != second)
        return np.asarray((_equal(first.real, second.real) & (first.imag == second.imag)) | nan)
    if "f" not in kinds:
        signed, other = (first, second) if kinds[0] == "i" else (second, first)
        return np.asarray((signed >= 0) & (signed.astype(np.uint64) == other))
    whole, real = (first, second) if kinds[1] == "f" else (second, first)
    low, high = np.iinfo(whole.dtype).min, np.iinfo(whole.dtype).max
    inside = (real >= float(low)) & (real < float(high)) & (real == np.floor(real))
    return np.asarray(inside & (np.where(inside, real, 0).astype(whole.dtype) == whole))


def _distances(first: Array, second: Array, places: Array) -> Iterator[list[_Distance]]:
    """The distances at some places, without rounding: of the numbers, and of their decimals.

    A place with an infinite number, or NaN, has none. Decimals count where both are floats, or
    one is an integer that float64 has.
    """
    for start in range(0, places.size, PIECE):
        piece = places[start : start + PIECE]
        known: dict[tuple[Any, Any], list[_Distance]] = {}
        for pair in zip(first[piece].tolist(), second[piece].tolist(), strict=True):
            if pair not in known:
                known[pair] = _of_pair(*pair)
            yield known[pair]


def _of_pair(one: Any, other: Any) -> list[_Distance]:
    if not all(isfinite(part) for number in (one, other) for part in (number.real, number.imag)):
        return []
    exact = _distance(one, other, Decimal)
    if any(isinstance(number, int) and abs(number) > LARGEST_EXACT for number in (one, other)):
        return [exact]
    return [exact, _distance(one, other, _printed)]


def _printed(number: float) -> Decimal:
    return Decimal(repr(number))


def _distance(one: Any, other: Any, read: Callable[[Any], Decimal]) -> _Distance:
    context = WITHOUT_ROUNDING
    size, apart = read(other.real), context.subtract(read(one.real), read(other.real))
    if type(one) is not complex and type(other) is not complex:
        return _Distance(context.abs(apart), context.abs(size))
    height, across = read(other.imag), context.subtract(read(one.imag), read(other.imag))
    return _Distance(_root(apart, across), _root(size, height))


def _root(first: Decimal, second: Decimal) -> Decimal:
    """sqrt(first^2 + second^2)"""
    context = WITHOUT_ROUNDING
    if not first or not second:
        return context.abs(first or second)
    squares = (context.multiply(number, number) for number in (first, second))
    return context.sqrt(context.add(*squares))


def _largest(actual: Array, target: Array, wrong: Array) -> tuple[int, _Distance | None]:
    """The flat index of the largest difference where they are `wrong`, and the difference.

    None where a number is not finite. Where float64 sees a tie, all of it is compared.
    """
    first, second = _plain(actual), _plain(target)
    with np.errstate(all="ignore"):
        one, other = _floats(first), _floats(second)
        apart = np.where(wrong, np.abs(one - other), -1)
        for piece, decimals in _pieces_of_decimals(actual, target, wrong):
            apart[piece] = np.minimum(apart[piece], np.abs(decimals - other[piece]))
        apart[np.isnan(apart)] = np.inf
        whole = (one == np.rint(one)) & (other == np.rint(other))
        unsure = ROUNDING * (np.abs(one) + np.abs(other)) + SMALLEST
        unsure[whole & (np.abs(one) < LARGEST_EXACT) & (np.abs(other) < LARGEST_EXACT)] = 0
        most = apart.argmax()
        ties = wrong & ~(apart + unsure < apart[most] - unsure[most]) & (unsure > 0)
    ties[most] = True
    places = np.flatnonzero(ties)
    worst, largest = int(most), None
    for place, distances in zip(places, _all_distances(actual, target, places), strict=True):
        if not distances:
            return int(place), None
        least = min(distances)
        if largest is None or least > largest:
            worst, largest = int(place), least
    return worst, largest


def _all_distances(actual: Array, target: Array, places: Array) -> Iterator[list[_Distance]]:
    """`_distances` of the numbers, and of the result as it is printed."""
    first, second = _plain(actual), _plain(target)
    distances = _distances(first, second, places)
    if not _has_decimals(actual, target):
        yield from distances
        return
    decimals, others = _decimals(actual.reshape(-1)[places]), second[places]
    of_decimals = _distances(decimals, others, np.arange(places.size))
    for own, printed in zip(distances, of_decimals, strict=True):
        yield own + printed


def _of_size(size: Decimal, allowed: Decimal) -> str:
    """The difference in DIGITS digits, in more where it would read as if it were allowed."""
    digits = DIGITS
    while (rounded := _with_digits(size, digits, ROUND_HALF_EVEN)) <= allowed and rounded != size:
        digits += 1
    words = f"the difference is {_written(rounded)}"
    passing = _with_digits(size, TOLERANCE_DIGITS, ROUND_CEILING)
    return f"{words}; --tolerance {_written(passing)} would pass" if isfinite(passing) else words


def _with_digits(number: Decimal, digits: int, rounding: str) -> Decimal:
    return number.quantize(
        Decimal(1).scaleb(number.adjusted() - digits + 1), rounding, WITHOUT_ROUNDING
    )


def _written(number: Decimal) -> str:
    """The digits of a number without the zeros behind them, as a float is written."""
    number = number.normalize()
    plain = -5 < number.adjusted() < 16
    return f"{number:f}" if plain else f"{number:e}"
