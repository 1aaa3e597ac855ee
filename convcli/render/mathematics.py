"""A document as mathematics alone, which MathJax and KaTeX set in a notebook, and LaTeX in a PDF.

Everything stands between `$$`: text too, as upright letters, because a notebook does not read LaTeX
outside of mathematics. No command is used that one of the three lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from convcli.errors import printable
from convcli.render import Style
from convcli.render.latex_mathematics import TIMES, formula, number, term
from convcli.render.latex_matrices import SIGNS, plain_matrix
from convcli.render.operations import blocks_for_people
from convcli.render.planes import ELLIPSIS, Plane, plane_title, planes
from convcli.render.tables import items_left, limited_items, table_words, without_bars
from convcli.render.values import text
from convcli.render.worked_sums import worked_steps
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

LONGEST_LINE = 76  # letters: mathematics is not broken into lines by itself
BREAK, GAP = r" \\" + "\n", r" \\[0.5em]" + "\n"  # between lines, between blocks
_MARKUP = {
    **{character: rf"\{character}" for character in "{}_%#&$"},
    "\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim ", " ": r"\ ", "`": "\u2018",
    "-": "{-}", "=": "{=}",  # without the space around an operator
}  # fmt: skip
_BETWEEN_ADDENDS = re.compile(r" (?=[+-] )")
_COMMAND = re.compile(r"\\[a-z]+ ?|[{}^]")  # nothing that is seen


def render(document: Document, style: Style) -> Iterator[str]:
    """The document in pieces of text, each a displayed formula."""
    pieces = [piece for piece in _pieces(document, style) if piece]
    if pieces:
        yield displayed([GAP.join(map(BREAK.join, pieces))])
    for item in limited_items(document, style):
        yield from render(item, style)
    ending = [*map(_sentence, items_left(document, style))]
    ending += [_lines(block, style) for block in document.behind_items()]
    lines = [line for piece in ending for line in piece]
    if lines:
        yield displayed(lines)


def displayed(lines: Iterable[str]) -> str:
    """Lines of mathematics below each other."""
    return f"$$\n\\begin{{aligned}}\n{BREAK.join(lines)}\n\\end{{aligned}}\n$$\n"


def upright(written: str, font: str = "mathrm") -> str:
    """Text in mathematics, upright and with its spaces.

    >>> upright("C_in & 50%")
    '\\\\mathrm{C\\\\_in\\\\ \\\\&\\\\ 50\\\\%}'
    """
    inside = "".join(_MARKUP.get(letter, letter) for letter in printable(written))
    return rf"\{font}{{{inside}}}" if inside else ""


def _pieces(document: Document, style: Style) -> Iterator[list[str]]:
    if document.title:
        yield [f"& {upright(document.title, 'mathbf')}"]
    yield from (list(_lines(block, style)) for block in blocks_for_people(document, style))


def _lines(block: Block, style: Style) -> Iterator[str]:
    p = style.precision
    if isinstance(block, Note):
        yield from _sentence(text(block.text, p))
    elif isinstance(block, Drawing):
        yield from (f"& {upright(line, 'mathtt')}" for line in block.lines)
    elif isinstance(block, Curve):
        from convcli.render.curve import curve_lines

        yield from (f"& {upright(line, 'mathtt')}" for line in curve_lines(block, style.words))
    elif isinstance(block, Facts):
        for fact in block.rows:
            if fact.label:
                note = upright(text(fact.note, p))
                value = upright(text(fact.value, p), "mathtt")
                yield f"& {_named(fact.label)} {value}" + (rf"\quad {note}" if note else "")
    elif isinstance(block, Formulas):
        yield from _formulas(block)
    elif isinstance(block, Sum):
        yield from _sum(block, style)
    elif isinstance(block, Table):
        yield from _table(block, style)
    elif isinstance(block, Tensor):
        yield from (f"& {_plane(plane, style)}" for plane in planes(block))
    elif isinstance(block, Equation):
        yield from _equation(block, style)


def _sentence(written: str) -> Iterator[str]:
    yield from (f"& {upright(line)}" for line in wrap(written, LONGEST_LINE))


def _named(label: str) -> str:
    return rf"{upright(label)}\colon\quad"


def _formulas(block: Formulas) -> Iterator[str]:
    for rule in block.rules:
        yield f"& {' = '.join(map(term, rule.sides))}"
        yield from (rf"& {_named(case.label)} {formula(case)}" for case in rule.cases)
    yield from (rf"& {_named(row.label)} {formula(row)}" for row in block.rows)


def _sum(block: Sum, style: Style) -> Iterator[str]:
    """A step a line, and a long one on several."""
    if block.lead:
        yield f"& {_named(block.lead)}"
    for at, step in enumerate(worked_steps(block, style.precision, number, TIMES)):
        for part, line in enumerate(_broken(step)):
            sign = "{} = " if at and not part else "{} " if part else ""
            yield rf"& {'' if not part else chr(92) + 'quad '}{sign}{line}"


def _broken(step: str) -> Iterator[str]:
    """A sum in lines that end before a sign."""
    line, length = "", 0
    for addend in _BETWEEN_ADDENDS.split(step):
        seen = len(_COMMAND.sub("", addend)) + 1
        if line and length + seen > LONGEST_LINE:
            yield line
            line, length = "", 0
        line, length = f"{line} {addend}" if line else addend, length + seen
    yield line


def _table(table: Table, style: Style) -> Iterator[str]:
    words = table_words(without_bars(table), style.precision)
    if words is None:
        return
    kinds = "".join("r" if is_numeric else "l" for is_numeric in words.is_numeric)
    header = _cells(words.header, "mathrm")
    rows = [_cells(row, "mathtt") for row in words.rows]
    body = BREAK.join([rf"{header} \\ \hline {rows[0]}", *rows[1:]] if rows else [header])
    yield rf"& \begin{{array}}{{{kinds}}} {body} \end{{array}}"


def _cells(words: Iterable[str], font: str) -> str:
    return " & ".join(upright(word, font) for word in words)


def _equation(block: Equation, style: Style) -> Iterator[str]:
    if block.title:
        yield f"& {upright(block.title)}"
    columns = [list(planes(tensor)) for tensor in block.tensors]
    for row in zip(*columns, strict=True):
        yield from _in_a_row(row, block.signs, style)


def _in_a_row(row: Sequence[Plane], signs: Sequence[str], style: Style) -> Iterator[str]:
    """Matrices with the signs between them, as many in a line as have room."""
    line, taken = "&", 0.0
    for sign, plane in zip(["", *signs], row, strict=True):
        width = plain_matrix(plane, style)[1] if plane.rows else 0.0
        if taken and taken + width > LONGEST_LINE / 2:  # a letter is half an em
            yield line
            line, taken = r"& \quad {}", 0.0
        line += f" {SIGNS.get(sign, sign)} {_plane(plane, style)}"
        taken += width
    yield line


def _plane(plane: Plane, style: Style) -> str:
    title = upright(plane_title(plane, ELLIPSIS, style.words))
    if not plane.rows:
        return title
    matrix = plain_matrix(plane, style)[0]
    return rf"\underset{{{title}}}{{{matrix}}}" if title else matrix
