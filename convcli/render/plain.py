"""`--format plain`: `label: value` lines, tabs between columns, for pagers and screen readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convcli.render import Style, watched
from convcli.render.formulas import formula_text, rule_text
from convcli.render.operations import blocks_for_people
from convcli.render.planes import ASCII_ELLIPSIS, ELLIPSIS, plane_title, plane_words, planes
from convcli.render.tables import items_left, limited_items, table_words, without_bars
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
from convcli.report.quantities import Rounded

EXACT = Style(ascii=True)
BLANK = "-"  # a cell without a number, which is heard


def render(document: Document, style: Style) -> Iterator[str]:
    """The document in pieces of text."""
    style, losses = watched(style)
    yield from _render(document, style)
    if losses.any:
        yield style.words("numbers.rounded") + "\n"


def _render(document: Document, style: Style) -> Iterator[str]:
    if document.title:
        yield document.title + "\n"
    yield from (
        line + "\n" for block in blocks_for_people(document, style) for line in _lines(block, style)
    )
    for item in limited_items(document, style):
        yield "\n"
        yield from _render(item, style)
    yield from (line + "\n" for line in items_left(document, style))
    yield from (line + "\n" for block in document.behind_items() for line in _lines(block, style))


def lines_of(blocks: Iterable[Block], style: Style = EXACT) -> list[str]:
    """The blocks as lines of text, no digit lost."""
    return [line.replace("\t", "  ") for block in blocks for line in _lines(block, style)]


def _lines(block: Block, style: Style) -> Iterator[str]:
    p, words = style.precision, style.words
    colon = words("colon")
    if isinstance(block, Note):
        yield text(block.text, p)
    elif isinstance(block, Drawing):
        yield from block.lines
    elif isinstance(block, Curve):
        yield _spoken(block, style)
    elif isinstance(block, Facts):
        for fact in block.rows:
            if fact.label:
                note = text(fact.note, p)
                note = words("aside.apart", text=note) if note else ""
                yield f"{fact.label}{colon}{text(fact.value, p)}{note}"
    elif isinstance(block, Formulas):
        yield from map(rule_text, block.rules)
        yield from (f"{row.label}{colon}{formula_text(row)}" for row in block.rows)
    elif isinstance(block, Sum):
        yield f"{block.lead}{colon}{worked(block, p)}" if block.lead else worked(block, p)
    elif isinstance(block, Table):
        yield from _table(block, style)
    elif isinstance(block, Tensor):
        yield from _tensor(block, style)
    elif isinstance(block, Equation):
        yield from ([block.title] if block.title else ())
        for tensor in block.tensors:
            yield from _tensor(tensor, style)


def _spoken(curve: Curve, style: Style) -> str:
    """What a curve shows, in words."""
    values = curve.values
    least, most = values.index(min(values)), values.index(max(values))
    numbers = {"first": values[0], "last": values[-1], "least": values[least], "most": values[most]}
    return style.words(
        "curve.spoken",
        name=curve.name,
        against=curve.against,
        count=len(values),
        least_at=least + 1,
        most_at=most + 1,
        **{key: text(Rounded(value)) for key, value in numbers.items()},
    )


def _table(table: Table, style: Style) -> Iterator[str]:
    words = table_words(without_bars(table), style.precision)
    if words is not None:
        yield from ("\t".join(row) for row in (words.header, *words.rows))


def _tensor(tensor: Tensor, style: Style) -> Iterator[str]:
    gap = ASCII_ELLIPSIS if style.ascii else ELLIPSIS
    for plane in planes(tensor):
        blank = "" if plane.has_gap else BLANK
        yield plane_title(plane, gap, style.words)
        for row in plane_words(plane, style.precision, gap):
            yield "\t".join(word.strip() or blank for word in row)
