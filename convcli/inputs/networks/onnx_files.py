"""An .onnx graph into the nodes of a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.computed import Counted
from convcli.engine.network.layers.reshaping import ShapeOnly
from convcli.engine.network.walk import INPUT, Node
from convcli.errors import ConvError
from convcli.inputs.networks.lists import Stack
from convcli.inputs.networks.onnx_kinds import MOVING, READERS
from convcli.inputs.networks.onnx_models import (
    OnnxFile,
    OnnxModel,
    damage_is_an_error,
    file_of,
    model_on,
    read_by,
    shortened,
)
from convcli.inputs.networks.onnx_node import Dims, OnnxNode, words
from convcli.inputs.networks.onnx_values import Values
from convcli.inputs.networks.onnx_weights import has_folded_norm
from convcli.inputs.networks.parsed import LayerFor, Parsed, Trace, as_traced
from convcli.inputs.networks.shapes_of_inputs import NamedShapes


def stack_of_onnx(path: str, *shapes: Shape | tuple[str | None, Shape]) -> Stack:
    """The graph of a model on shapes of its inputs: SHAPE for the next, (NAME, SHAPE) for one.

    Raises ConvError where onnx is missing, or the file is no model that can be walked.
    """
    named = [(None, one) if isinstance(one, Shape) else one for one in shapes]
    return _stack_on(file_of(path), path, named)


def _stack_on(file: OnnxFile, path: str, shapes: NamedShapes) -> Stack:
    model = model_on(file, shapes)
    try:
        return _Reader(model, path).stack()
    except ConvError as error:
        of_file = path if error.place is None else f"{error.place} of {path}"
        raise error.with_place(place=of_file) from None


class _Reader:
    """The layers of a graph so far, and the operators of which only the shape is known."""

    def __init__(self, model: OnnxModel, path: str) -> None:
        self.model, self.path = model, path
        self.values = Values(model)
        self.places = {model.first: INPUT}
        self.nodes: list[Node] = []
        self.layers: list[Parsed] = []
        self.unknown: dict[str, None] = {}
        self.folded: list[int] = []  # channels of each layer that holds a BatchNorm

    def stack(self) -> Stack:
        for name, shape in self.model.inputs.items():
            if name != self.model.first:
                self._add(name, Parsed("input", _of_shape(shape)), (), (name,))
        graph = self.model.model.graph
        is_read = _names_read(graph)
        results = {value.name for value in graph.output}
        for name, node in self.values.nodes():
            if not self.values.constants.issuperset({*node.output} - {""}) or results & {
                *node.output
            }:
                self._read(name, node, is_read)
        order = self._order([value.name for value in graph.output])
        if not self.nodes:
            rule = "must have a node that reads the input"
            raise ConvError("layers.empty", rule, parameter="LAYERS", kind="data")
        first = self.model.inputs[self.model.first]
        ranks = [len(first) - 2] if len(first) > 2 else [one.rank for one in self.layers]
        rank = next((one for one in ranks if one), None)
        at = {old: new for new, old in enumerate(order)} | {INPUT: INPUT}
        nodes = [self.nodes[old] for old in order]
        return Stack(
            tuple(one._replace(sources=tuple(at[place] for place in one.sources)) for one in nodes),
            tuple(self.layers[old].text for old in order),
            tuple(self._notes()),
            rank,
        )

    def _order(self, results: list[str]) -> list[int]:
        """The rows in the order of the graph, with that of its last output at the end."""
        order = list(range(len(self.nodes)))
        last = next((self.places[one] for one in results[::-1] if one in self.places), INPUT)
        if last == INPUT or last == order[-1]:
            return order
        if any(last in node.sources for node in self.nodes):
            self._add("output", Parsed("output", lambda inputs: Layer()), (last,), ())
            return [*order, len(order)]
        return [*(at for at in order if at != last), last]

    def _notes(self) -> Iterator[str]:
        yield from self.model.notes
        results = [value.name for value in self.model.model.graph.output]
        if len(results) > 1:
            shapes = (f"{shortened(name)} {self.values.shape(name) or '?'}" for name in results)
            yield f"The last row is the last of several outputs: {', '.join(shapes)}."
        if self.folded:
            count, channels = len(self.folded), sum(self.folded)
            yield (
                f"The exporter folded BatchNorm into {count} of the layers: its {2 * channels} "
                "parameters in torch are not in the graph."
            )
        if self.values.weights.unnamed:
            yield (
                f"{self.values.weights.unnamed} of the parameters are constants of sums and "
                "products: the graph does not say whether they were learned."
            )
        if self.unknown:
            yield (
                f"Of {', '.join(self.unknown)} only the shape is known, from onnx; "
                "cost and receptive field leave it out."
            )

    def _read(self, name: str, node: Any, is_read: set[str]) -> None:
        """The rows of a node: one for each shape among its outputs."""
        sources = [one for one in read_by(node) if one in self.places]
        if not sources:
            return
        inputs = [self.values.shape(one) for one in sources]
        shapes = tuple(one for one in inputs if one is not None)
        again = self.values.weights.is_counted(node)
        if not again and has_folded_norm(node):
            self.folded.append(_channels(node, self.values.dims(node.input[1])))
        parameters = self.values.weights.count(node)
        for part, (outputs, inferred) in enumerate(self._outputs(node, is_read)):
            trace = None
            if inferred is not None and len(shapes) == len(sources):
                trace = Trace(shapes, inferred)
            rule = f"{_operator(node)} does not take these attributes and constants"
            with damage_is_an_error(rule, name):
                reason = self.values.reasons.get(node.output[0], "")
                parsed, shape = _layer_of(self._node(node, trace), shapes, inferred, reason)
            if shape is not None:
                for output in outputs:
                    self.values.correct(output, shape)
            if not parsed.known and node.op_type not in MOVING:
                self.unknown[node.op_type] = None
            counted = _counted(parsed.layer_for, 0 if part else parameters, again)
            parsed = parsed._replace(layer_for=_guarded(counted, rule))
            places = tuple(self.places[one] for one in sources)
            self._add(f"{name}.{part}" if part else name, parsed, places, outputs)

    def _add(
        self, name: str, parsed: Parsed, sources: tuple[int, ...], outputs: Sequence[str]
    ) -> None:
        self.places.update(dict.fromkeys(outputs, len(self.nodes)))
        self.nodes.append(Node(name, parsed.layer_for, sources, self.path))
        self.layers.append(parsed)

    def _outputs(self, node: Any, is_read: set[str]) -> list[tuple[list[str], Shape | None]]:
        """The names of a node's outputs that are alike, and their shape."""
        alike: dict[Shape | None, list[str]] = {}
        for at, name in enumerate(node.output):
            if name and (at == 0 or name in is_read):
                alike.setdefault(self.values.shape(name), []).append(name)
        return [(names, shape) for shape, names in alike.items()]

    def _node(self, node: Any, trace: Trace | None) -> OnnxNode:
        """The node with what is known of its inputs."""
        values = self.values
        helper = values.onnx.helper
        names = tuple(node.input)
        return OnnxNode(
            node.op_type,
            {one.name: helper.get_attribute_value(one) for one in node.attribute},
            names,
            [name in self.places for name in names if name],
            [values.dims(name) for name in names],
            [values.dims(name) if values.weights.behind(node, at) else None
             for at, name in enumerate(names)],
            [_numbers(values, name) for name in names],
            trace,
            values.opset,
        )  # fmt: skip


