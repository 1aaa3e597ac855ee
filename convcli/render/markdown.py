"""`--format markdown`: GitHub's Markdown, with tables, mathematics and fenced grids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from convcli.render import Style
from convcli.render.operations import blocks_for_people
from convcli.render.planes import ASCII_ELLIPSIS, ELLIPSIS, plane_columns, plane_title, planes
from convcli.render.tables import bar_of, items_left, limited_items, table_words
from convcli.render.values import text
from convcli.render.worked_sums import worked
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

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~$&])")
_BACKTICKS = re.compile("`+")
BLOCK, ASCII_BLOCK = "\u2588", "="
LONGEST_BAR = 20  # letters


def render(document: Document, style: Style, level: int = 2) -> Iterator[str]:
    """The document in pieces of text, under a heading of this level."""
    if document.title:
        yield f"{'#' * level} {escape(document.title)}\n\n"
    yield from _blocks(blocks_for_people(document, style), style)
    for item in limited_items(document, style):
        yield from render(item, style, level + 1)
    yield from (f"*{escape(line)}*\n" for line in items_left(document, style))
    yield from _blocks(document.behind_items(), style)


def _blocks(blocks: Iterable[Block], style: Style) -> Iterator[str]:
    for block in blocks:
        written = list(_lines(block, style))
        if written:
            yield "\n".join(written) + "\n\n"


def escape(written: str) -> str:
    """Text in which no character is markup."""
    return _SPECIAL.sub(r"\\\1", written)


def _lines(block: Block, style: Style) -> Iterator[str]:
    p = style.precision
    if isinstance(block, Note):
        written = escape(text(block.text, p))
        yield written if block.main else f"*{written}*"
    elif isinstance(block, Drawing):
        yield from _fenced(block.lines)
    elif isinstance(block, Curve):
        from convcli.render.curve import curve_lines

        yield from _fenced(curve_lines(block, style.words))
    elif isinstance(block, Facts):
        yield from _facts(block, style)
    elif isinstance(block, Formulas):
        yield from _mathematics(_formulas(block), style)
    elif isinstance(block, Sum):
        lead = f"**{escape(block.lead)}** " if block.lead else ""
        yield f"{lead}{code(worked(block, p))}"
    elif isinstance(block, Table):
        yield from _table(block, style)
    elif isinstance(block, Tensor):
        yield from _tensor(block, style)
    elif isinstance(block, Equation):
        yield from _equation(block, style)


def code(written: str) -> str:
    """Text as code, in more backticks than it has itself.

    >>> code("a"), code("a`b")
    ('`a`', '``a`b``')
    """
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(written)), default=0))
    space = " " if written.startswith("`") or written.endswith("`") else ""
    return f"{fence}{space}{written}{space}{fence}" if written.strip() else ""


def _facts(block: Facts, style: Style) -> Iterator[str]:
    for fact in block.rows:
        if fact.label:
            note = escape(text(fact.note, style.precision))
            note = style.words("aside", text=note) if note else ""
            yield f"- **{escape(fact.label)}** {code(text(fact.value, style.precision))}{note}"


def _formulas(block: Formulas) -> Iterator[str]:
    """The rules, and below each the formulas that fill it in, aligned at the first sign."""
    from convcli.render.latex_mathematics import formula, term

    lines = []
    for rule in block.rules:
        first, *others = map(term, rule.sides)
        lines.append(" = ".join((f"{first} &", *others)).replace("& =", "&="))
        lines += [rf"{_named(case.label)} & {formula(case)}" for case in rule.cases]
    lines += [rf"{_named(row.label)} & {formula(row)}" for row in block.rows]
    yield r"\begin{aligned}"
    yield " \\\\\n".join(lines)
    yield r"\end{aligned}"


def _named(label: str) -> str:
    """A label in mathematics: upright, with its spaces."""
    from convcli.render.latex_text import escape

    return rf"\mathrm{{{escape(label)}}}\colon".replace(" ", r"\ ")


def _equation(block: Equation, style: Style) -> Iterator[str]:
    """As mathematics where one line holds it, else as grids."""
    from convcli.render.latex_matrices import one_line

    if block.title:
        yield f"**{escape(block.title)}**\n"
    written = one_line(block, style)
    if written is not None:
        yield from _mathematics([written], style)
    else:
        for tensor in block.tensors:
            yield from _tensor(tensor, style)


def _mathematics(lines: Iterable[str], style: Style) -> Iterator[str]:
    """Mathematics that GitHub sets, in a fence that keeps Markdown from reading it.

    Notebooks know no such fence, and keep Markdown from reading what stands between `$$`.
    """
    yield "$$" if style.is_notebook else "```math"
    yield from lines
    yield "$$" if style.is_notebook else "```"


def _fenced(lines: Iterable[str]) -> Iterator[str]:
    yield "```text"
    yield from lines
    yield "```"


def _table(table: Table, style: Style) -> Iterator[str]:
    words = table_words(with_blocks(table, ASCII_BLOCK if style.ascii else BLOCK), style.precision)
    if words is not None:
        yield _row(map(escape, words.header))
        yield _row("--:" if is_numeric else "---" for is_numeric in words.is_numeric)
        for at, row in enumerate(words.rows):
            cells = map(escape, row)
            is_bold = at in table.emphasis
            yield _row(f"**{cell}**" if is_bold and cell else cell for cell in cells)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def with_blocks(table: Table, block: str) -> Table:
    """The table with bars of blocks, which are no markup."""
    rows = []
    for row in table.rows:
        bars = map(bar_of, row)
        rows.append(
            tuple(
                block * round(LONGEST_BAR * bar.share) if bar else value
                for value, bar in zip(row, bars, strict=True)
            )
        )
    return table._replace(rows=rows)


def _tensor(tensor: Tensor, style: Style) -> Iterator[str]:
    gap = ASCII_ELLIPSIS if style.ascii else ELLIPSIS
    for plane in planes(tensor):
        title = escape(plane_title(plane, gap, style.words))
        yield f"{title}\n" if plane.rows else title
        if plane.rows:
            columns = plane_columns(plane, style.precision, gap)
            yield from _fenced("  ".join(row).rstrip() for row in zip(*columns, strict=True))
            yield ""
