"""`--format json`: one object, its items streamed into a list."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps
from typing import Any

from convcli.render import Style
from convcli.render.data import heading, to_data
from convcli.report.document import Document


def encode(data: Any) -> str:
    """Compact JSON in which NaN could not stand: `plain` has made it a string."""
    return dumps(data, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))


def render(document: Document, style: Style) -> Iterator[str]:
    whole = encode(heading(document) | to_data(document))
    if document.items is None:
        yield whole + "\n"
        return
    yield f'{whole[:-1]}, "{document.items.key}": ['
    separator = "\n"
    for item in document.items.make():
        yield separator + encode(to_data(item))
        separator = ",\n"
    yield "\n]}\n"
