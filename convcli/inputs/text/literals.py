"""Arrays as text: `[[1, 2], [3, 4]]`, `"1 2; 3 4"`, JSON, CSV. Integers stay integers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError

_NUMBER = r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|inf(?:inity)?)"
_IS_NUMBER = re.compile(_NUMBER, re.IGNORECASE | re.ASCII)
_IS_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_ROW_LITERAL = re.compile(r"\s*(?:[+-]?[0-9.]|[+-]?(?:nan|inf)\b)", re.IGNORECASE)
_WORD = re.compile(r"[^\s,;\"]+")
_EMPTY_FIELD = re.compile(r",\s*(?:,|$)|^\s*,")
_BRACKET_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<mark>[\[\],])|\"?(?P<number>{_NUMBER})\"?|(?P<other>.)",
    re.IGNORECASE | re.ASCII,
)
# What NumPy and torch print around the brackets, in front of them and behind them. Each is matched
# at one place: a search would try every place of a long text.
_PRINTED = re.compile(r"\s*(?:tensor|array)\((?=\s*\[)")
_PRINTED_END = re.compile(r"\s*(?:,\s*(?:dtype|device|grad_fn|requires_grad)=[^\]]*)?\)\s*")
LONGEST_NUMBER = 400  # digits
LONGEST_WORD = 40  # characters of a word in an error
MOST_AXES = 32  # of an array in every version of NumPy
LARGEST = {"int64": 2**63 - 1, "uint64": 2**64 - 1}


def looks_like_rows(text: str) -> bool:
    """Whether the text begins as `1 2; 3 4` does."""
    return bool(_ROW_LITERAL.match(text))


def looks_like_brackets(text: str) -> bool:
    """Whether the text begins as `[[1, 2], [3, 4]]` or a pasted `tensor([[1., 2.]])` does."""
    return text.lstrip().startswith("[") or bool(_PRINTED.match(text))


def parse_rows(text: str, name: str, row_separator: str = ";") -> Array:
    """`1 2; 3 4` as (rows, columns); a single row without separator is a vector.

    Blanks or commas stand between numbers, and with the separator "\\n" this reads a CSV file.
    Raises ConvError, with a caret, where a word is no number or the rows differ in length.

    >>> parse_rows("1 2; 3 4", "X").tolist()
    [[1, 2], [3, 4]]
    """
    numbers: list[int | float] = []
    columns = rows = 0
    for start, row_text in _rows(text, row_separator):
        empty = _EMPTY_FIELD.search(row_text)
        if empty:
            raise _error(
                "literal.number",
                "a number is missing at this comma",
                name,
                text,
                start + empty.start(),
            )
        row = [
            _number(word[0], name, text, start + word.start()) for word in _WORD.finditer(row_text)
        ]
        columns = columns or len(row)
        if row and len(row) != columns:
            count = count_of_numbers(len(row))
            rule = f"row {rows + 1} has {count}, but row 1 has {columns}"
            raise _error(
                "literal.ragged", rule, name, text, start + len(row_text) - len(row_text.lstrip())
            )
        numbers += row
        rows += bool(row)
    if not numbers:
        raise _error("literal.empty", "holds no numbers", name, text, 0)
    one_row = row_separator not in text
    return _to_array(numbers, (columns,) if one_row else (rows, columns), name)


def _rows(text: str, separator: str) -> Iterator[tuple[int, str]]:
    """Each row with its offset; one at a time, since a list of them takes more than the text."""
    start = 0
    while (end := text.find(separator, start)) >= 0:
        yield start, text[start:end]
        start = end + len(separator)
    yield start, text[start:]


def parse_brackets(text: str, name: str) -> Array:
    """`[[1, 2], [3, 4]]`, nested to any shape: JSON, Python, and what NumPy and torch print.

    Raises ConvError, with a caret, where it is ragged, empty, unbalanced or holds anything but
    numbers.

    >>> parse_brackets("tensor([[1., 2.], [3., 4.]])", "X").tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    first, last = _inside(text)
    lists = _NestedLists(text, name)
    for token in _BRACKET_TOKEN.finditer(text, first, last):
        offset = token.start()
        if token["other"]:
            rule = "expected numbers in balanced brackets"
            raise _error("literal.syntax", rule, name, text, offset)
        if token["number"]:
            lists.number(token["number"], offset)
        elif token["mark"] == "[":
            lists.open(offset)
        elif token["mark"] == "]":
            lists.close(offset)
    return _to_array(lists.numbers, lists.shape(), name)


