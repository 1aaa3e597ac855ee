"""`--format latex`: fragments for a document that loads amsmath; with graphicx what is wider than a page is made to fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from convcli.errors import printable
from convcli.render import Style
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

_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "\u2026": r"\ldots{}",
}  # fmt: skip
GAP = r"\cdots"
_FLOOR = re.compile(r"floor\(\((?P<top>[^()]*)\)/(?P<bottom>\w+)\)")
_AXIS = re.compile(
    r"\b([A-Z]) (?=\d)"
)  # a name before its number, which mathematics would set as one
_WORD = re.compile(r"[A-Za-z]\w*(?: [a-z]\w*)*")
_EXPONENT = re.compile(r"(?<=\d)e([+-]?\d+)")
_SPECIAL_NUMBER = re.compile(r"-?\b(?:nan|inf)\b")


WIDEST = 70  # letters of a row of matrices, or of a table, that fit on a page
WITHOUT_GRAPHICX = r"\providecommand{\resizebox}[3]{\mbox{#3}}"
NARROWER = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}"  # with what comes behind it in braces
MOST_COLUMNS = 10  # of amsmath's matrices


def render(document: Document, style: Style) -> Iterator[str]:
    if document.title:
        yield f"\\paragraph{{\\sloppy {escape(document.title)}}}\\mbox{{}}\\par\n"
    yield from (line + "\n" for block in document.for_people() for line in _lines(block, style))
    for item in shown_items(document, style):
        yield from render(item, style)
    yield from (f"\\emph{{{escape(line)}}}\n" for line in items_left(document, style))
    yield from (line + "\n" for block in document.ending() for line in _lines(block, style))


def escape(written: str) -> str:
    """Text in which no character is a command."""
    return "".join(_ESCAPES.get(character, character) for character in written)


def mathematics(formula: str) -> str:
    """A formula of ours in LaTeX: floor as brackets round a fraction, a centred dot for *, words upright."""
    floored = _FLOOR.sub(r"\\left\\lfloor\\frac{\g<top>}{\g<bottom>}\\right\\rfloor", formula)
    floored = _AXIS.sub(r"\1\\; ", floored)
    parts = re.split(r"(\\(?:left|right)\\[a-z]+|\\frac)", floored)
    upright = [part if part.startswith("\\") else _WORD.sub(_upright, part) for part in parts]
    return "".join(upright).replace("*", r" \cdot ")


def _upright(match: re.Match[str]) -> str:
    word = match[0].replace("_", r"\_").replace(" ", r"\ ")
    return word if len(word) == 1 else rf"\mathrm{{{word}}}"


def _numbers(written: str) -> str:
    written = _EXPONENT.sub(r"\\cdot 10^{\1}", written.replace("*", r" \cdot "))
    return _SPECIAL_NUMBER.sub(lambda match: rf"\mathrm{{{match[0]}}}", written)


def _lines(block: Block, style: Style) -> Iterator[str]:
    p = style.precision
    if isinstance(block, Note):
        yield f"{{\\sloppy\\noindent\\emph{{{escape(printable(block.text))}}}\\par}}\n"
    elif isinstance(block, Drawing):
        yield "\n".join(("\\begin{verbatim}", *block.lines, "\\end{verbatim}"))
    elif isinstance(block, Facts):
        shown = [fact for fact in block.rows if fact.label]
        for number, fact in enumerate(shown):
            note = f" ({escape(fact.note)})" if fact.note else ""
            begin = "" if number else "\\noindent"
            yield f"{begin}\\textbf{{{escape(fact.label or '')}}} {escape(text(fact.value, p))}{note}\\\\"
    elif isinstance(block, Formulas):
        yield from (f"\\[ {mathematics(symbols)} \\]" for symbols in block.symbols)
        yield from (
            f"\\[ \\mathrm{{{escape(row.label)}}}\\colon\\; {mathematics(str(row))} \\]"
            for row in block.rows
        )
    elif isinstance(block, Sum):
        lead = f"{escape(block.lead)}: " if block.lead else ""
        first, *steps = _numbers(worked(block, p)).split(
            " = "
        )  # inline: a displayed sum would not be broken into lines
        yield (
            f"\\begin{{flushleft}}\n{lead}${first}$"
            + "".join(f"\\\\\n${{}} = {step}$" for step in steps)
            + "\n\\end{flushleft}"
        )
    elif isinstance(block, Table):
        yield from _table(list(table_words(block, p)))
    elif isinstance(block, Tensor):
        yield from (_displayed(*matrix) for matrix in _matrices(block, style))
    elif isinstance(block, Equation):
        yield from _equation(block, style)


def _table(rows: list[list[str]]) -> Iterator[str]:
    if not rows:
        return
    wide = sum(max(map(len, column)) + 2 for column in zip(*rows, strict=True)) > WIDEST
    yield f"{WITHOUT_GRAPHICX}\n\\noindent{NARROWER}{{%" if wide else "\\noindent"
    yield f"\\begin{{tabular}}{{{'l' * len(rows[0])}}}"
    for number, row in enumerate(rows):
        yield " & ".join(map(escape, row)) + r" \\" + (r" \hline" if number == 0 else "")
    yield "\\end{tabular}" + ("}\n" if wide else "\n")


def _equation(block: Equation, style: Style) -> Iterator[str]:
    signs = {"*": r"\odot"}
    if block.title:
        yield f"\\noindent\\textbf{{{escape(block.title)}}}\n"
    columns = [list(_matrices(tensor, style)) for tensor in block.tensors]
    for matrices in zip(*columns, strict=True):
        parts = [matrices[0].latex]
        for sign, matrix in zip(block.signs, matrices[1:], strict=True):
            parts += [signs.get(sign, sign), matrix.latex]
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


def _matrices(tensor: Tensor, style: Style) -> Iterator[_Matrix]:
    for title, rows in grids(tensor.values, tensor.label or "", style.precision, GAP):
        words = [[_numbers(word) for word in row] for row in marked_words(rows, tensor)]
        body = r" \\ ".join(
            " & ".join(f"{{{word}}}" if "[" in word else word.strip() for word in row)
            for row in words
        )
        label = rf"\text{{{escape(title.replace(GAP, '...'))}}}"
        width = len(words[0]) if words else 0
        opening, closing = "\\begin{bmatrix}", "\\end{bmatrix}"
        if width > MOST_COLUMNS:
            opening, closing = rf"\left[\begin{{array}}{{{'c' * width}}}", r"\end{array}\right]"
        letters = sum(max(map(len, column)) + 2 for column in zip(*words, strict=True))
        yield _Matrix(
            f"\\underset{{{label}}}{{{opening} {body} {closing}}}" if body else label,
            max(letters, len(title)),
        )
