"""`convcli solve`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from typing import Annotated

from convcli.cli.app.options import (
    Layer,
    LayerOptionsWithBias,
    OutputOptions,
    ShapeLayout,
    ShowAll,
    argument,
)
from convcli.cli.commands.solve.request import SolveRequest, read_request, spec_of
from convcli.cli.output.emit import emit
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.hyper_parameters import (
    axis_choices,
    check_count,
    is_dilated,
    layer_choices,
    nearest_outputs,
)
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.text.layouts import in_torch_order
from convcli.report.document import Document
from convcli.report.views.solve import choices_view, inputs_view, none_view, same_view
from convcli.report.words.vocabulary import Words

EXAMPLES = """\b
Examples:
  convcli solve conv2d 224x224 112x112 -k 3..7
  convcli solve conv_transpose2d 16x16 32x32 -s 2 --json
"""
LIMIT = 20  # choices that human-readable formats print


def solve(
    layer: Layer,
    input_shape: Annotated[
        str, argument("IN", "224x224, 1x3x224x224, or 224 for every axis; ? finds it")
    ],
    output_shape: Annotated[str, argument("OUT", "112x112, or same: ceil(size/stride)")],
    *,
    show_all: ShowAll = False,
    layout: ShapeLayout = None,
    layer_options: LayerOptionsWithBias,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Every choice of hyper-parameters that turns IN into OUT.

    The options that are specified are kept; a range like 1..7 is searched.
    """
    check_options(output_options, streams)
    if layout is not None:
        streams.note("--layout: IN and OUT are read in it; results are in torch's order")
    shapes = in_torch_order(input_shape, layout), in_torch_order(output_shape, layout)
    request = read_request(layer, *shapes, layer_options.arguments())
    words = words_of(output_options, streams)
    document, has_solution = _answer(request, None if show_all else LIMIT, words)
    return emit(document, output_options, streams) or (
        ExitStatus.DONE if has_solution else ExitStatus.ANSWER_IS_NO
    )


def _answer(request: SolveRequest, limit: int | None, words: Words) -> tuple[Document, bool]:
    if request.input is None:
        return _inputs(request, words)
    if request.output is None:
        return _same(request, request.input[2:], limit, words)
    sizes, outs = request.input[2:], request.output[2:]
    for name, shape in (("IN", sizes), ("OUT", outs)):
        if min(shape) < 1:
            raise ConvError(
                "solve.size",
                "every spatial size must be at least 1",
                parameter=name,
                got=min(shape),
            )
    choices = list(layer_choices(request.searches, sizes, outs, request.free))
    if choices:
        layer_of = partial(spec_of, request)
        view = choices_view(choices, layer_of, sizes, outs, request.ranges, limit, words)
        return view, True
    nearest = [
        None if axis_choices(search, size, out) else nearest_outputs(search, size, out)
        for search, size, out in zip(request.searches, sizes, outs, strict=True)
    ]
    transposed = request.layer.transposed
    return none_view(sizes, outs, request.ranges, nearest, transposed, words), False


def _inputs(request: SolveRequest, words: Words) -> tuple[Document, bool]:
    """IN is searched: the layer must be complete, with torch's defaults."""
    if request.output is None or "kernel_size" not in request.layer.arguments:
        rule = "needs one layer: specify `kernel_size`, and OUT as a shape"
        raise ConvError("solve.input", rule, parameter="IN", got="?")
    spec = request.layer.for_input((1, request.layer.arguments.get("in_channels", 1)))
    outs = request.output[2:]
    ranges = [spec.input_sizes(d, out) for d, out in enumerate(outs)]
    return inputs_view(spec, outs, ranges, words), all(ranges)


def _same(
    request: SolveRequest, sizes: tuple[int, ...], limit: int | None, words: Words
) -> tuple[Document, bool]:
    """OUT is `same`: its one padding, for every kernel_size, stride and dilation to try."""
    if request.layer.transposed or "padding" in request.layer.arguments:
        rule = "same needs a convolution, not transposed, whose padding is not specified"
        raise ConvError("solve.same", rule, parameter="OUT", got="same")
    for search in request.searches:
        next(search.combinations())  # refuses too many
    choices: list[tuple[Axis, ...]] = []
    kernels = request.settings("kernel_size", (3, 5, 7))
    for of_axes in product(
        kernels, request.settings("stride", (1, 2)), request.settings("dilation", (1,))
    ):
        bare = [Axis(k, s, d) for k, s, d in zip(*of_axes, strict=True)]
        choices.append(
            tuple(
                replace(axis, pad=axis.same_pad(size))
                for axis, size in zip(bare, sizes, strict=True)
            )
        )
        check_count(len(choices))
    choices.sort(key=is_dilated)
    return same_view(choices, partial(spec_of, request), sizes, limit, words), True
