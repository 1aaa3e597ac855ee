"""The view of `convcli matrix`: windows times kernels, the sparse matrix C, its transpose."""

from __future__ import annotations

from typing import Any

from convcli.engine.arrays import Array
from convcli.engine.explain.matrices import Matrices, SparseMatrix
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Block, Document, Equation, Fact, Facts, Note, Tensor
from convcli.report.quantities import Bytes, Percent
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.words.vocabulary import ENGLISH, Words

LARGEST_GRID = 40  # rows and columns up to which a matrix is written out


def matrix_view(
    matrices: Matrices,
    input: Array,
    bias: Array | None,
    agrees: bool,
    transpose: ConvSpec | None,
    words: Words = ENGLISH,
) -> Document:
    """The document on both products of the first example; `transpose` is the layer of C^T."""
    sparse, windows = matrices.sparse, matrices.windows[0]
    y = matrices.output[0].reshape(matrices.spec.out_channels, -1)
    blocks: list[Block] = [
        _statistics(matrices, words),
        *_product(matrices, windows, y, bias, words),
        *_sparse_grids(sparse, input[0].reshape(-1), y.reshape(-1), bias, words),
        Note(_checked(matrices.spec, agrees, words)),
        Facts((Fact("agrees", None, agrees),)),
    ]
    line = None if transpose is None else pytorch_line(transpose)
    if line is not None:
        blocks.append(Note(words("matrix.transposed", line=line)))
    blocks.append(Facts((Fact("transpose.pytorch", None, line),)))
    return Document(
        "matrix",
        tuple(blocks),
        essential=Shape(sparse.shape),
        title=pytorch_line(matrices.spec),
        words=words,
    )


def _statistics(matrices: Matrices, words: Words) -> Facts:
    sparse, (batch, *columns) = matrices.sparse, matrices.windows.shape
    numbers, whole = len(sparse.data), sparse.shape[0] * sparse.shape[1]
    in_rows = sparse.indptr[1:] - sparse.indptr[:-1]
    width = sparse.data.dtype.itemsize
    taken = sparse.data.nbytes + sparse.indices.nbytes + sparse.indptr.nbytes
    density = numbers / whole if whole else 0.0
    examples = words("matrix.examples", count=batch) if batch > 1 else ""
    held = words.phrase(
        "matrix.held",
        taken=Bytes(taken, words("bytes")),
        whole=Bytes(whole * width, words("bytes")),
    )
    entries = words.phrase(
        "matrix.entries_note",
        density=Percent(density),
        whole=whole,
        in_row=_per_row(in_rows, words),
    )
    columns_shape = words("matrix.columns_shape", examples=examples)
    return Facts(
        (
            Fact("columns.shape", words("matrix.columns"), Shape(columns), columns_shape),
            Fact(
                "kernels.shape",
                words("matrix.kernels"),
                Shape(matrices.kernels.shape),
                words("matrix.kernels_shape"),
            ),
            Fact("matrix.shape", "C", Shape(sparse.shape), words("matrix.shape")),
            Fact("matrix.entries", words("matrix.entries"), numbers, entries),
            Fact("matrix.density", None, density),
            Fact("matrix.bytes", None, taken),
            Fact(None, words("matrix.memory"), held),
        )
    )


def _per_row(counts: Any, words: Words) -> str:
    if not len(counts):
        return words("matrix.none")
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else words("matrix.range", low=low, high=high)


def _product(
    matrices: Matrices, windows: Array, y: Array, bias: Array | None, words: Words
) -> list[Block]:
    """kernels @ columns (+ bias) = output, with cells of padding in brackets."""
    columns = Tensor(
        words("matrix.columns"), windows, key="columns.values", marked=frozenset(matrices.padding)
    )
    kernels = Tensor(words("matrix.kernels"), matrices.kernels, key="kernels.values")
    output = Tensor(words("output"), y, key="output.values")
    if max(windows.shape) > LARGEST_GRID:
        return [kernels, columns, output]
    title = words("matrix.windows")
    if bias is None:
        return [Equation((kernels, columns, output), ("@", "="), title)]
    return [
        Equation(
            (kernels, columns, Tensor(words("bias"), bias.reshape(-1, 1)), output),
            ("@", "+", "="),
            title,
        )
    ]


def _sparse_grids(
    sparse: SparseMatrix, x: Array, y: Array, bias: Array | None, words: Words
) -> list[Block]:
    machine = Facts(
        (
            Fact("matrix.data", None, sparse.data),
            Fact("matrix.indices", None, sparse.indices),
            Fact("matrix.indptr", None, sparse.indptr),
        )
    )
    if max(sparse.shape) > LARGEST_GRID:
        return [machine]
    grid: list[list[Any]] = [[None] * sparse.shape[1] for _ in range(sparse.shape[0])]
    for row, column, value in zip(
        sparse.rows().tolist(), sparse.indices.tolist(), sparse.data, strict=True
    ):
        grid[row][column] = value
    parts = [Tensor("C", grid), Tensor("x", x.reshape(-1, 1))]
    signs = ["@"]
    if bias is not None:
        import numpy as np

        parts.append(Tensor(words("bias"), np.repeat(bias, len(y) // len(bias)).reshape(-1, 1)))
        signs.append("+")
    return [
        machine,
        Equation((*parts, Tensor("y", y.reshape(-1, 1))), (*signs, "="), words("matrix.sparse")),
    ]


def _checked(spec: ConvSpec, agrees: bool, words: Words) -> str:
    if agrees:
        return words("matrix.agrees", bias=f" + {words('bias')}" if spec.bias else "")
    return words("matrix.bug")
