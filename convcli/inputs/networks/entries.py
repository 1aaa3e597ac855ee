"""Entry: one layer of a list, as it is written: `name: LAYER <- source, source`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from convcli.errors import ConvError
from convcli.inputs.networks.parsed import Parsed

MOST_REPEATS = 100_000  # of a layer, and of all layers of a list
LONGEST_REPEATED = 200  # characters of the name of a layer that repeats
MOST_CHARACTERS = 2**23  # of the names of all layers of a print
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


def entry_of(text: str, name: str | None = None, file: str | None = None) -> list[Entry]:
    """The entries of `name: LAYER <- source, source`; `3 x LAYER` stands for three of them.

    A `name` that is known already is no part of the text. `file` is the one that lists it. Raises
    ConvError for a number of repeats that is out of range.
    """
    written, arrow, names = text.partition("<-")
    written = written.strip()
    named = _NAMED.fullmatch(written) if name is None and ":" in written else None
    if named is not None:
        name, written = named[1], named[2]
    sources = tuple(source.strip() for source in names.split(",")) if arrow else ()
    repeated = _REPEATED.fullmatch(written) if written[:1].isdecimal() else None
    if repeated is None:
        return [Entry(written, name, sources, file)]
    if len(repeated[1]) > 6 or not 1 <= int(repeated[1]) <= MOST_REPEATS or sources:
        rule = f"a repeated layer takes 1 to {MOST_REPEATS} repeats and no sources"
        raise ConvError("layers.repeat", rule, parameter="LAYERS", got=text)
    if len(name or "") > LONGEST_REPEATED:
        rule = f"the name of a repeated layer has at most {LONGEST_REPEATED} characters"
        raise ConvError("layers.repeat", rule, parameter="LAYERS", got=name)
    return [
        Entry(repeated[2], f"{name}.{i}" if name else None, (), file)
        for i in range(int(repeated[1]))
    ]


def checked_repeats(entries: Sequence[Entry], written: int) -> None:
    """Raises ConvError where `written` layers, with their repeats, are too many entries."""
    if len(entries) > max(MOST_REPEATS, written):
        rule = f"repeats must make at most {MOST_REPEATS} layers in all"
        raise ConvError("layers.repeat", rule, parameter="LAYERS")


def limited(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries. Raises ConvError after MOST_REPEATS of them, or where their names are too long.

    A name holds those of all modules around it.
    """
    characters = 0
    for count, entry in enumerate(entries, 1):
        characters += len(entry.name or "")
        if count > MOST_REPEATS or characters > MOST_CHARACTERS:
            rule = (
                f"repeats must make at most {MOST_REPEATS} layers in all, "
                f"with names of at most {MOST_CHARACTERS} characters in all"
            )
            raise ConvError("layers.repeat", rule, parameter="LAYERS")
        yield entry


def entries_of(texts: Iterable[str]) -> list[Entry]:
    """The entries of several texts. Raises ConvError where their repeats are too many in all.

    >>> len(entries_of(["3 x ReLU()", "Flatten()"]))
    4
    """
    entries: list[Entry] = []
    for written, text in enumerate(texts, 1):
        entries += entry_of(text)
        checked_repeats(entries, written)
    return entries


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
