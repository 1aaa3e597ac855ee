"""`convcli matrix`."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcli.cli.app.options import (
    BiasArray,
    InputArray,
    Language,
    Layer,
    LayerOptions,
    MaxMemory,
    OutputOptions,
    WeightArray,
)
from convcli.cli.input.memory import require_memory
from convcli.cli.input.operands import load_operands
from convcli.cli.output.atomic_files import write_file
from convcli.cli.output.emit import check_options, emit
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.exit_status import ExitStatus

if TYPE_CHECKING:
    from convcli.engine.explain.matrices import Matrices

EXAMPLES = """\b
Examples:
  convcli matrix conv2d arange:3x3:1 arange:2x2:1
  convcli matrix conv_transpose1d "1 2 3" "1 10 100" -s 2 --json
"""
BYTES_AN_ENTRY = 60  # places, order and values while the matrix is compressed


def matrix(
    layer: Layer,
    x: InputArray,
    w: WeightArray,
    *,
    bias: BiasArray = None,
    layer_options: LayerOptions,
    max_memory: MaxMemory = None,
    lang: Language = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Convolution as a matrix product: im2col, and the sparse matrix C with y = C x; -o C.npz or columns.npy."""
    from convcli.engine.explain.matrices import (
        entries,
        equal_the_convolution,
        matrices,
        transpose_layer,
    )
    from convcli.report.views.matrix import matrix_view

    check_options(output_options)
    words = words_of(lang, output_options, streams)
    arrays = load_operands(layer, x, w, bias, layer_options, streams, max_memory, copies=2)
    spec, (batch, channels, *sizes) = arrays.spec, arrays.full_shape
    count = entries(spec, tuple(sizes))
    windows = batch * channels * prod(spec.kernel_size) * prod(spec.output_sizes(sizes))
    require_memory(windows * 24 + count * BYTES_AN_ENTRY, max_memory)
    found = arrays.call(matrices)
    agrees = equal_the_convolution(spec, tuple(sizes))
    target = output_options.output or ""
    if (
        target.lower().endswith((".npy", ".npz"))
        and output_options.format is None
        and not output_options.json
    ):
        write_file(target, _written(found, target), output_options.force)
        return ExitStatus.DONE if agrees else ExitStatus.ANSWER_IS_NO
    full, transpose = arrays.input.reshape(arrays.full_shape), transpose_layer(spec, tuple(sizes))
    document = matrix_view(found, full, arrays.bias, agrees, transpose, words)
    status = emit(document, output_options, streams)
    return status if agrees else ExitStatus.ANSWER_IS_NO


def _written(found: Matrices, target: str) -> Iterator[bytes | memoryview]:
    """The columns as .npy, or C as .npz, in the arrays that scipy.sparse.load_npz reads."""
    from convcli.inputs.files.npy import npy_chunks, npz_bytes

    if target.lower().endswith(".npy"):
        return npy_chunks(found.windows)
    sparse = found.sparse
    arrays = {
        "indices": sparse.indices,
        "indptr": sparse.indptr,
        "format": np.array(b"csr"),
        "shape": np.array(sparse.shape),
        "data": sparse.data,
    }
    return iter([npz_bytes(arrays)])
