"""Which input cells a layer never reads, and which input sizes give an output. Integers only, of any size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import NamedTuple

from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import real_cells, swept
from convcli.engine.geometry.taps import padded_index

LISTED = 100  # unread cells that are listed one by one


class Unread(NamedTuple):
    """The cells of one axis that no tap reads: how many, the first of them, and how many of them end the axis."""

    total: int
    cells: tuple[int, ...]
    trailing: int


def unread_cells(spec: ConvSpec, d: int, size: int) -> Unread:
    """The input cells of axis `d` that no output reads.

    Each tap reads an arithmetic progression of cells, so this takes time in the kernel size, not in `size`. Raises
    ConvError where the layer does not fit on `size`.

    >>> unread_cells(ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, stride=3, dims=1), 0, 9)
    Unread(total=3, cells=(2, 5, 8), trailing=1)
    """
    progressions = [cells for cells in _cells_read(spec, d, size) if cells]
    period = max([abs(cells.step) for cells in progressions], default=1)
    read: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for cells in progressions:
        low, high = sorted((cells[0], cells[-1]))
        read[low % period].append((low // period, high // period))
    merged = {residue: _merged(intervals) for residue, intervals in read.items()}
    count = size - sum(high - low + 1 for intervals in merged.values() for low, high in intervals)
    last = max(
        [high * period + residue for residue, found in merged.items() for _, high in found],
        default=-1,
    )
    first = _first_unread(merged, period, size) if count else iter(())
    return Unread(count, tuple(islice(first, min(count, LISTED))), size - 1 - last)


def inputs_giving(spec: ConvSpec, d: int, out: int) -> range:
    """All input sizes of axis `d` from which `out` cells come.

    >>> inputs_giving(ConvSpec.of(in_channels=1, out_channels=1, kernel_size=7, stride=2, padding=3, dims=1), 0, 112)
    range(223, 225)
    """
    axis = spec.axes[d]
    if out < 1:
        return range(0)
    if spec.transposed:
        size, left = divmod(out - axis.output_padding - axis.extent + sum(axis.pad), axis.stride)
        return range(size + 1, size + 2) if left == 0 and size >= 0 else range(0)
    first = (out - 1) * axis.stride + axis.extent - sum(axis.pad)
    smallest = {"reflect": max(axis.pad) + 1, "circular": max(axis.pad)}.get(spec.padding_mode, 1)
    return range(max(first, smallest, 1), max(first + axis.stride, smallest, 1))


def _cells_read(spec: ConvSpec, d: int, size: int) -> Iterator[range]:
    """The cells that the taps read, over all outputs, as ranges of one step."""
    axis, outputs = spec.axes[d], spec.output_size(d, size)
    if spec.transposed:
        last = axis.kernel_size - 1
        for taps in (
            ((0, last),)
            if axis.dilation < outputs
            else ((tap, tap) for tap in range(axis.kernel_size))
        ):
            # taps so near to each other that what they read joins are taken together
            highest, lowest = (
                tap * axis.dilation - axis.pad.before for tap in taps
            )  # out = cell*stride + offset
            yield range(
                max(0, -(lowest // axis.stride)), min(size, -((highest - outputs) // axis.stride))
            )
        return
    window = range(
        padded_index(axis, 0, 0), padded_index(axis, 0, axis.kernel_size - 1) + 1, axis.dilation
    )
    for landings in swept(window, axis.stride, outputs):
        yield from real_cells(landings, size, spec.padding_mode)


def _merged(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping or touching intervals of integers, as few as can be, in order."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _first_unread(read: dict[int, list[tuple[int, int]]], period: int, size: int) -> Iterator[int]:
    """The unread cells in order. Of the residues that nothing reads, the first `LISTED` are enough to list that many."""
    empty = islice((residue for residue in range(min(period, size)) if residue not in read), LISTED)
    return merge(
        *(_holes(read.get(residue, []), residue, period, size) for residue in (*read, *empty))
    )


def _holes(read: list[tuple[int, int]], residue: int, period: int, size: int) -> Iterator[int]:
    start = 0
    for low, high in [*read, ((size - 1 - residue) // period + 1, 0)]:
        yield from range(start * period + residue, low * period + residue, period)
        start = high + 1
