"""`convcli matrix`."""

from __future__ import annotations

from math import prod

from convcli.cli.app.options import (
    ArrayOutputOptions,
    InputArray,
    InputOptions,
    Layer,
    LayerOptions,
    WeightArray,
)
from convcli.cli.input.memory import MATRIX_COPIES, matrix_bytes, require_memory
from convcli.cli.input.operands import load_operands
from convcli.cli.output.arrays import check_array
from convcli.cli.output.emit import emit_result
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.exit_status import ExitStatus
from convcli.inputs.files.npy import csr_arrays
from convcli.inputs.files.writers.request import Origin

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
    output_options: ArrayOutputOptions,
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

    target = check_options(output_options, streams, arrays=True)
    words = words_of(output_options, streams)
    arrays = load_operands(layer, x, w, input_options, layer_options, streams, copies=MATRIX_COPIES)
    spec, (batch, channels, *sizes) = arrays.spec, arrays.full_shape
    count = entries(spec, tuple(sizes))
    outputs = prod(spec.output_sizes(sizes))
    windows = batch * channels * prod(spec.kernel_size) * outputs
    require_memory(matrix_bytes(windows, count), input_options.max_memory)
    shape = (batch, windows // (batch * outputs), outputs)
    check_array(target, output_options, shape, arrays.input.dtype, Origin())
    result = arrays.call(matrices)
    agrees = equal_the_convolution(spec, tuple(sizes))
    is_sparse = target.suffix == ".npz"
    named = csr_arrays(result.sparse) if is_sparse else {"windows": result.windows}
    full, transpose = arrays.input.reshape(arrays.full_shape), transpose_layer(spec, tuple(sizes))
    document = matrix_view(result, full, arrays.bias, agrees, transpose, words)
    status = emit_result(document, named, Origin(), target, output_options, streams)
    return status if agrees else ExitStatus.ANSWER_IS_NO
