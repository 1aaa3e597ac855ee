"""The error for a cell that is no number: why, and which columns hold numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from unicodedata import normalize

from convcli.errors import ConvError
from convcli.inputs.files.table_cells import Cell, is_missing, is_number, place
from convcli.inputs.files.table_text import Record, TableText
from convcli.inputs.text.literal_numbers import count_of_numbers

_BLANKS = " \u00a0\u2007\u2009\u202f'\u2019"  # between groups of thousands
_GROUPED = re.compile(rf"[0-9][{_BLANKS}][0-9]")
_COMMAS = re.compile(r"[+-]?[0-9]+(?:,[+-]?[0-9]+){2,}", re.ASCII)


def no_number(
    source: TableText, cell: Cell, names: Sequence[str], numeric: Sequence[int], decimal: str
) -> ConvError:
    """The error for a cell that is no number with the decimal sign.

    `names` are those of all columns, if they have names; `numeric` are the columns that hold
    numbers alone.
    """
    column = repr(names[cell.column]) if names else str(cell.column + 1)
    clause, hint = _reason(cell.text, decimal)
    counts = Counter(names)
    others = ",".join(
        names[at] if names and is_plain(names[at], counts[names[at]]) else str(at + 1)
        for at in numeric
    )
    if others and not hint and not is_number(cell.text):
        hint = "Choose the columns of numbers: {path}:{others}."
    if not others and is_missing(cell.text):
        hint = "Write nan for it."
    plain = _together(cell.text) or normalize("NFKC", cell.text)
    fields = {"column": column, "word": cell.text, "plain": plain, "others": others}
    rule = f"column {{column}} holds {clause}"
    return source.error("literal.number", rule, place(source, cell), fields=fields, hint=hint)


def is_plain(name: str, count: int) -> bool:
    """Whether a name that `count` columns have stands in a choice as it is, and means one."""
    special = set(name) & set(',"') or ".." in name or name.isdecimal()
    return bool(name) and not special and count == 1


def is_above_numbers(record: Record, below: Iterable[Record]) -> bool:
    """Whether a record is no row of numbers, as a title or units, but one below it is."""
    numbers = any(is_number(cell) for each in below for cell in each.cells)
    return numbers and not any(is_number(cell) or is_missing(cell) for cell in record.cells)


def no_row(source: TableText, record: Record, header: Record) -> ConvError:
    """The error for a line between the names and the numbers that holds none."""
    above, line = source.line(header.offset), source.line(record.offset)
    rule = f"line {line} holds {{text}} and no number"
    hint = f"Put # in front of line {above} or {line}, whichever does not name the columns."
    fields = {"text": ", ".join(map(repr, record.cells))}
    return source.error("literal.number", rule, record.offset, fields=fields, hint=hint)


def other_width(source: TableText, header: Record, first: Record) -> ConvError:
    """The error for a row below the names that has more or fewer cells."""
    names, count = len(header.cells), count_of_numbers(len(first.cells))
    there = f"there is {names} name" if names == 1 else f"there are {names} names"
    rule = f"the row below the names has {count}, but {there}"
    hint = f"If line {source.line(header.offset)} is a title, put # in front of it."
    return source.error("literal.ragged", rule, first.offset, hint=hint)


def _together(text: str) -> str | None:
    """A number whose groups stand apart, with its digits together; None for any other text."""
    plain = re.sub(f"(?<=[0-9])[{_BLANKS}](?=[0-9]{{3}}(?![0-9]))", "", text)
    return plain if plain != text and is_number(plain) else None


def _reason(text: str, decimal: str) -> tuple[str, str | None]:
    """Why a cell is no number, as a clause with {word}, and how to mend it."""
    if is_number(text):
        sign = "comma" if decimal == "," else "point"
        return f"{{word!r}}, but the decimal sign is the {sign}", None
    if is_missing(text):
        clause = "a missing value {word!r}" if text else "an empty cell"
        return clause, None
    if _GROUPED.search(text):
        hint = "Write the digits of a number together, and one separator between numbers."
        if _together(text):
            hint = "Write {plain}, and the digits of other numbers together too."
        return "{word!r}, whose digits do not stand together", hint
    if decimal == "," and _COMMAS.fullmatch(text):
        hint = "Write semicolons between the numbers."
        return "{word!r}, whose commas cannot both separate and be decimal signs", hint
    plain = normalize("NFKC", text)
    if plain != text and is_number(plain):
        return "{word!r}, which is not in ASCII digits", "Write {plain}."
    return "{word!r}, which is no number", None
