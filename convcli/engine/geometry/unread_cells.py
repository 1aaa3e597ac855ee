"""Which input cells a layer never reads. Integers only, of any size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import NamedTuple

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import Cells, count, joined, real_cells, swept

LISTED = 100  # unread cells that are listed one by one


class Unread(NamedTuple):
    """The cells that no tap reads: their number, the first, and how many end the axis."""

    total: int
    cells: tuple[int, ...]
    trailing: int


def unread_cells(spec: ConvSpec, d: int, size: int) -> Unread:
    """The input cells of axis `d` that no output reads.

    Each tap reads an arithmetic progression of cells, so this takes time in the kernel size, not in
    `size`. Raises ConvError where the layer does not fit on `size`.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, stride=3, dims=1)
    >>> unread_cells(spec, 0, 9)
    Unread(total=3, cells=(2, 5, 8), trailing=1)
    """
    progressions = [cells for cells in _cells_read(spec, d, size) if cells]
    period = max([abs(cells.step) for cells in progressions], default=1)
    by_residue: dict[int, list[range]] = defaultdict(list)
    for cells in progressions:
        low, high = sorted((cells[0], cells[-1]))
        by_residue[low % period].append(range(low // period, high // period + 1))
    read = {residue: joined(turns) for residue, turns in by_residue.items()}
    unread = size - sum(map(count, read.values()))
    last = max((turns[-1][-1] * period + residue for residue, turns in read.items()), default=-1)
    first = _first_unread(read, period, size) if unread else iter(())
    return Unread(unread, tuple(islice(first, min(unread, LISTED))), size - 1 - last)


def _cells_read(spec: ConvSpec, d: int, size: int) -> Iterator[range]:
    """The cells that the taps read, over all outputs, as ranges of one step."""
    axis, outputs = spec.axes[d], spec.output_size(d, size)
    if not spec.transposed:
        for landings in swept(axis.window(0), axis.stride, outputs):
            yield from real_cells(landings, size, spec.padding_mode)
    elif axis.dilation < outputs:  # what neighbouring taps read overlaps or joins
        yield _kept(axis.windows_over(0, outputs), size)
    else:
        for tap in range(axis.kernel_size):
            pad = Pad(axis.pad.before - tap * axis.dilation, 0)
            yield _kept(Axis(1, axis.stride, pad=pad).windows_over(0, outputs), size)


def _kept(cells: range, size: int) -> range:
    return range(max(cells.start, 0), min(cells.stop, size))


def _first_unread(read: dict[int, Cells], period: int, size: int) -> Iterator[int]:
    """The unread cells in order.

    Of the residues that nothing reads, the first `LISTED` are enough to list that many.
    """
    empty = islice((residue for residue in range(min(period, size)) if residue not in read), LISTED)
    return merge(
        *(_holes(read.get(residue, ()), residue, period, size) for residue in (*read, *empty))
    )


def _holes(read: Cells, residue: int, period: int, size: int) -> Iterator[int]:
    """The cells of one residue between what is read of it."""
    start = 0
    end = (size - 1 - residue) // period + 1
    for turns in (*read, range(end, end + 1)):
        yield from range(start * period + residue, turns.start * period + residue, period)
        start = turns.stop
