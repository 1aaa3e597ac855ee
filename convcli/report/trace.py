"""The view of `convcli trace`: for each output the window, the kernel, the products, the running sums, the total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from math import prod
from typing import Any

from convcli.engine.shapes import Position, Shape
from convcli.engine.spec import ConvSpec
from convcli.engine.trace import Term, View, WorkedSum
from convcli.report.document import (
    Block, Column, Document, Equation, Fact, Facts, Items, Note, Sum, Table, Tensor,
)  # fmt: skip
from convcli.report.pytorch import pytorch_line

TERM_COLUMNS = tuple(
    Column(key, None) for key in ("channel", "tap", "cell", "padded", "input", "weight", "product")
)


def trace_view(
    spec: ConvSpec,
    shown_output: Shape,
    view: View,
    count: int,
    make: Callable[[], Iterable[WorkedSum]],
) -> Document:
    """The document on the worked sums; `make` starts them anew. Positions are shown in the rank of `shown_output`."""
    facts = Facts((
        Fact("layer", None, pytorch_line(spec)),
        Fact("view", None, view),
        Fact("output.shape", "output", shown_output),
        Fact("output.positions", None, count),
    ))  # fmt: skip
    axes = len(shown_output)

    def items() -> Iterator[Document]:
        return (worked_sum_view(worked, axes, view) for worked in make())

    return Document("trace", (facts,), title=pytorch_line(spec), items=Items("positions", "positions", count, items))


def worked_sum_view(worked: WorkedSum, axes: int, view: View) -> Document:
    """The document on one output."""
    position = Position(worked.position[len(worked.position) - axes :])
    machine: tuple[Block, ...] = (
        Facts((Fact("position", None, position),)),
        Table(TERM_COLUMNS, [_row(term) for term in worked.terms], key="terms"),
        Facts((Fact("bias", None, worked.bias), Fact("total", None, worked.total))),
    )
    people = (*_channels(worked, view), *_whole(worked))
    return Document("trace", (*machine, *people), essential=worked.total, title=f"output {position}", records="terms")


def _row(term: Term) -> tuple[Any, ...]:
    return term.channel, term.tap, term.cell, term.padded, term.input, term.weight, term.product


def _channels(worked: WorkedSum, view: View) -> Iterator[Block]:
    """Each channel's grids, and its subtotal where there are several channels."""
    by_channel = [(channel, list(terms)) for channel, terms in groupby(worked.terms, key=lambda term: term.channel)]
    several = len(by_channel) > 1
    for channel, terms in by_channel:
        name = f"channel {channel}" if several else ""
        if worked.spec.transposed:
            yield _reached(terms, view, name)
        else:
            yield from _window(worked.spec, terms, name)
        if several:
            yield _sum_of(terms, name)


def _sum_of(terms: list[Term], lead: str) -> Sum:
    total = sum(term.product for term in terms)
    return Sum(tuple((term.input, term.weight) for term in terms), tuple(term.product for term in terms), total, lead)


def _window(spec: ConvSpec, terms: list[Term], name: str) -> Iterator[Block]:
    """Window * kernel = products, one equation for each plane of the kernel."""
    *leading, width = spec.kernel_size
    height = leading[-1] if leading else 1
    plane = height * width
    for number in range(prod(leading[:-1]) if leading else 1):
        part = terms[number * plane : (number + 1) * plane]
        marked = frozenset(divmod(place, width) for place, term in enumerate(part) if term.padded)
        depth = f", depth {part[0].tap[:-2]}" if len(leading) > 1 else ""
        labels = (f"{name} window{depth}".strip(), "kernel", "products")
        grids = tuple(
            Tensor(label, _grid([getattr(term, field) for term in part], width), marked=marked if field == "input" else frozenset())
            for label, field in zip(labels, ("input", "weight", "product"), strict=True)
        )
        yield Equation(grids, ("*", "="))
    mirrored = [f"{term.index} is {term.cell}" for term in terms if term.padded and term.cell is not None]
    if mirrored:
        yield Note(f"[ ] is padding by {spec.padding_mode}: cell {', '.join(mirrored)}")
    elif any(term.padded for term in terms):
        yield Note("[ ] is padding, 0")


def _grid(values: list[Any], width: int) -> list[list[Any]]:
    return [values[start : start + width] for start in range(0, len(values), width)]


def _reached(terms: list[Term], view: View, name: str) -> Table:
    """For a transposed layer, which inputs and taps meet at the output."""
    if view == "scatter":
        columns = (Column(None, f"{name} input cell".strip()), Column(None, "stamps"), Column(None, "with tap"), Column(None, "adds"))
        rows = [(term.cell, f"{term.input} * kernel", term.tap, f"{term.input}*{term.weight} = {term.product}") for term in terms]
        return Table(columns, [tuple(row) for row in rows])
    columns = tuple(Column(None, label) for label in (f"{name} tap".strip(), "weight", "input cell", "input", "product"))
    return Table(columns, [(term.tap, term.weight, term.cell, term.input, term.product) for term in terms])


def _whole(worked: WorkedSum) -> Iterator[Block]:
    """The sum over everything, and how it runs; with several channels, the subtotals and then the bias."""
    by_channel = [sum(t.product for t in terms) for _, terms in groupby(worked.terms, key=lambda term: term.channel)]
    bias = () if worked.bias is None else (worked.bias,)
    if len(by_channel) > 1:
        parts = (*by_channel, *bias)
        yield Sum(tuple((part,) for part in parts), parts, worked.total, "channels + bias" if bias else "channels")
        return
    factors = tuple((term.input, term.weight) for term in worked.terms) + tuple((part,) for part in bias)
    yield Sum(factors, (*(term.product for term in worked.terms), *bias), worked.total)
    if len(worked.running) > 2:
        yield Facts((Fact(None, "running", worked.running),))
