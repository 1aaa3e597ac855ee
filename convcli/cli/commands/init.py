"""`convcli init`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import (
    ArrayOutputOptions,
    Layer,
    LayerOptionsWithBias,
    MaxMemory,
    Seed,
    option,
    output_option,
)
from convcli.cli.input.memory import drawing_bytes, require_memory
from convcli.cli.output.arrays import check_alone, check_array, write_alone
from convcli.cli.output.emit import emit_result
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.engine.weights.initialisers import initialise_by
from convcli.errors import ConvError
from convcli.inputs.files.writers.request import Origin, outline
from convcli.inputs.text.layer import parse_layer
from convcli.inputs.text.numbers import parse_number
from convcli.report.views.init import init_view

EXAMPLES = """\b
Examples:
  convcli init "Conv2d(3, 8, 3)" --seed 0
  convcli init conv2d --in-channels 3 -c 8 -k 3 --scheme kaiming_normal -q
"""
WORDS = ("mode", "nonlinearity")


def _argument(name: str, metavar: str, help: str) -> Any:
    return option(f"--{name}", metavar=metavar, help=help)


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class SchemeOptions(OptionGroup):
    """The scheme and its arguments, by torch.nn.init's names; None where not specified."""

    scheme: Annotated[
        str, _argument("scheme", "NAME", "xavier_uniform, kaiming_normal, orthogonal, ...")
    ] = "default"
    gain: Annotated[
        str | None, _argument("gain", "GAIN", "xavier_uniform, xavier_normal, orthogonal")
    ] = None
    a: Annotated[
        str | None,
        _argument("a", "A", "lower bound; kaiming: negative slope"),
    ] = None
    b: Annotated[str | None, _argument("b", "B", "upper bound: uniform, trunc_normal")] = None
    mean: Annotated[str | None, _argument("mean", "MEAN", "normal, trunc_normal")] = None
    std: Annotated[str | None, _argument("std", "STD", "normal, trunc_normal, sparse")] = None
    mode: Annotated[str | None, _argument("mode", "MODE", "kaiming: fan_in or fan_out")] = None
    nonlinearity: Annotated[
        str | None, _argument("nonlinearity", "NAME", "kaiming: relu, leaky_relu, tanh, ...")
    ] = None
    val: Annotated[str | None, _argument("val", "VALUE", "constant")] = None
    sparsity: Annotated[
        str | None, _argument("sparsity", "SHARE", "sparse: share of zeros in each column")
    ] = None

    def arguments(self) -> dict[str, Any]:
        """The specified arguments, numbers as floats. Raises ConvError where one is no number."""
        return {
            name: text if name in WORDS else parse_number(text, name)
            for name, text in vars(self).items()
            if text is not None and name != "scheme"
        }


def init(
    layer: Layer,
    *,
    scheme_options: SchemeOptions,
    seed: Seed,
    bias_output: Annotated[
        str | None,
        output_option("--bias-output", metavar="FILE", help="write the bias: .npy, .csv, ..."),
    ] = None,
    layer_options: LayerOptionsWithBias,
    max_memory: MaxMemory,
    output_options: ArrayOutputOptions,
    streams: Streams,
) -> int:
    """Weights by a named initialiser: torch's numbers for the same seed."""
    files = {"bias_output": bias_output} if bias_output else {}
    target = check_options(output_options, streams, stream=True, files=files)
    request = parse_layer(layer, layer_options.arguments())
    spec = request.alone()
    require_memory(drawing_bytes(spec.weight_shape), max_memory)
    origin = Origin(spec.rank)
    check_array(target, output_options, spec.weight_shape, "float32", origin)
    if bias_output:
        if not spec.bias:
            rule = "the layer has no bias to write"
            raise ConvError("bias_output.none", rule, parameter="bias_output")
        empty = outline((spec.out_channels,), "float32")
        check_alone(bias_output, empty, "bias_output", output_options, origin)
    drawn = initialise_by(spec, seed, scheme_options.scheme, scheme_options.arguments())
    if bias_output:
        write_alone(bias_output, drawn.bias, "bias_output", output_options, streams, origin)
    document = init_view(spec, drawn, seed, words_of(output_options, streams))
    named = {"weight": drawn.weight}
    return emit_result(document, named, origin, target, output_options, streams)
