"""Arrays written out: `[[1, 2], [3, 4]]`, `"1 2; 3 4"`, the text of JSON and CSV files. Integers stay integers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError

_NUMBER = r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|inf(?:inity)?)"
_IS_NUMBER = re.compile(_NUMBER, re.IGNORECASE | re.ASCII)
_IS_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_ROW_LITERAL = re.compile(r"\s*(?:[+-]?[0-9.]|[+-]?(?:nan|inf)\b)", re.IGNORECASE)
_WORD = re.compile(r"[^\s,;\"]+")
_EMPTY_FIELD = re.compile(r",\s*(?:,|$)|^\s*,")
_BRACKET_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<mark>[\[\],])|\"?(?P<number>{_NUMBER})\"?|(?P<other>.)",
    re.IGNORECASE | re.ASCII,
)
_PRINTED = re.compile(
    r"\s*(?:tensor|array)\((?=\s*\[)|(?:,\s*(?:dtype|device|grad_fn|requires_grad)=[^\]]*)?\)\s*$"
)
LONGEST_NUMBER = 400  # digits
LARGEST = {"int64": 2**63 - 1, "uint64": 2**64 - 1}


def looks_like_rows(text: str) -> bool:
    """Whether the text begins as `1 2; 3 4` does."""
    return bool(_ROW_LITERAL.match(text))


def looks_like_brackets(text: str) -> bool:
    """Whether the text begins as `[[1, 2], [3, 4]]` or a pasted `tensor([[1., 2.]])` does."""
    return text.lstrip().startswith("[") or bool(_PRINTED.match(text))


def parse_rows(text: str, name: str, row_separator: str = ";") -> NDArray[Any]:
    """`1 2; 3 4`: rows end at semicolons, numbers at blanks or commas -> (rows, columns); one row alone is a vector.

    With "\\n" for the separator this reads a CSV file. Raises ConvError, with a caret, where a word is no number or the
    rows differ in length.

    >>> parse_rows("1 2; 3 4", "X").tolist()
    [[1, 2], [3, 4]]
    """
    rows: list[list[int | float]] = []
    start = 0
    for row_text in text.split(row_separator):
        empty = _EMPTY_FIELD.search(row_text)
        if empty:
            raise _error(
                "literal.number",
                "a number is missing at a comma",
                name,
                text,
                start + empty.start(),
            )
        row = [
            _number(word[0], name, text, start + word.start()) for word in _WORD.finditer(row_text)
        ]
        if row and rows and len(row) != len(rows[0]):
            rule = f"row {len(rows) + 1} has {numbers_said(len(row))}, and row 1 has {len(rows[0])}"
            raise _error(
                "literal.ragged", rule, name, text, start + len(row_text) - len(row_text.lstrip())
            )
        rows += [row] if row else []
        start += len(row_text) + 1
    if not rows:
        raise _error("literal.empty", "holds no numbers", name, text, 0)
    one_row = row_separator not in text
    numbers = [number for row in rows for number in row]
    return _to_array(numbers, (len(rows[0]),) if one_row else (len(rows), len(rows[0])), name)


def parse_brackets(text: str, name: str) -> NDArray[Any]:
    """`[[1, 2], [3, 4]]`, nested to any shape: JSON, Python, and what NumPy and torch print.

    Raises ConvError, with a caret, where it is ragged, empty, unbalanced or holds anything but numbers.

    >>> parse_brackets("tensor([[1., 2.], [3., 4.]])", "X").tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    blanked = _PRINTED.sub(lambda match: " " * len(match[0]), text)
    numbers: list[int | float] = []
    open_lists: list[_OpenList] = []
    whole: tuple[int, ...] | None = None
    for token in _BRACKET_TOKEN.finditer(blanked):
        offset = token.start()
        if token["space"] or token["mark"] == ",":
            continue
        if token["other"] or (whole is not None) or (token["number"] and not open_lists):
            raise _error(
                "literal.syntax", "expected numbers in balanced brackets", name, text, offset
            )
        if token["mark"] == "[":
            open_lists.append(_OpenList(offset))
            continue
        if token["number"]:
            numbers.append(_number(token["number"], name, text, offset))
            open_lists[-1].add((), offset, name, text)
            continue
        if not open_lists:
            raise _error(
                "literal.syntax", "a bracket closes that was not opened", name, text, offset
            )
        closed = open_lists.pop()
        if not closed.count:
            raise _error("literal.empty", "an empty list", name, text, closed.offset)
        shape = (closed.count, *(closed.member or ()))
        if open_lists:
            open_lists[-1].add(shape, closed.offset, name, text)
        else:
            whole = shape
    if whole is None:
        where = open_lists[-1].offset if open_lists else 0
        raise _error(
            "literal.syntax",
            "a bracket is not closed" if open_lists else "holds no numbers",
            name,
            text,
            where,
        )
    return _to_array(numbers, whole, name)


class _OpenList:
    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.count = 0
        self.member: tuple[int, ...] | None = None

    def add(self, shape: tuple[int, ...], offset: int, name: str, text: str) -> None:
        self.count += 1
        if self.member is None:
            self.member = shape
        elif shape != self.member:
            rule = f"is ragged: {_count(shape)} here, and {_count(self.member)} before it"
            raise _error("literal.ragged", rule, name, text, offset)


def _count(shape: tuple[int, ...]) -> str:
    return (
        numbers_said(shape[0])
        if len(shape) == 1
        else f"a block {Shape(shape)}"
        if shape
        else "a number"
    )


def numbers_said(count: int) -> str:
    return f"{count} number{'' if count == 1 else 's'}"


def _number(word: str, name: str, text: str, offset: int) -> int | float:
    if not _IS_NUMBER.fullmatch(word):
        raise _error("literal.number", f"{word[:40]!r} is no number", name, text, offset)
    if len(word) > LONGEST_NUMBER:
        raise _error("literal.number", f"a number of {len(word)} characters", name, text, offset)
    return int(word) if _IS_INTEGER.fullmatch(word) else float(word)


def _to_array(numbers: list[int | float], shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """int64 where every number is an integer (uint64 beyond it), else float64."""
    if len(shape) > 32:
        raise ConvError("literal.deep", f"is nested {len(shape)} deep", parameter=name, kind="data")
    if any(isinstance(number, float) for number in numbers):
        return np.array(numbers, np.float64).reshape(shape)
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
            "literal.range", "holds an integer beyond 64 bits", parameter=name, kind="data"
        )
    return np.array(numbers, dtype).reshape(shape)


def _error(code: str, rule: str, name: str, text: str, offset: int) -> ConvError:
    return ConvError(code, rule, parameter=name, pointer=(text, offset), kind="data")
