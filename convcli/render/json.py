"""`--format json`: one object, its items streamed into a list."""

from __future__ import annotations

from collections.abc import Iterator
from json import JSONEncoder
from typing import Any

from convcli.render import Style
from convcli.render.data import heading, to_data
from convcli.render.values import plain
from convcli.report.document import Document

_ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, default=plain)


def encode(data: Any) -> str:
    """JSON on one line.

    Values that JSON lacks go through `plain`; where a float of Python is NaN or infinite, all do.
    """
    try:
        encoded = _ENCODER.encode(data)
    except ValueError:
        encoded = _ENCODER.encode(plain(data))
    return encoded if encoded.isascii() else escaped(encoded)


def escaped(encoded: str) -> str:
    """JSON with the bytes of names that are no UTF-8, which are lone surrogates, as escapes."""
    return encoded.encode("utf-8", "backslashreplace").decode()


def render(document: Document, style: Style) -> Iterator[str]:
    """The document as one object."""
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
