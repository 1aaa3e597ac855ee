"""The view of `convcli matrix`: windows as columns and the product with the kernels, the sparse matrix C and its transpose."""

from __future__ import annotations

from typing import Any

from convcli.engine.matrices import Matrices, SparseMatrix
from convcli.engine.operands import Array
from convcli.engine.shapes import Shape
from convcli.engine.spec import ConvSpec
from convcli.report.document import Block, Document, Equation, Fact, Facts, Note, Tensor
from convcli.report.pytorch import pytorch_line
from convcli.report.shape import human_bytes

LARGEST_GRID = 40  # rows and columns up to which a matrix is written out


def matrix_view(found: Matrices, input: Array, bias: Array | None, agrees: bool, transpose: ConvSpec | None) -> Document:
    """The document on both products, of the first example where there are several; `transpose` is the layer of C^T."""
    sparse, windows = found.sparse, found.windows[0]
    y = found.output[0].reshape(found.spec.out_channels, -1)
    blocks: list[Block] = [
        _statistics(found),
        *_product(found, windows, y, bias),
        *_sparse_grids(sparse, input[0].reshape(-1), y.reshape(-1), bias),
        Note(_checked(found.spec, agrees)),
        Facts((Fact("agrees", None, agrees),)),
    ]
    line = None if transpose is None else pytorch_line(transpose)
    if line is not None:
        blocks.append(Note(f"C transposed, with the same weight array, is the matrix of {line}."))
    blocks.append(Facts((Fact("transpose.pytorch", None, line),)))
    return Document("matrix", tuple(blocks), essential=Shape(sparse.shape), title=pytorch_line(found.spec))


def _statistics(found: Matrices) -> Facts:
    sparse, (batch, *columns) = found.sparse, found.windows.shape
    numbers, whole = len(sparse.data), sparse.shape[0] * sparse.shape[1]
    in_rows = sparse.indptr[1:] - sparse.indptr[:-1]
    width = sparse.data.dtype.itemsize
    taken = sparse.data.nbytes + sparse.indices.nbytes + sparse.indptr.nbytes
    density = numbers / whole if whole else 0.0
    examples = f", for each of {batch} examples" if batch > 1 else ""
    held = f"{human_bytes(taken)} in compressed rows, {human_bytes(whole * width)} with its zeros"
    return Facts(
        (
            Fact("columns.shape", "columns", Shape(columns), f"C_in*taps x positions{examples}"),
            Fact("kernels.shape", "kernels", Shape(found.kernels.shape), "C_out x C_in*taps"),
            Fact("matrix.shape", "C", Shape(sparse.shape), "C_out*positions x C_in*cells"),
            Fact("matrix.entries", "entries of C", numbers, f"{density:.2%} of {whole}; {_per_row(in_rows)} in a row"),
            Fact("matrix.density", None, density),
            Fact("matrix.bytes", None, taken),
            Fact(None, "memory of C", held),
        )
    )


def _per_row(counts: Any) -> str:
    if not len(counts):
        return "none"
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low} to {high}"


def _product(found: Matrices, windows: Array, y: Array, bias: Array | None) -> list[Block]:
    """kernels @ columns (+ bias) = output, with cells of padding in brackets."""
    columns = Tensor("columns", windows, key="columns.values", marked=frozenset(found.padding))
    kernels, output = Tensor("kernels", found.kernels, key="kernels.values"), Tensor("output", y, key="output.values")
    if max(windows.shape) > LARGEST_GRID:
        return [kernels, columns, output]
    title = "windows as columns (im2col)"
    if bias is None:
        return [Equation((kernels, columns, output), ("@", "="), title)]
    return [Equation((kernels, columns, Tensor("bias", bias.reshape(-1, 1)), output), ("@", "+", "="), title)]


def _sparse_grids(sparse: SparseMatrix, x: Array, y: Array, bias: Array | None) -> list[Block]:
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
    for row, column, value in zip(sparse.rows().tolist(), sparse.indices.tolist(), sparse.data, strict=True):
        grid[row][column] = value
    parts = [Tensor("C", grid), Tensor("x", x.reshape(-1, 1))]
    signs = ["@"]
    if bias is not None:
        import numpy as np

        parts.append(Tensor("bias", np.repeat(bias, len(y) // len(bias)).reshape(-1, 1)))
        signs.append("+")
    return [machine, Equation((*parts, Tensor("y", y.reshape(-1, 1))), (*signs, "="), "one sparse matrix, y = C x")]


def _checked(spec: ConvSpec, agrees: bool) -> str:
    plus = " + bias" if spec.bias else ""
    if agrees:
        return f"kernels @ columns{plus} and C @ x{plus} equal the convolution: checked with integers, exactly."
    return "The products do not equal the convolution: this is a bug, please report it."
