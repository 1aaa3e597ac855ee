"""`convcli shape`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from convcli.cli.app.options import (
    LayerOptionsWithBias,
    OutputOptions,
    ShapeLayout,
    argument,
    input_option,
)
from convcli.cli.output.emit import emit
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.engine.geometry.shapes import Shape, promoted_shape, restored_shape
from convcli.errors import ConvError
from convcli.inputs.frameworks.names import is_foreign
from convcli.inputs.text.layer import LayerRequest, parse_layer
from convcli.inputs.text.layout_notes import channels_last_note
from convcli.inputs.text.numbers import parse_shape
from convcli.report.document import Document
from convcli.report.words.vocabulary import Words

EXAMPLES = """\b
Examples:
  convcli shape conv2d 1x3x224x224 -c 64 -k 7 -s 2 -p 3
  convcli shape "ConvTranspose2d(32, 64, 4, stride=2)" 1x32x16x16 --json
"""


def shape(
    layer: Annotated[
        str | None,
        argument("LAYER", 'conv1d ... conv_transpose3d, or "Conv2d(3, 64, 7)"'),
    ] = None,
    input_shape: Annotated[
        str | None, argument("SHAPE", "shape of the input: 1x3x224x224, 3x224x224, 224x224")
    ] = None,
    *,
    layer_options: LayerOptionsWithBias,
    batch: Annotated[
        str | None,
        input_option("--batch", metavar="FILE", help="one layer per line of JSON; - is stdin"),
    ] = None,
    layout: ShapeLayout = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Output size with its formula, weight shape, parameters, cost."""
    target = check_options(output_options, streams)
    if batch is not None:
        from convcli.cli.commands.shape.batch import check_alone, shape_batch

        check_alone((layer, input_shape), layer_options.arguments())
        view = _view(None) if target.is_value else _line_view()
        return shape_batch(
            batch, output_options, streams, partial(shape_document, view=view, layout=layout)
        )
    if layer is None or input_shape is None:
        missing = "LAYER" if layer is None else "SHAPE"
        raise ConvError(
            "arguments.missing",
            f"needs {missing}",
            hint="Like: convcli shape conv2d 1x3x224x224 -c 64 -k 7.",
        )
    words = None if target.is_value else _words(output_options, streams)
    document = _answer(layer, input_shape, layer_options.arguments(), layout, streams, words)
    following = partial(_following, layer, input_shape, layer_options, layout)
    return emit(document, output_options, streams, following=following)


def _following(
    layer: str, input_shape: str, options: LayerOptionsWithBias, layout: str | None
) -> list[str]:
    """The words of the command that leads on."""
    from convcli.cli.commands.shape.lead import trace_command

    if is_foreign(layer):
        return []
    return trace_command(layer, input_shape, options, layout)


def _answer(
    layer: str,
    input_shape: str,
    arguments: Mapping[str, Any],
    layout: str | None,
    streams: Streams,
    words: Words | None,
) -> Document:
    """The document of a convolution, or of another layer of torch.nn; without words its value."""
    if is_foreign(layer):
        from convcli.cli.commands.shape.foreign import foreign_document
        from convcli.cli.input.foreign_layers import note_other_layout, requested_layer

        foreign = requested_layer(layer, layout)
        if foreign is not None:
            note_other_layout(foreign, parse_shape(input_shape), streams)
            return foreign_document(foreign, layer, arguments, parse_shape(input_shape), words)
    try:
        request = parse_layer(layer, arguments)
    except ConvError as error:
        if error.code not in ("layer.class", "layer.name"):
            raise
        from convcli.cli.commands.shape.other_layers import nearest_layer, other_layer, with_sizes

        other = other_layer(layer, arguments, _in_torch_order(input_shape, layout), words)
        if other is not None:
            if layout is not None:
                streams.note("--layout: SHAPE is read in it; the layer has torch's order")
            return other
        if "line" in error.fields:
            raise with_sizes(error, layer, parse_shape(input_shape)) from None
        is_answered = "Did you mean" in (error.hint or "")
        raise error if is_answered else error.with_place(hint=nearest_layer(layer)) from None
    view, sizes = _view(words), parse_shape(input_shape)
    if layout is None and request.arguments.get("in_channels") in (None, sizes[-1]):
        note = channels_last_note(sizes, request.rank)
        if note:
            streams.note(note)
    return shape_document(request, sizes, view, layout)


def _in_torch_order(input_shape: str, layout: str | None) -> Shape:
    if layout is not None:
        from convcli.inputs.text.layouts import in_torch_order

        input_shape = in_torch_order(input_shape, layout)
    return parse_shape(input_shape)


def _words(options: OutputOptions, streams: Streams) -> Words:
    from convcli.cli.output.language import words_of

    return words_of(options, streams)


def _view(words: Words | None) -> Callable[..., Document]:
    """The view that says what is wanted, and no more; it is imported only then."""
    if words is None:
        from convcli.report.views.shape_alone import shape_alone

        return shape_alone
    from convcli.report.views.shape import shape_view

    return partial(shape_view, words=words)


def _line_view() -> Callable[..., Document]:
    from convcli.report.views.shape_line import shape_line

    return shape_line


def shape_document(
    request: LayerRequest,
    input_shape: Shape,
    view: Callable[..., Document],
    layout: str | None = None,
) -> Document:
    """The document of a layer on an input of this shape, in the rank and the order of its axes."""
    if layout is None:
        full = promoted_shape(input_shape, request.rank, "SHAPE")
        spec = request.for_input(full)
        output = restored_shape(spec.output_shape(full), len(input_shape))
        return view(spec, full, input_shape, output)
    from convcli.inputs.text.layouts import parse_layouts

    layouts = parse_layouts(layout, request.rank, weights=False)
    given = layouts.shape_to_torch(input_shape)
    full = promoted_shape(given, request.rank, "SHAPE")
    spec = request.for_input(full)
    output = restored_shape(spec.output_shape(full), len(given))
    letters = layouts.letters(given), layouts.letters(output)
    return view(spec, full, input_shape, layouts.result_shape(output), letters)
