"""The table of `convcli stack` for people: a tree of the blocks, or the rows that are selected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcli.engine.network.walk import Step
from convcli.report.document import Column, Table
from convcli.report.quantities import Branch, Bytes, Count, Joined, Percent, Short
from convcli.report.views.network_parts import (
    UNKNOWN,
    StackReport,
    field_jumps,
    field_sizes,
    field_starts,
    layer_form,
)
from convcli.report.views.stack_rows import BLOCK, Row, Selection, share
from convcli.report.views.stack_tree import TreeRow, tree_of
from convcli.report.words.vocabulary import Words


def stack_table(report: StackReport, rows: Sequence[Row], selection: Selection) -> Table:
    """The rows with their parts of the whole; a tree, unless rows are selected."""
    attention = any(row.macs_without_weights for row in rows)
    by_memory = selection.sort == "memory"
    tree = list(_flat(rows) if selection.is_asked else tree_of(rows, report))
    blocks = frozenset(at for at, row in enumerate(tree) if row.is_block)
    cells = [_cells(report, row, attention, by_memory) for row in tree]
    return Table(_columns(report, attention, selection.sort), cells, emphasis=blocks)


def _columns(report: StackReport, attention: bool, sort: str | None) -> tuple[Column, ...]:
    """The columns; none that the rows are sorted by is left out."""
    words = report.words
    parameters, macs = words("parameters"), words("stack.macs")
    by_macs = sort == "macs"
    of_attention = Column(
        None, words("stack.attention"), is_numeric=True, spare=0 if by_macs else 1
    )
    memory = Column(None, words("stack.memory"), is_numeric=True)
    share_of_parameters = 0 if sort == "parameters" else 4
    return (
        Column(None, words("stack.name"), report.is_numbered),
        Column(None, words("layer"), wraps=True, spare_when_narrow=1),
        Column(None, words("output")),
        Column(
            None,
            parameters,
            is_numeric=True,
            short=words("stack.params"),
            spare_when_narrow=0 if sort == "parameters" else 2,
        ),
        Column(None, "%", is_numeric=True, spare=share_of_parameters, name=f"{parameters} %"),
        Column(None, macs, is_numeric=True),
        Column(None, "%", is_numeric=True, spare=0 if by_macs else 3, name=f"{macs} %"),
        *([of_attention] if attention else []),
        *([memory] if sort == "memory" else []),
        Column(None, words("stack.sees"), is_numeric=True, spare=2),
        Column(None, words("stack.jump"), is_numeric=True, spare=5),
        Column(None, words("stack.start"), is_numeric=True, spare=6),
    )


def _flat(rows: Sequence[Row]) -> Iterator[TreeRow]:
    return (TreeRow(row, Branch(row.name, 0, row.name)) for row in rows)


def _cells(
    report: StackReport, tree_row: TreeRow, attention: bool, by_memory: bool
) -> tuple[Any, ...]:
    row = tree_row.row
    parts = share(row, report)
    return (
        tree_row.name,
        _layer(tree_row, report.words),
        report.in_input_rank(row.output),
        Count(row.parameters),
        _share(parts["parameters"]),
        UNKNOWN if row.macs is None else Count(row.macs),
        _share(parts["macs"]),
        *([Count(row.macs_without_weights)] if attention else []),
        *([Bytes(row.activation_bytes, report.words("bytes"))] if by_memory else []),
        _sees(row.step),
        field_jumps(row.step.fields),
        field_starts(row.step.fields),
    )


def _layer(tree_row: TreeRow, words: Words) -> Any:
    """The layer of a row, or the class of a block and how many layers are summed in it."""
    row = tree_row.row
    if row.layers is None:
        return layer_form(row.text, row.kind, row.step.layer)
    if tree_row.is_block:
        return row.kind or words.amount("stack.layers", row.layers)
    if row.kind == BLOCK:
        return words.amount("stack.plain_block", row.layers)
    return words.amount("stack.block", row.layers, kind=row.kind)


def _share(part: float | None) -> Any:
    """A part of the whole, blank where it is nothing; with one decimal at every width."""
    if part is None:
        return UNKNOWN
    return Percent(part, 1) if part else ""


def _sees(step: Step) -> Any:
    """The cells that a unit sees, for short one number where the axes agree."""
    sizes = field_sizes(step)
    if isinstance(sizes, Joined) and len(set(sizes.values)) == 1:
        return Short(sizes, sizes.values[0])
    return sizes
