"""A document as a piece of HTML, for the cell of a notebook.

Its colours are those of the cell, with grey lines: it suits a light and a dark theme. Where a style
sheet is not allowed, tables and emphasis remain. MathJax finds nothing to set in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convcli.render import Style
from convcli.render.formulas import numbers_text, rule_text
from convcli.render.html_text import html_text, preformatted
from convcli.render.markdown import with_blocks
from convcli.render.operations import blocks_for_people
from convcli.render.palette import CELLS
from convcli.render.planes import ELLIPSIS, Plane, plane_title, plane_words, planes
from convcli.render.tables import items_left, limited_items, table_words
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

SIGNS = {"*": "\u00d7", CORRELATED: "*"}  # of an equation
BLOCK = "\u2588"
MARKED = f"{CELLS['window padding'].light}66"  # the colour, on any ground
# Repeated classes outweigh the rules that JupyterLab, VS Code and nbconvert have for tables.
_TABLE, _CELL = ".convcli.convcli.convcli table", ".convcli.convcli.convcli :is(th,td)"
STYLE = (
    ".convcli{max-width:100%;overflow-x:auto;font-size:inherit;line-height:1.45}"
    ".convcli.convcli p{margin:.35em 0}"
    ".convcli.convcli.convcli code,.convcli .grid{"
    "font-family:ui-monospace,Menlo,Consolas,monospace;"
    "font-size:.95em;background:none;color:inherit;padding:0;overflow-wrap:anywhere;"
    "white-space:normal}"
    ".convcli .quiet{opacity:.75}"
    f"{_TABLE}{{border-collapse:collapse;border:0;margin:.35em 0;width:auto;table-layout:auto;"
    "color:inherit;font-size:inherit}"
    f"{_TABLE} tr{{background:none;border:0}}"
    f"{_CELL}{{text-align:left;vertical-align:top;padding:.1em .9em .1em 0;border:0;"
    "background:none;max-width:none;overflow-wrap:anywhere}"
    f"{_CELL}.n{{text-align:right}}"
    f"{_TABLE} th{{white-space:nowrap}}"
    f"{_TABLE} thead th{{border-bottom:1px solid #8888;font-weight:600}}"
    f"{_TABLE}.rows :is(th,td){{padding:.15em .7em;overflow-wrap:normal}}"
    f"{_TABLE}.rows :is(th,.n){{white-space:nowrap}}"
    f"{_TABLE}.rows tbody tr{{border-bottom:1px solid #8883}}"
    f"{_TABLE}.grid :is(th,td){{text-align:right;padding:.1em .45em;border:1px solid #8886;"
    "white-space:nowrap;font-weight:400}"
    f"{_TABLE}.grid :is(th,.b){{border-color:transparent;opacity:.75}}"
    f"{_TABLE}.grid .m{{border-style:dashed;background:{MARKED}}}"
    f"{_TABLE}.grid caption{{caption-side:top;text-align:left;color:inherit;opacity:.75;"
    "white-space:nowrap;padding:0 0 .15em;font-family:system-ui,sans-serif}"
    ".convcli .equation,.convcli .tensor{display:flex;flex-wrap:wrap;align-items:center;"
    "gap:.2em .8em}"
    ".convcli .tensor{align-items:flex-start}"
    ".convcli.convcli pre{background:none;color:inherit;margin:.35em 0;overflow-x:auto;"
    "line-height:1.2}"
    ".convcli .item{margin:.8em 0 0;padding-left:.8em;border-left:3px solid #8886}"
)


def render(document: Document, style: Style) -> Iterator[str]:
    """The document in pieces of HTML."""
    yield f"<style>{STYLE}</style>\n"
    tag = style.words.tag
    yield f'<div class="convcli tex2jax_ignore mathjax_ignore" lang="{tag}">\n'
    yield from _render(document, style)
    yield "</div>\n"


def _render(document: Document, style: Style) -> Iterator[str]:
    if document.title:
        yield f"<p><strong>{html_text(document.title)}</strong></p>\n"
    yield from _blocks(blocks_for_people(document, style), style)
    for item in limited_items(document, style):
        yield '<div class="item">\n'
        yield from _render(item, style)
        yield "</div>\n"
    yield from map(_quiet, items_left(document, style))
    yield from _blocks(document.behind_items(), style)


def _blocks(blocks: Iterable[Block], style: Style) -> Iterator[str]:
    for block in blocks:
        yield from (f"{line}\n" for line in _lines(block, style))


def _lines(block: Block, style: Style) -> Iterator[str]:
    if isinstance(block, Note):
        yield _quiet(text(block.text, style.precision)).rstrip()
    elif isinstance(block, Drawing):
        yield preformatted(block.lines)
    elif isinstance(block, Curve):
        from convcli.render.curve import curve_lines

        yield preformatted(curve_lines(block, style.words))
    elif isinstance(block, Facts):
        yield from _facts(block, style)
    elif isinstance(block, Formulas):
        yield from _formulas(block)
    elif isinstance(block, Sum):
        yield _sum(block, style)
    elif isinstance(block, Table):
        yield from _table(block, style)
    elif isinstance(block, Tensor):
        tensors = "".join(_plane(plane, style) for plane in planes(block))
        if tensors:
            yield f'<div class="tensor">{tensors}</div>'
    elif isinstance(block, Equation):
        yield from _equation(block, style)


def _quiet(written: str) -> str:
    return f'<p class="quiet">{html_text(written)}</p>\n'


def _code(written: str) -> str:
    return f"<code>{html_text(written)}</code>" if written else ""


def _facts(block: Facts, style: Style) -> Iterator[str]:
    p = style.precision
    rows = [
        f'<tr><th scope="row">{html_text(fact.label)}</th><td>{_code(text(fact.value, p))}</td>'
        f'<td class="quiet">{html_text(text(fact.note, p))}</td></tr>'
        for fact in block.rows
        if fact.label
    ]
    if rows:
        yield f"<table>{''.join(rows)}</table>"


def _formulas(block: Formulas) -> Iterator[str]:
    yield from (f'<p class="quiet">{_code(rule_text(rule))}</p>' for rule in block.rules)
    rows = [
        f'<tr><th scope="row">{html_text(row.label)}</th>'
        f"<td>{_code(numbers_text(row))} = <strong>{_code(text(row.value))}</strong></td></tr>"
        for row in block.rows
    ]
    if rows:
        yield f"<table>{''.join(rows)}</table>"


def _sum(block: Sum, style: Style) -> str:
    *steps, total = worked_steps(block, style.precision)
    lead = f"<strong>{html_text(block.lead)}</strong> " if block.lead else ""
    parts = [*map(_code, steps), f"<strong>{_code(total)}</strong>"]
    return f"<p>{lead}{' = '.join(parts)}</p>"


def _table(table: Table, style: Style) -> Iterator[str]:
    words = table_words(with_blocks(table, BLOCK), style.precision)
    if words is None:
        return
    kinds = [' class="n"' if is_numeric else "" for is_numeric in words.is_numeric]
    yield f'<table class="rows"><thead>{_row("th", words.header, kinds)}</thead><tbody>'
    for at, row in enumerate(words.rows):
        yield _row("td", row, kinds, is_strong=at in table.emphasis)
    yield "</tbody></table>"


def _row(name: str, words: Sequence[str], kinds: Sequence[str], *, is_strong: bool = False) -> str:
    cells = [
        f"<strong>{html_text(word)}</strong>" if is_strong else html_text(word) for word in words
    ]
    pairs = zip(cells, kinds, strict=True)
    return f"<tr>{''.join(f'<{name}{kind}>{cell}</{name}>' for cell, kind in pairs)}</tr>"


def _equation(block: Equation, style: Style) -> Iterator[str]:
    if block.title:
        yield f"<p>{html_text(block.title)}</p>"
    columns = [list(planes(tensor)) for tensor in block.tensors]
    for row in zip(*columns, strict=True):
        parts: list[str] = []
        for sign, plane in zip(["", *block.signs], row, strict=True):
            parts += [f"<span>{html_text(SIGNS.get(sign, sign))}</span>"] if sign else []
            parts.append(_plane(plane, style))
        yield f'<div class="equation">{"".join(parts)}</div>'


def _plane(plane: Plane, style: Style) -> str:
    """The numbers of a plane under its title; where rows or columns are left out, with places."""
    title = plane_title(plane, ELLIPSIS, style.words)
    if not plane.rows:
        return f'<span class="quiet">{html_text(title)}</span>'
    words = plane_words(plane, style.precision, ELLIPSIS)
    heads, first = (1, 1) if plane.has_gap else (0, 0)
    rows = [f"<tr>{_heads(row)}</tr>" for row in words[:heads]]
    for row, cells in zip(words[heads:], plane.rows, strict=True):
        body = "".join(
            f"<td{' class=m' if cell.marked else '' if word.strip() else ' class=b'}>"
            f"{html_text(word.strip())}</td>"
            for word, cell in zip(row[first:], cells, strict=True)
        )
        rows.append(f"<tr>{_heads(row[:first])}{body}</tr>")
    caption = f"<caption>{html_text(title)}</caption>" if title else ""
    return f'<table class="grid">{caption}{"".join(rows)}</table>'


def _heads(words: Iterable[str]) -> str:
    return "".join(f"<th>{html_text(word)}</th>" for word in words)
