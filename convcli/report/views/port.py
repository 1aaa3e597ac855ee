"""The view of `convcli port`: a row a framework, the lines below it, and of few rows everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Table
from convcli.report.spelling.ports.weights import WeightLayout
from convcli.report.words.vocabulary import ENGLISH, Words

Ends = tuple[int, int]
Reason = str | tuple[str, Mapping[str, Any]]  # a sentence, or the key of one and its fields
FEW = 3  # rows that are told in full
TORCH = "PyTorch"


class Row(NamedTuple):
    """A framework's line, or why there is none.

    `same` says whether it computes the layer's numbers: on small integers `equal` of `of` are.
    `exact` is a longer line that does, where `same` is False. `from_source` is the expression in
    `w` that makes the weight of that of the layer. Of a dense layer `order` names the axes that
    Flatten reads.
    """

    framework: str
    code: str | None = None
    call: str | None = None
    output: Shape | None = None
    padding: tuple[Ends, ...] = ()
    same: bool | None = None
    equal: int = 0
    of: int = 0
    weight: WeightLayout | None = None
    from_source: str | None = None
    exact: str | None = None
    refused: Reason | None = None
    order: str | None = None


class Ported(NamedTuple):
    """The layer that is ported: its text and framework, its shapes, and its padding or crop.

    `order` names the axes that Flatten reads before a dense layer.
    """

    layer: str
    framework: str
    input: Shape
    output: Shape
    padding: tuple[Ends, ...]
    axis_names: tuple[str, ...]
    crops: bool = False
    mode: str = "zeros"
    order: str = ""


def port_view(ported: Ported, rows: Sequence[Row], words: Words = ENGLISH) -> Document:
    """The document; its essential value is the line of the first framework that has one."""
    blocks: list[Block] = [
        Facts(
            (
                Fact("layer", None, ported.layer),
                Fact("framework", None, ported.framework),
                Fact("input.shape", None, ported.input),
                Fact("output.shape", None, ported.output),
                Fact("padding", None, [list(ends) for ends in ported.padding]),
            )
        )
    ]
    if len(rows) > FEW:
        blocks += [_table(ported, rows, words), *_lines(rows, words)]
        blocks += _reordered(ported, rows, words) + _refusals(ported, rows, words)
    else:
        blocks += [Facts(tuple(_told(ported, row, words))) for row in rows]
    blocks.append(Note(words("port.bottom")))
    fields = {"layer": ported.layer, "shape": ported.input, "output": ported.output}
    return Document(
        "port",
        tuple(blocks),
        essential=next((row.exact or row.code for row in rows if row.code), None),
        title=words("port.title", **fields),
        records="frameworks",
        listing=lambda: [
            Facts((Fact("frameworks", None, [_record(ported, row) for row in rows]),))
        ],
        words=words,
    )


def _table(ported: Ported, rows: Sequence[Row], words: Words) -> Table:
    is_dense = any(row.order is not None for row in rows)
    columns = (
        Column(None, words("port.framework")),
        Column(None, words("port.numbers")),
        Column(None, words("port.equal"), spare=3),
        Column(None, words("output"), is_numeric=False, spare=1),
        *(
            []
            if is_dense
            else [Column(None, words("port.crop" if ported.crops else "port.padding"))]
        ),
        Column(None, words("port.weight"), spare=2),
        Column(None, words("port.from_source", source=ported.framework), spare=4),
    )
    written = [row for row in rows if row.code is not None]
    differ = frozenset(at for at, row in enumerate(written) if not row.same)
    return Table(columns, [_cells(row, words) for row in written], emphasis=differ)


def _cells(row: Row, words: Words) -> tuple[Any, ...]:
    name = words("port.same" if row.same else "port.differ")
    equal = words("port.checked", equal=row.equal, of=row.of)
    padding = [_short(row.padding)] if row.order is None else []
    weight = _layout(row, words), row.from_source
    return (row.framework, name, equal, row.output, *padding, *weight)


def _reordered(ported: Ported, rows: Sequence[Row], words: Words) -> list[Block]:
    """The frameworks whose Flatten has another order than the layer's, by that order."""
    by_order: dict[str, list[str]] = {}
    for row in rows:
        if row.order not in (None, "", ported.order):
            by_order.setdefault(str(row.order), []).append(row.framework)
    return [
        Note(
            words(
                "port.reordered",
                names=words("comma").join(names),
                order=order,
                source=ported.framework,
                theirs=ported.order,
            )
        )
        for order, names in by_order.items()
    ]


