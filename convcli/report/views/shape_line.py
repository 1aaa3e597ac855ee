"""The view of `convcli shape --batch`: a layer in few keys, one of very many."""

from __future__ import annotations

from functools import cache
from math import prod

from convcli.engine.geometry.cost import mac_factors
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Document
from convcli.report.quantities import Filled, Keys, Repeated, of_values
from convcli.report.spelling.size_formulas import size_formula


def shape_line(
    spec: ConvSpec,
    full_input: Shape,
    input_shape: Shape,
    output_shape: Shape,
    letters: tuple[str, str] = ("", ""),
) -> Document:
    """The document on a layer and its input with the keys that scripts ask for.

    The arguments are those of `shape_view`.
    """
    sizes, rank, axes = full_input[2:], spec.rank, spec.axes
    outs = spec.output_sizes(sizes) if any(letters) else output_shape[-rank:]
    alike = sizes.count(sizes[0]) == axes.count(axes[0]) == rank
    weight, bias = spec.weight_shape, spec.bias_shape
    values = (
        *input_shape,
        *weight,
        *(bias or (None,)),
        *output_shape,
        Repeated(size_formula(spec, 0, sizes[0], outs[0]), rank)
        if alike
        else [size_formula(spec, d, sizes[d], outs[d]) for d in range(rank)],
        spec.parameters,
        prod(mac_factors(spec, full_input, (full_input[0], spec.out_channels, *outs))),
    )
    keys = _line_keys(len(input_shape), len(weight), len(output_shape), spec.bias)
    return Document("shape", (Filled(keys, values),), essential=output_shape)


@cache
def _line_keys(input_axes: int, weight_axes: int, output_axes: int, bias: bool) -> Keys:
    """The keys of a layer with shapes of so many axes."""
    return Keys({
        "input": {"shape": of_values(Shape, input_axes)},
        "weight": {"shape": of_values(Shape, weight_axes)},
        "bias": {"shape": of_values(Shape, 1) if bias else None},
        "output": {"shape": of_values(Shape, output_axes), "formula": None},
        "parameters": None,
        "macs": None,
    })  # fmt: skip
