"""`convcli run`."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from convcli.cli.emit import ANSWER_IS_NO, check_options, emit_result, writes_array
from convcli.cli.operands import load_operands
from convcli.cli.options import BiasArray, InputArray, Layer, LayerOptions, MaxMemory, OutputOptions
from convcli.cli.streams import Streams

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
        Argument(metavar="[W]", help="the weight; left out, an expression is initialised as torch does", show_default=False),
    ] = None,
    *,
    bias: BiasArray = None,
    seed: Annotated[str, Option("--seed", metavar="N", help="of the initialisation, where W is left out")] = "0",
    check: Annotated[bool, Option("--check", help="compare with torch")] = False,
    layer_options: LayerOptions,
    max_memory: MaxMemory = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """The full result: printed, or written as .npy with -o."""
    from convcli.engine.convolve import convolve
    from convcli.report.run import run_view

    check_options(output_options)
    writes_array(output_options)  # refuses a suffix before anything is computed
    arrays = load_operands(layer, x, w, bias, layer_options, streams, max_memory, seed)
    result = arrays.call(convolve)
    comparison = None
    if check:
        from convcli.oracle import compare_with_torch

        comparison = arrays.call(compare_with_torch, output=result)
    view = run_view(arrays.spec, arrays.input, arrays.weight, arrays.bias, result, comparison, arrays.seed)
    status = emit_result(view, result, output_options, streams, [str(comparison or "")])
    return ANSWER_IS_NO if comparison is not None and not comparison.agrees else status
