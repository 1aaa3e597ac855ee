"""`convcli run`."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any

from convcli.cli.app.options import (
    ArrayOutputOptions,
    InputArray,
    InputOptions,
    Layer,
    LayerOptions,
    Seed,
    argument,
    option,
)
from convcli.cli.input.engines import EngineOptions
from convcli.cli.input.operands import LoadedOperands, load_operands
from convcli.cli.output.arrays import check_array, write_arrays
from convcli.cli.output.emit import emit_result, writes_pieces
from convcli.cli.output.progress import progress_bar
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target, check_options
from convcli.exit_status import ExitStatus
from convcli.inputs.files.npy_file import NpyFile

EXAMPLES = """\b
Examples:
  convcli run conv2d arange:5x5:1 arange:3x3:1
  convcli run "Conv2d(1, 1, 3)" rand:64x64 kernel:sobel-x -o edges.npy
"""


def run(
    layer: Layer,
    x: InputArray,
    w: Annotated[
        str | None,
        argument("[W]", "the weight (default: as torch initialises an expression)"),
    ] = None,
    *,
    check: Annotated[bool, option("--check", help="compare with torch")] = False,
    engine_options: EngineOptions,
    layer_options: LayerOptions,
    input_options: InputOptions,
    seed: Seed,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """The full result: printed, or written as .npy with -o."""
    target = check_options(output_options, streams, stream=True)
    only_array = target.is_array_alone and output_options.expect is None and not check
    in_pieces = only_array and writes_pieces(target)
    compute = engine_options.convolution()
    arrays = load_operands(
        layer, x, w, input_options, layer_options, streams, seed=seed, in_pieces=in_pieces
    )
    check_array(
        target, output_options, arrays.shown_output, arrays.output_dtype, arrays.result_origin
    )
    with progress_bar(streams, prod(arrays.shown_output), "outputs") as progress:
        if isinstance(arrays.input, NpyFile):
            from convcli.cli.commands.run.pieces import stream_result

            stream_result(arrays, output_options, streams, compute, progress)
            return ExitStatus.DONE
        result = arrays.call(compute, progress=progress)
    if only_array:
        named = {"output": result}
        write_arrays(target, output_options, streams, named, arrays.result_origin)
        return ExitStatus.DONE
    return _emit_whole(arrays, result, check, target, output_options, streams)


def _emit_whole(
    arrays: LoadedOperands,
    result: Any,
    check: bool,
    target: Target,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """Write the result with its facts, and the comparison with torch."""
    from convcli.report.spelling.comparisons import comparison_phrase
    from convcli.report.views.run import run_view

    comparison = None
    if check:
        from convcli.backends.oracle import compare_with_torch

        comparison = arrays.call(compare_with_torch, output=result)
    view = run_view(
        arrays.spec, arrays.input, arrays.weight, arrays.bias, result, comparison, arrays.seed
    )
    notes = [] if comparison is None else [comparison_phrase(comparison)]
    status = emit_result(
        view, {"output": result}, arrays.result_origin, target, output_options, streams, notes
    )
    return ExitStatus.ANSWER_IS_NO if comparison is not None and not comparison.agrees else status
