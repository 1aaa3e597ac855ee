"""The numbers of a literal: their spelling, what of it is beyond float64, and their array."""

from __future__ import annotations

import re
from math import isinf
from unicodedata import normalize

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError

NUMBER = r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|inf(?:inity)?)"
MINUS = "\u2212"  # what people paste from papers
LONGEST_NUMBER = 400  # digits
LONGEST_WORD = 40  # characters of a word in an error
EXACT = 2**53  # float64 has every integer up to here
LARGEST_FLOAT = 10**308
LARGEST = {"int64": 2**63 - 1, "uint64": 2**64 - 1}
_IS_NUMBER = re.compile(NUMBER, re.IGNORECASE | re.ASCII)
_IS_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_MANTISSA_DIGIT = re.compile(r"[+-]?[0.]*[1-9]")


def loses_its_value(word: str, value: float) -> bool:
    """Whether a number as text is beyond float64: it became infinite, or 0.

    >>> loses_its_value("1e400", float("1e400")), loses_its_value("inf", float("inf"))
    (True, False)
    """
    if value == 0:
        return bool(_MANTISSA_DIGIT.match(word))
    return isinf(value) and "n" not in word.lower()


def in_ascii(text: str) -> str | None:
    """A text of full-width characters as it is written in ASCII; None for any other text."""
    plain = normalize("NFKC", text)
    return plain if plain != text and plain.isascii() else None


def count_of_numbers(count: int) -> str:
    """`1 number`, `2 numbers`."""
    return f"{count} number{'' if count == 1 else 's'}"


def literal_number(word: str, name: str, text: str, offset: int) -> int | float:
    """The number of a word at an offset of a text. Raises ConvError where it is none."""
    if not _IS_NUMBER.fullmatch(word):
        plain = in_ascii(word)
        fields = {"word": word[:LONGEST_WORD], "plain": plain or ""}
        hint = "Write {plain}." if plain else None
        rule = "{word!r} is not a number"
        raise literal_error("literal.number", rule, name, text, offset, fields, hint=hint)
    if len(word) > LONGEST_NUMBER:
        raise literal_error(
            "literal.number",
            f"a number of {len(word)} characters; at most {LONGEST_NUMBER} are read",
            name,
            text,
            offset,
        )
    if _IS_INTEGER.fullmatch(word):
        return int(word)
    value = float(word)
    if loses_its_value(word, value):
        fields = {"word": word[:LONGEST_WORD]}
        raise literal_error(
            "literal.range", "{word!r} is beyond float64", name, text, offset, fields
        )
    return value


def to_array(numbers: list[int | float], shape: tuple[int, ...], name: str) -> Array:
    """int64 where every number is an integer (uint64 beyond it), else float64."""
    if any(isinstance(number, float) for number in numbers):
        _check_exact(numbers, name)
        try:
            return np.array(numbers, np.float64).reshape(shape)
        except OverflowError:
            raise ConvError(
                "literal.range", "holds an integer beyond float64", parameter=name, kind="data"
            ) from None
    low, high = min(numbers), max(numbers)
    dtype = next(
        (
            d
            for d, most in LARGEST.items()
            if high <= most and (low >= 0 or (d == "int64" and low >= -most - 1))
        ),
        None,
    )
    if dtype is None:
        raise ConvError(
            "literal.range", "holds an integer of more than 64 bits", parameter=name, kind="data"
        )
    return np.array(numbers, dtype).reshape(shape)


def _check_exact(numbers: list[int | float], name: str) -> None:
    """Raises ConvError where float64 would round an integer beside floats."""
    for number in numbers:
        inexact = isinstance(number, int) and EXACT < abs(number) <= LARGEST_FLOAT
        if inexact and int(float(number)) != number:
            rule = f"holds {number} beside floats, and float64 would round it"
            hint = f"Write it as a float: {float(number)!r}."
            raise ConvError("literal.range", rule, parameter=name, hint=hint, kind="data")


def literal_error(
    code: str,
    rule: str,
    name: str,
    text: str,
    offset: int,
    fields: dict[str, str] | None = None,
    hint: str | None = None,
) -> ConvError:
    """An error that points at a place in a text."""
    place = (text, offset)
    return ConvError(
        code, rule, parameter=name, fields=fields, hint=hint, pointer=place, kind="data"
    )
