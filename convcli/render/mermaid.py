"""`--format mermaid`: the layers of a network as a flowchart, which Markdown pages draw."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.render import Style
from convcli.render.graphs import nodes_of
from convcli.report.document import Document

_ESCAPES = {"&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;", "#": "&#35;"}


def render(document: Document, style: Style) -> Iterator[str]:
    """The flowchart, from the top down."""
    nodes = list(nodes_of(document))
    yield "flowchart TD\n"
    for node in nodes:
        lines = ("".join(_ESCAPES.get(letter, letter) for letter in line) for line in node.lines)
        label = "<br/>".join(lines)
        yield f'  n{node.number}["{label}"]\n'
        for source in node.sources:
            yield f"  n{source} --> n{node.number}\n"
