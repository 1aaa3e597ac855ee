"""`--format json`: one object, its items streamed into a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from json import JSONEncoder
from typing import Any

from convcli.render import Style
from convcli.render.data import heading, to_data
from convcli.render.values import plain
from convcli.report.document import Document

PART = 1 << 16  # numbers of an array that become text together
_HELD = re.compile(r'"\\u0000(\d+)"')  # where an array will stand


def _encoder(default: Callable[[Any], Any]) -> JSONEncoder:
    return JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, default=default)


_ENCODER = _encoder(plain)


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


def _pieces(data: Any) -> Iterator[str]:
    """JSON on one line, in pieces: an array of many numbers never is one text."""
    arrays: list[Any] = []

    def held(value: Any) -> Any:
        if getattr(value, "size", 0) <= PART:
            return plain(value)
        arrays.append(value)
        return f"\0{len(arrays) - 1}"

    try:
        encoded = _encoder(held).encode(data)
    except ValueError:  # a float of Python is NaN or infinite
        yield encode(data)
        return
    for number, text in enumerate(_HELD.split(encoded)):
        if number % 2:
            yield from _array_pieces(arrays[int(text)])
        else:
            yield text if text.isascii() else escaped(text)


def _array_pieces(array: Any) -> Iterator[str]:
    """Nested lists of an array, so many numbers at a time."""
    row = array.size // len(array)
    yield "["
    separator = ""
    if row > PART:
        for part in array:
            yield separator
            yield from _array_pieces(part)
            separator = ", "
    else:
        rows = max(PART // row, 1)
        for start in range(0, len(array), rows):
            yield separator + encode(array[start : start + rows])[1:-1]
            separator = ", "
    yield "]"


def render(document: Document, style: Style) -> Iterator[str]:
    """The document as one object."""
    data = heading(document) | to_data(document)
    if document.items is None:
        yield from _pieces(data)
        yield "\n"
        return
    whole = encode(data)
    yield f'{whole[:-1]}, "{document.items.key}": ['
    separator = "\n"
    for item in document.items.make():
        yield separator + encode(to_data(item))
        separator = ",\n"
    yield "\n]}\n"
