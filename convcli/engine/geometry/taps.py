"""The tap table, which defines every convolution: `taps[out, k]` is the cell that tap `k` reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Integers, padded_cell
from convcli.engine.geometry.spec import ConvSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def padded_index(axis: Axis, out: Integers, tap: Integers) -> Integers:
    """Where a tap of a convolution lands, counted from the first real cell.

    index = out*stride + tap*dilation - before
    """
    return out * axis.stride + tap * axis.dilation - axis.pad.before


def stuffed_index(axis: Axis, out: Integers, tap: Integers) -> Integers:
    """The same for a transposed layer, on the input with stride - 1 gaps between its cells.

    index = out + before - tap*dilation
    """
    return out + axis.pad.before - tap * axis.dilation


def tap_cell(spec: ConvSpec, d: int, size: int, out: Integers, tap: Integers) -> Integers:
    """The cell of axis `d` that `tap` of output `out` reads; `size`, the zero cell, for no cell.

        convolution:             cell = mode(out*stride + tap*dilation - before)
        transposed convolution:  cell*stride = out + before - tap*dilation, if that has a solution

    It takes one integer or arrays of them.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=1)
    >>> [tap_cell(spec, 0, 5, 0, tap) for tap in range(3)]
    [5, 0, 1]
    """
    axis = spec.axes[d]
    if not spec.transposed:
        return padded_cell(padded_index(axis, out, tap), size, spec.padding_mode)
    stuffed = stuffed_index(axis, out, tap)
    cell = padded_cell(stuffed // axis.stride, size, "zeros")
    in_a_gap = stuffed % axis.stride != 0
    return cell * (1 - in_a_gap) + size * in_a_gap  # type: ignore[no-any-return]  # NumPy: a comparison is Any


def tap_table(spec: ConvSpec, d: int, size: int, outputs: range | None = None) -> NDArray[np.int64]:
    """The table of axis `d` for an input of `size` cells: (outputs, kernel_size), a row per output.

    `outputs` is a range of rows, all of them without it. Raises ConvError where the layer does not
    fit on `size`.

    >>> spec = ConvSpec.of(
    ...     in_channels=1, out_channels=1, kernel_size=2, padding=1, padding_mode="reflect", dims=1
    ... )
    >>> tap_table(spec, 0, 3).tolist()
    [[1, 0], [0, 1], [1, 2], [2, 1]]
    """
    import numpy as np

    rows = outputs if outputs is not None else range(spec.output_size(d, size))
    out = np.arange(rows.start, rows.stop, rows.step, dtype=np.int64)
    tap = np.arange(spec.axes[d].kernel_size, dtype=np.int64)
    return np.asarray(tap_cell(spec, d, size, out[:, None], tap[None, :]), np.int64)


class TapReads(NamedTuple):
    """One tap of the kernel with all that it reads: for each axis outputs, and the cell of each."""

    tap: tuple[int, ...]
    outputs: tuple[NDArray[np.int64], ...]
    cells: tuple[NDArray[np.int64], ...]


def reads_by_tap(spec: ConvSpec, sizes: Sequence[int]) -> Iterator[TapReads]:
    """The tables of all axes, crossed, tap by tap.

    In a convolution every output reads every tap: padding is cells of zero. In a transposed layer a
    tap that falls into a gap reads nothing, and its output is left out.
    """
    import numpy as np

    columns = []
    for d, size in enumerate(sizes):
        table = tap_table(spec, d, size)
        reached = [
            np.flatnonzero(column < size) if spec.transposed else np.arange(len(table))
            for column in table.T
        ]
        columns.append(
            [(outputs, column[outputs]) for outputs, column in zip(reached, table.T, strict=True)]
        )
    for tap in product(*(range(axis.kernel_size) for axis in spec.axes)):
        outputs, cells = zip(
            *(of_axis[k] for of_axis, k in zip(columns, tap, strict=True)), strict=True
        )
        yield TapReads(tap, outputs, cells)