# onnx's inference does not count their channels, and counts windows that start behind the input
_OF_WINDOWS = words("Conv ConvTranspose MaxPool AveragePool LpPool")
_MISFITS = ("input.channels", "input.rank")


def _channels(node: Any, weight: Dims | None) -> int:
    """The channels behind a convolution or a Gemm with this weight."""
    if weight is None or len(weight) < 2:
        return 0
    attributes: dict[str, int] = {one.name: one.i for one in node.attribute}
    if node.op_type == "ConvTranspose":
        return weight[1] * attributes.get("group", 1)
    return weight[1 if node.op_type == "Gemm" and not attributes.get("transB") else 0]


def _names_read(graph: Any) -> set[str]:
    """The values that nodes read, or that are outputs of the graph."""
    names = {name for node in graph.node for name in read_by(node)}
    return names | {value.name for value in graph.output}


def _numbers(values: Values, name: str) -> Sequence[float] | None:
    numbers = values.numbers.get(name)
    return None if numbers is None else numbers.reshape(-1).tolist()


def _counted(layer_for: LayerFor, parameters: int, again: bool) -> LayerFor:
    """The layer with the parameters that the graph has for it."""

    def counted(inputs: Sequence[Shape]) -> Layer:
        layer = layer_for(inputs)
        if isinstance(layer, ShapeOnly):
            return ShapeOnly(layer.shape, parameters)
        return layer if layer.parameters == parameters and not again else Counted(layer, parameters)

    return counted


def _operator(node: Any) -> str:
    """The name of the operator as a part of a rule, where backquotes would mark a parameter."""
    return shortened(node.op_type).replace("`", "'")


def _guarded(layer_for: LayerFor, rule: str) -> LayerFor:
    """The function, whose errors about what the file says are ConvErrors with the rule."""

    def guarded(inputs: Sequence[Shape]) -> Layer:
        with damage_is_an_error(rule):
            return layer_for(inputs)

    return guarded


def _of_shape(shape: Shape) -> LayerFor:
    return lambda inputs: ShapeOnly(shape)


def _layer_of(
    node: OnnxNode, inputs: tuple[Shape, ...], inferred: Shape | None, reason: str
) -> tuple[Parsed, Shape | None]:
    """The layer of a node and its output shape; of windows the layer's, not that of inference."""
    reader = READERS.get(node.kind)
    parsed = reader(node) if reader is not None else None
    text, trace = f"{node.kind}()", node.trace
    if parsed is not None and inputs and (trace is None or node.kind in _OF_WINDOWS):
        try:
            own = parsed.layer_for(inputs).output_shape(*inputs)
        except ConvError as error:
            if trace is None or error.code in _MISFITS:
                raise
        else:
            return parsed, own
    if trace is not None:
        return as_traced(parsed, text, trace, node.learnt), inferred
    return parsed or Parsed(text, _of_no_shape(node.kind, reason), known=False), inferred


def _of_no_shape(kind: str, reason: str) -> LayerFor:
    def layer_for(inputs: Sequence[Shape]) -> Layer:
        fields = {"kind": kind, "reason": reason, "inputs": " and ".join(map(str, inputs))}
        if reason:
            rule = "{kind} does not fit its inputs {inputs}: {reason}"
            raise ConvError("layers.onnx", rule, fields=fields)
        rule = "the output shape of the operator {kind} is unknown to convcli and onnx"
        raise ConvError("layers.operator", rule, fields=fields, kind="data")

    return layer_for
