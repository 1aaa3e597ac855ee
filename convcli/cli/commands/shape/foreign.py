"""`convcli shape` for a layer of another framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcli.cli.input.foreign_layers import described, resolved_layer
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.resolved import Resolved
from convcli.report.document import Document
from convcli.report.views.foreign import with_foreign
from convcli.report.views.foreign_shape import Part, shape_of_parts
from convcli.report.words.vocabulary import Words


def foreign_document(
    foreign: ForeignLayer,
    text: str,
    options: Mapping[str, Any],
    input_shape: Shape,
    words: Words | None,
) -> Document:
    """The document of the layer on an input in the framework's layout; without words its value.

    Raises ConvError where the framework, or its layer, does not take the input.
    """
    parts = [resolved_layer(foreign, input_shape, options)]
    if foreign.then is not None:
        parts.append(resolved_layer(foreign.then, parts[0].output, {}))
    output = parts[-1].output
    if words is None:
        return Document("shape", (), essential=output)
    first, said = parts[0], [described(part, text) for part in parts]
    if len(parts) == 1 and first.spec is not None:
        from convcli.report.views.shape import shape_view

        view = shape_view(
            first.spec, first.inner_input, first.typed, output,
            (said[0].layouts[0], said[0].layouts[2]), words, foreign=said[0],
        )  # fmt: skip
        return with_foreign(view, said[0], words)
    rows = [_part(part) for part in parts]
    return shape_of_parts(text.strip(), rows, said, input_shape, output, words)


def _part(resolved: Resolved) -> Part:
    layer, inner = resolved.layer, resolved.inner_input
    output = layer.output_shape(inner)
    return Part(layer, resolved.weight_shape, layer.parameters, layer.macs(output, inner), inner)
