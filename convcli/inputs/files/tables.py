"""Tables as text: CSV by its dialect, columns by name or number, numbers without loss."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from math import isinf
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError, printable, shortened
from convcli.inputs.files.table_cells import (
    COMMA,
    FLOATS,
    POINT,
    Cell,
    Signs,
    decimal_sign,
    is_missing,
    is_number,
    number_with_comma,
    parser,
    place,
    plain_number,
)
from convcli.inputs.files.table_columns import chosen_columns
from convcli.inputs.files.table_errors import (
    is_above_numbers,
    is_plain,
    no_number,
    no_row,
    other_width,
)
from convcli.inputs.files.table_layout import Layout, layout_of
from convcli.inputs.files.table_text import Lines, Record, TableText, records
from convcli.inputs.text.literal_numbers import (
    MINUS,
    count_of_numbers,
    loses_its_value,
    to_array,
)

BYTES_OF_RECORD = 64  # of each character of one record: its cells, as texts and as numbers
BYTES_OF_TABLE = 16  # of each byte of the file: its text twice, and its numbers
EXACT = 2**53  # integers up to here are float64 exactly
NAMES_LISTED = 8  # in a note
ROWS_BELOW = 3  # in which a number tells that a row of texts stands above numbers


class Table(NamedTuple):
    """The numbers of a table (rows, columns), and what its user should know."""

    numbers: Array
    notes: tuple[str, ...]


def parse_table(
    source: TableText, choice: str = "", decimal: str | None = None, *, tabs_only: bool = False
) -> Table:
    """The chosen columns of a table.

    `choice` names columns as `chosen_columns` reads them, `decimal` the decimal sign where the
    user names it. int64 where every number is an integer (uint64 beyond it), else float64. Raises
    ConvError where the table can be read in two ways, rows differ in length, or a cell holds no
    number.

    >>> parse_table(TableText("time;value\\n0;1,5\\n1;2,5", "X", "x.csv"), "value").numbers.tolist()
    [[1.5], [2.5]]
    """
    text = source.text.replace("\r\n", "\n").replace("\r", "\n").replace(MINUS, "-")
    reading = _Reading(source._replace(text=text), choice, decimal, tabs_only)
    numbers = reading.numbers()
    return Table(numbers, tuple(reading.notes()))


class _Reading:
    """One reading of a table."""

    def __init__(
        self, source: TableText, choice: str, decimal: str | None, tabs_only: bool
    ) -> None:
        self.source, self.is_chosen = source, bool(choice.strip())
        self.layout: Layout = layout_of(source, choice, decimal, tabs_only=tabs_only)
        self.lines = Lines(source.text, stripped=self.layout.separator == " ")
        first = next(self._records(), None)
        if first is None:
            raise source.error("literal.empty", "holds no numbers", 0)
        self.width = len(first.cells)
        self.trailing = self._ends_with_separators(first)
        self.columns = chosen_columns(
            source, choice, self.layout.header, self.width - self.trailing
        )
        self._refuse_header_of_other_width(first)
        self._refuse_index_column()
        self.signs = self._signs(decimal)
        self.rounded: str | None = None

    def numbers(self) -> Array:
        """The numbers of the chosen columns."""
        parse = self._parser()
        whole = self.columns == list(range(self.width))
        integers, floats = array("q"), array("d")
        is_float = False
        try:
            for record in self._records(self.lines):
                cells = record.cells
                if len(cells) != self.width or (self.trailing and cells[-1]):
                    raise self._ragged(record)
                row = cells if whole else [cells[column] for column in self.columns]
                try:
                    if not is_float:
                        integers.extend(map(parse, row))  # type: ignore[arg-type]
                        continue
                except TypeError:  # a float: array("q") takes integers alone
                    is_float = True
                    kept = len(integers) - len(integers) % len(row)
                    floats = array("d", integers[:kept])
                    integers = array("q")
                floats.extend(map(FLOATS.get(parse, parse), row))
        except ConvError:
            raise
        except ValueError:
            raise self._no_number() from None
        except OverflowError:
            return self._large_numbers()
        numbers = np.frombuffer(floats) if is_float else np.frombuffer(integers, np.int64)
        self._check_floats(numbers)
        return numbers.reshape(-1, len(self.columns))

    def notes(self) -> Iterator[str]:
        """What the user should know."""
        if self.lines.comments:
            count = self.lines.comments
            yield f"{count} line{' is a comment' if count == 1 else 's are comments'} (#)"
        if self.lines.behind:
            count = self.lines.behind
            behind = (
                "1 comment behind numbers is"
                if count == 1
                else f"{count} comments behind numbers are"
            )
            yield f"{behind} left out (#)"
        if self.lines.empty:
            count = self.lines.empty
            yield f"{count} empty line{' is' if count == 1 else 's are'} left out"
        if self.layout.header and not self.is_chosen:
            yield self._header_note(self.layout.header)
        if self.trailing:
            yield "every row ends with a separator; the empty last column is left out"
        yield from filter(None, (self.layout.note, self.signs.note, self.rounded))

    def _header_note(self, header: Record) -> str:
        names = [printable(shortened(name, 40)) for name in header.cells[:NAMES_LISTED]]
        more = ", ..." if len(header.cells) > NAMES_LISTED else ""
        if len(self.columns) == 1:
            return f"the line of names ({names[0]}) is left out"
        last = header.cells[-1]
        if not is_plain(last, header.cells.count(last)):
            last = str(len(self.columns))
        name = f"{printable(shortened(self.source.path))}:{printable(last)}"
        return (
            f"the line of names ({', '.join(names)}{more}) is left out, and all "
            f"{len(self.columns)} columns are read; {name} reads the last alone"
        )

    def _records(self, lines: Lines | None = None) -> Iterator[Record]:
        """The records of data."""
        found = records(self.source, self.layout.separator, lines)
        if self.layout.header:
            next(found)
        return found

    def _chosen(self) -> Iterator[Cell]:
        """The cells of the chosen columns; the records that have them all."""
        for record in self._records():
            if len(record.cells) == self.width:
                for column in self.columns:
                    yield Cell(record.cells[column], column, record.offset)

    def _ends_with_separators(self, first: Record) -> bool:
        header = self.layout.header
        named = header is not None and len(header.cells) == self.width and header.cells[-1]
        return self.width > 1 and not first.cells[-1] and not named

    def _refuse_header_of_other_width(self, first: Record) -> None:
        header = self.layout.header
        if header and len(header.cells) not in (self.width, self.width - self.trailing):
            raise other_width(self.source, header, first)

    def _refuse_index_column(self) -> None:
        header = self.layout.header
        if header and not self.is_chosen and self.width > 1 and not header.cells[0]:
            rule = "its first column has no name: it may count the rows"
            hint = f"Write {{path}}:2..{self.width}, or {{path}}:1..{self.width} with it."
            raise self.source.error("table.column", rule, header.offset, hint=hint)

    def _signs(self, decimal: str | None) -> Signs:
        text, separator = self.source.text, self.layout.separator
        commas = COMMA in text and (separator != COMMA or '"' in text)
        points = POINT in text and (separator != COMMA or '"' in text)
        if decimal or not (commas or points):
            return Signs(decimal or POINT)
        return decimal_sign(self.source, self._chosen(), None, doubts_points=points)

    def _parser(self) -> Callable[[str], int | float]:
        text = self.source.text
        commas = COMMA in text and (self.layout.separator != COMMA or '"' in text)
        if "_" in text or not text.isascii() or (commas and self.signs.decimal == POINT):
            return parser(self.signs.decimal)
        if self.signs.decimal == COMMA:
            return parser(COMMA) if POINT in text else number_with_comma
        return plain_number

    def _ragged(self, record: Record) -> ConvError:
        number = sum(each.offset < record.offset for each in self._records()) + 1
        if len(record.cells) == self.width:
            rule = f"row {number} has a cell in the last column, which is empty in row 1"
        else:
            count = count_of_numbers(len(record.cells))
            rule = f"row {number} has {count}, but row 1 has {self.width}"
        return self.source.error("literal.ragged", rule, record.offset)

    def _no_number(self) -> ConvError:
        """The error of the first cell that is no number."""
        parse = self._parser()
        for cell in self._chosen():
            try:
                parse(cell.text)
            except ValueError:
                break
        header = self.layout.header
        first, *more = islice(self._records(), 1 + ROWS_BELOW)
        if header and cell.offset == first.offset and is_above_numbers(first, more):
            return no_row(self.source, first, header)
        if header is None and self._is_one_line_of_names():
            rule = "has a line of names, and no numbers below it"
            return self.source.error("literal.empty", rule, 0)
        others = [] if self.is_chosen else self._numeric_columns()
        names = header.cells if header else []
        return no_number(self.source, cell, names, others, self.signs.decimal)

    def _is_one_line_of_names(self) -> bool:
        first, *more = islice(self._records(), 2)
        return not more and all(text[:1].isalpha() and not is_missing(text) for text in first.cells)

    def _numeric_columns(self) -> list[int]:
        """The columns that hold numbers alone; empty where all or none do, or rows differ."""
        if any(len(record.cells) != self.width for record in self._records()):
            return []
        numeric = set(self.columns)
        for cell in self._chosen():
            if cell.column in numeric and not is_number(cell.text):
                numeric.discard(cell.column)
        return sorted(numeric)

    def _large_numbers(self) -> Array:
        """Integers beyond int64, alone or among floats."""
        parse = self._parser()
        for record in self._records():
            if len(record.cells) != self.width:
                raise self._ragged(record)
        try:
            numbers = [parse(cell.text) for cell in self._chosen()]
        except ValueError:
            raise self._no_number() from None
        try:
            return to_array(numbers, (-1, len(self.columns)), self.source.name)
        except ConvError as error:
            largest = max(numbers, key=lambda number: abs(number) if number == number else 0)
            cell = next(cell for cell in self._chosen() if parse(cell.text) == largest)
            code, rule = "literal.range", f"{error.rule}: {{word}}"
            fields = {"word": cell.text}
            at = place(self.source, cell)
            raise self.source.error(code, rule, at, fields=fields, hint=error.hint) from None

    def _check_floats(self, numbers: Array) -> None:
        """Look for numbers that float64 does not hold."""
        if numbers.dtype.kind != "f":
            return
        sizes = np.abs(numbers)
        if not (np.isinf(sizes).any() or (sizes >= EXACT).any() or (sizes == 0).any()):
            return
        parse = self._parser()
        for cell in self._chosen():
            value = parse(cell.text)
            number = value if isinstance(value, float) else float(str(value))
            if isinstance(value, int) and not isinf(number):
                if value != int(number) and self.rounded is None:
                    self.rounded = f"{value} is rounded to {number!r}, as other cells have points"
            elif loses_its_value(cell.text, number):
                fields = {"word": cell.text}
                rule = "{word!r} is beyond float64"
                raise self.source.error(
                    "literal.range", rule, place(self.source, cell), fields=fields
                )
