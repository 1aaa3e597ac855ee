"""`convcli stack --compare`: networks side by side, and the layers in which two of them differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import Fields
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Table
from convcli.report.quantities import Bytes, per_axis
from convcli.report.spelling.plurals import count_of
from convcli.report.views.network_parts import StackReport, field_data, field_sizes
from convcli.report.views.stack_rows import Row, rows_of

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
COMPARED_LABELS = (
    "stack",
    "layers",
    "output",
    "sees",
    "jump",
    "parameters",
    "MACs",
    "activations",
    "peak",
)


def compare_view(reports: Sequence[StackReport], names: Sequence[str]) -> Document:
    """Several stacks on one input, side by side: what each sees and costs."""
    first = reports[0]
    shape = first.in_input_rank(first.input_shape)
    columns = tuple(Column(key, None) for key in COMPARED) + tuple(
        Column(None, label) for label in COMPARED_LABELS
    )
    rows = [_compared(report, name) for report, name in zip(reports, names, strict=True)]
    facts = Facts((Fact("input.shape", None, shape),))
    differences = _differences(reports) if len(reports) == 2 else ()
    return Document(
        "stack",
        (facts, Table(columns, rows, key="stacks"), *differences),
        first.in_input_rank(first.steps[-1].output),
        f"{count_of(len(reports), 'stack', 'stacks')} on {shape}",
        records="stacks",
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
    return *machine, _shortened(name), layers, shape, *seen, *costs, *map(Bytes, memory)


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
    first, second = (rows_of(report) for report in reports)
    pairs = [
        (a, b)
        for a, b in _aligned(first, second)
        if a is None or b is None or _numbers(a) != _numbers(b)
    ]
    rows = []
    for a, b in pairs:
        name = (a or b).name  # type: ignore[union-attr]
        machine = (name, *(_data(row, report) for row, report in zip((a, b), reports, strict=True)))
        people = [_cells(row, report) for row, report in zip((a, b), reports, strict=True)]
        rows.append(
            (*machine, name, *(cell for pair in zip(*people, strict=True) for cell in pair))
        )
    labels = ("layer", "layer of the second", "output", "second", "parameters", "second", "MACs",
              "second")  # fmt: skip
    columns = (
        Column("name", None),
        Column("first", None),
        Column("second", None),
        Column(None, "differs"),
        *(Column(None, label) for label in labels),
    )
    keyed = tuple(column._replace(label=None) for column in columns)
    yield Table(keyed, rows, key="differences")
    for_people = tuple(column._replace(key=None) for column in columns)
    if rows:
        yield Table(for_people, rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        yield Note(f"{len(rows) - MOST_ROWS} more layers differ; --json has them all.")


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
    macs = "?" if row.macs is None else row.macs
    return row.text, report.in_input_rank(row.output), row.parameters, macs
