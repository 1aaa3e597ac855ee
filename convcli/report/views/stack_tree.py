"""The rows of `convcli stack` as a tree: a block that holds layers is a row above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcli.report.quantities import Branch
from convcli.report.views.network_parts import StackReport
from convcli.report.views.stack_rows import Row, summed


class TreeRow(NamedTuple):
    """A row and its name in the tree; `is_block` where the rows below it are summed in it."""

    row: Row
    name: Branch
    is_block: bool = False


def tree_of(rows: Sequence[Row], report: StackReport) -> Iterator[TreeRow]:
    """The rows in their order, below those of their blocks.

    A block has a row where a layer stands in it directly: `layer1`, which holds nothing but blocks,
    has none, and `layer1.0` has one.
    """
    ends = _ends(rows)
    held: list[str] = []  # the blocks above a row, the outermost first
    for at, row in enumerate(rows):
        while held and not _is_within(row.block, held[-1]):
            held.pop()
        for block in _prefixes(row.block):
            if held and _is_within(held[-1], block):
                continue
            run = rows[at : ends[at, block]]
            if any(each.block == block for each in run):
                name = Branch(block, len(held), _below(block, held))
                yield TreeRow(summed(block, run, report), name, is_block=True)
                held.append(block)
        yield TreeRow(row, Branch(row.name, len(held), _below(row.name, held)))


def _ends(rows: Sequence[Row]) -> dict[tuple[int, str], int]:
    """Behind which row each block ends that a row is in."""
    ends: dict[tuple[int, str], int] = {}
    for at in reversed(range(len(rows))):
        for block in _prefixes(rows[at].block):
            ends[at, block] = ends.get((at + 1, block), at + 1)
    return ends


def _prefixes(block: str) -> Iterator[str]:
    """The block and all that it is in, the outermost first."""
    for at, letter in enumerate(block):
        if letter == ".":
            yield block[:at]
    if block:
        yield block


def _is_within(block: str, outer: str) -> bool:
    return block == outer or block.startswith(f"{outer}.")


def _below(path: str, held: Sequence[str]) -> str:
    """The path without that of the block that it stands below."""
    outer = f"{held[-1]}." if held else ""
    return path[len(outer) :] if path.startswith(outer) else path
