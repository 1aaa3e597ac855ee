"""The error for a cell that is no number: why, and which columns hold numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from unicodedata import normalize

from convcli.errors import ConvError
from convcli.inputs.files.table_cells import Cell, is_missing, is_number, place
from convcli.inputs.files.table_text import TableText

_GROUPED = re.compile(r"[0-9][ \u00a0\u2009\u202f'\u2019][0-9]")


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
    plain = normalize("NFKC", cell.text)
    fields = {"column": column, "word": cell.text, "plain": plain, "others": others}
    rule = f"column {{column}} holds {clause}"
    return source.error("literal.number", rule, place(source, cell), fields=fields, hint=hint)


def is_plain(name: str, count: int) -> bool:
    """Whether a name that `count` columns have stands in a choice as it is, and means one."""
    special = set(name) & set(',"') or ".." in name or name.isdecimal()
    return bool(name) and not special and count == 1


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
        return "{word!r}, whose digits do not stand together", hint
    plain = normalize("NFKC", text)
    if plain != text and is_number(plain):
        return "{word!r}, which is not in ASCII digits", "Write {plain}."
    return "{word!r}, which is no number", None
