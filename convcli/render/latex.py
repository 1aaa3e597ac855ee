"""`--format latex`: fragments for a document, or with --standalone a whole one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convcli.render import Style
from convcli.render.formulas import formula_text, rule_text
from convcli.render.latex_mathematics import TIMES, formula, number, term
from convcli.render.latex_page import ENDING, beginning, room
from convcli.render.latex_text import letters_width, paragraph, prose
from convcli.render.operations import blocks_for_people
from convcli.render.tables import items_left, limited_items
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
from convcli.report.terms import Rule

MATHEMATICS = 1.1  # how much wider a formula is than its text
TYPEWRITER = 0.525  # em of a letter


def render(document: Document, style: Style) -> Iterator[str]:
    """The document in pieces of text."""
    first = list(_before_items(document, style, "subsection"))
    yield beginning(style, "".join(first))
    yield from first
    yield from _from_items(document, style)
    if style.standalone:
        yield ENDING


def _before_items(document: Document, style: Style, heading: str) -> Iterator[str]:
    if document.title:
        yield f"{{\\raggedright\\{heading}*{{{paragraph(document.title)}}}}}\n"
    yield from block_lines(blocks_for_people(document, style), style)


def _from_items(document: Document, style: Style) -> Iterator[str]:
    for item in limited_items(document, style):
        yield from _before_items(item, style, "subsubsection")
        yield from _from_items(item, style)
    yield from (_note(line) for line in items_left(document, style))
    yield from block_lines(document.behind_items(), style)


def block_lines(blocks: Iterable[Block], style: Style) -> Iterator[str]:
    """The blocks as lines of LaTeX."""
    for block in blocks:
        yield from (line + "\n" for line in _lines(block, style))


def _lines(block: Block, style: Style) -> Iterator[str]:
    if isinstance(block, Note):
        yield _note(text(block.text, style.precision))
    elif isinstance(block, Drawing):
        yield from _verbatim(block.lines, style)
    elif isinstance(block, Curve):
        from convcli.render.latex_curve import curve_lines

        yield from curve_lines(block, style.words)
    elif isinstance(block, Facts):
        from convcli.render.latex_tables import fact_lines

        yield from fact_lines(block, style)
    elif isinstance(block, Formulas):
        yield from _formulas(block, style)
    elif isinstance(block, Sum):
        yield _sum(block, style)
    elif isinstance(block, Table):
        from convcli.render.latex_tables import table_lines

        yield from table_lines(block, style)
    elif isinstance(block, Tensor):
        from convcli.render.latex_matrices import tensor_lines

        yield from tensor_lines(block, style)
    elif isinstance(block, Equation):
        from convcli.render.latex_matrices import equation_lines

        yield from equation_lines(block, style)


def _note(written: str) -> str:
    return f"{{\\raggedright\\noindent\\emph{{{paragraph(written)}}}\\par}}\n"


def _verbatim(lines: Iterable[str], style: Style) -> Iterator[str]:
    """Lines as they stand, in small letters where they are long."""
    lines = list(lines)
    em = TYPEWRITER * max(map(len, lines), default=0)
    if em > room(style):
        yield "{\\footnotesize"
    yield "\\begin{verbatim}"
    yield from lines
    yield "\\end{verbatim}"
    if em > room(style):
        yield "}"


def _formulas(block: Formulas, style: Style) -> Iterator[str]:
    """Rules and formulas, displayed where they fit; the others are broken into lines."""
    for rule in block.rules:
        yield _displayed(" = ".join(map(term, rule.sides)), rule_text(Rule(rule.sides)), style)
    rows = [case for rule in block.rules for case in rule.cases] + list(block.rows)
    for row in rows:
        label = rf"\text{{{prose(row.label).whole}:}}\quad "
        yield _displayed(label + formula(row), f"{row.label}   {formula_text(row)}", style)


def _displayed(latex: str, written: str, style: Style) -> str:
    if MATHEMATICS * letters_width(written) <= room(style):
        return rf"\[ {latex} \]"
    return f"\\begin{{flushleft}}\n$\\displaystyle {latex}$\n\\end{{flushleft}}"


def _sum(block: Sum, style: Style) -> str:
    """A worked sum, a step a line: inline, because a displayed sum is not broken into lines."""
    lead = f"{prose(block.lead).latex}: " if block.lead else ""
    first, *steps = worked_steps(block, style.precision, number, TIMES)
    behind = "".join(f"\\\\\n${{}} = {step}$" for step in steps)
    return f"\\begin{{flushleft}}\n{lead}${first}${behind}\n\\end{{flushleft}}"
