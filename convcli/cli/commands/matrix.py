"""`convcli matrix`."""

from __future__ import annotations

from math import prod

from convcli.cli.app.options import (
    InputArray,
    InputOptions,
    Layer,
    LayerOptions,
    OutputOptions,
    WeightArray,
)
from convcli.cli.input.memory import MATRIX_COPIES, matrix_bytes, require_memory
from convcli.cli.input.operands import load_operands
from convcli.cli.output.atomic_files import write_file
from convcli.cli.output.emit import array_suffix, check_options, emit
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.exit_status import ExitStatus
from convcli.inputs.files.npy import csr_npz, npy_chunks

EXAMPLES = """\b
Examples:
  convcli matrix conv2d arange:3x3:1 arange:2x2:1
  convcli matrix conv_transpose1d "1 2 3" "1 10 100" -s 2 --json
"""


def matrix(
    layer: Layer,
    x: InputArray,
    w: WeightArray,
    *,
    layer_options: LayerOptions,
    input_options: InputOptions,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Convolution as a matrix product: im2col, and the sparse matrix.

    -o columns.npy writes the im2col matrix, -o C.npz the sparse matrix C with y = C x.
    """
    from convcli.engine.explain.matrices import (
        entries,
        equal_the_convolution,
        matrices,
        transpose_layer,
    )
    from convcli.report.views.matrix import matrix_view

    check_options(output_options)
    words = words_of(output_options, streams)
    arrays = load_operands(layer, x, w, input_options, layer_options, streams, copies=MATRIX_COPIES)
    spec, (batch, channels, *sizes) = arrays.spec, arrays.full_shape
    count = entries(spec, tuple(sizes))
    windows = batch * channels * prod(spec.kernel_size) * prod(spec.output_sizes(sizes))
    require_memory(matrix_bytes(windows, count), input_options.max_memory)
    result = arrays.call(matrices)
    agrees = equal_the_convolution(spec, tuple(sizes))
    suffix = array_suffix(output_options, (".npy", ".npz"))
    if suffix:
        chunks = npy_chunks(result.windows) if suffix == ".npy" else [csr_npz(result.sparse)]
        write_file(output_options.output or "", chunks, output_options.force, streams)
        return ExitStatus.DONE if agrees else ExitStatus.ANSWER_IS_NO
    full, transpose = arrays.input.reshape(arrays.full_shape), transpose_layer(spec, tuple(sizes))
    document = matrix_view(result, full, arrays.bias, agrees, transpose, words)
    status = emit(document, output_options, streams)
    return status if agrees else ExitStatus.ANSWER_IS_NO
