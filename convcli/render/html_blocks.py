"""The blocks of a document in HTML that needs no script: arrays as tables, formulas in MathML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from convcli.render import Precision, Style
from convcli.render.html_text import DOT, MINUS, html_number, html_prose, html_text, preformatted
from convcli.render.mathml import formula_math, rule_math
from convcli.render.planes import ELLIPSIS, GAP, Plane, PlaneCell, plane_title, planes
from convcli.render.tables import table_words
from convcli.render.values import text
from convcli.render.worked_sums import worked_steps
from convcli.report.document import (
    Block,
    Curve,
    Drawing,
    Equation,
    Facts,
    Formulas,
    Note,
    Sum,
    Table,
    Tensor,
)
from convcli.report.terms import Formula

SIGNS = {"*": "\u2299"}  # the elementwise product


def html_blocks(blocks: Iterable[Block], style: Style) -> Iterator[str]:
    """The blocks as elements; arrays that follow each other stand side by side."""
    for is_array, group in groupby(blocks, key=lambda block: isinstance(block, Tensor)):
        if is_array:
            tensors = [block for block in group if isinstance(block, Tensor)]
            yield html_arrays(tensors, (), style)
        else:
            yield from _elements(group, style)


def _elements(blocks: Iterable[Block], style: Style) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Note):
            yield f"<p>{html_prose(text(block.text, style.precision))}</p>"
        elif isinstance(block, Drawing):
            yield preformatted(block.lines)
        elif isinstance(block, Curve):
            from convcli.render.curve import curve_lines

            yield preformatted(curve_lines(block, style.words))
        elif isinstance(block, Facts):
            yield from _facts(block, style.precision)
        elif isinstance(block, Formulas):
            yield from _formulas(block)
        elif isinstance(block, Sum):
            yield html_sum(block, style.precision)
        elif isinstance(block, Table):
            yield from _table(block, style.precision)
        elif isinstance(block, Equation):
            title = f'<p class="title"><strong>{html_prose(block.title)}</strong></p>'
            title = title if block.title else ""
            yield title + html_arrays(block.tensors, block.signs, style)


def html_arrays(tensors: Sequence[Tensor], signs: Sequence[str], style: Style) -> str:
    """Arrays beside each other, as many in a line as have room, with the signs between them."""
    parts: list[str] = []
    for at, tensor in enumerate(tensors):
        if at and signs and signs[at - 1]:
            sign = SIGNS.get(signs[at - 1], signs[at - 1])
            parts.append(f'<span class="sign">{html_text(sign)}</span>')
        figures = [_figure(plane, style) for plane in planes(tensor)]
        alone = len(figures) == 1
        parts.append(figures[0] if alone else f'<div class="planes">{"".join(figures)}</div>')
    return f'<div class="arrays">{"".join(parts)}</div>'


def _figure(plane: Plane, style: Style) -> str:
    title = html_prose(plane_title(plane, ELLIPSIS, style.words))
    if not plane.rows:
        return f"<p>{title}</p>"
    rows = "".join(
        f"<tr>{''.join(_cell(cell, style.precision) for cell in row)}</tr>" for row in plane.rows
    )
    caption = f"<figcaption>{title}</figcaption>" if title else ""
    return f'<figure><table class="matrix"><tbody>{rows}</tbody></table>{caption}</figure>'


def _cell(cell: PlaneCell, precision: Precision) -> str:
    if cell.value is GAP:
        return f"<td>{ELLIPSIS}</td>"
    written = "&nbsp;" if cell.value is None else html_number(cell.value, precision)
    return f"<td><mark>[{written}]</mark></td>" if cell.marked else f"<td>{written}</td>"


def html_sum(block: Sum, precision: Precision = None) -> str:
    """A worked sum, whose lines end before its signs."""
    steps = map(_signed, worked_steps(block, precision, html_number, DOT))
    lead = f"{html_prose(block.lead)}: " if block.lead else ""
    return f'<p class="sum">{lead}{" <wbr>=&nbsp;".join(steps)}</p>'


def _signed(step: str) -> str:
    """A step with a minus as wide as a plus, whose lines end before its signs."""
    return (
        step.replace("-", MINUS).replace(f" {MINUS} ", f" {MINUS}\u00a0").replace(" + ", " +\u00a0")
    )


def _formulas(block: Formulas) -> Iterator[str]:
    for rule in block.rules:
        yield f'<div class="formula">{rule_math(rule)}</div>'
        yield from map(_formula, rule.cases)
    yield from map(_formula, block.rows)


def _formula(row: Formula) -> str:
    label = f"<span>{html_prose(row.label)}:</span> " if row.label else ""
    return f'<div class="formula">{label}{formula_math(row)}</div>'


def _facts(block: Facts, precision: Precision) -> Iterator[str]:
    rows = []
    for fact in block.rows:
        if fact.label:
            value = html_prose(text(fact.value, precision))
            note = f"<td>{html_prose(text(fact.note, precision))}</td>" if fact.note else ""
            rows.append(f"<tr><th>{html_prose(fact.label)}</th><td>{value}</td>{note}</tr>")
    if rows:
        yield f'<table class="facts"><tbody>{"".join(rows)}</tbody></table>'


def _table(block: Table, precision: Precision) -> Iterator[str]:
    words = table_words(block, precision)
    if words is None:
        return
    kinds = [' class="number"' if is_numeric else "" for is_numeric in words.is_numeric]
    head = _row("th", words.header, kinds)
    rows = "".join(_row("td", row, kinds) for row in words.rows)
    yield f'<table class="data"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _row(name: str, words: Sequence[str], kinds: Sequence[str]) -> str:
    cells = (
        f"<{name}{kind}>{html_prose(word)}</{name}>"
        for word, kind in zip(words, kinds, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"