def _inside(text: str) -> tuple[int, int]:
    """Where the brackets begin and end, without what is printed around them."""
    before = _PRINTED.match(text)
    closed = text.rfind("]") + 1
    after = _PRINTED_END.fullmatch(text, closed)
    return before.end() if before else 0, closed if after else len(text)


class _NestedLists:
    """The numbers of nested lists, and the shape that they have so far."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.numbers: list[int | float] = []
        self.open_lists: list[_OpenList] = []
        self.closed: tuple[int, ...] | None = None  # the shape, once the outermost list is closed

    def number(self, word: str, offset: int) -> None:
        if not self.open_lists:
            raise self._error("literal.syntax", "expected numbers in balanced brackets", offset)
        self.numbers.append(_number(word, self.name, self.text, offset))
        self._add((), offset)

    def open(self, offset: int) -> None:
        if self.closed is not None:
            raise self._error("literal.syntax", "expected numbers in balanced brackets", offset)
        if len(self.open_lists) == MOST_AXES:
            raise self._error("literal.deep", f"is nested more than {MOST_AXES} deep", offset)
        self.open_lists.append(_OpenList(offset))

    def close(self, offset: int) -> None:
        if not self.open_lists:
            raise self._error("literal.syntax", "this bracket was not opened", offset)
        closed = self.open_lists.pop()
        if not closed.count:
            raise self._error("literal.empty", "an empty list", closed.offset)
        shape = (closed.count, *(closed.member or ()))
        if self.open_lists:
            self._add(shape, closed.offset)
        else:
            self.closed = shape

    def shape(self) -> tuple[int, ...]:
        if self.closed is None:
            offset = self.open_lists[-1].offset if self.open_lists else 0
            rule = "this bracket is not closed" if self.open_lists else "holds no numbers"
            raise self._error("literal.syntax", rule, offset)
        return self.closed

    def _error(self, code: str, rule: str, offset: int) -> ConvError:
        return _error(code, rule, self.name, self.text, offset)

    def _add(self, shape: tuple[int, ...], offset: int) -> None:
        parent = self.open_lists[-1]
        parent.count += 1
        if parent.member is None:
            parent.member = shape
        elif shape != parent.member:
            rule = f"is ragged: {_count(shape)} after {_count(parent.member)}"
            raise self._error("literal.ragged", rule, offset)


class _OpenList:
    """A list that is not closed yet: its members, which have one shape, and where it begins."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.count = 0
        self.member: tuple[int, ...] | None = None


def _count(shape: tuple[int, ...]) -> str:
    return (
        count_of_numbers(shape[0])
        if len(shape) == 1
        else f"a block {Shape(shape)}"
        if shape
        else "a number"
    )


def count_of_numbers(count: int) -> str:
    """`1 number`, `2 numbers`."""
    return f"{count} number{'' if count == 1 else 's'}"


def _number(word: str, name: str, text: str, offset: int) -> int | float:
    if not _IS_NUMBER.fullmatch(word):
        fields = {"word": word[:LONGEST_WORD]}
        raise _error("literal.number", "{word!r} is not a number", name, text, offset, fields)
    if len(word) > LONGEST_NUMBER:
        raise _error(
            "literal.number",
            f"a number of {len(word)} characters; at most {LONGEST_NUMBER} are read",
            name,
            text,
            offset,
        )
    return int(word) if _IS_INTEGER.fullmatch(word) else float(word)


def _to_array(numbers: list[int | float], shape: tuple[int, ...], name: str) -> Array:
    """int64 where every number is an integer (uint64 beyond it), else float64."""
    if any(isinstance(number, float) for number in numbers):
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


def _error(
    code: str, rule: str, name: str, text: str, offset: int, fields: dict[str, str] | None = None
) -> ConvError:
    return ConvError(code, rule, parameter=name, fields=fields, pointer=(text, offset), kind="data")
