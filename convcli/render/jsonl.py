"""`--format jsonl`: one object a line, one line an item."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.render import Style
from convcli.render.data import heading, to_data
from convcli.render.json import encode, item_text, pieces
from convcli.report.document import Document
from convcli.report.quantities import Filled


def render(document: Document, style: Style) -> Iterator[str]:
    """The document as lines, one an item."""
    items = [document] if document.items is None else document.items.make()
    start = heading(document)
    lead = encode(start)[:-1]
    for item in items:
        if item.blocks and isinstance(item.blocks[0], Filled):  # one of very many layers
            yield f"{lead}, {item_text(item)[1:]}\n"
            continue
        yield from pieces(start | to_data(item))
        yield "\n"
