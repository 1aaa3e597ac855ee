"""The command that follows `shape`: a worked sum of the layer, on made-up numbers."""

from __future__ import annotations

from math import prod

from convcli.cli.app.options import LayerOptionsWithBias
from convcli.cli.output.next_command import written_options
from convcli.engine.geometry.shapes import promoted_shape
from convcli.errors import ConvError
from convcli.inputs.text.layer import parse_layer
from convcli.inputs.text.layouts import parse_layouts
from convcli.inputs.text.numbers import parse_shape

MOST_TERMS = 200  # of a sum that a person reads
MOST_COUNTED = 100  # numbers that count up; more would be large
OF_THE_WEIGHT = ("kernel_size", "out_channels", "in_channels")


def trace_command(
    layer: str, shape: str, options: LayerOptionsWithBias, layout: str | None
) -> list[str]:
    """The words of the command; none for other layers, and for sums of very many terms."""
    try:
        request = parse_layer(layer, options.arguments())
    except ConvError:
        return []
    layouts = parse_layouts(layout, request.rank, weights=False)
    typed = parse_shape(shape)
    spec = request.for_input(promoted_shape(layouts.shape_to_torch(typed), request.rank, "SHAPE"))
    if not prod(typed) or spec.in_per_group * prod(spec.kernel_size) > MOST_TERMS:
        return []
    is_call = "(" in layer
    is_plane = len(typed) == spec.rank and spec.in_channels == spec.out_channels == 1
    weight = spec.kernel_size if is_plane else spec.weight_shape
    return [
        "trace", layer, _numbers(typed), _numbers(weight),
        "--at", ",".join("0" * (spec.rank if is_plane else spec.rank + 2)),
        *written_options(options, ("no_bias", *(() if is_call else OF_THE_WEIGHT))),
        *(["--layout", layout] if layout else []),
    ]  # fmt: skip


def _numbers(shape: tuple[int, ...]) -> str:
    text = "x".join(map(str, shape))
    return f"arange:{text}:1" if prod(shape) <= MOST_COUNTED else f"randint:{text}"
