"""`convcli init`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from typer import Option

from convcli.cli.app.options import Layer, LayerOptions, MaxMemory, OutputOptions
from convcli.cli.input.memory import require_memory
from convcli.cli.output.atomic_files import check_target, write_file
from convcli.cli.output.emit import check_options, emit_result, writes_array
from convcli.cli.output.streams import Streams
from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.weights.initialisers import initialise_by
from convcli.errors import ConvError
from convcli.inputs.files.npy import npy_chunks
from convcli.inputs.text.layer import parse_layer
from convcli.inputs.text.numbers import parse_integer, parse_number
from convcli.report.views.init import init_view

EXAMPLES = """\b
Examples:
  convcli init "Conv2d(3, 8, 3)" --seed 0
  convcli init conv2d --in-channels 3 -c 8 -k 3 --scheme kaiming_normal --nonlinearity relu -q
"""
HELD_PER_NUMBER = 6  # float64 and integer copies that drawing takes
WORDS = ("mode", "nonlinearity")


def _argument(name: str, help: str) -> Any:
    return Option(f"--{name}", metavar=name.upper(), help=help, show_default=False)


@dataclass(frozen=True)
class SchemeOptions:
    """The scheme and its arguments, by torch.nn.init's names; None where not given."""

    scheme: Annotated[
        str, _argument("scheme", "default, xavier_uniform, kaiming_normal, orthogonal, ...")
    ] = "default"
    gain: Annotated[str | None, _argument("gain", "xavier_uniform, xavier_normal, orthogonal")] = (
        None
    )
    a: Annotated[
        str | None, _argument("a", "uniform and trunc_normal: lower bound; kaiming: negative slope")
    ] = None
    b: Annotated[str | None, _argument("b", "uniform and trunc_normal: upper bound")] = None
    mean: Annotated[str | None, _argument("mean", "normal, trunc_normal")] = None
    std: Annotated[str | None, _argument("std", "normal, trunc_normal, sparse")] = None
    mode: Annotated[str | None, _argument("mode", "kaiming: fan_in or fan_out")] = None
    nonlinearity: Annotated[
        str | None, _argument("nonlinearity", "kaiming: relu, leaky_relu, tanh, ...")
    ] = None
    val: Annotated[str | None, _argument("val", "constant")] = None
    sparsity: Annotated[
        str | None, _argument("sparsity", "sparse: the share of zeros in each column")
    ] = None

    def arguments(self) -> dict[str, Any]:
        given = {
            name: text for name, text in vars(self).items() if text is not None and name != "scheme"
        }
        return {
            name: text if name in WORDS else parse_number(text, name)
            for name, text in given.items()
        }


BiasOutput = Annotated[
    str | None,
    Option("--bias-output", metavar="FILE", help="write the bias as .npy", show_default=False),
]


def init(
    layer: Layer,
    *,
    scheme_options: SchemeOptions,
    seed: Annotated[str, Option("--seed", metavar="N", help="as in torch.manual_seed")] = "0",
    no_bias: Annotated[bool, Option("--no-bias", help="bias=False")] = False,
    bias_output: Annotated[
        str | None,
        Option("--bias-output", metavar="FILE", help="write the bias as .npy", show_default=False),
    ] = None,
    layer_options: LayerOptions,
    max_memory: MaxMemory = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Weights by a named initialiser, the same numbers as torch for a seed."""
    check_options(output_options)
    writes_array(output_options)  # refuses a suffix before anything is drawn
    if bias_output:
        check_target(bias_output, output_options.force)
    request = parse_layer(layer, layer_options.given() | {"bias": False if no_bias else None})
    spec = request.alone()
    require_memory(HELD_PER_NUMBER * size_in_bytes(spec.weight_shape, 8), max_memory)
    start = parse_integer(seed, "seed")
    drawn = initialise_by(spec, start, scheme_options.scheme, scheme_options.arguments())
    if bias_output:
        if drawn.bias is None:
            raise ConvError(
                "bias_output.none", "the layer has no bias to write", parameter="bias_output"
            )
        write_file(bias_output, npy_chunks(drawn.bias), output_options.force)
    return emit_result(init_view(spec, drawn, start), drawn.weight, output_options, streams)
