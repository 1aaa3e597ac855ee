"""Pooling and padding of arrays, axis by axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convcli.engine.arrays import Array, Integers
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import PADDING_MODES, padded_cell


@np.errstate(all="ignore")
def pool(
    input: Array,
    axes: Sequence[Axis],
    outputs: Sequence[int],
    kind: str,
    *,
    count_padding: bool = False,
    empty_is_zero: bool = False,
) -> Array:
    """(..., *sizes) -> (..., *outputs): the largest, or the average, cell of each window.

        max[o] = max over taps k of input[o*stride - before + k*dilation]
        avg[o] = sum over taps k of the same / cells of the window

    Cells outside the input do not count; with `count_padding` an average counts those of the
    padding as zeros, and none behind it. The average of no cells is 0; their maximum is the
    lowest number of the type, or 0 where `empty_is_zero`. Averages of integers are float64.

    >>> import numpy as np
    >>> pool(np.arange(5), [Axis(3, stride=2)], [2], "avg").tolist()
    [1.0, 3.0]
    """
    is_max = kind == "max"
    floats = input.dtype.kind in "fc"
    result = input if is_max or floats else input.astype(np.float64)
    first = input.ndim - len(axes)
    counts = np.ones((), result.dtype)
    has_cells: list[Array] = []
    for d, (axis, count) in enumerate(zip(axes, outputs, strict=True)):
        size = result.shape[first + d]
        starts = np.arange(count) * axis.stride - axis.pad.before
        cells, inside = _cells(axis, size, starts)
        windows = np.take(result, np.clip(cells, 0, max(size - 1, 0)), axis=first + d)
        mask = inside.reshape(*(1,) * (first + d), *inside.shape, *(1,) * (len(axes) - d - 1))
        lowest = _lowest(result.dtype) if is_max else result.dtype.type(0)
        windows = np.where(mask, windows, lowest)
        result = windows.max(axis=first + d + 1) if is_max else windows.sum(axis=first + d + 1)
        has_cells.append(np.asarray(inside.any(axis=1)))
        counted = inside.sum(axis=1)
        if count_padding:  # the taps before the end of the padding
            counted = np.minimum(
                (size + axis.pad.after - 1 - starts) // axis.dilation + 1, axis.kernel_size
            )
        counts = counts * np.maximum(counted, 1).reshape(-1, *(1,) * (len(axes) - d - 1))
    if is_max:
        return _with_zeros(result, has_cells) if empty_is_zero else result
    averages: Array = (result / counts).astype(result.dtype, copy=False)
    return averages


def _cells(axis: Axis, size: int, starts: Integers) -> tuple[Integers, Array]:
    """(outputs, taps): the cell under each tap of a window that can read one, and whether it does.

    However many taps a window has, no more than size/dilation of them are over cells.
    """
    first = np.maximum(-(starts // axis.dilation), 0)[:, None]
    reaching = min(axis.kernel_size, -(-max(size, 1) // axis.dilation))
    taps = first + np.arange(reaching)
    cells = starts[:, None] + taps * axis.dilation
    return cells, (taps < axis.kernel_size) & (cells >= 0) & (cells < size)


def _with_zeros(result: Array, has_cells: Sequence[Array]) -> Array:
    """(..., *outputs) with 0 where an axis of the window has no cells."""
    for d, has in enumerate(has_cells):
        ones = (1,) * (len(has_cells) - 1 - d)
        result = np.where(has.reshape(-1, *ones), result, result.dtype.type(0))
    return result


def _lowest(dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "f":
        return dtype.type(-np.inf)
    return dtype.type(np.iinfo(dtype).min if dtype.kind in "iu" else 0)


def pad(input: Array, pads: Sequence[tuple[int, int]], mode: str = "zeros") -> Array:
    """(..., *sizes) -> (..., *sizes + before + after): cells around, or cut off where negative.

    >>> import numpy as np
    >>> pad(np.array([1, 2, 3]), [(2, -1)], "symmetric").tolist()
    [2, 1, 1, 2]
    """
    result = input
    for d, (before, after) in enumerate(pads):
        axis = input.ndim - len(pads) + d
        size = result.shape[axis]
        if mode == "zeros" or min(before, after) < 0:
            cells = padded_cell(np.arange(-before, size + after), size, mode)
        else:  # as often as there is room
            cells = np.pad(np.arange(size), (before, after), PADDING_MODES[mode].numpy)  # type: ignore[call-overload]
        extended = result
        if mode == "zeros":
            zero = np.zeros((*result.shape[:axis], 1, *result.shape[axis + 1 :]), result.dtype)
            extended = np.concatenate([result, zero], axis)
        result = np.take(extended, cells, axis=axis)
    return result


def stored(result: Array, dtype: np.dtype[np.generic], way: str) -> Array:
    """Numbers as integers of a type: what does not fit `wraps`, or `saturates` at the ends.

    Fractions are cut off where it wraps, and rounded to the even number where it saturates.

    >>> import numpy as np
    >>> numbers = np.array([-3, 200, 300])
    >>> [stored(numbers, np.dtype("uint8"), way).tolist() for way in ("wraps", "saturates")]
    [[253, 200, 44], [0, 200, 255]]
    """
    if way == "wraps":
        return result.astype(np.int64).astype(dtype)
    ends = np.iinfo(dtype)  # type: ignore[type-var]
    clipped: Array = np.clip(np.rint(result), ends.min, ends.max).astype(dtype)
    return clipped
