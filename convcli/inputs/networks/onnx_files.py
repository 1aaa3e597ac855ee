"""An .onnx graph into the nodes of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.walk import INPUT, Node
from convcli.errors import ConvError
from convcli.inputs.networks.kinds import MOVING_OPERATORS, OPERATORS
from convcli.inputs.networks.lists import Stack
from convcli.inputs.networks.onnx_models import (
    Graph,
    damage_is_an_error,
    model_of_file,
    name_of_node,
    shortened,
)
from convcli.inputs.networks.onnx_node import OnnxNode
from convcli.inputs.networks.parsed import LayerFor, Parsed, Trace, as_traced, called_again

_OF_SHAPES = ("Shape", "Size")  # their outputs are numbers that other nodes take as arguments


def stack_of_onnx(path: str, input_shape: Shape) -> Stack:
    """The graph of a model on an input shape; shapes of operators that are unknown come from onnx.

    Raises ConvError where onnx is missing, or the file is no model that can be walked.
    """
    model = model_of_file(path, input_shape)
    try:
        return _stack(Graph(model, path), model.first, model.axes)
    except ConvError as error:
        of_file = path if error.place is None else f"{error.place} of {path}"
        raise error.with_place(place=of_file) from None


class _Layers(NamedTuple):
    """The layers of a graph so far, and the operators of which only the shape is known."""

    nodes: list[Node]
    layers: list[Parsed]
    unknown: dict[str, None]


def _stack(graph: Graph, first: str, axes: int) -> Stack:
    places = {first: INPUT}
    result = _Layers([], [], {})
    counted: set[str] = set()
    for at, node in enumerate(graph.nodes):
        sources = [name for name in node.input if name in places]
        if not sources or node.op_type in _OF_SHAPES:
            continue  # arithmetic on constants and on shapes
        shapes = tuple(graph.shapes[name] for name in sources if name in graph.shapes)
        weights = {name for name in node.input if name in graph.weights}
        base = name_of_node(node, at)
        reads = tuple(places[name] for name in sources)
        for part, (names, shape) in enumerate(graph.outputs(node)):
            trace = None
            if shape is not None and len(shapes) == len(sources):
                trace = Trace(shapes, shape)
            computed = [name in places for name in node.input if name]
            rule = f"{_operator(node)} does not take these attributes and constants"
            with damage_is_an_error(rule, base):
                parsed = _layer_of(graph.node(node, computed, trace))
            parsed = parsed._replace(layer_for=_guarded(parsed.layer_for, rule))
            if part or (weights and weights <= counted):
                parsed = called_again(parsed)
            if not parsed.known and node.op_type not in MOVING_OPERATORS:
                result.unknown[node.op_type] = None
            places.update(dict.fromkeys(names, len(result.nodes)))
            result.layers.append(parsed)
            name = f"{base}.{part}" if part else base
            result.nodes.append(Node(name, parsed.layer_for, reads, graph.path))
        counted |= weights
    if not result.nodes:
        rule = "must have a node that reads the input"
        raise ConvError("layers.empty", rule, parameter="LAYERS", kind="data")
    note = (
        f"Of {', '.join(result.unknown)} only the shape is known, from onnx; "
        "cost and receptive field leave it out."
    )
    rank = axes - 2 if axes > 2 else next((one.rank for one in result.layers if one.rank), None)
    texts = tuple(layer.text for layer in result.layers)
    return Stack(tuple(result.nodes), texts, (note,) if result.unknown else (), rank)


def _operator(node: Any) -> str:
    """The name of the operator as a part of a rule, where backquotes would mark a parameter."""
    return shortened(node.op_type).replace("`", "'")


def _guarded(layer_for: LayerFor, rule: str) -> LayerFor:
    """The function, whose errors about what the file says are ConvErrors with the rule."""

    def guarded(inputs: Sequence[Shape]) -> Layer:
        with damage_is_an_error(rule):
            return layer_for(inputs)

    return guarded


def _layer_of(node: OnnxNode) -> Parsed:
    reader = OPERATORS.get(node.kind)
    parsed = reader(node) if reader is not None else None
    text = f"{node.kind}()"
    if parsed is not None and node.attributes.get("ceil_mode"):
        return (
            parsed  # onnx also counts windows that start behind the input; its evaluator does not
        )
    if node.trace is not None:
        return as_traced(parsed, text, node.trace, node.learnt)
    return parsed or Parsed(text, _of_no_shape(node.kind), known=False)


def _of_no_shape(kind: str) -> Any:
    def layer_for(inputs: Sequence[Shape]) -> Any:
        rule = "the output shape of the operator {kind} is unknown to convcli and onnx"
        raise ConvError("layers.operator", rule, fields={"kind": kind}, kind="data")

    return layer_for
