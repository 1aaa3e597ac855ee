"""A layer as a matrix product: windows as columns (im2col), or one sparse matrix C with y = C x."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array, Integers
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.operands import Operands, operands, weight_by_group
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import tap_table
from convcli.engine.gradients.as_layers import adjoint


class SparseMatrix(NamedTuple):
    """A matrix in compressed rows (CSR), (C_out*prod(out), C_in*prod(sizes)).

    Row r has the entries data[indptr[r]:indptr[r + 1]] in the columns indices[...], ascending. Rows
    and columns run over the channels, and in each channel over the cells.
    """

    shape: tuple[int, int]
    data: Array
    indices: Integers
    indptr: Integers

    def dense(self) -> Array:
        """The matrix as an array, zeros included."""
        matrix = np.zeros(self.shape, self.data.dtype)
        matrix[self.rows(), self.indices] = self.data
        return matrix

    def rows(self) -> Integers:
        """The row of every entry."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))

    def times(self, vector: Array) -> Array:
        """C @ x."""
        product = np.zeros(self.shape[0], np.result_type(self.data, vector))
        np.add.at(product, self.rows(), self.data * vector[self.indices])
        return product

    def transposed(self) -> SparseMatrix:
        """The transpose, in compressed rows."""
        return _compressed(self.indices, self.rows(), self.data, self.shape[::-1])


def columns(spec: ConvSpec, input: Any) -> Array:
    """Each window as a column: (N, C_in, *sizes) -> (N, C_in*taps, positions).

    Rows run over the channels, and in each channel over the taps; padding and gaps are 0. Like
    torch.nn.functional.unfold, for any rank, padding mode and direction.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> columns(spec, np.array([[[1, 2, 3]]]))[0].tolist()
    [[1, 2], [2, 3]]
    """
    sizes = input.shape[2:]
    tables = [tap_table(spec, d, size) for d, size in enumerate(sizes)]
    extended = np.pad(input, [(0, 0), (0, 0), *[(0, 1)] * spec.rank])  # the zero cell of each axis
    places: list[Any] = []
    for d, table in enumerate(tables):
        shape = [1] * 2 * spec.rank
        shape[d], shape[spec.rank + d] = table.T.shape
        places.append(table.T.reshape(shape))  # (*kernel, *out)
    windows: Any = extended[(slice(None), slice(None), *places)]  # (N, C_in, *kernel, *out)
    rows = input.shape[1] * prod(spec.kernel_size)
    return np.asarray(windows.reshape(len(input), rows, prod(len(table) for table in tables)))


def weight_matrix(spec: ConvSpec, weight: Array) -> Array:
    """The kernels as rows, (C_out, C_in*taps): y = weight_matrix @ columns.

    With groups it has blocks of zeros.
    """
    blocks = weight_by_group(spec, weight).reshape(spec.groups, spec.out_per_group, -1)
    rows, width = blocks.shape[1:]
    matrix = np.zeros((spec.out_channels, spec.groups * width), weight.dtype)
    for group, block in enumerate(blocks):
        matrix[group * rows : (group + 1) * rows, group * width : (group + 1) * width] = block
    return matrix


def entries(spec: ConvSpec, sizes: tuple[int, ...]) -> int:
    """The products of a weight and a real cell for one example: an upper bound of C's entries."""
    reads = prod(int((tap_table(spec, d, size) < size).sum()) for d, size in enumerate(sizes))
    return spec.out_channels * spec.in_per_group * reads


def sparse_matrix(spec: ConvSpec, weight: Any, sizes: tuple[int, ...]) -> SparseMatrix:
    """C with y = C x for one example: weight k is *added* at (out, taps[out, k]).

    Two taps can read one cell.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> sparse_matrix(spec, np.array([[[5, 7]]]), (3,)).dense().tolist()
    [[5, 7, 0], [0, 5, 7]]
    """
    # The products of all taps of one channel: output, tap and cell of each, flattened.
    out_flat = tap_flat = cells = np.zeros(1, np.int64)
    for d, size in enumerate(sizes):
        table = tap_table(spec, d, size)
        out, tap = np.nonzero(table < size)
        out_flat = (out_flat[:, None] * len(table) + out).reshape(-1)
        tap_flat = (tap_flat[:, None] * table.shape[1] + tap).reshape(-1)
        cells = (cells[:, None] * size + table[out, tap]).reshape(-1)
    by_channel = (spec.out_channels, spec.in_channels, prod(spec.kernel_size))
    kernels = weight_matrix(spec, weight).reshape(by_channel)
    outputs, inputs = prod(spec.output_sizes(sizes)), prod(sizes)
    nothing = np.zeros(0, np.int64)
    rows, places, data = [nothing], [nothing], [nothing.astype(weight.dtype)]
    for output in range(spec.out_channels):
        for channel in spec.channels_read(output):
            rows.append(output * outputs + out_flat)
            places.append(channel * inputs + cells)
            data.append(kernels[output, channel][tap_flat])
    shape = (spec.out_channels * outputs, spec.in_channels * inputs)
    return _compressed(np.concatenate(rows), np.concatenate(places), np.concatenate(data), shape)


