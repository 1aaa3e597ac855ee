"""Entry: one layer of a list, as it is written: `name: LAYER <- source, source`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from convcli.errors import ConvError
from convcli.inputs.networks.parsed import Parsed

MOST_REPEATS = 100_000
CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")

_COMMENT = re.compile(r"#[^\n]*")
_NAMED = re.compile(r"([\w.]+)\s*:\s*(.*)", re.DOTALL)
_REPEATED = re.compile(r"(\d+)\s*x\s+(.*)", re.DOTALL)


class Entry(NamedTuple):
    """One layer as a source lists it.

    `sources` are the names of the layers that it reads; without them it reads the layer before it.
    `arguments` are those that a record holds beside the layer's text. `parsed` is the layer where
    its source made it. `doubt` is what to say where the layer does not fit, because the source may
    not have the order of the layers.
    """

    text: str
    name: str | None = None
    sources: tuple[str, ...] = ()
    file: str | None = None
    arguments: Mapping[str, Any] = {}
    parsed: Parsed | None = None
    doubt: str = ""


Listed = tuple[list[Entry], list[str]]
"""The layers of a source, and notes on how they were read."""


def entry_of(text: str) -> list[Entry]:
    """The entries of `name: LAYER <- source, source`; `3 x LAYER` stands for three of them.

    Raises ConvError for a number of repeats that is out of range.
    """
    written, arrow, names = (part.strip() for part in text.partition("<-"))
    named = _NAMED.fullmatch(written)
    name, written = (named[1], named[2]) if named else (None, written)
    sources = tuple(name.strip() for name in names.split(",")) if arrow else ()
    repeated = _REPEATED.fullmatch(written)
    if repeated is None:
        return [Entry(written, name, sources)]
    if len(repeated[1]) > 6 or not 1 <= int(repeated[1]) <= MOST_REPEATS or sources:
        raise ConvError(
            "layers.repeat",
            f"a repeated layer takes 1 to {MOST_REPEATS} repeats and no sources",
            parameter="LAYERS",
            got=text,
        )
    return [Entry(repeated[2], f"{name}.{i}" if name else None) for i in range(int(repeated[1]))]


def split_list(text: str) -> list[str]:
    """The layers of a text, separated by semicolons or line ends outside brackets.

    A # starts a comment.

    >>> split_list("Conv2d(1, 6, 5); ReLU()  # LeNet")
    ['Conv2d(1, 6, 5)', 'ReLU()']
    """
    text = _COMMENT.sub("", text)
    pieces, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character in ";\n" and depth <= 0:
            pieces.append(text[start:at])
            start = at + 1
    pieces.append(text[start:])
    return [piece.strip() for piece in pieces if piece.strip()]
