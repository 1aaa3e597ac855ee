"""`convcli shape`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from convcli.cli.app.options import LayerOptionsWithBias, OutputOptions, argument, input_option
from convcli.cli.output.emit import emit
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.engine.geometry.shapes import Shape, promoted_shape, restored_shape
from convcli.errors import ConvError
from convcli.inputs.text.layer import LayerRequest, parse_layer
from convcli.inputs.text.numbers import parse_shape
from convcli.report.document import Document

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
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Output size with its formula, weight shape, parameters, cost."""
    target = check_options(output_options, streams)
    if batch is not None:
        from convcli.cli.commands.shape.batch import check_alone, shape_batch

        check_alone((layer, input_shape), layer_options.arguments())
        view = _view(target.is_value, one_of_many=True)
        return shape_batch(batch, output_options, streams, partial(shape_document, view=view))
    if layer is None or input_shape is None:
        missing = "LAYER" if layer is None else "SHAPE"
        raise ConvError(
            "arguments.missing",
            f"needs {missing}",
            hint="Like: convcli shape conv2d 1x3x224x224 -c 64 -k 7.",
        )
    document = _answer(layer, input_shape, layer_options.arguments(), target.is_value)
    return emit(document, output_options, streams)


def _answer(layer: str, input_shape: str, arguments: Mapping[str, Any], is_value: bool) -> Document:
    """The document of a convolution, or of another layer of torch.nn."""
    try:
        request = parse_layer(layer, arguments)
    except ConvError as error:
        if error.code not in ("layer.class", "layer.name"):
            raise
        from convcli.cli.commands.shape.other_layers import nearest_layer, other_layer

        other = other_layer(layer, arguments, parse_shape(input_shape), quiet=is_value)
        if other is not None:
            return other
        hint = error.hint or ""
        is_answered = "Did you mean" in hint or "{line}" in hint
        raise error if is_answered else error.with_place(hint=nearest_layer(layer)) from None
    view = _view(is_value, one_of_many=False)
    return shape_document(request, parse_shape(input_shape), view)


def _view(is_value: bool, *, one_of_many: bool) -> Callable[..., Document]:
    """The view that says what is wanted, and no more; it is imported only then."""
    if is_value:
        from convcli.report.views.shape_alone import shape_alone

        return shape_alone
    from convcli.report.views.shape import shape_line, shape_view

    return shape_line if one_of_many else shape_view


def shape_document(
    request: LayerRequest, input_shape: Shape, view: Callable[..., Document]
) -> Document:
    """The document of a layer on an input of this shape, in the rank of that shape."""
    full = promoted_shape(input_shape, request.rank, "SHAPE")
    spec = request.for_input(full)
    return view(
        spec,
        full,
        restored_shape(full, len(input_shape)),
        restored_shape(spec.output_shape(full), len(input_shape)),
    )
