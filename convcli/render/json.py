"""`--format json`: one object, its items streamed into a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from json import JSONEncoder, encoder
from math import isfinite
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.render import Style
from convcli.render.data import heading, to_data
from convcli.render.formulas import formula_text, term_text
from convcli.render.values import plain
from convcli.report.document import Document
from convcli.report.quantities import Blanks, Filled, Keys
from convcli.report.terms import Formula, Name, names_of, replaced

_ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, default=plain)
# What _ENCODER makes anew for each value, which takes longer than a short value does.
_MAKE = getattr(encoder, "c_make_encoder", None)
_ENCODE_IN_C = _MAKE and _MAKE(
    None, plain, encoder.encode_basestring, None, ": ", ", ", False, False, False
)
MOST_AT_ONCE = 2**16  # numbers of an array that become text at once: about 300 bytes each


def encode(data: Any) -> str:
    """JSON on one line.

    Values that JSON lacks go through `plain`; where a float of Python is NaN or infinite, all do.
    """
    try:
        encoded = "".join(_ENCODE_IN_C(data, 0)) if _ENCODE_IN_C else _ENCODER.encode(data)
    except ValueError:
        encoded = _ENCODER.encode(plain(data))
    return encoded if encoded.isascii() else escaped(encoded)


def item_text(document: Document) -> str:
    """An item on one line: `encode(to_data(document))`."""
    block = document.blocks[0] if len(document.blocks) == 1 and not document.listing else None
    if not isinstance(block, Filled):
        return encode(to_data(document))
    text = _filled_text(block)
    return text if text.isascii() else escaped(text)


def _filled_text(block: Filled) -> str:
    """The template of the keys with the texts of the values: quicker than the encoder."""
    template, others = _template(block.keys)
    if not others:
        return template % block.values
    texts = [*block.values]
    for at in others:
        value = texts[at]
        texts[at] = _TEXTS.get(type(value), encode)(value)
    return template % tuple(texts)


@cache
def _template(keys: Keys) -> tuple[str, tuple[int, ...]]:
    """The JSON of the keys, with %d and %r for each integer and float, %s for each other value.

    The second part has the places of the others among the values.
    """
    slots: list[str] = []
    text = encode(_with_slots(keys.nested, slots)).replace("%", "%%")
    for slot, field in _FIELDS.items():
        escape = encode(slot)
        text = text.replace(escape, field).replace(escape[1:-1], field)
    return text, tuple(at for at, slot in enumerate(slots) if slot == _ANY)


_ANY, _INTEGER, _FLOAT = "\0\1\2"  # no text of a key holds them
_FIELDS = {_ANY: "%s", _INTEGER: "%d", _FLOAT: "%r"}
_SLOTS = {None: _ANY, int: _INTEGER, float: _FLOAT}


def _with_slots(nested: Any, slots: list[str]) -> Any:
    """The keys with slots for their values, which are added to the `slots` before them."""
    if nested is None or nested is int or nested is float:
        slots.append(_SLOTS[nested])
        return slots[-1]
    if isinstance(nested, Blanks):
        names = names_of(nested.term)
        slots += [_INTEGER] * (len(names) + 1)
        term = replaced(nested.term, dict.fromkeys(names, Name(_INTEGER)))
        return f"{term_text(term)} = {_INTEGER}"
    if isinstance(nested, dict):
        return {key: _with_slots(inner, slots) for key, inner in nested.items()}
    if isinstance(nested, (list, tuple)):
        return [_with_slots(inner, slots) for inner in nested]
    return nested


_TEXTS: dict[type, Callable[[Any], str]] = {
    int: str,
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    str: encoder.encode_basestring,
    float: lambda value: repr(value) if isfinite(value) else encode(value),
    Shape: lambda shape: f"[{', '.join(map(str, shape))}]",
    Formula: lambda formula: encoder.encode_basestring(formula_text(formula)),
    Filled: _filled_text,
}


def pieces(data: Any) -> Iterator[str]:
    """`encode(data)` piece by piece, so that the text of a large array is never held whole.

    >>> import numpy
    >>> "".join(pieces({"values": numpy.arange(4).reshape(2, 2)}))
    '{"values": [[0, 1], [2, 3]]}'
    """
    if not _is_large(data):
        yield encode(data)
    elif isinstance(data, dict):
        separator = "{"
        for key, value in data.items():
            yield f"{separator}{encode(key)}: "
            yield from pieces(value)
            separator = ", "
        yield "}"
    else:
        separator = "["
        for part in _parts(data):
            if part.ndim == data.ndim:  # several numbers or rows, without the brackets around them
                yield separator + encode(part)[1:-1]
            else:
                yield separator
                yield from pieces(part)
            separator = ", "
        yield "]"


def _is_large(data: Any) -> bool:
    if isinstance(data, dict):
        return any(map(_is_large, data.values()))
    return getattr(data, "size", 0) > MOST_AT_ONCE


def _parts(array: Any) -> Iterator[Any]:
    """Rows of an array, as many at once as may become text at once; else one row after another."""
    rows = MOST_AT_ONCE * len(array) // array.size
    if rows == 0:
        yield from array
    else:
        yield from (array[start : start + rows] for start in range(0, len(array), rows))


def escaped(encoded: str) -> str:
    """JSON with the bytes of names that are no UTF-8, which are lone surrogates, as escapes."""
    return encoded.encode("utf-8", "backslashreplace").decode()


def render(document: Document, style: Style) -> Iterator[str]:
    """The document as one object."""
    data = heading(document) | to_data(document)
    if document.items is None:
        yield from pieces(data)
        yield "\n"
        return
    whole = encode(data)
    yield f'{whole[:-1]}, "{document.items.key}": ['
    separator = "\n"
    for item in document.items.make():
        yield separator + item_text(item)
        separator = ",\n"
    yield "\n]}\n"
