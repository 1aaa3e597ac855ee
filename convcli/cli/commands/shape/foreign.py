"""`convcli shape` for a layer of another framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcli.cli.input.foreign_layers import described, requested_layer, resolved_layer
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.resolved import Resolved
from convcli.report.document import Data, Document
from convcli.report.views.foreign import with_foreign
from convcli.report.views.foreign_shape import Part, joined, shape_of_parts
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
    if len(parts) == 1 and first.spec is not None and first.empty is None:
        from convcli.report.views.shape import shape_view

        view = shape_view(
            first.spec, first.inner_input, first.typed, output,
            (said[0].layouts[0], said[0].layouts[2]), words, foreign=said[0],
        )  # fmt: skip
        return with_foreign(view, said[0], words)
    rows = [_part(part) for part in parts]
    return shape_of_parts(text.strip(), rows, said, input_shape, output, words)


def foreign_line(text: str, options: Mapping[str, Any], input_shape: Shape) -> Document:
    """The answer to a line of `--batch`: few keys, and the line that is the layer in torch."""
    foreign = requested_layer(text, None)
    if foreign is None:
        raise ConvError("layer.name", "is no layer", parameter="LAYER", got=text)
    parts = [resolved_layer(foreign, input_shape, options)]
    if foreign.then is not None:
        parts.append(resolved_layer(foreign.then, parts[0].output, {}))
    rows, output = [_part(part) for part in parts], parts[-1].output
    weights = [row.weight for row in rows if row.weight is not None]
    bias = None if parts[-1].spec is None else parts[-1].spec.bias_shape
    data = {
        "input": {"shape": input_shape},
        "weight": {"shape": weights[0] if len(weights) == 1 else weights or None},
        "bias": {"shape": bias},
        "output": {"shape": output},
        "parameters": sum(row.parameters for row in rows),
        "macs": sum(row.macs for row in rows),
        "framework": foreign.framework,
        "torch": joined([described(part, text).torch for part in parts]),
        "padding": [list(ends) for ends in parts[0].pads],
    }
    return Document("shape", (Data(data),), essential=output)


def _part(resolved: Resolved) -> Part:
    layer, inner = resolved.layer, resolved.inner_input
    if resolved.empty is not None:
        return Part(layer, resolved.weight_shape, layer.parameters, 0, inner)
    output = layer.output_shape(inner)
    return Part(layer, resolved.weight_shape, layer.parameters, layer.macs(output, inner), inner)
