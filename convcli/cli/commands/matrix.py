"""`convcli matrix`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from convcli.cli.app.each import EachOptions
from convcli.cli.app.options import (
    ArrayOutputOptions,
    InputArray,
    InputOptions,
    Layer,
    LayerOptions,
    WeightArray,
)
from convcli.cli.input.axis_orders import note_torch_order
from convcli.cli.input.flips import said_flip
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.input.memory import MATRIX_COPIES, matrix_bytes, require_memory
from convcli.cli.input.operands import (
    Constants,
    load_operands,
    read_constants,
)
from convcli.cli.output.arrays import check_array
from convcli.cli.output.emit import emit_result
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target, check_options
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
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
    each_options: EachOptions,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """Convolution as a matrix product: im2col, and the sparse matrix.

    -o columns.npy writes the im2col matrix, -o C.npz the sparse matrix C with y = C x.
    """
    request = _Matrix(layer, w, layer_options, input_options)
    if not each_options.check():
        return request.one(x, output_options, streams)[0]
    from convcli.cli.many.each import Many
    from convcli.cli.many.results import Suffixes

    constants = read_constants(layer, w, input_options, layer_options, streams)
    many = replace(request, constants=constants)
    job = Many("matrix", many.one, many.target, Suffixes(".npz"))
    return job.run(each_options, output_options, streams)


@dataclass(frozen=True)
class _Matrix:
    """The matrices of a layer but for its input."""

    layer: str
    w: str
    layer_options: LayerOptions
    input_options: InputOptions
    constants: Constants | None = None

    def target(self, options: ArrayOutputOptions, streams: Streams) -> Target:
        """Where the result goes."""
        return check_options(options, streams, arrays=True)

    def one(
        self, x: str, options: ArrayOutputOptions, streams: Streams
    ) -> tuple[int, LoadedOperands]:
        """Compute and write the matrices for an input: the exit status, and its arrays."""
        from convcli.engine.explain.matrices import (
            entries,
            equal_the_convolution,
            matrices,
            transpose_layer,
        )
        from convcli.report.views.matrix import matrix_view

        target, words = self.target(options, streams), words_of(options, streams)
        arrays = load_operands(
            self.layer, x, self.w, self.input_options, self.layer_options, streams,
            copies=MATRIX_COPIES, constants=self.constants,
        )  # fmt: skip
        note_torch_order(arrays.layouts, arrays.spec.rank, streams)
        spec, (batch, channels, *sizes) = arrays.spec, arrays.full_shape
        if not batch:
            rule = "must hold at least one image: axis N is 0"
            raise ConvError("input.empty", rule, parameter="X", got=Shape(arrays.full_shape))
        count = entries(spec, tuple(sizes))
        outputs = prod(spec.output_sizes(sizes))
        windows = batch * channels * prod(spec.kernel_size) * outputs
        require_memory(matrix_bytes(windows, count), self.input_options.max_memory)
        shape = (batch, channels * prod(spec.kernel_size), outputs)
        check_array(target, options, shape, arrays.input.dtype, Origin())
        result = arrays.call(matrices)
        agrees = equal_the_convolution(spec, tuple(sizes))
        is_sparse = target.suffix == ".npz"
        named = csr_arrays(result.sparse) if is_sparse else {"windows": result.windows}
        full = arrays.input.reshape(arrays.full_shape)
        transpose = transpose_layer(spec, tuple(sizes))
        document = matrix_view(result, full, arrays.bias, agrees, transpose, words)
        document = said_flip(document, arrays, words)
        status = emit_result(document, named, Origin(), target, options, streams)
        return status if agrees else ExitStatus.ANSWER_IS_NO, arrays
