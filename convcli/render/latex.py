"""`--format latex`: fragments for a document with amsmath; graphicx fits wide ones to the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from convcli.render import Precision, Style
from convcli.render.latex_mathematics import TIMES, escape, formula, number, term
from convcli.render.operations import blocks_for_people
from convcli.render.planes import ASCII_ELLIPSIS, GAP, Plane, PlaneCell, plane_title, planes
from convcli.render.tables import items_left, limited_items, table_words
from convcli.render.values import text, worked_steps
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

SIGNS = {"*": r"\odot", CORRELATED: r"\star"}  # between matrices, * is the elementwise product
WIDEST = 70  # letters of a row of matrices, or of a table, that fit on a page
MOST_COLUMNS = 10  # of amsmath's matrices
WITHOUT_GRAPHICX = r"\providecommand{\resizebox}[3]{\mbox{#3}}"
NARROWER = (  # its third argument, in braces, follows
    r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}"
)


def render(document: Document, style: Style) -> Iterator[str]:
    """The document in pieces of text."""
    if document.title:
        yield f"\\paragraph{{\\sloppy {escape(document.title)}}}\\mbox{{}}\\par\n"
    yield from (
        line + "\n" for block in blocks_for_people(document, style) for line in _lines(block, style)
    )
    for item in limited_items(document, style):
        yield from render(item, style)
    yield from (f"\\emph{{{escape(line)}}}\n" for line in items_left(document, style))
    yield from (line + "\n" for block in document.behind_items() for line in _lines(block, style))


def _lines(block: Block, style: Style) -> Iterator[str]:
    if isinstance(block, Note):
        written = escape(text(block.text, style.precision))
        yield f"{{\\sloppy\\noindent\\emph{{{written}}}\\par}}\n"
    elif isinstance(block, Drawing):
        yield from _verbatim(block.lines)
    elif isinstance(block, Curve):
        from convcli.render.curve import curve_lines

        yield from _verbatim(curve_lines(block, style.words))
    elif isinstance(block, Facts):
        yield from _facts(block, style)
    elif isinstance(block, Formulas):
        yield from _formulas(block)
    elif isinstance(block, Sum):
        yield _sum(block, style)
    elif isinstance(block, Table):
        yield from _table(block, style)
    elif isinstance(block, Tensor):
        yield from (_displayed(*_matrix(plane, style)) for plane in planes(block))
    elif isinstance(block, Equation):
        yield from _equation(block, style)


def _verbatim(lines: Iterable[str]) -> Iterator[str]:
    yield "\\begin{verbatim}"
    yield from lines
    yield "\\end{verbatim}"


def _facts(block: Facts, style: Style) -> Iterator[str]:
    p = style.precision
    begin = "\\noindent"
    for fact in block.rows:
        if fact.label:
            note = f" ({escape(text(fact.note, p))})" if fact.note else ""
            yield f"{begin}\\textbf{{{escape(fact.label)}}} {escape(text(fact.value, p))}{note}\\\\"
            begin = ""


def _formulas(block: Formulas) -> Iterator[str]:
    for rule in block.rules:
        yield f"\\[ {' = '.join(map(term, rule.sides))} \\]"
        for case in rule.cases:
            yield f"\\[ \\mathrm{{{escape(case.label)}}}\\colon\\; {formula(case)} \\]"
    for row in block.rows:
        yield f"\\[ \\mathrm{{{escape(row.label)}}}\\colon\\; {formula(row)} \\]"


def _sum(block: Sum, style: Style) -> str:
    """A worked sum, a step a line: inline, because a displayed sum is not broken into lines."""
    lead = f"{escape(block.lead)}: " if block.lead else ""
    first, *steps = worked_steps(block, style.precision, number, TIMES)
    behind = "".join(f"\\\\\n${{}} = {step}$" for step in steps)
    return f"\\begin{{flushleft}}\n{lead}${first}${behind}\n\\end{{flushleft}}"


def _table(block: Table, style: Style) -> Iterator[str]:
    words = table_words(block, style.precision)
    if words is None:
        return
    rows = [words.header, *words.rows]
    is_wide = sum(max(map(len, column)) + 2 for column in zip(*rows, strict=True)) > WIDEST
    yield f"{WITHOUT_GRAPHICX}\n\\noindent{NARROWER}{{%" if is_wide else "\\noindent"
    yield f"\\begin{{tabular}}{{{'l' * len(words.header)}}}"
    for at, row in enumerate(rows):
        yield " & ".join(map(escape, row)) + r" \\" + (r" \hline" if at == 0 else "")
    yield "\\end{tabular}" + ("}\n" if is_wide else "\n")


def _equation(block: Equation, style: Style) -> Iterator[str]:
    if block.title:
        yield f"\\noindent\\textbf{{{escape(block.title)}}}\n"
    columns = [[_matrix(plane, style) for plane in planes(tensor)] for tensor in block.tensors]
    for matrices in zip(*columns, strict=True):
        parts = [matrices[0].latex]
        for sign, matrix in zip(block.signs, matrices[1:], strict=True):
            parts += [SIGNS.get(sign, sign), matrix.latex]
        yield _displayed(" ".join(parts), sum(matrix.letters for matrix in matrices))


class _Matrix(NamedTuple):
    """A matrix in LaTeX, and about how many letters wide it is."""

    latex: str
    letters: int


def _displayed(mathematics: str, letters: int) -> str:
    """A displayed formula, made smaller where it would leave the page."""
    if letters <= WIDEST:
        return f"\\[ {mathematics} \\]"
    return f"{WITHOUT_GRAPHICX}\n\\[ {NARROWER}{{$\\displaystyle {mathematics}$}} \\]"


def _matrix(plane: Plane, style: Style) -> _Matrix:
    title = plane_title(plane, ASCII_ELLIPSIS, style.words)
    label = rf"\text{{{escape(title)}}}"
    if not plane.rows:
        return _Matrix(label, len(title))
    words = [[_cell(cell, style.precision) for cell in row] for row in plane.rows]
    body = r" \\ ".join(" & ".join(row) for row in words)
    width = len(words[0])
    opening, closing = "\\begin{bmatrix}", "\\end{bmatrix}"
    if width > MOST_COLUMNS:
        opening, closing = rf"\left[\begin{{array}}{{{'c' * width}}}", r"\end{array}\right]"
    letters = sum(max(map(len, column)) + 2 for column in zip(*words, strict=True))
    latex = f"\\underset{{{label}}}{{{opening} {body} {closing}}}"
    return _Matrix(latex, max(letters, len(title)))


def _cell(cell: PlaneCell, precision: Precision) -> str:
    """A cell of a matrix; a bracket in braces is no argument of a line break."""
    if cell.value is GAP:
        return r"\cdots"
    written = "" if cell.value is None else number(cell.value, precision)
    return f"{{[{written}]}}" if cell.marked else written
