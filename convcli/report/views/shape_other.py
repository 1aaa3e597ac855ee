"""The view of `convcli shape` for a layer that is no convolution: shapes, parameters, cost."""

from __future__ import annotations

from math import prod

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.pooling import Pool
from convcli.engine.network.walk import Step
from convcli.report.document import Column, Document, Fact, Facts, Table
from convcli.report.quantities import Bytes


def shape_other(
    text: str, step: Step, input_shape: Shape, output_shape: Shape, *, quiet: bool
) -> Document:
    """The document of one layer of a stack on its input; with `quiet` the output's shape alone."""
    if quiet:
        return Document("shape", (), essential=output_shape)
    names = ("input", "output")
    shapes = Table(
        (
            Column("shape", "shape"),
            Column("numbers", "numbers"),
            Column("bytes", None),
            Column(None, "float32"),
        ),
        [
            (shape, prod(shape), size_in_bytes(shape), Bytes(size_in_bytes(shape)))
            for shape in (input_shape, output_shape)
        ],
        row_keys=names,
        row_labels=names,
    )
    facts = Facts((
        Fact("parameters", "parameters", step.parameters),
        Fact("macs", "MACs", step.macs),
    ))  # fmt: skip
    blocks = (Facts((Fact("layer", None, text),)), shapes, _formulas(step), facts)
    return Document("shape", blocks, essential=output_shape, title=text)


def _formulas(step: Step) -> Facts:
    """The sizes of a pooling layer worked out, as those of a convolution."""
    layer = step.layer
    if not isinstance(layer, Pool) or layer.ceil_mode:
        return Facts(())
    sizes = zip(layer.axes, step.inputs[0][2:], step.output[2:], strict=True)
    worked = [f"{axis.output_numbers(size, False)} = {out}" for axis, size, out in sizes]
    return Facts((Fact("output.formula", "output", worked),))
