"""The layers of a network as the nodes and edges of a graph, for the formats that draw one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError, printable
from convcli.render.data import to_data
from convcli.report.document import Document

INPUT = "input"


class Node(NamedTuple):
    """A layer: its number, the lines that stand in it, and the numbers of the nodes it reads."""

    number: int
    lines: tuple[str, ...]
    sources: tuple[int, ...]


def nodes_of(document: Document) -> Iterator[Node]:
    """The input as node 0, and every layer behind those that it reads.

    Raises ConvError for a document without layers.
    """
    if document.items is None or document.items.key != "layers":
        rule, hint = "is for the layers of a network", "Like: convcli stack lenet5 1x28x28 -f dot."
        raise ConvError("format.graph", rule, parameter="format", hint=hint)
    shape = to_data(document)["input"]["shape"]
    layers: list[dict[str, Any]] = [to_data(item) for item in document.items.make()]
    numbers = {INPUT: 0} | {layer["name"]: at for at, layer in enumerate(layers, start=1)}
    yield Node(0, (INPUT, str(Shape(shape))), ())
    for number, layer in enumerate(layers, start=1):
        sources = (numbers[name] for name in layer["sources"] if name in numbers)
        lines = (layer["name"], layer["kind"], str(Shape(layer["output"]["shape"])))
        yield Node(number, tuple(printable(line) for line in lines), tuple(sources))
