"""The view of `convcli shape` for a layer that is no convolution: shapes, parameters, cost."""

from __future__ import annotations

from math import prod

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.pooling import LEFT_OUT, Pool, pooled_numbers
from convcli.engine.network.walk import Step
from convcli.report.document import Column, Document, Fact, Facts, Table
from convcli.report.quantities import Bytes
from convcli.report.words.vocabulary import ENGLISH, Words


def shape_other(
    text: str,
    step: Step,
    input_shape: Shape,
    output_shape: Shape,
    words: Words = ENGLISH,
    *,
    quiet: bool,
) -> Document:
    """The document of one layer of a stack on its input; with `quiet` the output's shape alone."""
    if quiet:
        return Document("shape", (), essential=output_shape)
    shapes = Table(
        (
            Column("shape", words("shape.shape")),
            Column("numbers", words("shape.numbers")),
            Column("bytes", None),
            Column(None, "float32"),
        ),
        [
            (shape, prod(shape), size_in_bytes(shape), Bytes(size_in_bytes(shape), words("bytes")))
            for shape in (input_shape, output_shape)
        ],
        row_keys=("input", "output"),
        row_labels=(words("input"), words("output")),
    )
    facts = Facts((
        Fact("parameters", words("parameters"), step.parameters),
        Fact("macs", words("shape.macs"), step.macs),
    ))  # fmt: skip
    blocks = (Facts((Fact("layer", None, text),)), shapes, _formulas(step, words), facts)
    return Document("shape", blocks, essential=output_shape, title=text, words=words)


def _formulas(step: Step, words: Words) -> Facts:
    """The sizes of a pooling layer worked out, as those of a convolution."""
    layer = step.layer
    if not isinstance(layer, Pool) or layer.outputs is not None:
        return Facts(())
    sizes = zip(layer.axes, step.inputs[0][2:], step.output[2:], strict=True)
    worked = [pooled_numbers(axis, size, out, layer.ceil_mode) for axis, size, out in sizes]
    rows = [Fact("output.formula", words("output"), worked)]
    if any(LEFT_OUT in formula for formula in worked):
        rows.append(Fact(None, "- 1", words("shape.ceil")))
    return Facts(tuple(rows))
