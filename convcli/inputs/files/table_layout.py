"""How a table is written: its separator, decided by what it can be, and its header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from convcli.errors import ConvError
from convcli.inputs.files.table_cells import is_missing, is_number
from convcli.inputs.files.table_text import (
    Record,
    TableText,
    data_lines,
    declared_separator,
    records,
)

STRONG = {"\t": "tabs", ";": "semicolons", "|": "bars"}  # separators that are part of no number
_QUOTED = re.compile('"[^"]*"')
_INNER_BLANK = re.compile(r"[^\s,] +[^\s,]")
_PAIR = re.compile(r"([+-]?(?:[0-9]+|[1-9][0-9]{0,2}(\.[0-9]{3})+)),([0-9]+)", re.ASCII)
_COMMAS_AND_BLANKS = re.compile(r"[+-]?[0-9]*,[0-9]+(?: +[+-]?[0-9,]+)+", re.ASCII)
_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?: [0-9]{3})+", re.ASCII)
_ZEROS = re.compile(r" 0[0-9]{2}", re.ASCII)


class Layout(NamedTuple):
    """How a table is written; the separator of a single column is empty."""

    separator: str
    header: Record | None
    note: str | None = None


def layout_of(source: TableText, decimal: str | None, *, tabs_only: bool = False) -> Layout:
    """The separator and the header of a table.

    `decimal` is the decimal sign that the user names. With `tabs_only` a comma between two
    numbers is not taken for a separator without being told. Raises ConvError where the table can
    be read in two ways.
    """
    separator, note = declared_separator(source.text), None
    if separator is None:
        separator, note = _Guess(source, decimal, tabs_only).separator()
    first = list(islice(records(source, separator), 2))
    return Layout(separator, first[0] if _is_header(first) else None, note)


def _is_header(first: Sequence[Record]) -> bool:
    """Whether the first record holds the names of columns; `first` is the first two records."""
    if len(first) < 2:
        return False
    names, values = first[0].cells, first[1].cells
    texts = [not is_number(name) and not is_missing(name) for name in names]
    if not any(texts):
        return names[0] == "" != values[0] and len(names) == len(values) > 1
    if not any(map(is_number, names)):
        return True
    pairs = zip(texts, values, strict=False)
    return any(is_text and is_number(value) for is_text, value in pairs)


class _Guess:
    """Decides the separator from the lines outside quotes."""

    def __init__(self, source: TableText, decimal: str | None, tabs_only: bool) -> None:
        self.source, self.decimal, self.tabs_only = source, decimal, tabs_only
        self.text = _QUOTED.sub("Q", source.text) if '"' in source.text else source.text
        first, second = (*islice(data_lines(self.text), 2), None, None)[:2]
        names = second is not None and _holds_names(first or "")
        self.header = first if names else None
        self.first = (second if names else first) or ""  # the first line of data

    def separator(self) -> tuple[str, str | None]:
        """The separator and a note on it. Raises ConvError where two are possible."""
        strong = [mark for mark in STRONG if mark in self.first]
        if len(strong) > 1:
            rule = f"its cells are separated by {' and '.join(STRONG[mark] for mark in strong)}"
            raise self._error(rule, "Write one separator.")
        if strong:
            return strong[0], None
        blanks = bool(_INNER_BLANK.search(self.first))
        if self.decimal == "," or "," not in self.text:
            return self._blank_or_none(blanks), None
        if "," not in self.first and blanks:
            return " ", None
        if self.decimal is None and _COMMAS_AND_BLANKS.fullmatch(self.first):
            words = re.split("[ ,]+", self.first)
            raise self._two_readings(_with_point(self.first), " ".join(words))
        return self._comma_or_none()

    def _blank_or_none(self, blanks: bool) -> str:
        """A blank where the cells are separated by it. Raises ConvError for grouped digits."""
        if not blanks:
            return ""
        zeros = False
        for line in data_lines(self.text):
            if line != self.header:
                if not _GROUPS.fullmatch(line):
                    return " "
                zeros |= bool(_ZEROS.search(line))
        if zeros:
            rule = "{line!r} is {one}, or the numbers {line}"
            fields = {"line": self.first, "one": self.first.replace(" ", "")}
            raise self._error(rule, "Write the digits of a number together.", fields)
        return " "

    def _comma_or_none(self) -> tuple[str, str | None]:
        """A comma, or nothing where it can only be the decimal sign of a single column."""
        if self.first.count(",") > 1 or (self.header and "," in self.header):
            return ",", None
        doubtful = alone = False
        comma = self.first  # a line with a comma
        for line in data_lines(self.text):
            if line == self.header:
                continue
            pair = _PAIR.fullmatch(line)
            if "," in line and not pair:
                return ",", None
            alone |= pair is None
            comma = line if pair else comma
            doubtful |= bool(pair and (pair[2] or (len(pair[3]) > 1 and pair[3][0] == "0")))
        if self.header:
            return "", None
        if self.decimal == ".":
            return ",", None
        if doubtful or alone or self.tabs_only:
            line = self.first if "," in self.first else comma
            raise self._two_readings(_with_point(line), line.replace(",", " "), line)
        whole, part = self.first.split(",")
        note = f"{self.first} is read as the numbers {whole} and {part}"
        return ",", f"{note}; with --decimal , it is {whole}.{part}"

    def _two_readings(self, decimals: str, numbers: str, line: str = "") -> ConvError:
        rule = "{line!r} is {decimals} with a decimal comma, or the numbers {numbers}"
        fields = {"line": line or self.first, "decimals": decimals, "numbers": numbers}
        hint = "Add `decimal` , for decimal commas, or write blanks or semicolons in their place."
        return self._error(rule, hint, fields)

    def _error(self, rule: str, hint: str, fields: dict[str, str] | None = None) -> ConvError:
        offset = max(self.source.text.find(self.first), 0)
        return self.source.error("table.separator", rule, offset, fields=fields, hint=hint)


def _with_point(line: str) -> str:
    """Numbers with a decimal comma, as they are with a point."""
    return line.replace(".", "").replace(",", ".")


def _holds_names(line: str) -> bool:
    """Whether a line holds a word that is neither a number nor a missing value."""
    words = re.split(r"[\s,;|]+", line.strip())
    return any(not is_number(word) and not is_missing(word) for word in words)