def _refusals(ported: Ported, rows: Sequence[Row], words: Words) -> list[Block]:
    """The frameworks that have no line, by their reasons."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        if row.code is None:
            by_reason.setdefault(why(ported, row, words), []).append(row.framework)
    return [
        Note(words("port.refusal", names=words("comma").join(names), reason=reason))
        for reason, names in by_reason.items()
    ]


def _layout(row: Row, words: Words) -> str:
    if row.weight is None:
        return ""
    layout = row.weight.layout
    return words("port.flip", layout=layout) if row.weight.flip else layout


def _lines(rows: Sequence[Row], words: Words) -> list[Block]:
    """The lines of code, and those that have the same numbers where the first does not."""
    written = [row for row in rows if row.code is not None]
    blocks: list[Block] = [
        Facts(tuple(Fact(None, row.framework, _in_one_line(row.code)) for row in written))
    ]
    exact = [row for row in written if row.exact is not None]
    if exact:
        blocks.append(Note(words("port.exact") + ":"))
        blocks.append(
            Facts(tuple(Fact(None, row.framework, _in_one_line(row.exact)) for row in exact))
        )
    without = [row.framework for row in written if not row.same and row.exact is None]
    if without:
        blocks.append(Note(words("port.no_exact", names=words("comma").join(without))))
    return blocks


def _in_one_line(code: str | None) -> str:
    return " ".join((code or "").splitlines())


def _told(ported: Ported, row: Row, words: Words) -> list[Fact]:
    """Everything about a framework."""
    facts = [Fact(None, words("port.framework"), row.framework)]
    if row.code is None:
        return [*facts, Fact(None, words("port.refused"), why(ported, row, words))]
    name = words("port.same" if row.same else "port.differ")
    checked = words("port.checked", equal=row.equal, of=row.of)
    facts += [
        Fact(None, words("port.code"), _in_one_line(row.code)),
        Fact(None, words("output"), row.output),
        Fact(None, words("port.numbers"), words("port.told", told=name, checked=checked)),
        Fact(None, words("port.why"), why(ported, row, words)),
    ]
    if row.exact is not None:
        facts.append(Fact(None, words("port.exact"), _in_one_line(row.exact)))
    if row.weight is not None:
        facts.append(Fact(None, words("port.weight"), _layout(row, words)))
        if ported.framework != TORCH:
            source = words("port.from_source", source=ported.framework)
            facts.append(Fact(None, source, row.from_source))
        facts += [
            Fact(None, words("port.from_torch"), row.weight.from_torch),
            Fact(None, words("port.to_torch"), row.weight.to_torch),
        ]
    return facts


def why(ported: Ported, row: Row, words: Words = ENGLISH) -> str:
    """Why the numbers are the same or not, or why there is no line."""
    if row.refused is not None:
        if isinstance(row.refused, str):
            return row.refused
        key, given = row.refused
        return words(f"port.refused.{key}", **given)
    if row.order == "":
        return words("port.flat")
    if row.order == ported.order != "":
        return words("port.flatten", order=row.order)
    if row.order is not None:
        source, theirs = ported.framework, ported.order
        return words("port.flatten_other", order=row.order, source=source, theirs=theirs)
    ours = _sides(ported, row.padding, words)
    if row.same:
        if not any(map(any, row.padding)):
            return words("port.same.none")
        return words("port.same.crop" if ported.crops else "port.same.zeros", ours=ours)
    if ported.mode != "zeros" and row.padding == ported.padding:
        return words("port.differs.border", source=ported.framework, mode=ported.mode)
    theirs = _sides(ported, ported.padding, words)
    fields = {"source": ported.framework, "theirs": theirs, "ours": ours}
    if ported.crops:
        return words("port.differs.crop", **fields)
    return words("port.differs.zeros", **fields)


def _sides(ported: Ported, padding: Sequence[Ends], words: Words) -> str:
    """`1 before, 0 after` where all axes agree, else each axis by its name."""
    if len(set(padding)) == 1:
        before, after = padding[0]
        return words("port.both", before=before, after=after)
    return ", ".join(
        f"{name} {before}:{after}"
        for name, (before, after) in zip(ported.axis_names, padding, strict=True)
    )


def _short(padding: Sequence[Ends]) -> str:
    """`1:1`, or each axis where they differ."""
    texts = [f"{before}:{after}" for before, after in padding]
    return texts[0] if len(set(texts)) == 1 else ",".join(texts)


def _record(ported: Ported, row: Row) -> dict[str, Any]:
    reason = why(ported, row)
    weight = None if row.weight is None else {
        "layout": row.weight.layout,
        "from_torch": row.weight.from_torch,
        "to_torch": row.weight.to_torch,
        "flip": row.weight.flip,
        "from_source": row.from_source,
    }  # fmt: skip
    return {
        "framework": row.framework,
        "code": row.code,
        "layer": row.call,
        "output": {"shape": row.output},
        "padding": [list(ends) for ends in row.padding],
        "same_numbers": row.same,
        "why": reason,
        "equal": {"count": row.equal, "of": row.of} if row.code else None,
        "exact": row.exact,
        "weight": weight,
        "refused": reason if row.refused is not None else None,
    }
