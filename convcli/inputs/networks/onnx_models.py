"""An .onnx file into its model, on shapes of its inputs.

Only the graph is read: weights in other files are never loaded. Whatever onnx and protobuf raise
ends here, as a ConvError that names the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.contents import LARGEST_FILE, contents_of
from convcli.inputs.networks.shapes_of_inputs import (
    NamedShapes,
    declared_shapes,
    shapes_of_inputs,
)

LARGEST_MODEL = 2**31 - 1  # bytes; source: protobuf's limit of a message
# With the bodies of functions in the places of their calls, where the file holds less than half:
MOST_CALLED = 10_000  # nodes
MOST_BYTES_CALLED = 4 * 2**20
LONGEST_NAME = 60  # characters of a name in an error
DAMAGE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
_Value = TypeVar("_Value")


@contextmanager
def damage_is_an_error(rule: str, place: str | None = None) -> Iterator[None]:
    """What a damaged part of a graph raises becomes a ConvError with this rule and this place.

    A ConvError keeps its own rule, and gets the place.
    """
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, ConvError):
            raise error.with_place(place=error.place or place) from None
        raise ConvError("layers.onnx", rule, kind="data", place=place) from None


class OnnxFile(NamedTuple):
    """The model of a file, and those inputs of its graph that no tensor and no node makes."""

    onnx: Any
    model: Any
    inputs: Sequence[Any]


class OnnxModel(NamedTuple):
    """A model whose graph inputs have the shapes of `inputs`; `first` is the name of the first.

    `declared` are the shapes of values that the file writes down for these inputs.
    """

    onnx: Any
    model: Any
    first: str
    inputs: Mapping[str, Shape]
    declared: Mapping[str, Shape]
    notes: tuple[str, ...] = ()


def file_of(path: str) -> OnnxFile:
    """The model of a file. Raises ConvError where onnx is missing, or the file is no model."""
    data = contents_of(
        path, LARGEST_MODEL, LARGEST_FILE
    )  # a missing file is missing without onnx too
    onnx: Any = optional_package("onnx", "LAYERS")
    optional_package("onnx.shape_inference", "LAYERS")
    rule = "is not an ONNX model: its bytes are no protobuf message of one"
    model = _of_onnx(lambda: onnx.load_model_from_string(data), rule, path)
    if not all(isinstance(text, str) for text in _texts(model)):
        raise _unusable("must have names of UTF-8 text", path)
    if model.functions:
        model = _without_functions(model, path)
    made = {tensor.name for tensor in model.graph.initializer} | _overwritten(model.graph)
    inputs = [value for value in model.graph.input if value.name not in made]
    if not inputs:
        raise _unusable("must have an input", path)
    return OnnxFile(onnx, model, inputs)


def model_on(file: OnnxFile, shapes: NamedShapes) -> OnnxModel:
    """The model on the shapes of its inputs. Raises ConvError where it does not take them."""
    full, notes = shapes_of_inputs(file.inputs, shapes)
    declared = declared_shapes(file.model.graph, full)
    return OnnxModel(file.onnx, file.model, file.inputs[0].name, full, declared, notes)


def shortened(text: str) -> str:
    """The text, or its beginning and dots.

    >>> shortened("conv1"), len(shortened("a" * 1000))
    ('conv1', 63)
    """
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."


def _overwritten(graph: Any) -> set[str]:
    """Values that nodes make before any node reads them, though they are listed as inputs."""
    read: set[str] = set()
    made: set[str] = set()
    for node in graph.node:
        read.update(node.input)
        made.update(name for name in node.output if name not in read)
    return made


def _of_onnx(call: Callable[[], _Value], rule: str, path: str) -> _Value:
    """What a call into onnx returns. Whatever it raises is a ConvError with the rule."""
    try:
        return call()
    except MemoryError:
        raise
    except Exception:
        raise _unusable(rule, path) from None


def _texts(model: Any) -> Iterator[Any]:
    """Every name of the model: protobuf leaves what is not UTF-8 as bytes."""
    yield from (one.domain for one in model.opset_import)
    yield from _texts_of_graph(model.graph)
    for function in model.functions:
        yield from (function.name, function.domain, *function.input, *function.output)
        yield from _texts_of_nodes(function.node)


def _texts_of_graph(graph: Any) -> Iterator[Any]:
    yield from (one.name for one in (*graph.input, *graph.output, *graph.initializer))
    yield from _texts_of_nodes(graph.node)


def _texts_of_nodes(nodes: Any) -> Iterator[Any]:
    for node in nodes:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for attribute in node.attribute:
            yield attribute.name
            for graph in graphs_of(attribute):
                yield from _texts_of_graph(graph)


def graphs_of(attribute: Any) -> list[Any]:
    """The graphs that an attribute holds, as the branches of If."""
    return [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def read_by(node: Any) -> list[str]:
    """The values that a node reads: its inputs, then those that its graphs take from outside."""
    names = list(node.input)
    for attribute in node.attribute:
        for graph in graphs_of(attribute):
            own = {one.name for one in (*graph.input, *graph.initializer)}
            for inner in graph.node:
                names += [name for name in read_by(inner) if name and name not in own]
                own.update(inner.output)
    return names


def _without_functions(model: Any, path: str) -> Any:
    """The model with the bodies of its functions in the places of their calls.

    Raises ConvError where a function calls itself, or where there would be too many nodes.
    """
    from onnx import inliner

    plain = _Size(sum(1 + len(one.node) for one in model.functions), model.ByteSize())
    plain = _Size(plain.nodes + len(model.graph.node), plain.bytes)
    try:
        size = _Measured(model, path).size_of(model.graph.node, ())
    except RecursionError:
        raise _unusable("must not nest its functions so deeply", path) from None
    most = _Size(max(MOST_CALLED, 2 * plain.nodes), max(MOST_BYTES_CALLED, 2 * plain.bytes))
    if size.nodes > most.nodes or size.bytes > most.bytes:
        rule = (
            f"must have at most {most.nodes} nodes and {most.bytes} bytes of them, with the bodies "
            f"of functions in the places of their calls, not {size.nodes} and {size.bytes}"
        )
        raise _unusable(rule, path)
    rule = "onnx cannot put its functions in the places of their calls"
    return _of_onnx(lambda: inliner.inline_local_functions(model), rule, path)


class _Size(NamedTuple):
    """How many nodes a part of a graph has, and their bytes."""

    nodes: int
    bytes: int


class _Measured:
    """The sizes of a model's functions, with the bodies of those that they call."""

    def __init__(self, model: Any, path: str) -> None:
        self._path = path
        self._bodies = {(one.domain, one.name): one for one in model.functions}
        self._sizes: dict[tuple[str, str], _Size] = {}

    def size_of(self, nodes: Any, above: tuple[tuple[str, str], ...]) -> _Size:
        """The size of nodes inside functions. Raises ConvError where one calls itself."""
        count = total = 0
        for node in nodes:
            key = (node.domain, node.op_type)
            if key in above:
                raise _unusable("must have no function that calls itself", self._path)
            if key in self._bodies and key not in self._sizes:
                self._sizes[key] = self.size_of(self._bodies[key].node, (*above, key))
            parts = [self._sizes.get(key, _Size(1, 0)), _Size(0, node.ByteSize())]
            for attribute in node.attribute:
                parts += [self.size_of(graph.node, above) for graph in graphs_of(attribute)]
            count += sum(part.nodes for part in parts)
            total += sum(part.bytes for part in parts)
        return _Size(count, total)


def _unusable(rule: str, path: str) -> ConvError:
    return ConvError("layers.onnx", rule, parameter="LAYERS", got=path, kind="data")


def name_of_node(node: Any, at: int) -> str:
    """The name of node `at` of a graph, as the name of a layer."""
    return (node.name or f"{node.op_type}_{at}").strip("/").replace("/", ".")
