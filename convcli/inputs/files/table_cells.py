"""The cells of a table: which sign is the decimal sign, and what number a cell holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from convcli.errors import ConvError
from convcli.inputs.files.table_text import ERROR_VALUES, TableText

POINT, COMMA = ".", ","
SIGNS = (POINT, COMMA)
LONGEST_NUMBER = 400  # digits
_MISSING = frozenset(
    ("", "na", "n/a", "null", "none", "nil", "-", "--", ".", "?", *map(str.lower, ERROR_VALUES))
)


def _numbers(decimal: str, thousands: str) -> re.Pattern[str]:
    """Cells that are numbers with these signs; groups of thousands have three digits."""
    whole = rf"(?:[1-9][0-9]{{0,2}}(?:{thousands}[0-9]{{3}})+|[0-9]+)"
    number = rf"[+-]?(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    return re.compile(rf"{number}|[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE | re.ASCII)


_NUMBERS = {POINT: _numbers(r"\.", ","), COMMA: _numbers(",", r"\.")}


class Cell(NamedTuple):
    """A cell without the blanks around it, its column from 0, and the offset of its record."""

    text: str
    column: int
    offset: int


class Signs(NamedTuple):
    """The decimal sign of a table, and a note on how it was decided."""

    decimal: str = POINT
    note: str | None = None


def is_number(text: str) -> bool:
    """Whether a cell is a number with one of the two decimal signs.

    >>> is_number("1.234,5"), is_number("-2e3"), is_number("0x10")
    (True, True, False)
    """
    return any(numbers.fullmatch(text) for numbers in _NUMBERS.values())


def is_missing(text: str) -> bool:
    """Whether a cell stands for a value that is not there: `""`, `"NA"`."""
    return text.lower() in _MISSING


def parser(decimal: str) -> Callable[[str], int | float]:
    """The function that reads a cell with this decimal sign; ValueError where it is no number.

    >>> parser(".")("1,234"), parser(",")("1,234")
    (1234, 1.234)
    """
    numbers = _NUMBERS[decimal]

    def parse(text: str) -> int | float:
        if not numbers.fullmatch(text):
            raise ValueError
        plain = text.replace(COMMA if decimal == POINT else POINT, "").replace(COMMA, POINT)
        digits = plain.lstrip("+-")
        return int(plain) if digits.isdecimal() and len(digits) <= LONGEST_NUMBER else float(plain)

    return parse


def plain_number(text: str) -> int | float:
    """The number of an ASCII cell without underscores. Raises ValueError where it is none."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def number_with_comma(text: str) -> int | float:
    """As `plain_number`, with a decimal comma."""
    return plain_number(text.replace(COMMA, POINT))


def _float_with_comma(text: str) -> float:
    return float(text.replace(COMMA, POINT))


# Where a table holds floats, its integers are floats too: nothing is lost by reading all as floats,
# but integers beyond 2^53, which are looked for afterwards.
FLOATS: dict[Callable[[str], int | float], Callable[[str], float]] = {
    plain_number: float,
    number_with_comma: _float_with_comma,
}


def decimal_sign(
    source: TableText, cells: Iterable[Cell], chosen: str | None, *, doubts_points: bool
) -> Signs:
    """The decimal sign of the cells, by what it can be in all of them.

    `chosen` is the sign that the user names. With `doubts_points` a note says so where points
    could be thousands signs. A cell that is no number is left to its reader. Raises ConvError
    where both signs are possible and give other numbers, or cells have different ones.
    """
    if chosen:
        return Signs(chosen)
    possible = set(SIGNS)
    first: dict[str, Cell] = {}  # the first cell with a sign
    has_comma = COMMA in source.text
    for cell in cells:
        if len(possible) == 1 and (COMMA in first or not has_comma):
            break
        fitting = {sign for sign in SIGNS if _NUMBERS[sign].fullmatch(cell.text)}
        if fitting and not possible & fitting:
            raise _different(source, first, cell)
        possible &= fitting or possible
        for sign in SIGNS:
            if fitting and sign in cell.text:
                first.setdefault(sign, cell)
    comma, point = first.get(COMMA), first.get(POINT)
    if possible == {COMMA} and comma:
        return Signs(COMMA, _note("the comma", "the decimal sign", comma.text, COMMA))
    if possible == {COMMA}:
        return Signs(COMMA, point and _note("the point", "a thousands sign", point.text, COMMA))
    if possible == {POINT}:
        return Signs(POINT, comma and _note("the comma", "a thousands sign", comma.text, POINT))
    if comma:
        raise _two_readings(source, comma)
    if point and doubts_points:
        note = _note("the point", "the decimal sign", point.text, POINT)
        return Signs(POINT, f"{note}; with --decimal , it is {parser(COMMA)(point.text)}")
    return Signs()


def _note(sign: str, meaning: str, text: str, decimal: str) -> str:
    return f"{sign} is read as {meaning}: {text} is {parser(decimal)(text)}"


def _two_readings(source: TableText, cell: Cell) -> ConvError:
    rule = "{cell!r} is {point} with a decimal point, or {comma} with a decimal comma"
    point, comma = (parser(sign)(cell.text) for sign in SIGNS)
    fields = {"cell": cell.text, "point": point, "comma": comma}
    hint = "Add `decimal` . or `decimal` , to say which."
    return source.error("table.decimal", rule, place(source, cell), fields=fields, hint=hint)


def _different(source: TableText, first: dict[str, Cell], cell: Cell) -> ConvError:
    others = [each.text for each in first.values()]
    rule = "{cell!r} and {others} do not have the same decimal sign"
    fields = {"cell": cell.text, "others": " and ".join(map(repr, others))}
    return source.error("table.decimal", rule, place(source, cell), fields=fields)


def place(source: TableText, cell: Cell) -> int:
    """The offset of a cell in the text, or of its record."""
    found = source.text.find(cell.text, cell.offset) if cell.text else -1
    return found if found >= 0 else cell.offset
