"""`--format table`: the tables, grids and sums of a terminal.

Nothing is cut. Piped, lines are as long as they need; on a terminal, text is wrapped, and a table
that is too wide loses columns, which a line below it names, or turns into records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convcli.errors import printable
from convcli.render import Style, watched
from convcli.render.fitting import Fitted, fitted
from convcli.render.formulas import numbers_text, rule_text
from convcli.render.grids import SignedLines, apart, grid_lines, side_by_side
from convcli.render.operations import WIDTH, blocks_for_people
from convcli.render.planes import (
    ASCII_ELLIPSIS,
    BESIDE,
    ELLIPSIS,
    Plane,
    PlaneCell,
    fitted_plane,
    plane_rows,
    plane_title,
    planes,
)
from convcli.render.styled_text import (
    HANGING,
    Lines,
    NamedText,
    Text,
    named_lines,
    width_of,
    wrapped_lines,
)
from convcli.render.table_lines import table_lines
from convcli.render.tables import column_texts, items_left, limited_items, table_words
from convcli.render.terminal_colors import BOLD, TERMINAL
from convcli.render.values import text
from convcli.render.worked_sums import worked_steps
from convcli.report.document import (
    CORRELATED,
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

TITLE, LABEL, QUIET = BOLD, TERMINAL["label"], TERMINAL["quiet"]
PADDED, VALUE = TERMINAL["padding"], f"{BOLD};{TERMINAL['value']}"
STYLES = {"heading": LABEL, "strong": TITLE}  # lines of a table


def render(document: Document, style: Style) -> Iterator[str]:
    """The document in pieces of text."""
    style, losses = watched(style)
    printer = _Printer(style)
    yield from _render(document, printer, style)
    if losses.any:
        yield printer.wrapped(Text(style.words("numbers.rounded"), QUIET))


def _render(document: Document, printer: _Printer, style: Style) -> Iterator[str]:
    if document.title:
        yield printer.wrapped(Text(printable(document.title), TITLE)) + "\n"
    for block in blocks_for_people(document, style):
        yield from printer.block(block)
    for item in limited_items(document, style):
        yield from _render(item, printer, style)
    for line in items_left(document, style):
        yield printer.wrapped(Text(line, QUIET)) + "\n"
    for block in document.behind_items():
        yield from printer.block(block)


class _Printer:
    def __init__(self, style: Style) -> None:
        self.style = style
        self.gap = ASCII_ELLIPSIS if style.ascii else ELLIPSIS
        self.signs = {"*": "*" if style.ascii else "\u00d7", CORRELATED: "*"}
        self.said: set[str] = set()  # lines below tables, each of which stands once

    def printed(self, lines: Iterable[Text]) -> str:
        color = self.style.color
        return "".join(f"{line.coded(color=color).rstrip()}\n" for line in lines)

    def wrapped(self, text: Text, hanging: int = 0) -> str:
        """The text in lines that the terminal has room for."""
        return self.printed(wrapped_lines(text, self.style.width, hanging))

    def block(self, block: Block) -> Iterator[str]:
        written = "".join(self._block(block))
        if written:
            yield written + "\n"

    def _block(self, block: Block) -> Iterator[str]:
        p = self.style.precision
        if isinstance(block, Note):
            yield self.wrapped(Text(text(block.text, p), "" if block.main else QUIET))
        elif isinstance(block, Drawing):
            for line in block.lines:
                yield self.wrapped(Text(line), len(line) - len(line.lstrip()) + HANGING)
        elif isinstance(block, Curve):
            from convcli.render.curve import curve_lines

            yield self.printed(map(Text, curve_lines(block, self.style.words)))
        elif isinstance(block, Facts):
            rows = [
                NamedText(
                    Text(fact.label, LABEL),
                    Text(text(fact.value, p)),
                    Text(text(fact.note, p), QUIET),
                )
                for fact in block.rows
                if fact.label
            ]
            yield self.printed(named_lines(rows, self.style.width))
        elif isinstance(block, Formulas):
            yield from self._formulas(block)
        elif isinstance(block, Sum):
            yield self._sum(block)
        elif isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Tensor):
            yield from self._tensor(block)
        elif isinstance(block, Equation):
            yield from self._equation(block)

    def _formulas(self, block: Formulas) -> Iterator[str]:
        for rule in block.rules:
            yield self.wrapped(Text(rule_text(rule), QUIET), HANGING)
        rows = [
            NamedText(
                Text(f"  {row.label}", LABEL),
                Text(f"{numbers_text(row)} = ") + Text(text(row.value), VALUE),
            )
            for row in block.rows
        ]
        yield self.printed(named_lines(rows, self.style.width))

    def _sum(self, block: Sum) -> str:
        """The sum on one line, or each of its steps on lines of its own."""
        *steps, total = worked_steps(block, self.style.precision)
        lead = Text(f"{block.lead}  " if block.lead else "", LABEL)
        parts = [*map(Text, steps), Text(total, VALUE)]
        first, *others = parts
        line = Text.of((lead, first, *(more for part in others for more in (" = ", part))))
        if self.style.width is None or line.width <= self.style.width:
            return self.printed([line])
        below = [Text("  = ") + part for part in others]
        return "".join(self.wrapped(each, HANGING) for each in (lead + first, *below))

    def _table(self, block: Table) -> Iterator[str]:
        width, precision = self.style.width, self.style.precision
        columns = column_texts(
            block, precision, scales=width is not None and not isinstance(precision, int)
        )
        if not columns:
            return
        fit = fitted(columns, width)
        if fit is None:
            yield from self._records(block)
            return
        for line, kind in table_lines(fit, block.emphasis, ascii=self.style.ascii):
            yield self.printed([Text(line, STYLES.get(kind, ""))])
        yield from self._what_is_missing(fit)

    def _what_is_missing(self, fit: Fitted) -> Iterator[str]:
        """Below a table: the columns left out, whether cells are shorter, and how to see it all."""
        words = self.style.words
        left_out = words("between").join(texts.name for texts in fit.left_out)
        if left_out:
            both = fit.is_shortened
            line = words("table.both" if both else "table.left_out", columns=left_out)
        elif fit.is_shortened:
            line = words("table.shortened")
        else:
            return
        if line in self.said:
            return
        self.said.add(line)
        yield self.wrapped(Text(line, QUIET))

    def _records(self, block: Table) -> Iterator[str]:
        """One line a value, in full, a blank line between two rows."""
        words = table_words(block, self.style.precision)
        if words is None:
            return
        first = 0 if words.header[0] else 1  # behind the label of a row
        names = [
            column.name or column.label for column in block.columns if column.label is not None
        ]
        for at, row in enumerate(words.rows):
            yield "\n" if at else ""
            if first and row[0]:
                yield self.wrapped(Text(row[0], TITLE))
            values = [pair for pair in zip(names, row[first:], strict=True) if all(pair)]
            rows = [NamedText(Text(f"  {name}", LABEL), Text(value)) for name, value in values]
            yield self.printed(named_lines(rows, self.style.width))

    def _tensor(self, block: Tensor) -> Iterator[str]:
        """The planes, as many beside each other as the terminal has room for."""
        room = WIDTH if self.style.width is None else self.style.width
        found = list(planes(block, self.style.width))
        grids = [self._titled(plane, self.style.width) for plane in found]
        for line in plane_rows(found, [width_of(grid) for grid in grids], room):
            yield self.printed(apart([grids[at] for at in line], BESIDE, max(map(width_of, grids))))

    def _cells(self, plane: Plane, width: int | None) -> Lines:
        """The numbers of a plane, without its middle columns where it is wider than `width`."""
        plane, columns = fitted_plane(plane, self.style.precision, self.gap, width)
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
            yield self.wrapped(Text(block.title, LABEL))
        columns = [list(planes(tensor, self.style.width)) for tensor in block.tensors]
        for row in zip(*columns, strict=True):
            yield from self._written_row(row, block.signs)

    def _written_row(self, row: Sequence[Plane], signs: Sequence[str]) -> Iterator[str]:
        """The planes of a row with the signs between them, as many beside each other as fit."""
        line: list[SignedLines] = []
        for plane, sign in zip(row, ["", *signs], strict=True):
            title = self._title(plane)
            part = SignedLines(self.signs.get(sign, sign), title, self._cells(plane, None))
            if line and not self._has_room(side_by_side([*line, part])):
                yield self.printed(side_by_side(line))
                line = []
            if not line and not self._has_room(side_by_side([part])):
                taken = width_of(side_by_side([part._replace(title=[], lines=[Text()])]))
                narrow = self._cells(plane, (self.style.width or 0) - taken)
                part = SignedLines(part.sign, title, narrow)
            line.append(part)
        yield self.printed(side_by_side(line))

    def _titled(self, plane: Plane, width: int | None = None) -> Lines:
        return [*self._title(plane), *(self._cells(plane, width) if plane.rows else ())]

    def _title(self, plane: Plane) -> Lines:
        written = plane_title(plane, self.gap, self.style.words)
        return wrapped_lines(Text(written, LABEL), self.style.width)
