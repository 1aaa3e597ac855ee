"""Which columns of a table are meant: `value`, `2`, `2..5`, `a..c`, `time,value`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convcli.errors import ConvError, shortened
from convcli.inputs.files.table_text import Record, TableText
from convcli.suggestions import closest, either

NAMES_LISTED = 20  # in an error
NUMBERS_LISTED = 4  # of the columns that have one name
NAMES_COMPARED = 1000  # with a name that there is not
_QUOTED = re.compile('"(?:[^"]|"")*"')
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


def chosen_columns(source: TableText, choice: str, header: Record | None, count: int) -> list[int]:
    """The columns, counted from 0, that `choice` names; all `count` where it is empty.

    A column is its name in the header, or its number from 1; `A..B` is a range with both ends.
    Names with commas or dots stand in double quotes. Raises ConvError where there is no such
    column, or several have the name.
    """
    if not choice.strip():
        return list(range(count))
    columns = _Columns(source, header.cells if header else [], count)
    if choice.strip() in columns.names:
        return [columns.one(choice)]
    chosen: list[int] = []
    for part in _parts(choice):
        chosen += columns.part(part)
    return chosen


def _parts(choice: str) -> list[str]:
    """The parts between commas that stand outside quotes."""
    parts, quoted = [""], False
    for character in choice:
        quoted ^= character == '"'
        if character == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


class _Columns:
    """The columns of a table by name and by number."""

    def __init__(self, source: TableText, names: Sequence[str], count: int) -> None:
        self.source, self.names, self.count = source, names, count

    def part(self, text: str) -> list[int]:
        """The columns of one name, number or range."""
        if ".." not in text or text in self.names or (text.startswith('"') and text.endswith('"')):
            return [self.one(text)]
        first, _, last = text.partition("..")
        start, stop = self.one(first), self.one(last)
        if start > stop:
            rule = "the range {text} runs backwards"
            raise self._error(rule, {"text": text}, None)
        return list(range(start, stop + 1))

    def one(self, text: str) -> int:
        """The column of a name or a number."""
        name = text.strip()
        if len(name) > 1 and name[0] == name[-1] == '"':
            name = name[1:-1].replace('""', '"')
        places = [at for at, each in enumerate(self.names) if each == name]
        if len(places) > 1:
            rule = f"{len(places)} columns have the name {{text!r}}"
            numbers = either([str(at + 1) for at in places[:NUMBERS_LISTED]])
            raise self._error(rule, {"text": name}, f"Choose one by its number: {numbers}.")
        by_number = _DIGITS.fullmatch(name) and 1 <= int(name) <= self.count
        if places and by_number and name == text.strip() and places[0] != int(name) - 1:
            rule = "{text} is the name of column {place}, and the number of another"
            fields = {"text": name, "place": str(places[0] + 1)}
            raise self._error(rule, fields, "Write the name in quotes: '\"{text}\"'.")
        if places:
            return places[0]
        if by_number:
            return int(name) - 1
        raise self._no_column(name)

    def _no_column(self, name: str) -> ConvError:
        listed = ", ".join(shortened(each, 40) for each in self.names[:NAMES_LISTED])
        more = len(self.names) - NAMES_LISTED
        columns = f"1..{self.count}" if self.count > 1 else "1"
        rule = f"has no column {{text!r}}: its columns are {columns}"
        if self.names:
            rule += f", with the names {{names}}{f' and {more} more' if more > 0 else ''}"
        else:
            rule += ", and no line of names stands above them"
        close = closest(name, self.names[:NAMES_COMPARED])
        fields = {"text": name, "names": listed, "close": either(close) if close else ""}
        return self._error(rule, fields, "Did you mean {close}?" if close else None)

    def _error(self, rule: str, fields: dict[str, str], hint: str | None) -> ConvError:
        # not a place of the text: the fault is in the choice
        return ConvError(
            "table.column",
            rule,
            parameter=self.source.name,
            fields=fields,
            hint=hint,
            kind="data",
        )
