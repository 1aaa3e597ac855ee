"""Graphs inside nodes of ONNX: branches of If, and bodies of Loop and Scan, under other names.

Values of each step get names of their own; tensors of a body are one, however often it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from convcli.inputs.networks.onnx_models import graphs_of, name_of_node

SCOPE = "::"  # between a scope and the name that a value has in its graph


class Named(NamedTuple):
    """A node with its name as that of a layer."""

    name: str
    node: Any


class Body:
    """The graph that a node holds. Its rows begin with `place`, its values with `scope`."""

    def __init__(self, graph: Any, place: str, scope: str) -> None:
        self.graph, self.place, self.scope = graph, place, scope
        self.inputs = [value.name for value in graph.input]
        self.outputs = [value.name for value in graph.output]
        self.fixed = [node for node in graph.node if node.op_type == "Constant"]
        self.nodes = [node for node in graph.node if node.op_type != "Constant"]
        shared = [tensor.name for tensor in graph.initializer]
        shared += [name for node in self.fixed for name in node.output]
        self.shared = {name: f"{scope}{SCOPE}{name}" for name in shared}

    @property
    def bytes(self) -> int:
        """The size of the nodes that are written at every step."""
        return sum(node.ByteSize() for node in self.nodes)

    def tensors(self) -> Iterator[tuple[str, Any]]:
        """The tensors that the graph holds, with their new names."""
        for tensor in self.graph.initializer:
            yield self.shared[tensor.name], tensor

    def constants(self) -> list[Named]:
        """The Constant nodes, which are the same at every step."""
        return [
            Named(f"{self.place}.{name_of_node(node, at)}", _renamed(node, self.shared))
            for at, node in enumerate(self.fixed)
        ]

    def step(self, at: int | None, reads: Mapping[str, str]) -> tuple[list[Named], list[str]]:
        """The nodes of a step, whose inputs are the values of `reads`, and what it results in."""
        ending = "" if at is None else f".{at}"
        made = [name for node in self.nodes for name in node.output if name]
        names = {name: f"{self.scope}{ending}{SCOPE}{name}" for name in made}
        names = {**self.shared, **reads, **names}
        nodes = [
            Named(f"{self.place}{ending}.{name_of_node(node, number)}", _renamed(node, names))
            for number, node in enumerate(self.nodes)
        ]
        return nodes, [names.get(name, name) for name in self.outputs]

    def follows(self, name: str, known: Mapping[str, bool], states: Mapping[str, str]) -> bool:
        """Whether the numbers of a value follow from those of values that are `known`.

        `known` are the inputs of the graph at its first step, and values outside of it; `states`
        name the value that is an input at the next step.
        """
        makers = {one: node for node in self.nodes for one in node.output if one}
        pending, seen = [name], set[str]()
        while pending:
            one = pending.pop()
            if one in seen or one in self.shared or not one:
                continue
            seen.add(one)
            node = makers.get(one)
            if node is None:
                if not known.get(one, False):
                    return False
                pending += [states[one]] if one in states else []
            elif any(graphs_of(attribute) for attribute in node.attribute):
                return False
            elif node.op_type not in ("Shape", "Size"):
                pending += node.input
        return True


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """A copy of a node with other names of values, in its graphs too."""
    copy = type(node)()
    copy.CopyFrom(node)
    copy.input[:] = [names.get(name, name) for name in node.input]
    copy.output[:] = [names.get(name, name) for name in node.output]
    for attribute in copy.attribute:
        for graph in graphs_of(attribute):
            _rename_inside(graph, names)
    return copy


def _rename_inside(graph: Any, names: Mapping[str, str]) -> None:
    """Values from outside a graph get their new names in it."""
    own = {one.name for one in (*graph.input, *graph.initializer)}
    own.update(name for node in graph.node for name in node.output)
    outer = {old: new for old, new in names.items() if old not in own}
    for node in graph.node:
        node.input[:] = [outer.get(name, name) for name in node.input]
        for attribute in node.attribute:
            for inner in graphs_of(attribute):
                _rename_inside(inner, outer)
    for value in graph.output:
        value.name = outer.get(value.name, value.name)
