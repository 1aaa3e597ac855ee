"""`--format dot`: the layers of a network as a graph in Graphviz's language."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.render import Style
from convcli.render.graphs import nodes_of
from convcli.report.document import Document


def render(document: Document, style: Style) -> Iterator[str]:
    """The graph; `dot -Tsvg` draws it."""
    nodes = list(nodes_of(document))
    yield "digraph network {\n  node [shape=box];\n"
    for node in nodes:
        label = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in node.lines)
        yield f'  n{node.number} [label="{label}"];\n'
        for source in node.sources:
            yield f"  n{source} -> n{node.number};\n"
    yield "}\n"
