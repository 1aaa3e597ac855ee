"""An .onnx graph into the nodes of a network, and what each of them came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.reshaping import ShapeOnly
from convcli.engine.network.walk import INPUT, Node
from convcli.errors import ConvError
from convcli.inputs.networks.cost import Cost, OwedCosts
from convcli.inputs.networks.lists import Stack
from convcli.inputs.networks.onnx_bodies import SCOPE
from convcli.inputs.networks.onnx_kinds import FREE
from convcli.inputs.networks.onnx_layers import counted, guarded, layer_of
from convcli.inputs.networks.onnx_models import (
    DAMAGE,
    OnnxFile,
    OnnxModel,
    damage_is_an_error,
    file_of,
    model_on,
    read_by,
    shortened,
)
from convcli.inputs.networks.onnx_node import OnnxNode
from convcli.inputs.networks.onnx_notes import channels_behind, notes_of
from convcli.inputs.networks.onnx_ran import firsts_of
from convcli.inputs.networks.onnx_values import Values
from convcli.inputs.networks.onnx_weights import lost_in_export
from convcli.inputs.networks.parsed import LayerFor, Parsed, Trace
from convcli.inputs.networks.shapes_of_inputs import NamedShapes


class Origin(NamedTuple):
    """What a row came from: its node, the values that it reads, where outputs of Split begin.

    A value is the row that makes it, or the sizes of a constant. `borne` is what the constants cost
    that no row before it read, None where that is unknown.
    """

    node: OnnxNode | None
    reads: tuple[int | Shape, ...] = ()
    firsts: tuple[int, ...] = (0,)
    borne: Cost | None = Cost()


class Graph(NamedTuple):
    """The rows of a graph on shapes of its inputs, and the origin of each.

    `left` is the cost of constants that no row reads.
    """

    stack: Stack
    origins: tuple[Origin, ...]
    model: OnnxModel
    left: Cost | None = Cost()


def stack_of_onnx(path: str, *shapes: Shape | tuple[str | None, Shape]) -> Stack:
    """The graph of a model on shapes of its inputs: SHAPE for the next, (NAME, SHAPE) for one.

    Raises ConvError where onnx is missing, or the file is no model that can be walked.
    """
    named = [(None, one) if isinstance(one, Shape) else one for one in shapes]
    return graph_on(file_of(path), path, named).stack


def graph_on(file: OnnxFile, path: str, shapes: NamedShapes) -> Graph:
    """The graph of a file that was read, on shapes of its inputs."""
    model = model_on(file, shapes)
    try:
        return _Reader(model, path).graph()
    except ConvError as error:
        of_file = path if error.place is None else f"{error.place} of {path}"
        raise error.with_place(place=of_file) from None


class _Reader:
    """The layers of a graph so far."""

    def __init__(self, model: OnnxModel, path: str) -> None:
        self.model, self.path = model, path
        self.values = Values(model)
        self.places = {model.first: INPUT}
        self.nodes: list[Node] = []
        self.layers: list[Parsed] = []
        self.origins: list[Origin] = []
        # channels of each layer in which an exporter left something out
        self.lost: dict[str, list[int]] = {"norm": [], "bias": []}
        self.owed = OwedCosts()
        self.owed_of: dict[str, frozenset[int]] = {}  # by the names of constants

    def graph(self) -> Graph:
        for name, shape in self.model.inputs.items():
            if name != self.model.first:
                self._add(name, Parsed("input", _of_shape(shape)), (), (name,), Origin(None))
        graph = self.model.model.graph
        is_read = _names_read(graph)
        for name, node in self.values.nodes():
            with damage_is_an_error(f"{_operator(node)} is damaged", name):
                if self.values.constants.issuperset({*node.output} - {""}):
                    self._owe(node)
                else:
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
        stack = Stack(
            tuple(one._replace(sources=tuple(at[place] for place in one.sources)) for one in nodes),
            tuple(self.layers[old].text for old in order),
            tuple(notes_of(self.model, self.values, self.lost)),
            rank,
        )
        origins = [
            origin._replace(
                reads=tuple(one if isinstance(one, Shape) else at[one] for one in origin.reads)
            )
            for origin in (self.origins[old] for old in order)
        ]
        return Graph(stack, tuple(origins), self.model, self.owed.left)

    def _order(self, results: list[str]) -> list[int]:
        """The rows in the order of the graph, with that of its last output at the end."""
        order = list(range(len(self.nodes)))
        last = next((self.places[one] for one in results[::-1] if one in self.places), None)
        if last is None:  # no output depends on the input
            self._add_constant(results[-1] if results else "")
            return [*order, len(order)]
        if last == INPUT or last == order[-1]:
            return order
        if any(last in node.sources for node in self.nodes):
            self._add(
                "output",
                Parsed("output", lambda inputs: Layer()),
                (last,),
                (),
                Origin(None, (last,)),
            )
            return [*order, len(order)]
        return [*(at for at in order if at != last), last]

    def _add_constant(self, name: str) -> None:
        """The row of an output that is made of constants alone. Raises ConvError without one."""
        shape = self.values.shape(name)
        if shape is None:
            rule = "must have an output that is a tensor, and depends on the input"
            raise ConvError("layers.onnx", rule, parameter="LAYERS", kind="data")
        node = self.values.onnx.helper.make_node("Identity", [name], [name])
        layer_for = counted(_of_shape(shape), self.values.weights.count(node), again=False)
        origin = Origin(None, (), (0,), self.owed.bear(self._owed(node)))
        self._add(name, Parsed("output", layer_for), (), (), origin)

    def _owe(self, node: Any) -> None:
        """The cost of a node on constants, for the first row that reads what is made of it."""
        owed = self._owed(node)
        if _kind(node) not in FREE:
            owed |= self.owed.owe(self._cost_of_constant(node))
        if owed:
            self.owed_of.update(dict.fromkeys(node.output, owed))

    def _owed(self, node: Any) -> frozenset[int]:
        return frozenset[int]().union(
            *(self.owed_of[one] for one in read_by(node) if one in self.owed_of)
        )

    def _cost_of_constant(self, node: Any) -> Cost | None:
        ends = [self.values.shape(names[0]) for names in (node.input, node.output) if names]
        first, output = ends if len(ends) == 2 else (None, None)
        if first is None or output is None:
            return None
        inputs = (first,)
        try:
            ran = self._node(node, Trace(inputs, output))
            layer = layer_of(ran, inputs, output, fits=True)[0].layer_for(inputs)
        except (ConvError, *DAMAGE):
            return None
        if isinstance(layer, ShapeOnly):
            return None
        costs = layer.macs(output, *inputs), layer.macs_without_weights(output, *inputs)
        return Cost(*costs, layer.bias_additions(output))

    def _read(self, name: str, node: Any, is_read: set[str]) -> None:
        """The rows of a node: one for each shape among its outputs."""
        sources = [one for one in read_by(node) if one in self.places]
        if not sources:
            return
        inputs = [self.values.shape(one) for one in sources]
        known = tuple(one for one in inputs if one is not None)
        shapes = known if len(known) == len(sources) else ()
        again = self.values.weights.is_counted(node)
        lost = "" if again else lost_in_export(node)
        if lost:
            self.lost[lost].append(channels_behind(node, self.values.dims(node.input[1])))
        parameters = self.values.weights.count(node) + self.values.weights.inside(node)
        reads = tuple(
            self.places.get(one, self.values.shape(one) or Shape(())) for one in node.input if one
        )
        borne = self.owed.bear(self._owed(node))
        for part, (outputs, inferred) in enumerate(self._outputs(node, is_read)):
            trace = None
            if inferred is not None and shapes:
                trace = Trace(shapes, inferred)
            rule = f"{_operator(node)} does not take these attributes and constants"
            with damage_is_an_error(rule, name):
                fits = node.output[0] not in self.values.refused
                ran = self._node(node, trace)
                parsed, shape = layer_of(ran, shapes, inferred, fits=fits)
                if shape is not None:
                    for output in outputs if inferred is not None else outputs[:1]:
                        self.values.correct(output, shape)
            layer_for = counted(parsed.layer_for, 0 if part else parameters, again)
            parsed = parsed._replace(layer_for=guarded(layer_for, rule))
            places = tuple(self.places[one] for one in sources)
            sizes = [self.values.shape(one) for one in node.output]
            firsts = firsts_of(ran, node.output, sizes, outputs)
            origin = Origin(ran, reads, firsts, Cost() if part else borne)
            self._add(f"{name}.{part}" if part else name, parsed, places, outputs, origin)

    def _add(
        self,
        name: str,
        parsed: Parsed,
        sources: tuple[int, ...],
        outputs: Sequence[str],
        origin: Origin,
    ) -> None:
        self.places.update(dict.fromkeys(outputs, len(self.nodes)))
        self.nodes.append(Node(name, parsed.layer_for, sources, self.path))
        self.layers.append(parsed)
        self.origins.append(origin)

    def _outputs(self, node: Any, is_read: set[str]) -> list[tuple[list[str], Shape | None]]:
        """The names of a node's outputs that are alike, and their shape.

        The parts of Split are alike where it divides the channels.
        """
        axis = next((int(one.i) for one in node.attribute if one.name == "axis"), 0)
        parts = node.op_type == "Split" and axis != 1
        alike: dict[Any, list[str]] = {}
        for at, name in enumerate(node.output):
            if name and (at == 0 or name in is_read or SCOPE in name):
                key = (self.values.shape(name), at if parts else 0)
                alike.setdefault(key, []).append(name)
        return [(names, shape) for (shape, _), names in alike.items()]

    def _node(self, node: Any, trace: Trace | None) -> OnnxNode:
        """The node with what is known of its inputs."""
        values = self.values
        helper = values.onnx.helper
        names = tuple(node.input)
        return OnnxNode(
            _kind(node),
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


def _names_read(graph: Any) -> set[str]:
    """The values that nodes read, or that are outputs of the graph."""
    names = {name for node in graph.node for name in read_by(node)}
    return names | {value.name for value in graph.output}


def _numbers(values: Values, name: str) -> Sequence[float] | None:
    numbers = values.numbers.get(name)
    return None if numbers is None else numbers.reshape(-1).tolist()


def _kind(node: Any) -> str:
    domain = node.domain.replace("ai.onnx", "")
    return f"{domain}.{node.op_type}" if domain else str(node.op_type)


def _operator(node: Any) -> str:
    """The name of the operator as a part of a rule, where backquotes would mark a parameter."""
    return shortened(node.op_type).replace("`", "'")


def _of_shape(shape: Shape) -> LayerFor:
    return lambda inputs: ShapeOnly(shape)
