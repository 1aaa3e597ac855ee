"""An .onnx graph into the nodes of a network. Only the graph is read: weights in other files are never loaded."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import INPUT, Node
from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.lists import Stack
from convcli.inputs.networks.onnx_operators import LARGEST_CONSTANT, Call, layer_of_operator


def stack_of_onnx(path: str, given: Shape) -> Stack:
    """The graph of a model on an input shape. Shapes of operators that convcli does not know come from onnx itself.

    Raises ConvError where onnx is missing, or the file is no model that can be walked.
    """
    onnx: Any = optional_package("onnx", "LAYERS")
    optional_package("onnx.shape_inference", "LAYERS")
    try:
        model = onnx.load(path, load_external_data=False)
        graph = model.graph
        weights = {one.name: tuple(one.dims) for one in graph.initializer}
        first = next(one.name for one in graph.input if one.name not in weights)
        dims = next(one for one in graph.input if one.name == first).type.tensor_type.shape.dim
        full = (
            Shape((1,) * (len(dims) - len(given)) + given) if len(dims) == len(given) + 1 else given
        )
        if len(dims) in (0, len(full)):
            shapes = _shapes(onnx, model, dims, full)
    except OSError as error:
        rule = f"cannot be read: {error.strerror or error}"
        raise ConvError(
            "layers.unreadable", rule, parameter="LAYERS", got=path, kind="data"
        ) from None
    except StopIteration:
        raise ConvError(
            "layers.onnx", "has no input", parameter="LAYERS", got=path, kind="data"
        ) from None
    except Exception as error:
        said = str(error).strip().partition("\n")[0][:160]
        raise ConvError(
            "layers.onnx", f"is no ONNX model: {said}", parameter="LAYERS", got=path, kind="data"
        ) from None
    if len(dims) not in (0, len(full)):
        rule = f"the input {first!r} of the model has {len(dims)} axes"
        raise ConvError("input.rank", rule, parameter="SHAPE", got=given)
    try:
        return _stack(onnx, graph, weights, first, shapes)
    except ConvError as error:
        error.place = f"{error.place} of {path}" if error.place else None
        raise


def _shapes(onnx: Any, model: Any, dims: Any, given: Shape) -> dict[str, Shape]:
    """What onnx infers of every value when the input, whose `dims` these are, has the given shape."""
    for dim, size in zip(dims, given, strict=False):
        dim.ClearField("dim_param")
        dim.dim_value = size
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    known = {}
    for value in (*inferred.value_info, *inferred.output):
        dims = value.type.tensor_type.shape.dim
        if value.type.tensor_type.HasField("shape") and all(
            dim.HasField("dim_value") for dim in dims
        ):
            known[value.name] = Shape(dim.dim_value for dim in dims)
    return known


def _stack(
    onnx: Any,
    graph: Any,
    weights: dict[str, tuple[int, ...]],
    first: str,
    shapes: Mapping[str, Shape],
) -> Stack:
    places = {first: INPUT}
    values = _small_values(onnx, graph)
    nodes: list[Node] = []
    texts: list[str] = []
    unknown: list[str] = []
    for at, node in enumerate(graph.node):
        sources = tuple(places[name] for name in node.input if name in places)
        if not sources or (node.op_type in ("Shape", "Size")):
            continue  # arithmetic on constants and on shapes
        name = node.name or f"{node.op_type}_{at}"
        attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        of_weights, of_values = (
            [weights.get(one) for one in node.input],
            [values.get(one) for one in node.input],
        )
        shape = next((shapes[output] for output in node.output if output in shapes), None)
        layer_for, text = layer_of_operator(
            Call(node.op_type, attributes, of_weights, of_values, shape)
        )
        if text.endswith("?"):
            unknown.append(node.op_type)
        for output in node.output:
            places[output] = len(nodes)
        nodes.append(Node(name.strip("/").replace("/", "."), layer_for, sources))
        texts.append(text.rstrip("?"))
    if not nodes:
        raise ConvError(
            "layers.empty", "has no node that reads its input", parameter="LAYERS", kind="data"
        )
    note = f"Of {', '.join(dict.fromkeys(unknown))} only the shape is known, from onnx; cost and receptive field leave it out."
    return Stack(tuple(nodes), tuple(texts), (note,) if unknown else ())


def _small_values(onnx: Any, graph: Any) -> dict[str, list[float]]:
    """Constants of few numbers, such as the pads of a Pad: what a graph computes with beside its weights."""
    found = {}
    tensors = {one.name: one for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            tensors.update((node.output[0], one.t) for one in node.attribute if one.name == "value")
    for name, tensor in tensors.items():
        if (
            prod(tensor.dims) <= LARGEST_CONSTANT
            and tensor.data_location != onnx.TensorProto.EXTERNAL
        ):
            found[name] = onnx.numpy_helper.to_array(tensor).reshape(-1).tolist()
    return found
