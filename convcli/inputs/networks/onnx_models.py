"""An .onnx file into its graph, with what is known of its values without running it.

Only the graph is read: weights in other files are never loaded. Whatever onnx and protobuf raise
ends here, as a ConvError that names the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any, NamedTuple, TypeVar

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.contents import contents_of
from convcli.inputs.networks.onnx_node import OnnxNode
from convcli.inputs.networks.parsed import Trace

LARGEST_MODEL = 2**31 - 1  # bytes; source: protobuf's limit of a message
LARGEST_CONSTANT = 64  # numbers, of what a graph computes with beside its weights
MOST_AXES = 64  # of a value; NumPy has no more
LONGEST_NAME = 60  # characters of a name in an error
_DAMAGE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
_Value = TypeVar("_Value")


@contextmanager
def damage_is_an_error(rule: str, place: str | None = None) -> Iterator[None]:
    """What a damaged part of a graph raises becomes a ConvError with this rule and this place.

    A ConvError keeps its own rule, and gets the place.
    """
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, ConvError):
            raise error.with_place(place=error.place or place) from None
        raise ConvError("layers.onnx", rule, kind="data", place=place) from None


class OnnxModel(NamedTuple):
    """A model on one shape of its input, `first`, which has `axes` axes; 0 if that is unknown."""

    onnx: Any
    model: Any
    first: str
    axes: int
    shapes: Mapping[str, Shape]


def model_of_file(path: str, input_shape: Shape) -> OnnxModel:
    """The model of a file, with the shapes that onnx infers of its values on an input shape.

    Raises ConvError where onnx is missing, or the file is no model that takes the input.
    """
    onnx: Any = optional_package("onnx", "LAYERS")
    optional_package("onnx.shape_inference", "LAYERS")
    data = contents_of(path, LARGEST_MODEL)
    rule = "is not an ONNX model: its bytes are no protobuf message of one"
    model = _of_onnx(lambda: onnx.load_model_from_string(data), rule, path)
    if not all(isinstance(text, str) for text in _texts(model)):
        raise _unusable("must have names of UTF-8 text", path)
    learnt = {tensor.name for tensor in model.graph.initializer}
    first = next((value for value in model.graph.input if value.name not in learnt), None)
    if first is None:
        raise _unusable("must have an input", path)
    dims = first.type.tensor_type.shape.dim
    missing = (1,) if len(dims) == len(input_shape) + 1 else ()
    full = Shape(missing + input_shape)
    if len(dims) not in (0, len(full)):
        rule, fields = (
            f"the input {{name!r}} of the model has {len(dims)} axes",
            {"name": first.name},
        )
        raise ConvError("input.rank", rule, parameter="SHAPE", got=input_shape, fields=fields)
    shapes = {**_inferred(onnx, model, dims, full, path), first.name: full}
    return OnnxModel(onnx, model, first.name, len(dims), shapes)


def shortened(text: str) -> str:
    """The text, or its beginning and dots.

    >>> shortened("conv1"), len(shortened("a" * 1000))
    ('conv1', 63)
    """
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."


def _of_onnx(call: Callable[[], _Value], rule: str, path: str) -> _Value:
    """What a call into onnx returns. Whatever it raises is a ConvError with the rule."""
    try:
        return call()
    except MemoryError:
        raise
    except Exception:
        raise _unusable(rule, path) from None


def _texts(model: Any) -> Iterator[Any]:
    """Every name of the graph: protobuf leaves what is not UTF-8 as bytes."""
    graph = model.graph
    yield from (one.domain for one in model.opset_import)
    yield from (one.name for one in (*graph.input, *graph.output, *graph.initializer))
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)


def _unusable(rule: str, path: str) -> ConvError:
    return ConvError("layers.onnx", rule, parameter="LAYERS", got=path, kind="data")


def _inferred(onnx: Any, model: Any, dims: Any, input_shape: Shape, path: str) -> dict[str, Shape]:
    """What onnx infers of every value when the input, whose `dims` these are, has this shape."""
    for dim, size in zip(dims, input_shape, strict=False):
        dim.ClearField("dim_param")
        dim.dim_value = size
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    inferred = _of_onnx(
        lambda: onnx.shape_inference.infer_shapes(model, data_prop=True).graph,
        _why_not_inferred(model),
        path,
    )
    known = {}
    for value in (*inferred.value_info, *inferred.output):
        tensor = value.type.tensor_type
        sizes = [dim.dim_value if dim.HasField("dim_value") else -1 for dim in tensor.shape.dim]
        if tensor.HasField("shape") and min(sizes, default=0) >= 0:
            known[value.name] = Shape(sizes)
    return known


def _why_not_inferred(model: Any) -> str:
    """The rule of the error where onnx cannot infer shapes."""
    imported = {one.domain.replace("ai.onnx", "") for one in model.opset_import}
    for at, node in enumerate(model.graph.node):
        if node.domain.replace("ai.onnx", "") not in imported:
            domain = shortened(node.domain or "ai.onnx")
            return (
                f"must import the operators of the domain {domain!r}, "
                f"of which the node {name_of_node(node, at)!r} is one"
            )
    return "onnx cannot infer the shapes of its values"


def name_of_node(node: Any, at: int) -> str:
    """The name of node `at` of a graph, as the name of a layer."""
    return (node.name or f"{node.op_type}_{at}").strip("/").replace("/", ".")


class Graph:
    """The nodes of a graph with what is known of its values: shapes, weights, small constants.

    Raises ConvError where a constant is damaged.
    """

    def __init__(self, model: OnnxModel, path: str) -> None:
        self.path = path
        self.onnx, self.shapes = model.onnx, model.shapes
        self.nodes = model.model.graph.node
        kind = self.onnx.TensorProto
        whole = (kind.INT64, kind.INT32, kind.BOOL, kind.STRING)
        tensors = {tensor.name: tensor for tensor in model.model.graph.initializer}
        learnt = [name for name, tensor in tensors.items() if tensor.data_type not in whole]
        for node in self.nodes:
            if node.op_type == "Constant" and node.output:
                tensors.update((node.output[0], a.t) for a in node.attribute if a.name == "value")
        self.dims = {name: _dims(name, tensor) for name, tensor in tensors.items()}
        self.weights = {name: self.dims[name] for name in learnt}
        self.values = {
            name: self._numbers(name, tensor)
            for name, tensor in tensors.items()
            if prod(tensor.dims) <= LARGEST_CONSTANT and tensor.data_location != kind.EXTERNAL
        }
        self.opset = next((one.version for one in model.model.opset_import if not one.domain), 0)
        self.read = {name for node in self.nodes for name in node.input}

    def _numbers(self, name: str, tensor: Any) -> list[Any]:
        rule = (
            f"the numbers of the constant {shortened(name)!r} do not fit "
            f"its sizes {Shape(tensor.dims)} and its type"
        )
        with damage_is_an_error(rule):
            numbers: list[Any] = self.onnx.numpy_helper.to_array(tensor).reshape(-1).tolist()
        return numbers

    def node(self, node: Any, computed: Sequence[bool], trace: Trace | None) -> OnnxNode:
        """The node with what is known of its inputs."""
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
            if name and (at == 0 or name in self.read):
                alike.setdefault(self.shapes.get(name), []).append(name)
        yield from ((names, shape) for shape, names in alike.items())


def _dims(name: str, tensor: Any) -> tuple[int, ...]:
    """The sizes of a tensor. Raises ConvError where one is below 0, or where they are too many."""
    dims = tuple(tensor.dims)
    if min(dims, default=0) < 0 or len(dims) > MOST_AXES:
        rule = f"the constant {{name!r}} must have at most {MOST_AXES} axes, none below 0"
        got, fields = Shape(dims[:MOST_AXES]), {"name": name}
        raise ConvError("layers.onnx", rule, got=got, fields=fields, kind="data")
    return dims
