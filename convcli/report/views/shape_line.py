"""The view of `convcli shape --batch`: a layer in few keys, one of very many."""

from __future__ import annotations

from functools import cache
from math import prod

from convcli.engine.geometry.cost import mac_factors
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Document
from convcli.report.quantities import Blanks, Filled, Keys, of_integers
from convcli.report.spelling.size_formulas import output_rule, size_numbers


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
    axes, transposed, has_bias = spec.axes, spec.transposed, spec.bias
    sizes, rank = full_input[2:], len(axes)
    outs = spec.output_sizes(sizes) if any(letters) else output_shape[-rank:]
    formulas = (*size_numbers(axes[0], sizes[0], transposed), outs[0]) * rank
    if not sizes.count(sizes[0]) == axes.count(axes[0]) == rank:  # unlike most layers
        formulas = tuple(
            number
            for axis, size, out in zip(axes, sizes, outs, strict=True)
            for number in (*size_numbers(axis, size, transposed), out)
        )
    values = (
        *input_shape,
        *spec.weight_shape,
        spec.out_channels if has_bias else None,
        *output_shape,
        *formulas,
        spec.parameters,
        prod(mac_factors(spec, full_input, (full_input[0], spec.out_channels, *outs))),
    )
    keys = _line_keys(len(input_shape), len(output_shape), rank, transposed, has_bias)
    return Document("shape", (Filled(keys, values),), output_shape)


@cache
def _line_keys(
    input_axes: int, output_axes: int, rank: int, transposed: bool, has_bias: bool
) -> Keys:
    """The keys of a layer with shapes of so many axes."""
    term = output_rule(transposed).sides[1]
    return Keys({
        "input": {"shape": of_integers(Shape, input_axes)},
        "weight": {"shape": of_integers(Shape, rank + 2)},
        "bias": {"shape": of_integers(Shape, 1) if has_bias else None},
        "output": {
            "shape": of_integers(Shape, output_axes),
            "formula": [Blanks(name, term) for name in axis_names(rank)],
        },
        "parameters": int,
        "macs": int,
    })  # fmt: skip
