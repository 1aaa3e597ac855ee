"""The view of `convcli shape` for layers of other frameworks that are no single convolution."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.report.document import Column, Document, Fact, Facts, Table
from convcli.report.quantities import Bytes
from convcli.report.views.foreign import Foreign, foreign_facts
from convcli.report.words.vocabulary import Words


class Part(NamedTuple):
    """One layer of an operator: its weight's shape as the framework has it, and its cost."""

    layer: Layer
    weight: Shape | None
    parameters: int
    macs: int
    input: Shape


def shape_of_parts(
    text: str,
    parts: Sequence[Part],
    said: Sequence[Foreign],
    input_shape: Shape,
    output_shape: Shape,
    words: Words,
) -> Document:
    """The document of pooling, padding, or two convolutions, one behind the other."""
    weights = [part.weight for part in parts if part.weight is not None]
    rows = [("input", words("input"), input_shape)]
    rows += [
        ("weight" if at == 0 else f"weight{at + 1}", words("weight"), weight)
        for at, weight in enumerate(weights)
    ]
    rows.append(("output", words("output"), output_shape))
    shapes = Table(
        (
            Column("shape", words("shape.shape")),
            Column("numbers", words("shape.numbers")),
            Column("bytes", None),
            Column(None, "float32"),
        ),
        [_row(shape, words) for _, _, shape in rows],
        row_keys=tuple(key for key, _, _ in rows),
        row_labels=tuple(label for _, label, _ in rows),
    )
    facts = Facts((
        Fact("parameters", words("parameters"), sum(part.parameters for part in parts)),
        Fact("macs", words("shape.macs"), sum(part.macs for part in parts)),
    ))  # fmt: skip
    first, last = said[0], said[-1]
    whole = first._replace(
        torch=joined([one.torch for one in said]),
        layouts=(first.layouts[0], first.layouts[1], last.layouts[2]),
    )
    blocks = (Facts((Fact("layer", None, text),)), shapes, facts, foreign_facts(whole, words))
    return Document("shape", blocks, essential=output_shape, title=text, words=words)


def joined(lines: Sequence[str]) -> str:
    """Lines of PyTorch, one behind the other, as one."""
    return lines[0] if len(lines) == 1 else f"nn.Sequential({', '.join(lines)})"


def _row(shape: Shape, words: Words) -> tuple[Shape, int, int, Bytes]:
    size = size_in_bytes(shape)
    return shape, prod(shape), size, Bytes(size, words("bytes"))
