"""`convcli port`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from convcli.cli.app.options import (
    ArrayOutputOptions,
    Layer,
    LayerOptionsWithBias,
    MaxMemory,
    Parsed,
    argument,
    input_option,
    option,
)
from convcli.cli.commands.port.dense import DensePorting, is_dense
from convcli.cli.commands.port.layers import rank_of
from convcli.cli.commands.port.ported import Porting
from convcli.cli.commands.port.ways import WAYS
from convcli.cli.input.array_reader import ArrayReader
from convcli.cli.output.emit import emit, emit_result
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.files.writers.request import Origin
from convcli.inputs.text.layer import parse_options
from convcli.inputs.text.numbers import parse_shape
from convcli.suggestions import did_you_mean

EXAMPLES = """\b
Examples:
  convcli port "Conv2d(3, 8, 3, stride=2, padding=1)" 3x9x9
  convcli port "keras.layers.Dense(10)" 7x7x64 --to torch
"""


ALSO = {  # other names of frameworks
    "pytorch": "torch", "tf": "tensorflow", "np": "numpy", "cv2": "opencv", "octave": "matlab",
    "onnxruntime": "onnx", "coremltools": "coreml",
}  # fmt: skip


def parse_frameworks(text: str, parameter: str) -> tuple[str, ...]:
    """Names of frameworks, with commas between them. Raises ConvError for others."""
    written = (name.strip().lower() for name in text.split(","))
    names = [ALSO.get(name, name) for name in written]
    for name in names:
        if name not in WAYS:
            rule, hint = "must be names of frameworks", did_you_mean(name, WAYS)
            hint = hint or f"The frameworks are {', '.join(WAYS)}."
            raise ConvError("port.framework", rule, parameter=parameter, got=name, hint=hint)
    return tuple(dict.fromkeys(names))


def port(
    layer: Layer,
    input_shape: Annotated[
        str, argument("SHAPE", "shape of the input, in the layer's own order of axes")
    ],
    *,
    to: Annotated[
        tuple[str, ...] | None,
        option("--to", metavar="NAME,...", help="frameworks, like torch,keras (default: all)"),
        Parsed(parse_frameworks),
    ] = None,
    weights: Annotated[
        str | None,
        input_option(
            "--weights", metavar="ARRAY", help="the layer's weight; -o writes it for --to NAME"
        ),
    ] = None,
    layer_options: LayerOptionsWithBias,
    max_memory: MaxMemory,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """One layer in every framework, and whether the numbers agree."""
    target = check_options(output_options, streams, arrays=True, stream=weights is not None)
    words = words_of(output_options, streams)
    names, shape = to or tuple(WAYS), parse_shape(input_shape)
    options = parse_options(layer_options.arguments())
    if weights is None:
        if target.writer is not None:
            rule = "is a file of an array, and there is none: specify `weights`"
            raise ConvError("output.suffix", rule, parameter="output", got=target.path)
        porting = DensePorting if is_dense(layer) else Porting
        document = porting.of(layer, shape, options, names).document(words)
        return emit(document, output_options, streams, target=target)
    if len(names) != 1 or target.writer is None:
        rule = "are converted for one framework, into a file: specify `to` and `output`"
        hint = "Like --to torch -o w.npy."
        raise ConvError("port.weights", rule, parameter="weights", hint=hint)
    return _convert(layer, shape, options, names, weights, max_memory, output_options, streams)


def _convert(
    layer: str,
    shape: Shape,
    options: Mapping[str, Any],
    names: tuple[str, ...],
    weights: str,
    max_memory: int | None,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """Write the weight in the layout of the framework, and say for which line it is."""
    target = check_options(output_options, streams, stream=True)
    words = words_of(output_options, streams)
    rank = 1 if is_dense(layer) else rank_of(layer, shape, options)
    array = ArrayReader(rank, streams, max_memory).read(weights, "weights")
    porting: Porting | DensePorting
    if is_dense(layer):
        porting = DensePorting.of(layer, shape, options, names)
    else:
        porting = Porting.of(layer, shape, options, names, array.shape)
    converted, row = porting.converted(array)
    streams.note(
        f"{row.framework}: weight {Shape(array.shape)} as {Shape(converted.shape)}, for "
        f"{' '.join((row.exact or row.code or '').split())}"
    )
    document = porting.document(words)
    arrays = {"weight": converted}
    return emit_result(document, arrays, Origin(rank), target, output_options, streams)
