"""`--format table`: Rich's tables and grids.

Nothing is cut: piped, lines are as long as they need; where a terminal is narrower than a table,
the table turns into records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from convcli.errors import printable
from convcli.render import Style
from convcli.render.formulas import numbers_text, rule_text
from convcli.render.grids import SPACE, Lines, beside, grid_lines, joined, width_of
from convcli.render.planes import (
    ASCII_ELLIPSIS,
    ELLIPSIS,
    Plane,
    PlaneCell,
    fitted_plane,
    plane_title,
    planes,
)
from convcli.render.tables import TableWords, items_left, limited_items, table_words
from convcli.render.terminal_colors import BLUE, GRAY, GREEN, PURPLE, rich_color
from convcli.render.values import text, worked_steps
from convcli.report.document import (
    Block,
    Curve,
    Document,
    Drawing,
    Equation,
    Facts,
    Formulas,
    Note,
    Sum,
    Table,
    Tensor,
)

AS_WIDE_AS_NEEDED = 100_000
LONG = 400  # rows of a table
TITLE, LABEL, QUIET = "bold", rich_color(BLUE), rich_color(GRAY)
PADDED, VALUE = rich_color(PURPLE), f"bold {rich_color(GREEN)}"


def render(document: Document, style: Style) -> Iterator[str]:
    """The document in pieces of text."""
    printer = _Printer(style)
    yield from _render(document, printer, style)


def _render(document: Document, printer: _Printer, style: Style) -> Iterator[str]:
    if document.title:
        yield printer.printed(Text(printable(document.title), TITLE)) + "\n"
    for block in document.for_people():
        yield from printer.block(block)
    for item in limited_items(document, style):
        yield from _render(item, printer, style)
    for line in items_left(document, style):
        yield printer.printed(Text(line, QUIET))
    for block in document.behind_items():
        yield from printer.block(block)


class _Printer:
    def __init__(self, style: Style) -> None:
        self.style = style
        self.gap = ASCII_ELLIPSIS if style.ascii else ELLIPSIS
        self.times = "*" if style.ascii else "\u00d7"
        self.buffer = StringIO()
        self.console = Console(
            file=self.buffer,
            width=AS_WIDE_AS_NEEDED,
            height=100,
            force_terminal=style.color,
            color_system="256" if style.color else None,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=True,
            _environ={},
        )

    def printed(self, renderable: RenderableType, width: int | None = None) -> str:
        self.console.print(renderable, width=width)
        written = self.buffer.getvalue()
        self.buffer.seek(0)
        self.buffer.truncate()
        return "".join(line.rstrip() + "\n" for line in written.splitlines())

    def width_of(self, renderable: RenderableType) -> int:
        return Measurement.get(self.console, self.console.options, renderable).maximum

    def fits(self, renderable: RenderableType) -> bool:
        return self.style.width is None or self.width_of(renderable) <= self.style.width

    def block(self, block: Block) -> Iterator[str]:
        written = "".join(self._block(block))
        if written:
            yield written + "\n"

    def _block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Note):
            yield self.printed(Text(text(block.text, self.style.precision), QUIET))
        elif isinstance(block, Drawing):
            yield self.printed(Text("\n".join(block.lines)))
        elif isinstance(block, Curve):
            from convcli.render.curve import curve_lines

            yield self.printed(Text("\n".join(curve_lines(block, self.style.words))))
        elif isinstance(block, Facts):
            yield from self._facts(block)
        elif isinstance(block, Formulas):
            yield from self._formulas(block)
        elif isinstance(block, Sum):
            yield self.printed(self._sum(block))
        elif isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Tensor):
            yield from self._tensor(block)
        elif isinstance(block, Equation):
            yield from self._equation(block)

    def _grid(self, rows: list[list[Text]]) -> RichTable:
        grid = RichTable.grid(padding=(0, 2, 0, 0))
        for _ in rows[0] if rows else ():
            grid.add_column(no_wrap=True)
        for row in rows:
            grid.add_row(*row)
        return grid

    def _facts(self, block: Facts) -> Iterator[str]:
        p = self.style.precision
        rows = [
            [Text(fact.label, LABEL), Text(text(fact.value, p)), Text(text(fact.note, p), QUIET)]
            for fact in block.rows
            if fact.label
        ]
        has_notes = any(note.plain for *_, note in rows)
        grid = self._grid(rows if has_notes else [row[:2] for row in rows])
        if self.fits(grid):
            yield self.printed(grid) if rows else ""
            return
        for label, value, note in rows:
            yield self.printed(Text.assemble(label, "  ", value))
            if note.plain:
                yield self.printed(Text.assemble("  ", note))

    def _formulas(self, block: Formulas) -> Iterator[str]:
        for rule in block.rules:
            yield self.printed(Text(rule_text(rule), QUIET))
        rows = [
            [
                Text(f"  {row.label}", LABEL),
                Text.assemble(numbers_text(row), " = ", (text(row.value), VALUE)),
            ]
            for row in block.rows
        ]
        if rows:
            yield self.printed(self._grid(rows))

    def _sum(self, block: Sum) -> Text:
        *steps, total = worked_steps(block, self.style.precision)
        line = Text.assemble(*(f"{step} = " for step in steps), (total, VALUE))
        return Text.assemble((f"{block.lead}  ", LABEL), line) if block.lead else line

    def _table(self, block: Table) -> Iterator[str]:
        words = table_words(block, self.style.precision)
        if words is None:
            return
        if len(words.rows) > LONG:
            yield from self._long_table(words)
            return
        lines = box.ASCII2 if self.style.ascii else box.SIMPLE_HEAD
        table = RichTable(box=lines, header_style=LABEL, pad_edge=False)
        for word, is_numeric in zip(words.header, words.is_numeric, strict=True):
            table.add_column(Text(word), justify="right" if is_numeric else "left", no_wrap=True)
        for row in words.rows:
            table.add_row(*map(Text, row))
        if self.fits(table):
            yield self.printed(table, self.width_of(table)).strip("\n") + "\n"
            return
        yield from self._records(words)

    def _records(self, words: TableWords) -> Iterator[str]:
        """One line a value, the values below each other, a blank line between two rows."""
        width = max(map(cell_len, words.header))
        for at, row in enumerate(words.rows):
            yield "\n" if at else ""
            for number, (word, value) in enumerate(zip(words.header, row, strict=True)):
                lead = (
                    Text(value, TITLE)
                    if not word
                    else Text.assemble("  ", (_filled(word, width), LABEL), f"  {value}")
                )
                yield self.printed(lead) if value or number else ""

    def _long_table(self, words: TableWords) -> Iterator[str]:
        """The same look for a table of very many rows, which Rich takes a millisecond each for."""
        widths = [
            max(map(cell_len, column)) for column in zip(words.header, *words.rows, strict=True)
        ]
        gap, rule = ("   ", "-") if self.style.ascii else ("   ", "\u2500")

        def line(row: list[str]) -> str:
            placed = (
                _filled(word, width, right=right)
                for word, width, right in zip(row, widths, words.is_numeric, strict=True)
            )
            return (" " + gap.join(placed)).rstrip() + "\n"

        yield self.printed(Text(line(words.header).rstrip("\n"), LABEL))
        yield " " + rule * (sum(widths) + len(gap) * (len(widths) - 1) + 1) + "\n"
        yield from map(line, words.rows)

    def _tensor(self, block: Tensor) -> Iterator[str]:
        for plane in planes(block, self.style.width):
            yield self.printed(joined(self._titled(plane, self.style.width)))

    def _cells(self, plane: Plane, width: int | None) -> Lines:
        """The numbers of a plane, without its middle columns where it is wider than `width`."""
        plane, columns = fitted_plane(plane, self.style.precision, self.gap, width, SPACE)
        words = list(zip(*columns, strict=True))
        if not plane.has_gap:
            return grid_lines([self._row(*row) for row in zip(words, plane.rows, strict=True)])
        header, *lines = words
        rows = [[Text(word, QUIET) for word in header]]
        for (head, *line), cells in zip(lines, plane.rows, strict=True):
            rows.append([Text(head, QUIET), *self._row(line, cells)])
        return grid_lines(rows)

    def _row(self, words: Sequence[str], cells: Sequence[PlaneCell]) -> list[Text]:
        return [
            Text(word, PADDED if cell.marked else "")
            for word, cell in zip(words, cells, strict=True)
        ]

    def _has_room(self, lines: Lines) -> bool:
        return self.style.width is None or width_of(lines) <= self.style.width

    def _equation(self, block: Equation) -> Iterator[str]:
        if block.title:
            yield self.printed(Text(block.title, LABEL))
        columns = [list(planes(tensor, self.style.width)) for tensor in block.tensors]
        for row in zip(*columns, strict=True):
            yield from self._written_row(row, block.signs)

    def _written_row(self, row: Sequence[Plane], signs: Sequence[str]) -> Iterator[str]:
        """The planes of a row with the signs between them, as many beside each other as fit."""
        middle = (max(len(plane.rows) for plane in row) + 1) // 2
        line: list[Lines] = []
        for plane, sign in zip(row, ["", *signs], strict=True):
            before = self._sign(sign, middle)
            cells = self._titled(plane)
            if line and not self._has_room(beside([*line, *before, cells])):
                yield self.printed(joined(beside(line)))
                line, before = [], self._sign(sign, 1)
            if not line and not self._has_room(beside([*before, cells])):
                taken = width_of(beside([*before, [Text()]]))
                cells = self._titled(plane, (self.style.width or 0) - taken)
            line += [*before, cells]
        yield self.printed(joined(beside(line)))

    def _sign(self, sign: str, line: int) -> list[Lines]:
        """A sign on that line of a block of its own; nothing for no sign."""
        written = self.times if sign == "*" else sign
        return [[*[Text()] * line, Text(written)]] if sign else []

    def _titled(self, plane: Plane, width: int | None = None) -> Lines:
        title = Text(plane_title(plane, self.gap, self.style.words), LABEL)
        return [title, *self._cells(plane, width)] if plane.rows else [title]


def _filled(word: str, width: int, *, right: bool = False) -> str:
    """The word with spaces behind it, or before it for the right, up to so many columns."""
    space = " " * (width - cell_len(word))
    return space + word if right else word + space
