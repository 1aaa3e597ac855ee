"""How a table is written: its separator, decided by what it can be, and its header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from convcli.errors import ConvError, printable, shortened
from convcli.inputs.files.table_cells import is_missing, is_number
from convcli.inputs.files.table_text import (
    Record,
    TableText,
    data_lines,
    declared_separator,
    records,
)
from convcli.inputs.text.commas import CommaReadings, comma_readings

STRONG = {"\t": "tabs", ";": "semicolons", "|": "bars"}  # separators that are part of no number
_QUOTED = re.compile('"[^"]*"')
_INNER_BLANK = re.compile(r"[^\s,] +[^\s,]")
_COMMAS_AND_BLANKS = re.compile(r"[+-]?[0-9]*,[0-9]+(?: +[+-]?[0-9,]+)+", re.ASCII)
_OTHER_GROUPS = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{2}(?=,))*+(?:,[0-9]{3})++(?:\.[0-9]*)?,?", re.ASCII
)
_GROUPS_AND_BLANKS = re.compile(r"(?:[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?: +|$))+", re.ASCII)
_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?: [0-9]{3})+(?:(?P<sign>[.,])[0-9]*)?", re.ASCII)
_GROUP_OF_ZEROS = re.compile(r"(?<![0-9.,])[1-9][0-9]{0,2} 0[0-9]{2}(?![0-9])", re.ASCII)
_ZEROS = re.compile(r" 0[0-9]{2}", re.ASCII)
_BESIDE_QUOTES = re.compile(r"Q *,|, *Q")
_BETWEEN_DIGITS = re.compile(r"[0-9]+,[0-9]+", re.ASCII)
_NUMBERS = re.compile(r"[0-9]{1,9}", re.ASCII)


class Layout(NamedTuple):
    """How a table is written; the separator of a single column is empty."""

    separator: str
    header: Record | None
    note: str | None = None


def layout_of(
    source: TableText, choice: str, decimal: str | None, *, tabs_only: bool = False
) -> Layout:
    """The separator and the header of a table.

    `choice` names columns, and `decimal` is the decimal sign, where the user names them. With
    `tabs_only` a comma between two numbers is not taken for a separator without being told. Raises
    ConvError where the table can be read in two ways.
    """
    separator, note = declared_separator(source.text), None
    if separator is None:
        separator, note = _Guess(source, choice, decimal, tabs_only).separator()
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

    def __init__(
        self, source: TableText, choice: str, decimal: str | None, tabs_only: bool
    ) -> None:
        self.source, self.choice = source, choice
        self.decimal, self.tabs_only = decimal, tabs_only
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
        if "," not in self.text:
            return self._blank_or_none(blanks)
        if self.decimal == ",":
            return self._around_decimal_commas(blanks)
        if blanks and ("," not in self.first or _GROUPS.fullmatch(self.first)):
            return self._blank_or_none(blanks)
        if self.decimal is None and _COMMAS_AND_BLANKS.fullmatch(self.first):
            words = re.split("[ ,]+", self.first)
            raise self._two_readings(self.first.replace(",", "."), " ".join(words))
        return self._comma_or_none()

    def _data(self) -> Iterator[str]:
        """The lines of data."""
        return (line for line in data_lines(self.text) if line != self.header)

    def _around_decimal_commas(self, blanks: bool) -> tuple[str, str | None]:
        """The separator of numbers with decimal commas: a comma where quotes or names say so."""
        if any(_BESIDE_QUOTES.search(line) for line in (self.first, self.header or "")):
            return ",", self._note_on_quotes()
        if self.header and "," in self.header and "," in self.first and not blanks:
            return ",", "commas separate the cells, as they do in the line of names"
        return self._blank_or_none(blanks)

    def _note_on_quotes(self) -> str | None:
        """A note where some commas stand in quotes and others between digits."""
        if self.header or not _BESIDE_QUOTES.search(self.first):
            return None
        between = _BETWEEN_DIGITS.search(self.first)
        return f"commas outside quotes separate the cells: {between[0]}" if between else None

    def _blank_or_none(self, blanks: bool) -> tuple[str, str | None]:
        """A blank where the cells are separated by it. Raises ConvError for grouped digits."""
        if not blanks:
            return "", None
        zeros, sign = False, ""
        for line in self._data():
            groups = _GROUPS.fullmatch(line)
            if not groups:
                return self._blank(), None
            zeros |= bool(_ZEROS.search(line))
            sign = groups["sign"] or sign
        if self._chooses_beyond(1):
            return " ", None
        one = self.first.replace(" ", "").replace(",", ".")
        if zeros or sign == ",":
            rule = "{line!r} is {one}, or the numbers {line}"
            hint = f"Write {{one}}, or {self._columns(self.first, ' ')} for columns."
            raise self._error(rule, hint, {"line": self.first, "one": one})
        words = " and ".join(self.first.rsplit(" ", 1)).replace(
            " ", ", ", self.first.count(" ") - 1
        )
        note = f"{self.first} is read as the numbers {words}; where it is one number, write {one}"
        return " ", note if sign else None

    def _blank(self) -> str:
        """A blank. Raises ConvError where integers in groups of thousands stand beside others."""
        if not _GROUP_OF_ZEROS.search(self.text) or self._chooses_beyond(1):
            return " "
        for line in self._data():
            if group := _GROUP_OF_ZEROS.search(line):
                rule = "{group!r} is {one}, or the numbers {group}"
                hint = f"Write {{one}}, or {self._columns(line, ' ')} for columns."
                fields = {"group": group[0], "one": group[0].replace(" ", "")}
                raise self._error(rule, hint, fields)
        return " "

    def _comma_or_none(self) -> tuple[str, str | None]:
        """A comma, or nothing where the cells are numbers with commas."""
        if self.header and "," in self.header:
            return ",", None
        found = comma_readings(self._data())
        if not found.line:
            return "", None
        likely = found.thousands_likely or (found.decimals and found.columns == 1)
        if self.header:
            return "" if likely else ",", None
        if self._chooses_beyond(found.columns):
            return ",", None
        if not (found.thousands or found.decimals):
            self._refuse_other_groups()
            return ",", self._note_on_quotes()
        if self.decimal == "." and found.thousands_likely:
            note = f"the comma is read as a thousands sign: {found.line} is {found.one_number}"
            columns = f"; {self._shown_columns(found.line)} reads columns" if found.even else ""
            return "", note + columns
        if self.decimal == ".":
            return ",", found.note() if found.thousands else None
        doubtful = found.decimals_likely or found.alone or self.tabs_only
        if found.thousands_likely or doubtful:
            raise self._refused(found)
        return ",", found.note()

    def _refuse_other_groups(self) -> None:
        """Refuse groups of thousands that are written in another way: `1,00,000`, `1,000,`."""
        likely = False
        for line in self._data():
            if not _OTHER_GROUPS.fullmatch(line):
                return
            likely |= ",0" in line
        if likely:
            rule = "{line!r} is {one} with thousands signs, or the numbers {numbers}"
            line = self.first.rstrip(",")
            fields = {"line": self.first, "one": line.replace(",", "")}
            fields["numbers"] = line.replace(",", " ")
            hint = f"Write {{one}}, or {self._columns(line, ',')} for columns."
            raise self._error(rule, hint, fields)

    def _refused(self, found: CommaReadings) -> ConvError:
        """The error for commas that can be several things."""
        one = found.decimals and found.columns == 1
        readings = ["{thousands} with thousands signs"] if found.thousands else []
        readings += ["{decimals} with a decimal comma"] if found.decimals else []
        rule = f"{{line!r}} is {', '.join(readings)}, or the numbers {{numbers}}"
        hints = ["`decimal` , for a decimal comma"] if one else []
        hints += ["`decimal` . for thousands signs"] if found.thousands_likely else []
        hint = f"Add {', or '.join(hints)}." if hints else ""
        if found.even:
            columns = f"rite {self._columns(found.line, ',')} for columns."
            hint = f"{hint[:-1]}; or w{columns}" if hint else f"W{columns}"
        if found.decimals and not one:
            hint += " Between numbers with decimal commas, write semicolons."
        fields = {
            "line": found.line,
            "thousands": found.one_number,
            "decimals": found.with_points,
            "numbers": " ".join(found.fields),
        }
        return self._error(rule, hint, fields)

    def _columns(self, line: str, separator: str) -> str:
        """How all columns are chosen, for a hint."""
        return f"{{path}}:1..{line.count(separator) + 1}"

    def _shown_columns(self, line: str) -> str:
        """How all columns are chosen, for a note."""
        path = printable(shortened(self.source.path))
        return self._columns(line, ",").replace("{path}", path)

    def _chooses_beyond(self, columns: int) -> bool:
        """Whether the user chooses a column that a table of so few columns does not have."""
        return any(int(number) > columns for number in _NUMBERS.findall(self.choice))

    def _two_readings(self, decimals: str, numbers: str) -> ConvError:
        rule = "{line!r} is {decimals} with a decimal comma, or the numbers {numbers}"
        fields = {"line": self.first, "decimals": decimals, "numbers": numbers}
        if _GROUPS_AND_BLANKS.fullmatch(self.first):
            rule = f"{{line!r}} is {{thousands}} with thousands signs,{rule.partition(' is')[2]}"
            fields["thousands"] = self.first.replace(",", "")
        hint = "Add `decimal` , for decimal commas, or write blanks or semicolons in their place."
        return self._error(rule, hint, fields)

    def _error(self, rule: str, hint: str, fields: dict[str, str] | None = None) -> ConvError:
        offset = max(self.source.text.find(self.first), 0)
        return self.source.error("table.separator", rule, offset, fields=fields, hint=hint)


def _holds_names(line: str) -> bool:
    """Whether a line holds a word that is neither a number nor a missing value."""
    words = re.split(r"[\s,;|]+", line.strip())
    return any(not is_number(word) and not is_missing(word) for word in words)
