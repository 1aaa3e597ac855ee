"""`convcli stack --compare`: networks side by side, and the layers in which two of them differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import Fields
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Table
from convcli.report.quantities import Bytes, Count, per_axis
from convcli.report.views.network_parts import (
    UNKNOWN,
    StackReport,
    field_data,
    field_sizes,
    layer_form,
)
from convcli.report.views.stack_rows import Row, rows_of
from convcli.report.words.vocabulary import Words

LONGEST = 60  # characters of a stack's text beside others
MOST_ROWS = 60  # of layers that differ
COMPARED = (
    "stack",
    "layers",
    "output.shape",
    "receptive_field",
    "parameters",
    "macs",
    "activations_bytes",
    "peak_bytes",
)


def compare_view(reports: Sequence[StackReport], names: Sequence[str]) -> Document:
    """Several stacks on one input, side by side: what each sees and costs."""
    first = reports[0]
    shape = first.in_input_rank(first.input_shape)
    words = first.words
    columns = (*(Column(key, None) for key in COMPARED), *_columns(words))
    rows = [_compared(report, name) for report, name in zip(reports, names, strict=True)]
    facts = Facts((Fact("input.shape", None, shape),))
    differences = _differences(reports) if len(reports) == 2 else ()
    return Document(
        "stack",
        (facts, Table(columns, rows, key="stacks"), *differences),
        first.in_input_rank(first.steps[-1].output),
        words.amount("stack.compare.title", len(reports), input=shape),
        records="stacks",
        words=words,
    )


def _columns(words: Words) -> tuple[Column, ...]:
    """The columns for people."""
    return (
        Column(None, words("stack.stack"), wraps=True),
        Column(None, words("stack.compare.layers"), spare=2),
        Column(None, words("output")),
        Column(None, words("stack.sees"), spare_when_narrow=2),
        Column(None, words("stack.jump"), spare=3),
        Column(
            None,
            words("parameters"),
            is_numeric=True,
            short=words("stack.params"),
            spare_when_narrow=1,
        ),
        Column(None, words("stack.macs"), is_numeric=True),
        Column(None, words("stack.activations"), spare=1),
        Column(None, words("stack.peak"), spare=1),
    )


def _compared(report: StackReport, name: str) -> tuple[Any, ...]:
    """A row for machines, then one for people."""
    totals = report.totals
    last = next((step for step in reversed(report.steps) if step.fields), report.steps[-1])
    memory = [size_in_bytes(Shape((count,))) for count in (totals.activations, totals.held_at_once)]
    layers, shape = len(report.steps), report.in_input_rank(report.steps[-1].output)
    costs = (totals.parameters, totals.macs)
    machine = (name, layers, shape, field_data(last), *costs, *memory)
    seen = (field_sizes(last), _jumps(last.fields))
    counts = map(Count, costs)
    return (
        *machine,
        _shortened(name),
        layers,
        shape,
        *seen,
        *counts,
        *(Bytes(size, report.words("bytes")) for size in memory),
    )


def _jumps(fields: Fields | None) -> Any:
    """The jumps of all axes, each once."""
    if not fields:
        return "-"
    jumps = dict.fromkeys(None if field is None else field.jump for field in fields)
    return per_axis(jumps)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def _differences(reports: Sequence[StackReport]) -> Iterator[Block]:
    """The layers that one of two networks lacks, or that differ in shape or cost."""
    words = reports[0].words
    first, second = (rows_of(report) for report in reports)
    pairs = [
        (a, b)
        for a, b in _aligned(first, second)
        if a is None or b is None or _numbers(a) != _numbers(b)
    ]
    keyed = tuple(Column(key, None) for key in ("name", "first", "second"))
    machine = [
        (_name(pair), *(_data(row, report) for row, report in zip(pair, reports, strict=True)))
        for pair in pairs
    ]
    yield Table(keyed, machine, key="differences")
    columns = (
        Column(None, words("stack.compare.differs"), is_numeric=False),
        Column(None, words("stack.stack")),
        Column(None, words("layer"), wraps=True, spare_when_narrow=2),
        Column(None, words("output")),
        Column(
            None,
            words("parameters"),
            is_numeric=True,
            short=words("stack.params"),
            spare_when_narrow=1,
        ),
        Column(None, words("stack.macs"), is_numeric=True),
    )
    rows = [row for pair in pairs[:MOST_ROWS] for row in _both(pair, reports)]
    if rows:
        yield Table(columns, rows)
    if len(pairs) > MOST_ROWS:
        yield Note(words("stack.compare.more", count=len(pairs) - MOST_ROWS))


def _name(pair: tuple[Row | None, Row | None]) -> str:
    return next(row.name for row in pair if row is not None)


def _both(
    pair: tuple[Row | None, Row | None], reports: Sequence[StackReport]
) -> Iterator[tuple[Any, ...]]:
    """A row for each of the two stacks."""
    for number, (row, report) in enumerate(zip(pair, reports, strict=True)):
        name = "" if number else _name(pair)
        which = report.words("stack.compare.second" if number else "stack.compare.first")
        yield name, which, *_cells(row, report)


def _aligned(
    first: Sequence[Row], second: Sequence[Row]
) -> Iterator[tuple[Row | None, Row | None]]:
    """Layers of the same name in the same order; the others alone."""
    names = [[row.name for row in rows] for rows in (first, second)]
    matcher = SequenceMatcher(None, names[0], names[1], autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        alike = names[0][a:b] == names[1][c:d]
        if alike:
            yield from zip(first[a:b], second[c:d], strict=True)
        else:
            yield from ((row, None) for row in first[a:b])
            yield from ((None, row) for row in second[c:d])


def _numbers(row: Row) -> tuple[Any, ...]:
    return row.kind, tuple(row.output), row.parameters, row.macs, row.macs_without_weights


def _data(row: Row | None, report: StackReport) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "layer": row.text,
        "output": {"shape": list(report.in_input_rank(row.output))},
        "parameters": row.parameters,
        "macs": row.macs,
    }


def _cells(row: Row | None, report: StackReport) -> tuple[Any, ...]:
    if row is None:
        return ("-",) * 4
    macs = UNKNOWN if row.macs is None else Count(row.macs)
    layer = layer_form(row.text, row.kind, row.step.layer)
    return layer, report.in_input_rank(row.output), Count(row.parameters), macs
