"""The table of `convcli stack` for people: a tree of the blocks, or the rows that are selected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcli.engine.network.walk import Step
from convcli.report.document import Column, Table
from convcli.report.quantities import Branch, Count, Joined, Percent, Short
from convcli.report.views.network_parts import (
    UNKNOWN,
    StackReport,
    field_jumps,
    field_sizes,
    field_starts,
    layer_form,
)
from convcli.report.views.stack_rows import Row, Selection, share
from convcli.report.views.stack_tree import TreeRow, tree_of


def stack_table(report: StackReport, rows: Sequence[Row], selection: Selection) -> Table:
    """The rows with their parts of the whole; a tree, unless rows are selected."""
    attention = any(row.macs_without_weights for row in rows)
    tree = list(_flat(rows) if selection.is_asked else tree_of(rows, report))
    columns = (
        Column(None, "name", report.is_numbered),
        Column(None, "layer", wraps=True),
        Column(None, "output"),
        Column(None, "parameters", is_numeric=True, short="params"),
        Column(None, "%", is_numeric=True, spare=4, name="parameters %"),
        Column(None, "MACs", is_numeric=True),
        Column(None, "%", is_numeric=True, spare=3, name="MACs %"),
        *([Column(None, "attention", is_numeric=True, spare=1)] if attention else []),
        Column(None, "sees", is_numeric=True, spare=2),
        Column(None, "jump", is_numeric=True, spare=5),
        Column(None, "start", is_numeric=True, spare=6),
    )
    blocks = frozenset(at for at, row in enumerate(tree) if row.is_block)
    return Table(columns, [_cells(report, row, attention) for row in tree], emphasis=blocks)


def _flat(rows: Sequence[Row]) -> Iterator[TreeRow]:
    return (TreeRow(row, Branch(row.name, 0, row.name)) for row in rows)


def _cells(report: StackReport, tree_row: TreeRow, attention: bool) -> tuple[Any, ...]:
    row = tree_row.row
    parts = share(row, report)
    return (
        tree_row.name,
        row.text if tree_row.is_block else layer_form(row.text, row.kind, row.step.layer),
        report.in_input_rank(row.output),
        Count(row.parameters),
        _share(parts["parameters"]),
        UNKNOWN if row.macs is None else Count(row.macs),
        _share(parts["macs"]),
        *([Count(row.macs_without_weights)] if attention else []),
        _sees(row.step),
        field_jumps(row.step.fields),
        field_starts(row.step.fields),
    )


def _share(part: float | None) -> Any:
    """A part of the whole; blank where it is nothing."""
    if part is None:
        return UNKNOWN
    return Short(Percent(part, 1), Percent(part, 0)) if part else ""


def _sees(step: Step) -> Any:
    """The cells that a unit sees, for short one number where the axes agree."""
    sizes = field_sizes(step)
    if isinstance(sizes, Joined) and len(set(sizes.values)) == 1:
        return Short(sizes, sizes.values[0])
    return sizes
