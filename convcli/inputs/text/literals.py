"""Arrays as text: `[[1, 2], [3, 4]]`, `"1 2; 3 4"`, JSON. Integers stay integers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.text.commas import CommaReadings, comma_readings
from convcli.inputs.text.literal_numbers import (
    LONGEST_WORD,
    MINUS,
    NUMBER,
    count_of_numbers,
    literal_error,
    literal_number,
    to_array,
)

_ROW_LITERAL = re.compile(r"\s*(?:[+-]?[0-9.\uff10-\uff19]|[+-]?(?:nan|inf)\b)", re.IGNORECASE)
_ROW_END = re.compile(r";|\r\n?|\n")
_WORD = re.compile(r"[^\s,;\"]+")
_COMMA_IN_NUMBER = re.compile(r"[0-9],[0-9]")
_BLANK_BETWEEN = re.compile(r"[^\s,]\s+[^\s,]")
_ZEROS = re.compile(r",0[0-9]", re.ASCII)
_EMPTY_FIELD = re.compile(r",\s*(?:,|$)|^\s*,")
_BRACKET_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<mark>[\[\],])|(?P<number>{NUMBER})(?![\w.+-])"
    rf"|\"(?P<word>[+-]?(?:nan|inf(?:inity)?))\"|(?P<other>\"[^\"]*\"|[\w.+-]+|.)",
    re.IGNORECASE | re.ASCII,
)
# What NumPy and torch print around the brackets, in front of them and behind them. Each is matched
# at one place: a search would try every place of a long text.
_PRINTED = re.compile(r"\s*(?:tensor|array)\((?=\s*\[)")
_PRINTED_END = re.compile(r"\s*(?:,\s*(?:dtype|device|grad_fn|requires_grad)=[^\]]*)?\)\s*")
MOST_AXES = 32  # of an array in every version of NumPy


def looks_like_rows(text: str) -> bool:
    """Whether the text begins as `1 2; 3 4` does."""
    return bool(_ROW_LITERAL.match(text.replace(MINUS, "-")))


def looks_like_brackets(text: str) -> bool:
    """Whether the text begins as `[[1, 2], [3, 4]]` or a pasted `tensor([[1., 2.]])` does."""
    return text.lstrip().startswith("[") or bool(_PRINTED.match(text))


def parse_rows(text: str, name: str) -> Array:
    """`1 2; 3 4` as (rows, columns); a single row without a semicolon is a vector.

    A row ends at a semicolon or at the end of its line. Blanks or commas stand between numbers.
    Raises ConvError, with a caret, where a word is no number, the rows differ in length, or a comma
    could be a decimal sign.

    >>> parse_rows("1 2; 3 4", "X").tolist(), parse_rows("1 2\\n3 4\\n", "X").shape
    ([[1, 2], [3, 4]], (2, 2))
    """
    text = text.replace(MINUS, "-")
    numbers: list[int | float] = []
    columns = rows = 0
    for start, row_text in _rows(text):
        _check_commas(row_text, name, text, start)
        row = [
            literal_number(word[0], name, text, start + word.start())
            for word in _WORD.finditer(row_text)
        ]
        columns = columns or len(row)
        if row and len(row) != columns:
            count = count_of_numbers(len(row))
            rule = f"row {rows + 1} has {count}, but row 1 has {columns}"
            raise literal_error(
                "literal.ragged", rule, name, text, start + len(row_text) - len(row_text.lstrip())
            )
        numbers += row
        rows += bool(row)
    if not numbers:
        raise literal_error("literal.empty", "holds no numbers", name, text, 0)
    one_row = rows == 1 and ";" not in text
    return to_array(numbers, (columns,) if one_row else (rows, columns), name)


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """Each row with its offset; one at a time, since a list of them takes more than the text."""
    start = 0
    for end in _ROW_END.finditer(text):
        yield start, text[start : end.start()]
        start = end.end()
    yield start, text[start:]


def _check_commas(row: str, name: str, text: str, start: int) -> None:
    """Raises ConvError where a number is missing at a comma, or a comma could be a decimal sign."""
    if "," not in row:
        return
    empty = _EMPTY_FIELD.search(row)
    if empty:
        rule = "a number is missing at this comma"
        raise literal_error("literal.number", rule, name, text, start + empty.start())
    comma = _COMMA_IN_NUMBER.search(row)
    if comma and _BLANK_BETWEEN.search(row):
        rule = "both commas and blanks stand between numbers; a comma may be a decimal sign"
        hint = "Write 1.5 2.5 for decimals, and 1 5 2 5 for integers."
        raise literal_error("literal.comma", rule, name, text, start + comma.start() + 1, hint=hint)
    zeros = _ZEROS.search(row)
    found = comma_readings([row.strip()]) if zeros else CommaReadings()
    if zeros and (found.thousands or found.decimals):
        one = found.one_number if found.thousands else found.with_points
        rule = "this comma may be a decimal sign, or stand between groups of thousands"
        fields = {"one": one, "several": " ".join(found.fields)}
        hint = "Write {one}, or {several} for several numbers."
        place = start + zeros.start()
        raise literal_error("literal.comma", rule, name, text, place, fields, hint=hint)


def parse_brackets(text: str, name: str, *, span: tuple[int, int] | None = None) -> Array:
    """`[[1, 2], [3, 4]]`, nested to any shape: JSON, Python, and what NumPy and torch print.

    `span` is the part of the text that holds it, from its first bracket to its last. Raises
    ConvError, with a caret, where it is ragged, empty, unbalanced or holds anything but numbers.

    >>> parse_brackets("tensor([[1., 2.], [3., 4.]])", "X").tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    text = text.replace(MINUS, "-")
    first, last = span or _inside(text)
    lists = _NestedLists(text, name)
    before = ","  # the last mark; empty behind a number
    for token in _BRACKET_TOKEN.finditer(text, first, last):
        offset = token.start()
        if token["mark"] == "," and before in (",", "["):
            rule = "a number is missing at this comma"
            raise literal_error("literal.number", rule, name, text, offset)
        before = before if token["space"] else token["mark"] or ""
        if token["other"]:
            raise _no_list_of_numbers(token["other"], name, text, offset)
        if token["number"] or token["word"]:
            lists.number(token["number"] or token["word"], offset)
        elif token["mark"] == "[":
            lists.open(offset)
        elif token["mark"] == "]":
            lists.close(offset)
    return to_array(lists.numbers, lists.shape(), name)


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
        self.numbers.append(literal_number(word, self.name, self.text, offset))
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
        return literal_error(code, rule, self.name, self.text, offset)

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


def _no_list_of_numbers(word: str, name: str, text: str, offset: int) -> ConvError:
    """The error for something that is no number, bracket or comma."""
    kinds = {"null": "a missing value", "true": "a truth value", "false": "a truth value"}
    kind = kinds.get(word.lower()) or (
        "a text" if word[0] in "\"'" else "an object" if word == "{" else None
    )
    if kind is None and len(word) == 1 and not word.isalnum():
        rule = "expected numbers in balanced brackets"
        return literal_error("literal.syntax", rule, name, text, offset)
    fields = {"word": word[:LONGEST_WORD]}
    rule = f"{{word!r}} is {kind}, not a number" if kind else "{word!r} is not a number"
    return literal_error("literal.syntax", rule, name, text, offset, fields)