def _compressed(
    rows: Integers, columns: Integers, data: Array, shape: tuple[int, int]
) -> SparseMatrix:
    """Entries in any order as compressed rows; entries at the same place are added."""
    places = rows * shape[1] + columns
    order = np.argsort(places, kind="stable")
    kept, starts = np.unique(places[order], return_index=True)
    summed = np.add.reduceat(data[order], starts) if len(kept) else data[:0]
    row, column = np.divmod(kept, max(shape[1], 1))
    indptr = np.searchsorted(row, np.arange(shape[0] + 1)).astype(np.int64)
    return SparseMatrix(
        shape, summed.astype(data.dtype, copy=False), column.astype(np.int64), indptr
    )


class Matrices(NamedTuple):
    """Both matrix products of a layer: `kernels` @ `windows` + bias = `sparse` @ x + bias."""

    spec: ConvSpec
    sizes: tuple[int, ...]
    kernels: Array  # (C_out, C_in*taps)
    windows: Array  # (N, C_in*taps, positions)
    sparse: SparseMatrix
    output: Array  # (N, C_out, *out)

    @property
    def padding(self) -> list[tuple[int, int]]:
        """The places (row, position) of `windows` that are padding or a gap, not a real cell."""
        spec = self.spec
        real = columns(spec, np.ones((1, spec.in_channels, *self.sizes), np.int8))[0]
        return [(int(row), int(position)) for row, position in np.argwhere(real == 0)]


def matrices(spec: ConvSpec, input: Any, weight: Any, bias: Any = None) -> Matrices:
    """Both matrices of a layer on (N, C_in, *sizes), and its output.

    Raises ConvError if the arrays do not fit the layer.
    """
    arrays: Operands = operands(spec, input, weight, bias)
    output = convolve(spec, input, weight, bias).reshape(arrays.output_shape)
    kernels, windows = weight_matrix(spec, arrays.weight), columns(spec, arrays.input)
    return Matrices(
        spec,
        arrays.sizes,
        kernels,
        windows,
        sparse_matrix(spec, arrays.weight, arrays.sizes),
        output,
    )


def equal_the_convolution(spec: ConvSpec, sizes: tuple[int, ...]) -> bool:
    """Whether both matrix products equal the layer's output, exactly: on arrays of integers."""
    numbers = np.random.default_rng(0)
    x = numbers.integers(-9, 10, (1, spec.in_channels, *sizes))
    # No two weights are equal: a matrix with one in the place of another differs.
    w = np.arange(1, prod(spec.weight_shape) + 1).reshape(spec.weight_shape)
    y = convolve(spec, x, w).reshape(spec.out_channels, -1)
    by_columns = weight_matrix(spec, w) @ columns(spec, x)[0]
    return bool(
        np.array_equal(by_columns, y)
        and np.array_equal(sparse_matrix(spec, w, sizes).times(x.reshape(-1)), y.reshape(-1))
    )


def transpose_layer(spec: ConvSpec, sizes: tuple[int, ...]) -> ConvSpec | None:
    """The layer whose matrix, with the same weight array, is the transpose of this layer's matrix.

    Compared entry by entry. None if there is no such layer, as for padding modes that copy cells.
    """
    back = adjoint(spec, sizes)
    if back is None:
        return None
    outs = spec.output_sizes(sizes)
    weight = np.arange(1, prod(spec.weight_shape) + 1).reshape(spec.weight_shape)
    ours, theirs = (
        sparse_matrix(spec, weight, sizes),
        sparse_matrix(back, weight, outs).transposed(),
    )
    same = (
        all(np.array_equal(a, b) for a, b in zip(ours[1:], theirs[1:], strict=True))
        and ours.shape == theirs.shape
    )
    return back if same else None
