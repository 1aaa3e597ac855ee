"""A layer as a matrix product: windows as columns (im2col), and one sparse matrix C with y = C x."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array, Integers
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.operands import Operands, operands
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import tap_table
from convcli.engine.gradients.as_layers import adjoint


class SparseMatrix(NamedTuple):
    """A matrix in compressed rows (CSR): row r holds data[indptr[r]:indptr[r + 1]] in the columns indices[...], ascending.

    Its shape is (C_out*prod(out), C_in*prod(sizes)): rows and columns go through the channels and then the cells.
    """

    shape: tuple[int, int]
    data: Array
    indices: Integers
    indptr: Integers

    def dense(self) -> Array:
        """All of it, zeros with it."""
        found = np.zeros(self.shape, self.data.dtype)
        found[self.rows(), self.indices] = self.data
        return found

    def rows(self) -> Integers:
        """The row of every entry."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))

    def times(self, vector: Array) -> Array:
        """C @ x."""
        found = np.zeros(self.shape[0], np.result_type(self.data, vector))
        np.add.at(found, self.rows(), self.data * vector[self.indices])
        return found

    def transposed(self) -> SparseMatrix:
        return _compressed(self.indices, self.rows(), self.data, self.shape[::-1])


def columns(spec: ConvSpec, input: Any) -> Array:
    """Every window as a column: (N, C_in, *sizes) -> (N, C_in*taps, positions), rows by channel, then by tap.

    What torch.nn.functional.unfold gives, for any rank, padding mode and direction; padding and gaps are 0.

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
    return np.asarray(windows.reshape(len(input), -1, prod(len(table) for table in tables)))


def weight_matrix(spec: ConvSpec, weight: Array) -> Array:
    """The kernels as rows, (C_out, C_in*taps), so that y = weight_matrix @ columns; with groups it has blocks of zeros."""
    taps, groups = prod(spec.kernel_size), spec.groups
    parts = np.split(weight, groups)
    if spec.transposed:
        parts = [part.swapaxes(0, 1) for part in parts]
    found = np.zeros((spec.out_channels, spec.in_channels * taps), weight.dtype)
    rows, width = spec.out_channels // groups, spec.in_channels // groups * taps
    for group, part in enumerate(parts):
        found[group * rows : (group + 1) * rows, group * width : (group + 1) * width] = (
            part.reshape(rows, width)
        )
    return found


def entries(spec: ConvSpec, sizes: tuple[int, ...]) -> int:
    """How many products of a weight and a real cell there are for one example: the entries of C before equal places join."""
    reads = prod(int((tap_table(spec, d, size) < size).sum()) for d, size in enumerate(sizes))
    return spec.out_channels * (spec.in_channels // spec.groups) * reads


def sparse_matrix(spec: ConvSpec, weight: Any, sizes: tuple[int, ...]) -> SparseMatrix:
    """C with y = C x for one example: at (out, taps[out, k]) weight k is *added*, since two taps can read one cell.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> sparse_matrix(spec, np.array([[[5, 7]]]), (3,)).dense().tolist()
    [[5, 7, 0], [0, 5, 7]]
    """
    outs, taps = [], []
    cells = np.zeros(1, np.int64)
    out_flat, tap_flat = np.zeros(1, np.int64), np.zeros(1, np.int64)
    for d, size in enumerate(sizes):
        table = tap_table(spec, d, size)
        out, tap = np.nonzero(table < size)
        outs.append(len(table))
        taps.append(table.shape[1])
        out_flat = (out_flat[:, None] * len(table) + out).reshape(-1)
        tap_flat = (tap_flat[:, None] * table.shape[1] + tap).reshape(-1)
        cells = (cells[:, None] * size + table[out, tap]).reshape(-1)
    kernels = weight_matrix(spec, weight).reshape(spec.out_channels, spec.in_channels, -1)
    rows, found, data = [], [], []
    for output in range(spec.out_channels):
        group = output // (spec.out_channels // spec.groups)
        width = spec.in_channels // spec.groups
        for channel in range(group * width, (group + 1) * width):
            rows.append(output * prod(outs) + out_flat)
            found.append(channel * prod(sizes) + cells)
            data.append(kernels[output, channel][tap_flat])
    shape = (spec.out_channels * prod(outs), spec.in_channels * prod(sizes))
    if not rows:
        nothing = np.zeros(0, np.int64)
        return _compressed(nothing, nothing, weight[:0].reshape(-1), shape)
    return _compressed(np.concatenate(rows), np.concatenate(found), np.concatenate(data), shape)


def _compressed(
    rows: Integers, found: Integers, data: Array, shape: tuple[int, int]
) -> SparseMatrix:
    """Entries in any order as compressed rows; those at one place are added."""
    places = rows * shape[1] + found
    order = np.argsort(places, kind="stable")
    kept, starts = np.unique(places[order], return_index=True)
    summed = np.add.reduceat(data[order], starts) if len(kept) else data[:0]
    row, column = np.divmod(kept, max(shape[1], 1))
    indptr = np.searchsorted(row, np.arange(shape[0] + 1)).astype(np.int64)
    return SparseMatrix(
        shape, summed.astype(data.dtype, copy=False), column.astype(np.int64), indptr
    )


class Matrices(NamedTuple):
    """The products of one layer: `kernels` @ `windows` + bias and `sparse` @ x + bias are both the output."""

    spec: ConvSpec
    sizes: tuple[int, ...]
    kernels: Array  # (C_out, C_in*taps)
    windows: Array  # (N, C_in*taps, positions)
    sparse: SparseMatrix
    output: Array  # (N, C_out, *out)

    @property
    def padding(self) -> list[tuple[int, int]]:
        """The places (row, position) of a column where padding or a gap stands instead of a real cell."""
        spec = self.spec
        real = columns(spec, np.ones((1, spec.in_channels, *self.sizes), np.int8))[0]
        return [(int(row), int(position)) for row, position in np.argwhere(real == 0)]


def matrices(spec: ConvSpec, input: Any, weight: Any, bias: Any = None) -> Matrices:
    """Both matrices of a layer on (N, C_in, *sizes), and its output. Raises ConvError where the operands do not fit."""
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
    """Whether both products give what the tap tables give, exactly: with integers in the place of every number."""
    numbers = np.random.default_rng(0)
    x = numbers.integers(-9, 10, (1, spec.in_channels, *sizes))
    w = np.arange(1, prod(spec.weight_shape) + 1).reshape(
        spec.weight_shape
    )  # no two alike, so that none may stand for another
    y = convolve(spec, x, w).reshape(spec.out_channels, -1)
    by_columns = weight_matrix(spec, w) @ columns(spec, x)[0]
    return bool(
        np.array_equal(by_columns, y)
        and np.array_equal(sparse_matrix(spec, w, sizes).times(x.reshape(-1)), y.reshape(-1))
    )


def transpose_layer(spec: ConvSpec, sizes: tuple[int, ...]) -> ConvSpec | None:
    """The layer whose matrix, with the same weight array, is the transpose of this one's, checked entry by entry; None
    where none has it, as in the padding modes that copy cells."""
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
