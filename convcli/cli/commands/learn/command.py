"""`convcli learn`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from typer import Argument, Option

from convcli.cli.app.options import LayerOptions, OutputOptions
from convcli.cli.commands.learn.problem import LearnOptions, follow, load_problem
from convcli.cli.output.emit import check_options, emit
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.text.numbers import parse_number
from convcli.report.views.learn import learn_view

EXAMPLES = """\b
Examples:
  convcli learn conv2d -k 1,2 --no-bias "1 1 0 0 1; 1 1 0 0 1" "0 1 0 -1; 0 1 0 -1" --loss sse --lr 0.03 --epochs 10
  convcli learn "Conv2d(1,1,3)" "Conv2d(1,1,3)" arange:1x1x5x5 "[[[[1]]]]" --lr 1e-4 --epochs 3 --verbose
"""
Operands = Annotated[
    list[str],
    Argument(
        metavar="LAYER... X TARGET", help="a layer or a chain, input, target", show_default=False
    ),
]


def learn(
    operands: Operands,
    *,
    learn_options: LearnOptions,
    no_bias: Annotated[bool, Option("--no-bias", help="bias=False")] = False,
    layer_options: LayerOptions,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Gradient descent on one layer or a chain, epoch by epoch."""
    check_options(output_options)
    if len(operands) < 3:
        raise ConvError(
            "arguments.missing",
            "needs LAYER... X TARGET",
            hint='Like: convcli learn "Conv2d(1,1,3)" x.npy t.npy.',
        )
    *texts, x_text, target_text = operands
    options = layer_options.given() | {"bias": False if no_bias else None}
    problem = load_problem(texts, x_text, target_text, options, learn_options, streams)
    weights_file = (
        output_options.output if (output_options.output or "").endswith((".npy", ".npz")) else None
    )
    course = follow(problem, streams, weights_file, output_options.force)
    shown = replace(output_options, output=None) if weights_file else output_options
    status = emit(learn_view(course), shown, streams)
    if learn_options.target_loss is None or course.final_loss <= parse_number(
        learn_options.target_loss, "target_loss"
    ):
        return status
    streams.flush()
    streams.complain(
        f"convcli: the loss at the end is {course.final_loss:.6g}, above --target-loss {learn_options.target_loss}"
    )
    return ExitStatus.ANSWER_IS_NO
