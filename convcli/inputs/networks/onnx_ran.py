"""A node of an ONNX graph that ran, as the rules for what it reads take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.atoms import Place
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.places import Places
from convcli.inputs.networks.onnx_node import OnnxNode


class Ran(NamedTuple):
    """A node that ran: what is known of it, the layer that it is, and the places of its inputs.

    `places` has one entry for each input that is there, constants among them. `firsts` are where
    outputs of Split begin that are alike in size and are one row.
    """

    node: OnnxNode
    layer: Layer
    inputs: tuple[Shape, ...]
    places: tuple[Place, ...]
    output: Shape
    firsts: tuple[int, ...] = (0,)

    def place(self, at: int) -> Place:
        """The place of input `at`. Raises LookupError where it is left out."""
        before = sum(name != "" for name in self.node.names[:at])
        if not self.node.has(at) or before >= len(self.places):
            raise LookupError(at)
        return self.places[before]

    def depends(self, at: int) -> bool:
        """Whether input `at` depends on the input of the graph."""
        return self.node.has(at) and self.place(at).paths != ()

    def integers(self, attribute: str, at: int) -> Sequence[int] | None:
        """Integers that are an attribute, or input `at` in newer opsets; None without them.

        Raises LookupError where nobody knows their numbers.
        """
        listed = self.node.attributes.get(attribute)
        if listed is None and self.node.has(at):
            listed = self.node.value(at)
            if listed is None:
                raise LookupError(attribute)
        return None if listed is None else [int(number) for number in listed]


Rule = Callable[[Ran, Places], Place]


def with_others(made: Place, ran: Ran, places: Places) -> Place:
    """What a node makes of its first input, where its weights may depend on the input as well."""
    others = [places.scalar(place) for place in ran.places[1:] if place.paths != ()]
    return places.joined([made, *others]) if others else made


def firsts_of(
    node: OnnxNode, names: Sequence[str], shapes: Sequence[Shape | None], outputs: Sequence[str]
) -> tuple[int, ...]:
    """Where some outputs of Split begin on its axis."""
    if node.kind != "Split":
        return (0,)
    first, firsts = 0, []
    for name, shape in zip(names, shapes, strict=True):
        if name in outputs:
            firsts.append(first)
        first += shape[node.integer("axis", 0)] if shape else 0
    return tuple(firsts)
