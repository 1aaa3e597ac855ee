"""An .onnx graph into the nodes of a network.

Only the graph is read: weights in other files are never loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import INPUT, Node
from convcli.errors import ConvError, unreadable
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.kinds import MOVING_OPERATORS, OPERATORS
from convcli.inputs.networks.lists import Stack
from convcli.inputs.networks.onnx_node import OnnxNode
from convcli.inputs.networks.parsed import Parsed, Trace, as_traced, called_again

LARGEST_CONSTANT = 64  # numbers, of what a graph computes with beside its weights
_LONGEST_REASON = 160  # characters of an error of onnx
_OF_SHAPES = ("Shape", "Size")  # their outputs are numbers that other nodes take as arguments


def stack_of_onnx(path: str, input_shape: Shape) -> Stack:
    """The graph of a model on an input shape; shapes of operators that are unknown come from onnx.

    Raises ConvError where onnx is missing, or the file is no model that can be walked.
    """
    onnx: Any = optional_package("onnx", "LAYERS")
    optional_package("onnx.shape_inference", "LAYERS")
    try:
        model = onnx.load(path, load_external_data=False)
        learnt = {tensor.name for tensor in model.graph.initializer}
        first = next((value for value in model.graph.input if value.name not in learnt), None)
        if first is None:
            raise ConvError(
                "layers.onnx", "must have an input", parameter="LAYERS", got=path, kind="data"
            )
        dims = first.type.tensor_type.shape.dim
        missing = (1,) if len(dims) == len(input_shape) + 1 else ()
        full = Shape(missing + input_shape)
        if len(dims) not in (0, len(full)):
            rule = f"the input {first.name!r} of the model has {len(dims)} axes"
            raise ConvError("input.rank", rule, parameter="SHAPE", got=input_shape)
        shapes = {**_shapes(onnx, model, dims, full), first.name: full}
    except OSError as error:
        raise unreadable("layers.unreadable", "LAYERS", path, error) from None
    except ConvError:
        raise
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:_LONGEST_REASON]
        raise ConvError(
            "layers.onnx",
            f"is not an ONNX model: {reason}",
            parameter="LAYERS",
            got=path,
            kind="data",
        ) from None
    try:
        return _stack(_Graph(onnx, model, shapes, path), first.name, len(dims))
    except ConvError as error:
        raise error.with_place(place=error.place and f"{error.place} of {path}") from None


def _shapes(onnx: Any, model: Any, dims: Any, input_shape: Shape) -> dict[str, Shape]:
    """What onnx infers of every value when the input, whose `dims` these are, has this shape."""
    for dim, size in zip(dims, input_shape, strict=False):
        dim.ClearField("dim_param")
        dim.dim_value = size
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    known = {}
    for value in (*inferred.value_info, *inferred.output):
        tensor = value.type.tensor_type
        if tensor.HasField("shape") and all(dim.HasField("dim_value") for dim in tensor.shape.dim):
            known[value.name] = Shape(dim.dim_value for dim in tensor.shape.dim)
    return known


class _Graph:
    """A graph with what is known of its values: shapes, learnt weights, small constants."""

    def __init__(self, onnx: Any, model: Any, shapes: Mapping[str, Shape], path: str) -> None:
        self.path = path
        self.onnx, self.graph, self.shapes = onnx, model.graph, shapes
        kind = onnx.TensorProto
        whole = (kind.INT64, kind.INT32, kind.BOOL, kind.STRING)
        tensors = {tensor.name: tensor for tensor in self.graph.initializer}
        self.weights = {
            name: tuple(tensor.dims)
            for name, tensor in tensors.items()
            if tensor.data_type not in whole
        }
        for node in self.graph.node:
            if node.op_type == "Constant":
                tensors.update((node.output[0], a.t) for a in node.attribute if a.name == "value")
        self.dims = {name: tuple(tensor.dims) for name, tensor in tensors.items()}
        self.values = {
            name: onnx.numpy_helper.to_array(tensor).reshape(-1).tolist()
            for name, tensor in tensors.items()
            if prod(tensor.dims) <= LARGEST_CONSTANT and tensor.data_location != kind.EXTERNAL
        }
        self.opset = next((one.version for one in model.opset_import if not one.domain), 0)
        self.read = {name for node in self.graph.node for name in node.input}

    def node(self, node: Any, computed: Sequence[bool], trace: Trace | None) -> OnnxNode:
        attributes = {one.name: self.onnx.helper.get_attribute_value(one) for one in node.attribute}
        return OnnxNode(
            node.op_type,
            attributes,
            tuple(node.input),
            computed,
            [self.dims.get(name, self.shapes.get(name)) for name in node.input],
            [self.weights.get(name) for name in node.input],
            [self.values.get(name) for name in node.input],
            trace,
            self.opset,
        )

    def outputs(self, node: Any) -> Iterator[tuple[list[str], Shape | None]]:
        """The names of a node's outputs that are alike, and their shape: one layer each."""
        alike: dict[Shape | None, list[str]] = {}
        for at, name in enumerate(node.output):
            if at == 0 or name in self.read:
                alike.setdefault(self.shapes.get(name), []).append(name)
        yield from ((names, shape) for shape, names in alike.items())


