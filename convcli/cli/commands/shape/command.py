"""`convcli shape`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from typer import Argument, Option

from convcli.cli.app.options import LayerOptions, OutputOptions
from convcli.cli.output.emit import check_options, emit
from convcli.cli.output.streams import Streams
from convcli.engine.geometry.shapes import promoted_shape, restored_shape
from convcli.errors import ConvError
from convcli.inputs.text.layer import LayerRequest, parse_layer
from convcli.inputs.text.numbers import parse_shape
from convcli.report.document import Document
from convcli.report.views.shape import shape_alone, shape_line, shape_view

EXAMPLES = """\b
Examples:
  convcli shape conv2d 1x3x224x224 -c 64 -k 7 -s 2 -p 3
  convcli shape "ConvTranspose2d(32, 64, 4, stride=2, padding=1)" 1x32x16x16 --json
"""


def shape(
    layer: Annotated[
        str | None,
        Argument(
            metavar="LAYER", help='conv2d, or "Conv2d(3, 64, kernel_size=7)"', show_default=False
        ),
    ] = None,
    input_shape: Annotated[
        str | None, Argument(metavar="SHAPE", help="1x3x224x224", show_default=False)
    ] = None,
    *,
    layer_options: LayerOptions,
    no_bias: Annotated[bool, Option("--no-bias", help="bias=False")] = False,
    batch: Annotated[
        str | None,
        Option(
            "--batch", metavar="FILE", help="JSON Lines in and out; - is stdin", show_default=False
        ),
    ] = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Output size with the formula filled in, weight and bias shapes, parameters, cost, memory."""
    check_options(output_options)
    if batch is not None:
        from convcli.cli.commands.shape.batch import shape_batch

        view = shape_alone if output_options.quiet else shape_line
        return shape_batch(batch, output_options, streams, partial(shape_document, view=view))
    if layer is None or input_shape is None:
        missing = "LAYER" if layer is None else "SHAPE"
        raise ConvError(
            "arguments.missing",
            f"needs {missing}",
            hint="Like: convcli shape conv2d 1x3x224x224 -c 64 -k 7.",
        )
    options = layer_options.given() | {"bias": False if no_bias else None}
    return emit(
        shape_document(parse_layer(layer, options), parse_shape(input_shape)),
        output_options,
        streams,
    )


def shape_document(
    request: LayerRequest, given: tuple[int, ...], view: Callable[..., Document] = shape_view
) -> Document:
    """What `shape` says of a layer and the shape that was given for its input."""
    full = promoted_shape(given, request.rank, "SHAPE")
    spec = request.for_input(full)
    return view(
        spec,
        full,
        restored_shape(full, len(given)),
        restored_shape(spec.output_shape(full), len(given)),
    )
