"""The view of `convcli shape --quiet`, which loads little."""

from __future__ import annotations

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Document


def shape_alone(
    spec: ConvSpec,
    full_input: Shape,
    input_shape: Shape,
    output_shape: Shape,
    letters: tuple[str, str] = ("", ""),
) -> Document:
    """The output's shape and nothing else, for --quiet."""
    return Document("shape", (), essential=output_shape)