class _Layers(NamedTuple):
    """The layers of a graph so far, and the operators of which only the shape is known."""

    nodes: list[Node]
    layers: list[Parsed]
    unknown: dict[str, None]


def _stack(graph: _Graph, first: str, axes: int) -> Stack:
    places = {first: INPUT}
    result = _Layers([], [], {})
    counted: set[str] = set()
    for at, node in enumerate(graph.graph.node):
        sources = [name for name in node.input if name in places]
        if not sources or node.op_type in _OF_SHAPES:
            continue  # arithmetic on constants and on shapes
        shapes = tuple(graph.shapes[name] for name in sources if name in graph.shapes)
        weights = {name for name in node.input if name in graph.weights}
        base = (node.name or f"{node.op_type}_{at}").strip("/").replace("/", ".")
        for part, (names, shape) in enumerate(graph.outputs(node)):
            trace = None
            if shape is not None and len(shapes) == len(sources):
                trace = Trace(shapes, shape)
            computed = [name in places for name in node.input if name]
            parsed = _checked_layer_of(graph.node(node, computed, trace), base)
            if part or (weights and weights <= counted):
                parsed = called_again(parsed)
            if not parsed.known and node.op_type not in MOVING_OPERATORS:
                result.unknown[node.op_type] = None
            places.update(dict.fromkeys(names, len(result.nodes)))
            result.layers.append(parsed)
            name = f"{base}.{part}" if part else base
            reads = tuple(places[name] for name in sources)
            result.nodes.append(Node(name, parsed.layer_for, reads, graph.path))
        counted |= weights
    if not result.nodes:
        raise ConvError(
            "layers.empty", "must have a node that reads the input", parameter="LAYERS", kind="data"
        )
    note = (
        f"Of {', '.join(result.unknown)} only the shape is known, from onnx; "
        "cost and receptive field leave it out."
    )
    rank = axes - 2 if axes > 2 else next((one.rank for one in result.layers if one.rank), None)
    texts = tuple(layer.text for layer in result.layers)
    return Stack(tuple(result.nodes), texts, (note,) if result.unknown else (), rank)


def _checked_layer_of(node: OnnxNode, name: str) -> Parsed:
    """Raises ConvError where an attribute or a constant is missing or of the wrong kind."""
    try:
        return _layer_of(node)
    except (KeyError, TypeError, ValueError, IndexError, ArithmeticError) as error:
        if isinstance(error, ConvError):
            raise error.with_place(place=name) from None
        rule = f"{node.kind} does not take these attributes and constants"
        raise ConvError("layers.onnx", rule, kind="data", place=name) from None


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
        rule = f"the output shape of the operator {kind} is unknown to convcli and onnx"
        raise ConvError("layers.operator", rule, kind="data")

    return layer_for
