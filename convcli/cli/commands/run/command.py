"""`convcli run`."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Annotated, Any

from typer import Argument, Option

from convcli.cli.app.options import (
    BiasArray,
    InputArray,
    Layer,
    LayerOptions,
    MaxMemory,
    OutputOptions,
    Threads,
    parse_threads,
)
from convcli.cli.input.engines import Device, Engine, convolution
from convcli.cli.input.operands import LoadedOperands, load_operands
from convcli.cli.output.emit import (
    check_options,
    emit_array,
    emit_result,
    writes_array,
    writes_pieces,
)
from convcli.cli.output.progress import progress_bar
from convcli.cli.output.streams import Streams
from convcli.exit_status import ExitStatus
from convcli.inputs.files.npy_file import NpyFile

EXAMPLES = """\b
Examples:
  convcli run conv2d arange:5x5:1 arange:3x3:1
  convcli run "Conv2d(1, 1, 3, padding=1)" rand:64x64 kernel:sobel-x -o edges.npy
"""


def run(
    layer: Layer,
    x: InputArray,
    w: Annotated[
        str | None,
        Argument(
            metavar="[W]",
            help="the weight; left out, an expression is initialised as torch does",
            show_default=False,
        ),
    ] = None,
    *,
    bias: BiasArray = None,
    seed: Annotated[
        str, Option("--seed", metavar="N", help="of the initialisation, where W is left out")
    ] = "0",
    check: Annotated[bool, Option("--check", help="compare with torch")] = False,
    layer_options: LayerOptions,
    engine: Engine = "numpy",
    device: Device = "cpu",
    threads: Threads = None,
    max_memory: MaxMemory = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """The full result: printed, or written as .npy with -o."""
    check_options(output_options)
    only_array = writes_array(output_options) and output_options.expect is None and not check
    count, compute = parse_threads(threads), convolution(engine, device)
    arrays = load_operands(
        layer,
        x,
        w,
        bias,
        layer_options,
        streams,
        max_memory,
        seed,
        in_pieces=only_array and writes_pieces(output_options),
    )
    with progress_bar(streams, prod(arrays.shown_output), "outputs") as progress:
        if isinstance(arrays.input, NpyFile):
            from convcli.cli.commands.run.pieces import stream_result

            stream_result(
                arrays, output_options, streams, partial(compute, threads=count), progress
            )
            return ExitStatus.DONE
        result = arrays.call(compute, threads=count, progress=progress)
    if only_array:
        emit_array(result, output_options, streams)
        return ExitStatus.DONE
    return _emit_whole(arrays, result, check, output_options, streams)


def _emit_whole(
    arrays: LoadedOperands,
    result: Any,
    check: bool,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """The result with all that is said of it."""
    from convcli.report.views.run import run_view

    comparison = None
    if check:
        from convcli.backends.oracle import compare_with_torch

        comparison = arrays.call(compare_with_torch, output=result)
    view = run_view(
        arrays.spec, arrays.input, arrays.weight, arrays.bias, result, comparison, arrays.seed
    )
    status = emit_result(view, result, output_options, streams, [str(comparison or "")])
    return ExitStatus.ANSWER_IS_NO if comparison is not None and not comparison.agrees else status
