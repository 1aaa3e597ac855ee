"""Arrays in LaTeX: matrices with aligned numbers; too wide ones follow in parts, or lose a middle.

All numbers of an array of up to 20 columns are there; larger ones are cropped as on a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from convcli.render import Precision, Style
from convcli.render.latex_mathematics import number, paddings
from convcli.render.latex_page import room
from convcli.render.latex_tables import SIZES
from convcli.render.latex_text import Written, escape, number_width, paragraph, prose
from convcli.render.planes import ASCII_ELLIPSIS, GAP, Plane, PlaneCell, plane_title, planes
from convcli.render.values import text
from convcli.report.document import Equation, Tensor
from convcli.report.words.vocabulary import Words

SIGNS = {"*": r"\odot", "@": r"\cdot", "\u22c6": r"\star"}  # * is the elementwise product
SPACE = 1.0  # em between two columns
BRACKETS = 1.4  # em of both
DOTS, MARKS = 1.2, 0.6  # em of the dots of a gap, and of the brackets of a marked cell
SIGN = 1.4  # em of a sign between two matrices
LONGEST_LABEL = 18.0  # em of a label that stands below its matrix


class _Matrix(NamedTuple):
    """A matrix in LaTeX without its label, the label, and how wide both are in em."""

    latex: str
    label: Written
    em: float

    @property
    def labelled(self) -> str:
        """The matrix over its label."""
        return rf"\underset{{\text{{{self.label.whole}}}}}{{{self.latex}}}"


def tensor_lines(tensor: Tensor, style: Style) -> Iterator[str]:
    """The planes of an array, one after another."""
    for plane in planes(tensor):
        if plane.rows:
            yield from (_displayed([matrix], [], style) for matrix in _parts(plane, style))
        else:
            yield rf"\[ \text{{{prose(plane_title(plane, ASCII_ELLIPSIS, style.words)).whole}}} \]"


def beside_lines(tensors: Sequence[Tensor], style: Style) -> Iterator[str]:
    """The planes of arrays, as many in a line as fit; those of one array stand together."""
    line: list[_Matrix] = []
    for tensor in tensors:
        matrices = [matrix for plane in planes(tensor) for matrix in _parts(plane, style)]
        if line and _em(line + matrices) > room(style):
            yield _displayed(line, _spaces(line), style)
            line = []
        for matrix in matrices:
            if line and _em([*line, matrix]) > room(style):
                yield _displayed(line, _spaces(line), style)
                line = []
            line.append(matrix)
    if line:
        yield _displayed(line, _spaces(line), style)


def _spaces(line: Sequence[_Matrix]) -> list[str]:
    return ["", *[r"\quad"] * (len(line) - 1)]


def equation_lines(block: Equation, style: Style) -> Iterator[str]:
    """Matrices with the signs between them, as many in a line as fit."""
    if block.title:
        yield f"{{\\raggedright\\noindent\\textbf{{{paragraph(block.title)}}}\\par}}\n"
    columns = [[_parts(plane, style) for plane in planes(tensor)] for tensor in block.tensors]
    for row in zip(*columns, strict=True):
        line: list[_Matrix] = []
        signs: list[str] = []
        for sign, parts in zip(["", *block.signs], row, strict=True):
            for at, matrix in enumerate(parts):
                if line and (at or not _fits([*line, matrix], style)):
                    yield _displayed(line, signs, style)
                    line, signs = [], []
                line.append(matrix)
                signs.append(SIGNS.get(sign, sign) if at == 0 else "")
        yield _displayed(line, signs, style)


def one_line(block: Equation, style: Style) -> str | None:
    """An equation of one plane each in mathematics alone; None where it needs more than a line.

    Without what only LaTeX has, for Markdown: its labels have no special character.
    """
    parts: list[str] = []
    em = 0.0
    for sign, tensor in zip(["", *block.signs], block.tensors, strict=True):
        found = list(planes(tensor))
        if len(found) != 1 or not found[0].rows or found[0].has_gap:
            return None
        label = plane_title(found[0], ASCII_ELLIPSIS, style.words)
        if escape(label) != label:
            return None
        matrix, matrix_em = plain_matrix(found[0], style)
        parts += [SIGNS.get(sign, sign)] if sign else []
        parts.append(rf"\underset{{\text{{{label}}}}}{{{matrix}}}")
        em += matrix_em + SIGN
    return " ".join(parts) if em <= room(style) else None


def plain_matrix(plane: Plane, style: Style) -> tuple[str, float]:
    """A plane as a matrix without what only LaTeX has, and how wide it is in em."""
    columns = [_column(column, style.precision) for column in zip(*plane.rows, strict=True)]
    return rf"\begin{{bmatrix}} {_rows(columns)} \end{{bmatrix}}", _em_of(columns)


def _rows(columns: Sequence[_Column]) -> str:
    cells = zip(*(column.cells for column in columns), strict=True)
    return r" \\ ".join(map(" & ".join, cells))


def _em_of(columns: Sequence[_Column]) -> float:
    return sum(column.em for column in columns) + SPACE * (len(columns) - 1) + BRACKETS


def _fits(line: Sequence[_Matrix], style: Style) -> bool:
    return _em(line) <= room(style) * SIZES[-1][1]


def _em(line: Sequence[_Matrix]) -> float:
    return sum(matrix.em for matrix in line) + SIGN * len(line)


def _displayed(line: Sequence[_Matrix], signs: Sequence[str], style: Style) -> str:
    """A displayed formula, in the largest size in which it fits."""
    em = _em(line)
    size = next((size for size, factor in SIZES if em <= room(style) * factor), SIZES[-1][0])
    parts: list[str] = []
    above = ""
    for sign, matrix in zip(signs or [""], line, strict=True):
        has_room = matrix.label.width <= max(LONGEST_LABEL, matrix.em)
        parts += [f"{{}} {sign}" if sign and not parts else sign] if sign else []
        parts.append(matrix.labelled if has_room else matrix.latex)
        if not has_room:
            above += f"{{\\raggedright\\noindent {matrix.label.latex}\\par\\nobreak}}\n"
    display = rf"\[ {' '.join(parts)} \]"
    return above + (f"{{{size}{display}\\par}}" if size else display)


def _parts(plane: Plane, style: Style) -> list[_Matrix]:
    """The plane as one matrix, or as several with some of its columns each."""
    most = room(style) * SIZES[-1][1] - SIGN
    matrix = _matrix(plane, style)
    if matrix.em <= most or len(plane.column_numbers) < 2:
        return [matrix]
    if None in plane.column_numbers:
        return [_cropped(plane, style, most)]
    count = len(plane.column_numbers)
    for parts in range(2, count + 1):
        ends = [count * at // parts for at in range(parts + 1)]
        matrices = [
            _matrix(_columns(plane, first, last), style, is_part=True)
            for first, last in pairwise(ends)
        ]
        if all(matrix.em <= most for matrix in matrices):
            break
    return matrices


def _columns(plane: Plane, first: int, last: int) -> Plane:
    rows = [row[first:last] for row in plane.rows]
    return plane._replace(rows=rows, column_numbers=plane.column_numbers[first:last])


def _cropped(plane: Plane, style: Style, most: float) -> _Matrix:
    """The plane with the first and last columns that fit."""
    count = len(plane.column_numbers)
    first = list(plane.column_numbers).index(None)
    behind = count - first - 1
    matrix = _matrix(plane, style)
    while matrix.em > most and first + behind > 1:
        first, behind = (first - 1, behind) if first > behind else (first, behind - 1)
        matrix = _matrix(plane.without_columns(first, count - behind), style)
    return matrix


def _matrix(plane: Plane, style: Style, *, is_part: bool = False) -> _Matrix:
    title = plane_title(plane, ASCII_ELLIPSIS, style.words)
    if is_part or plane.has_gap:
        title = style.words("comma").join((title, *_ranges(plane, style.words)))
    columns = [_column(column, style.precision) for column in zip(*plane.rows, strict=True)]
    kinds = "r" * len(columns)
    latex = rf"\left[\begin{{array}}{{@{{}}{kinds}@{{}}}} {_rows(columns)} \end{{array}}\right]"
    em = _em_of(columns)
    label = prose(title)
    return _Matrix(latex, label, max(em, min(label.width, LONGEST_LABEL)))


def _ranges(plane: Plane, words: Words) -> Iterator[str]:
    """Which rows and columns of the array are there: `rows 0..5, 14..19`."""
    if len(plane.rows) > 1:
        yield words("planes.rows", numbers=_spans(plane.row_numbers))
    yield words("planes.columns", numbers=_spans(plane.column_numbers))


def _spans(numbers: Sequence[int | None]) -> str:
    gap = numbers.index(None) if None in numbers else len(numbers)
    spans = [span for span in (numbers[:gap], numbers[gap + 1 :]) if span]
    return ", ".join(f"{span[0]}" + f"..{span[-1]}" * (len(span) > 1) for span in spans)


class _Column(NamedTuple):
    cells: list[str]
    em: float


def _column(column: Sequence[PlaneCell], precision: Precision) -> _Column:
    """The cells of a column, with their decimal points below each other."""
    values = [None if cell.value is GAP else cell.value for cell in column]
    words = ["" if value is None else text(value, precision) for value in values]
    pads = paddings(words)
    cells = []
    for cell, pad in zip(column, pads, strict=True):
        if cell.value is GAP:
            cells.append(r"\cdots")
        elif cell.value is None:
            cells.append("")
        else:
            written = number(cell.value, precision)
            # A bracket in braces is no argument of the line break before it.
            cells.append(f"{{[{written}]}}{pad.latex}" if cell.marked else f"{written}{pad.latex}")
    em = max(number_width(word) + pad.em for word, pad in zip(words, pads, strict=True))
    marks = MARKS if any(cell.marked for cell in column) else 0
    return _Column(cells, max(em, DOTS if any(cell.value is GAP for cell in column) else 0) + marks)
