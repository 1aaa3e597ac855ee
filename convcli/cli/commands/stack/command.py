"""`convcli stack`."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from convcli.cli.app.options import LayerOptions, OutputOptions
from convcli.cli.commands.stack.questions import StackOptions, answer
from convcli.cli.output.emit import check_options, emit
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError

EXAMPLES = """\b
Examples:
  convcli stack "Conv2d(1, 6, 5, padding=2)" "ReLU()" "MaxPool2d(2)" "Conv2d(6, 16, 5)" 1x28x28
  convcli stack "Conv1d(1, 1, 3, dilation=1); Conv1d(1, 1, 3, dilation=2); Conv1d(1, 1, 3, dilation=4)" 100 --unit 40 --json
"""
Operands = Annotated[
    list[str],
    Argument(
        metavar="LAYERS... SHAPE",
        help="layers, or a file of them, and the input's shape",
        show_default=False,
    ),
]


def stack(
    operands: Operands,
    *,
    stack_options: StackOptions,
    no_bias: Annotated[bool, Option("--no-bias", help="bias=False of the convolutions")] = False,
    layer_options: LayerOptions,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """A chain or graph of layers: shapes, parameters, cost, receptive field."""
    check_options(output_options)
    least = 1 if stack_options.module is not None else 2
    if len(operands) < least:
        raise ConvError(
            "arguments.missing",
            "needs LAYERS... SHAPE",
            hint='Like: convcli stack "Conv2d(3, 8, 3)" "ReLU()" 3x32x32.',
        )
    *sources, shape_text = operands
    options = layer_options.given() | {"bias": False if no_bias else None}
    document, status = answer(
        sources, shape_text, options, stack_options, quiet=output_options.quiet
    )
    return emit(document, output_options, streams) or status
