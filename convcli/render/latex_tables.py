"""Tables in LaTeX: text is wrapped, long ones go on over pages, too wide ones follow in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from convcli.render import Precision, Style
from convcli.render.latex_mathematics import is_decimal, paddings
from convcli.render.latex_page import room
from convcli.render.latex_text import Written, letters_width, number_latex, number_width, prose
from convcli.render.tables import bar_of, is_numeric_column, visible_columns
from convcli.render.values import text
from convcli.report.document import Facts, Table

SIZES = (("", 1.0), (r"\small", 10 / 9.25), (r"\footnotesize", 10 / 8.5))  # em of a line: factors
LONGEST_WHOLE = 25  # rows of a table that is not broken over pages
SPACE = 1.2  # em between two columns
BAR = 9.0  # em of the longest bar
SLACK = 1.02  # letters are a little wider than their sum says, because of kerning and italics
BOLD = 1.16  # how much wider bold letters are


class _Column(NamedTuple):
    """A column: its heading and cells in LaTeX; with `wraps` its text may be broken into lines."""

    heading: Written
    cells: list[Written]
    is_numeric: bool = False
    wraps: bool = False

    @property
    def width(self) -> float:
        return SLACK * max(part.width for part in (self.heading, *self.cells))

    @property
    def least(self) -> float:
        if not self.wraps:
            return self.width
        return SLACK * max(part.least for part in (self.heading, *self.cells))


class _Layout(NamedTuple):
    """Columns that stand beside each other in a size; `widths` are those of wrapped ones."""

    size: str
    columns: list[_Column]
    widths: dict[int, float]


def table_lines(block: Table, style: Style) -> Iterator[str]:
    """A table as one, or as parts with its first column in each where it is too wide."""
    visible = visible_columns(block)
    if not visible:
        return
    columns = [_column(block, at, style.precision) for at in visible]
    if block.row_labels is not None:
        columns.insert(0, _text_column("", block.row_labels))
    columns = [_emboldened(column, block.emphasis) for column in columns]
    for layout in _layouts(columns, room(style)):
        yield from _written(layout, block.emphasis, has_heading=True)


def fact_lines(block: Facts, style: Style) -> Iterator[str]:
    """Labels, values and notes as columns."""
    p = style.precision
    rows = [row for row in block.rows if row.label]
    if not rows:
        return
    labels = [prose(str(row.label)) for row in rows]
    bold = [Written(rf"\textbf{{{w.latex}}}", BOLD * w.width, BOLD * w.least) for w in labels]
    nothing = Written("", 0, 0)
    columns = [
        _Column(nothing, bold, wraps=True),
        _text_column("", [text(row.value, p) for row in rows]),
    ]
    if any(row.note for row in rows):
        columns.append(_text_column("", [text(row.note, p) for row in rows]))
    for layout in _layouts(columns, room(style)):
        yield from _written(layout, frozenset(), has_heading=False)


def _emboldened(column: _Column, rows: frozenset[int]) -> _Column:
    """The column with these of its rows in bold letters, which are wider."""
    cells = [
        cell._replace(width=BOLD * cell.width, least=BOLD * cell.least) if at in rows else cell
        for at, cell in enumerate(column.cells)
    ]
    return column._replace(cells=cells)


def _text_column(heading: str, cells: Sequence[str]) -> _Column:
    return _Column(prose(heading), list(map(prose, cells)), wraps=True)


def _column(table: Table, at: int, precision: Precision) -> _Column:
    heading = prose(table.columns[at].label or "")
    values = [row[at] for row in table.rows]
    if any(map(bar_of, values)):
        return _Column(heading, [_bar(value, precision) for value in values])
    words = [text(value, precision) for value in values]
    numbers = [word for word in words if word not in ("", "-")]
    if numbers and all(map(is_decimal, numbers)):
        return _Column(heading, _numbers(words), is_numeric=True)
    if is_numeric_column(table, at):
        return _Column(heading, list(map(prose, words)), is_numeric=True)
    return _text_column(table.columns[at].label or "", words)


def _bar(value: Any, precision: Precision) -> Written:
    bar = bar_of(value)
    if bar is None:
        return prose(text(value, precision))
    width = BAR * bar.share
    return Written(rf"\rule{{{round(width, 2)}em}}{{1.4ex}}", width, width)


def _numbers(words: Sequence[str]) -> list[Written]:
    """Numbers with their decimal points below each other."""
    return [
        Written(f"${number_latex(word)}{pad.latex}$", number_width(word) + pad.em, 0)
        if is_decimal(word)
        else Written(word, letters_width(word), 0)
        for word, pad in zip(words, paddings(words), strict=True)
    ]


def _layouts(columns: list[_Column], em: float) -> Iterator[_Layout]:
    """The columns in the largest size in which they fit, else in parts in the smallest."""
    for size, factor in SIZES:
        widths = _widths(columns, em * factor)
        if widths is not None:
            yield _Layout(size, columns, widths)
            return
    size, factor = SIZES[-1]
    first, *others = columns
    part: list[_Column] = []
    for column in others:
        if part and _widths([first, *part, column], em * factor) is None:
            yield _Layout(size, [first, *part], _widths([first, *part], em * factor) or {})
            part = []
        part.append(column)
    whole = [first, *part]
    yield _Layout(size, whole, _widths(whole, em * factor) or {})


def _widths(columns: list[_Column], em: float) -> dict[int, float] | None:
    """The widths of the columns that are wrapped, the widest first; None where that is too little.

    Wrapped columns share what the others leave.
    """
    wrap = [at for at, column in enumerate(columns) if column.least < column.width]
    wrap.sort(key=lambda at: -columns[at].width)
    free = em - SPACE * (len(columns) - 1) - sum(column.width for column in columns)
    wrapped: dict[int, float] = {}
    for at in [None, *wrap]:
        if at is not None:
            wrapped[at] = columns[at].width
            free += columns[at].width
        more = free - sum(columns[n].least for n in wrapped)
        if more >= 0:
            wanted = sum(columns[n].width - columns[n].least for n in wrapped) or 1
            return {
                n: columns[n].least + (columns[n].width - columns[n].least) * more / wanted
                for n in wrapped
            }
    return None


def _written(layout: _Layout, emphasis: frozenset[int], *, has_heading: bool) -> Iterator[str]:
    rows = list(zip(*(column.cells for column in layout.columns), strict=True))
    wrapped = [at in layout.widths for at in range(len(layout.columns))]
    lines = [_row(row, wrapped, is_bold=at in emphasis) for at, row in enumerate(rows)]
    is_long = len(rows) > LONGEST_WHOLE
    name = "longtable" if is_long else "tabular"
    noindent = "" if is_long else r"\noindent"
    yield rf"{{{layout.size}\setlength{{\tabcolsep}}{{{SPACE / 2}em}}{noindent}"
    yield f"\\begin{{{name}}}{'[l]' if is_long else ''}{{@{{}}{_columns_of(layout, is_long)}@{{}}}}"
    if has_heading:
        headings = " & ".join(column.heading.latex for column in layout.columns)
        yield rf"\toprule {headings} \tabularnewline \midrule"
        yield from [r"\endhead", r"\bottomrule \endfoot"] if is_long else []
    yield from lines
    if has_heading and not is_long:
        yield r"\bottomrule"
    yield f"\\end{{{name}}}\\par}}\n"


def _row(cells: Sequence[Written], wrapped: Sequence[bool], *, is_bold: bool) -> str:
    words = [
        cell.latex if is_wrapped else cell.whole
        for cell, is_wrapped in zip(cells, wrapped, strict=True)
    ]
    if is_bold:
        words = [rf"{{\bfseries\boldmath {word}}}" if word else "" for word in words]
    guard = "{}" if words[0].startswith(("[", "*")) else ""  # no argument of the line before
    return guard + " & ".join(words) + r" \tabularnewline"


def _columns_of(layout: _Layout, is_long: bool) -> str:
    """The columns as LaTeX has them: wrapped ones share what the others leave of a line.

    In a narrower place they keep room for their longest words. In a long table all widths are
    numbers: of others, LaTeX knows none in its first run.
    """
    fixed = SPACE * (len(layout.columns) - 1) + sum(
        column.width for at, column in enumerate(layout.columns) if at not in layout.widths
    )
    total = sum(layout.widths.values())
    needed = [
        layout.columns[at].least * total / width for at, width in layout.widths.items() if width
    ]
    least = round(fixed + max(needed, default=0), 2)
    line = rf"\ifdim\linewidth<{least}em {least}em\else\linewidth\fi"
    written = []
    for at, column in enumerate(layout.columns):
        if at in layout.widths:
            share = round(1000 * layout.widths[at] / total)
            width = rf"\dimexpr({line}-{round(fixed, 2)}em)*{share}/1000\relax"
            written.append(rf">{{\raggedright}}p{{{width}}}")
        else:
            side = "r" if column.is_numeric else "l"
            written.append(f"w{{{side}}}{{{round(column.width, 2)}em}}" if is_long else side)
    return "".join(written)
