"""The text of a table, its errors, and its records: cells between separators, by RFC 4180."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from convcli.errors import ConvError

LONGEST_CELL = 100_000  # characters
NO_SEPARATOR = "\x1f"  # of a single column: a character that no text holds
_DECLARED = re.compile(r"sep=(.)[ \t]*\n?")  # what spreadsheets write and read
# what spreadsheets write for a value that there is not
ERROR_VALUES = (
    "#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    "#GETTING_DATA", "#FIELD!", "#CONNECT!", "#BLOCKED!", "#UNKNOWN!", "#BUSY!", "#ERROR!",
)  # fmt: skip
# Numbers, and a comment behind them: a text in a cell of its own is none.
_COMMENTED = re.compile(
    r"(?=[^#0-9]*[0-9])([0-9naitfyeE.,;|+ \t-]*[0-9nfyNFY.]) *#"
    rf"(?!{'|'.join(re.escape(value[1:]) for value in ERROR_VALUES)})",
    re.ASCII | re.IGNORECASE,
)


class TableText(NamedTuple):
    """The text of a file, with the name of its parameter and its path, for errors."""

    text: str
    name: str
    path: str

    def error(
        self,
        code: str,
        rule: str,
        offset: int,
        *,
        fields: Mapping[str, Any] | None = None,
        hint: str | None = None,
    ) -> ConvError:
        """An error that points at a place in the text."""
        return ConvError(
            code,
            rule,
            parameter=self.name,
            fields={"path": self.path} | dict(fields or {}),
            hint=hint,
            pointer=(self.text, offset),
            kind="data",
        )

    def line(self, offset: int) -> int:
        """The number of the line that holds an offset, counted from 1."""
        return self.text.count("\n", 0, offset) + 1


class Record(NamedTuple):
    """A record: its cells without the blanks around them, and its offset in the text."""

    cells: list[str]
    offset: int


class Lines:
    """The lines of a text for csv.reader; comments and empty lines between records are left out.

    `record` is the offset of the record, `begins` whether the next line is its first. `comments`,
    `behind` (comments behind numbers) and `empty` count what was left out; empty lines at the ends
    do not count.
    """

    def __init__(self, text: str, *, stripped: bool = False) -> None:
        self.text, self.stripped = text, stripped
        self.next = self.record = 0
        self.begins = True
        self.comments = self.behind = self.empty = self._pending = 0
        self._is_first = True
        self._has_marks = "#" in text

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        while self.next < len(self.text):
            start = self.next
            end = self.text.find("\n", start)
            self.next = end + 1 if end >= 0 else len(self.text)
            line = self.text[start : self.next]
            if self.begins:
                if self._is_left_out(line, start):
                    continue
                self.begins, self.record = False, start
                line = self._without_comment(line) if self._has_marks else line
            return line.strip() if self.stripped else line
        raise StopIteration

    def _without_comment(self, line: str) -> str:
        if "#" in line and (numbers := _COMMENTED.match(line)):
            self.behind += 1
            return f"{numbers[1]}\n"
        return line

    def _is_left_out(self, line: str, start: int) -> bool:
        if is_comment(line):
            self.comments += 1
            return True
        if not line.strip(" \n\ufeff\u00a0"):
            self._pending += 1
            return True
        if not start and _DECLARED.fullmatch(line):
            return True
        self.empty += 0 if self._is_first else self._pending
        self._pending, self._is_first = 0, False
        return False


def is_comment(line: str) -> bool:
    """Whether a line is a comment; `#N/A` is what spreadsheets write for a missing value."""
    stripped = line.lstrip()
    return stripped.startswith("#") and not stripped.upper().startswith(ERROR_VALUES)


def declared_separator(text: str) -> str | None:
    """The separator that the first line declares: `sep=;`."""
    declared = _DECLARED.match(text)
    return declared[1] if declared else None


def data_lines(text: str) -> Iterator[str]:
    """The lines that hold cells, without the blanks around them."""
    lines = Lines(text, stripped=True)
    while True:
        lines.begins = True
        line = next(lines, None)
        if line is None:
            return
        yield line


def records(source: TableText, separator: str, lines: Lines | None = None) -> Iterator[Record]:
    """The records of a table, without comments and empty lines; `lines` counts those.

    Raises ConvError where a quote is wrong or a cell is too long.
    """
    lines = lines or Lines(source.text, stripped=separator == " ")
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(
        lines, delimiter=separator or NO_SEPARATOR, skipinitialspace=True, strict=True
    )
    while True:
        lines.begins = True
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            rule = "a quote is not closed, or has text behind it"
            if "limit" in str(error):
                rule = f"a cell has more than {LONGEST_CELL} characters"
            raise source.error("table.quotes", rule, lines.record) from None
        yield Record([cell.strip() for cell in cells], lines.record)
