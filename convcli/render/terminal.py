"""`--format table`: Rich's tables and grids. Nothing is cut: piped, lines are as long as they need; where a terminal is
narrower than a table, the table turns into records."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from convcli.errors import printable
from convcli.render import Style
from convcli.render.columns import columns, filled
from convcli.render.plain import items_left, marked_words, shown_items, table_words
from convcli.render.values import grids, text, worked
from convcli.report.document import (
    Block,
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
WIDEST_GRID = 40  # columns beyond which window, kernel and products do not help side by side
TITLE, LABEL, QUIET, PADDED, VALUE = "bold", "cyan", "dim", "magenta", "bold green"


def render(document: Document, style: Style) -> Iterator[str]:
    printer = _Printer(style)
    yield from _render(document, printer, style)


def _render(document: Document, printer: _Printer, style: Style) -> Iterator[str]:
    if document.title:
        yield printer.printed(Text(printable(document.title), TITLE)) + "\n"
    for block in document.for_people():
        yield from printer.block(block)
    for item in shown_items(document, style):
        yield from _render(item, printer, style)
    for line in items_left(document, style):
        yield printer.printed(Text(line, QUIET))
    for block in document.ending():
        yield from printer.block(block)


class _Printer:
    def __init__(self, style: Style) -> None:
        self.style = style
        self.gap = "..." if style.ascii else "\u2026"
        self.times = "*" if style.ascii else "\u00d7"
        self.buffer = StringIO()
        self.console = Console(
            file=self.buffer,
            width=AS_WIDE_AS_NEEDED,
            height=100,
            force_terminal=style.color,
            color_system="standard" if style.color else None,
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
            yield self.printed(Text(printable(block.text), QUIET))
        elif isinstance(block, Drawing):
            yield self.printed(Text("\n".join(block.lines)))
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

    def _grid(self, rows: list[list[Text]], *, space: int = 2, right: bool = False) -> RichTable:
        grid = RichTable.grid(padding=(0, space, 0, 0))
        for _ in rows[0] if rows else ():
            grid.add_column(justify="right" if right else "left", no_wrap=True)
        for row in rows:
            grid.add_row(*row)
        return grid

    def _facts(self, block: Facts) -> Iterator[str]:
        shown = [fact for fact in block.rows if fact.label]
        words = [
            (fact.label or "", text(fact.value, self.style.precision), fact.note) for fact in shown
        ]
        rows = [
            [Text(label, LABEL), Text(value), Text(note, QUIET)] for label, value, note in words
        ]
        grid = self._grid(
            rows if any(note.plain for *_, note in rows) else [row[:2] for row in rows]
        )
        if self.fits(grid):
            yield self.printed(grid) if rows else ""
            return
        for label, value, note in rows:
            yield self.printed(Text.assemble(label, "  ", value))
            if note.plain:
                yield self.printed(Text.assemble("  ", note))

    def _formulas(self, block: Formulas) -> Iterator[str]:
        for symbols in block.symbols:
            yield self.printed(Text(symbols, QUIET))
        rows = [
            [
                Text(f"  {row.label}", LABEL),
                Text.assemble(row.numbers, " = ", (text(row.value), VALUE)),
            ]
            for row in block.rows
        ]
        yield self.printed(self._grid(rows))

    def _sum(self, block: Sum) -> Text:
        written = worked(block, self.style.precision)
        steps, _, total = written.rpartition(" = ")
        line = Text.assemble(f"{steps} = " if steps else "", (total, VALUE))
        return Text.assemble((f"{block.lead}  ", LABEL), line) if block.lead else line

    def _table(self, block: Table) -> Iterator[str]:
        header, *rows = list(table_words(block, self.style.precision)) or [[]]
        if not header:
            return
        numbers = [
            all(row[number].lstrip("-").isdigit() for row in rows) for number in range(len(header))
        ]
        if len(rows) > LONG:
            yield from self._long_table(header, rows, numbers)
            return
        lines = box.ASCII2 if self.style.ascii else box.SIMPLE_HEAD
        table = RichTable(box=lines, header_style=LABEL, pad_edge=False)
        for word, numeric in zip(header, numbers, strict=True):
            table.add_column(Text(word), justify="right" if numeric else "left", no_wrap=True)
        for row in rows:
            table.add_row(*map(Text, row))
        if self.fits(table):
            yield self.printed(table, self.width_of(table)).strip("\n") + "\n"
            return
        yield from self._records(header, rows)

    def _records(self, header: list[str], rows: list[list[str]]) -> Iterator[str]:
        """One line a value, the values below each other, a blank line between two rows."""
        width = max(map(columns, header))
        for at, row in enumerate(rows):
            yield "\n" if at else ""
            for number, (word, value) in enumerate(zip(header, row, strict=True)):
                lead = (
                    Text(value, TITLE)
                    if not word
                    else Text.assemble("  ", (filled(word, width), LABEL), f"  {value}")
                )
                yield self.printed(lead) if value or number else ""

    def _long_table(
        self, header: list[str], rows: list[list[str]], numeric: list[bool]
    ) -> Iterator[str]:
        """The same look for a table of very many rows, which Rich takes a millisecond each for."""
        widths = [max(map(columns, column)) for column in zip(header, *rows, strict=True)]
        gap, rule = ("   ", "-") if self.style.ascii else ("   ", "\u2500")

        def line(words: list[str]) -> str:
            placed = (
                filled(w, n, right=right)
                for w, n, right in zip(words, widths, numeric, strict=True)
            )
            return (" " + gap.join(placed)).rstrip() + "\n"

        yield self.printed(Text(line(header).rstrip("\n"), LABEL))
        yield " " + rule * (sum(widths) + len(gap) * (len(widths) - 1) + 1) + "\n"
        yield from map(line, rows)

    def _tensor(self, block: Tensor) -> Iterator[str]:
        if block.label is not None:
            for title, rows in grids(block.values, block.label, self.style.precision, self.gap):
                yield self.printed(Text(title, LABEL))
                yield from self._plane(rows, block) if rows else ()

    def _plane(self, rows: list[list[str]], tensor: Tensor) -> Iterator[str]:
        grid = self._words(rows, tensor)
        if self.fits(grid):
            yield self.printed(grid)
            return
        for number, row in enumerate(marked_words(rows, tensor)):
            yield self.printed(Text.assemble((f"[{number}] ", QUIET), " ".join(row)))

    def _words(self, rows: list[list[str]], tensor: Tensor) -> RichTable:
        words = [
            [Text(word, PADDED if (y, x) in tensor.marked else "") for x, word in enumerate(row)]
            for y, row in enumerate(marked_words(rows, tensor))
        ]
        return self._grid([[Text(""), *row] for row in words], right=True)

    def _equation(self, block: Equation) -> Iterator[str]:
        planes = [
            list(grids(t.values, t.label or "", self.style.precision, self.gap))
            for t in block.tensors
        ]
        if any(rows and len(rows[0]) > WIDEST_GRID for plane in planes for _, rows in plane):
            return
        if block.title:
            yield self.printed(Text(block.title, LABEL))
        for row in zip(*planes, strict=True):
            cells = [
                self._titled(title, words, tensor)
                for (title, words), tensor in zip(row, block.tensors, strict=True)
            ]
            middle = "\n" * ((max(len(words) for _, words in row) + 1) // 2)
            signs = ["", *(self.times if sign == "*" else sign for sign in block.signs)]
            side = RichTable.grid(padding=(0, 1, 0, 0))
            parts = [
                part
                for sign, cell in zip(signs, cells, strict=True)
                for part in (Text(middle + sign), cell)
            ]
            side.add_row(*parts[1:])
            if self.fits(side):
                yield self.printed(side)
                continue
            for sign, cell in zip(signs, cells, strict=True):  # one below the other
                yield (self.printed(Text(sign)) if sign else "") + self.printed(cell)

    def _titled(self, title: str, words: list[list[str]], tensor: Tensor) -> RichTable:
        grid = RichTable.grid()
        grid.add_column(no_wrap=True)
        grid.add_row(Text(title, LABEL))
        grid.add_row(self._words(words, tensor))
        return grid
