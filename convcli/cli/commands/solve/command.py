"""`convcli solve`."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Annotated

from typer import Argument, Option

from convcli.cli.app.options import Layer, LayerOptions, OutputOptions
from convcli.cli.commands.solve.request import Problem, read_problem, spec_of
from convcli.cli.output.emit import check_options, emit
from convcli.cli.output.streams import Streams
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.hyper_parameters import axis_choices, layer_choices, nearest_outputs
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.report.document import Document
from convcli.report.views.solve import choices_view, inputs_view, none_view, same_view

EXAMPLES = """\b
Examples:
  convcli solve conv2d 224x224 112x112 -k 3..7
  convcli solve conv_transpose2d 16x16 32x32 -s 2 --json
"""
SHOWN = 20


def solve(
    layer: Layer,
    given: Annotated[
        str,
        Argument(
            metavar="IN",
            help="224x224, 1x3x224x224, or 224 for every axis; ? asks",
            show_default=False,
        ),
    ],
    wanted: Annotated[
        str, Argument(metavar="OUT", help="112x112; same for ceil(size/stride)", show_default=False)
    ],
    *,
    no_bias: Annotated[bool, Option("--no-bias", help="bias=False")] = False,
    all_choices: Annotated[bool, Option("--all", help="show every choice")] = False,
    layer_options: LayerOptions,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Every legal choice of hyper-parameters that turns IN into OUT; those given are kept, 1..7 is a range."""
    check_options(output_options)
    problem = read_problem(
        layer, given, wanted, layer_options.given() | {"bias": False if no_bias else None}
    )
    document, found = _answer(problem, None if all_choices else SHOWN)
    return emit(document, output_options, streams) or (
        ExitStatus.DONE if found else ExitStatus.ANSWER_IS_NO
    )


def _answer(problem: Problem, limit: int | None) -> tuple[Document, bool]:
    if problem.input is None:
        return _inputs(problem)
    if problem.output is None:
        return _same(problem, problem.input[2:], limit)
    sizes, outs = problem.input[2:], problem.output[2:]
    for name, shape in (("IN", sizes), ("OUT", outs)):
        if min(shape) < 1:
            raise ConvError(
                "solve.size",
                "every spatial size must be at least 1",
                parameter=name,
                got=min(shape),
            )
    specs = [
        spec_of(problem, axes)
        for axes in layer_choices(problem.searches, sizes, outs, problem.free)
    ]
    if specs:
        return choices_view(specs, sizes, outs, problem.ranges, limit), True
    nearest = [
        None if axis_choices(search, size, out) else nearest_outputs(search, size, out)
        for search, size, out in zip(problem.searches, sizes, outs, strict=True)
    ]
    return none_view(sizes, outs, problem.ranges, nearest, problem.request.transposed), False


def _inputs(problem: Problem) -> tuple[Document, bool]:
    """IN is asked for: the layer must be said whole, with torch's defaults."""
    if problem.output is None or "kernel_size" not in problem.request.arguments:
        rule = "asks for the inputs of one layer: give its kernel_size, and OUT as a shape"
        raise ConvError("solve.input", rule, parameter="IN", got="?")
    spec = problem.request.for_input((1, problem.request.arguments.get("in_channels", 1)))
    outs = problem.output[2:]
    return inputs_view(spec, outs), all(spec.input_sizes(d, out) for d, out in enumerate(outs))


def _same(problem: Problem, sizes: tuple[int, ...], limit: int | None) -> tuple[Document, bool]:
    """OUT is `same`: the one padding, for every kernel_size, stride and dilation that may be chosen."""
    if problem.request.transposed or "padding" in problem.request.arguments:
        rule = "same is for convolutions whose padding is left free"
        raise ConvError("solve.same", rule, parameter="OUT", got="same")
    for search in problem.searches:
        next(search.combinations())  # refuses too many
    specs = []
    kernels = problem.settings("kernel_size", (3, 5, 7))
    for of_axes in product(
        kernels, problem.settings("stride", (1, 2)), problem.settings("dilation", (1,))
    ):
        bare = [Axis(k, s, d) for k, s, d in zip(*of_axes, strict=True)]
        axes = [
            replace(axis, pad=axis.same_pad(size)) for axis, size in zip(bare, sizes, strict=True)
        ]
        specs.append(spec_of(problem, axes))
    return same_view(specs, sizes, limit), True
