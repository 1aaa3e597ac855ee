"""`--format jsonl`: one object a line, one line an item."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.render import Style
from convcli.render.data import heading, to_data
from convcli.render.json import encode, pieces
from convcli.report.document import Data, Document


def render(document: Document, style: Style) -> Iterator[str]:
    """The document as lines, one an item."""
    items = [document] if document.items is None else document.items.make()
    start = heading(document)
    for item in items:
        data = start | to_data(item)
        if all(isinstance(block, Data) for block in item.blocks):  # one of very many layers
            yield encode(data) + "\n"
            continue
        yield from pieces(data)
        yield "\n"
