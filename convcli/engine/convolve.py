"""The result of a layer: the reading of its tap tables."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from convcli.engine.operands import Array, Operands, operands
from convcli.engine.spec import ConvSpec
from convcli.engine.taps import tap_table


def convolve(spec: ConvSpec, input: Any, weight: Any, bias: Any = None) -> Array:
    """The output of a convolution or transposed convolution.

        out[n, o, p] = bias[o] + sum over c, k of weight[o, c, k] * input[n, c, taps[p, k]]

    input (N, C_in, *sizes) -> (N, C_out, *out), or with leading axes left out, and back in the same rank. weight
    (C_out, C_in/groups, *k), transposed (C_in, C_out/groups, *k); bias (C_out,). The type is numpy.result_type;
    integers are exact, in int64; float16 is summed in float32 and rounded once. Raises ConvError where the arrays do
    not fit the layer. Source: torch.nn.functional.conv2d, conv_transpose2d (a cross-correlation: no kernel is flipped).

    >>> import numpy as np
    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2)
    >>> convolve(spec, np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)).tolist()
    [[19, 25], [37, 43]]
    """
    arrays = operands(spec, input, weight, bias)
    with np.errstate(all="ignore"):
        return arrays.restore(read_tap_tables(arrays))


def read_tap_tables(arrays: Operands) -> Array:
    """The definition: for each tap take the cells that it reads, multiply by its slice of the weight, add."""
    spec, x, out_shape = arrays.spec, arrays.input, arrays.output_shape
    groups, out_per_group, in_per_group, *kernel = (weight := arrays.weight_by_group).shape
    tables = [tap_table(spec, d, size) for d, size in enumerate(arrays.sizes)]
    extended = np.pad(x, [(0, 0), (0, 0)] + [(0, 1)] * spec.rank)  # the zero cell of each axis
    out = np.zeros(out_shape, x.dtype)
    if arrays.bias is not None:
        out += arrays.bias.reshape(-1, *[1] * spec.rank)
    for tap in product(*map(range, kernel)):
        columns = [table[:, k] for table, k in zip(tables, tap, strict=True)]
        rows = [_rows_reached(spec, column, size) for column, size in zip(columns, arrays.sizes, strict=True)]
        window = extended[_crossed([column[row] for column, row in zip(columns, rows, strict=True)])]  # (N, C_in, *rows)
        grouped = window.reshape(len(x), groups, in_per_group, window[0, 0].size if window.size else 0)
        total = weight[_at(tap)] @ grouped  # (N, groups, C_out/groups, prod(rows))
        out[_crossed(rows)] += total.reshape(len(x), groups * out_per_group, *window.shape[2:])
    return out


def _crossed(indices: list[Array]) -> Any:
    """The index that takes these places of the last axes, each with each."""
    return (..., *np.ix_(*indices))


def _at(place: tuple[int, ...]) -> Any:
    """The index of one place of the last axes."""
    return (..., *place)


def _rows_reached(spec: ConvSpec, column: Array, size: int) -> Array:
    """The outputs that a tap adds to: all, for padding counts as input cells of 0; in a transposed layer a gap is no cell."""
    return np.flatnonzero(column < size) if spec.transposed else np.arange(len(column))
