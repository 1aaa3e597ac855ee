"""The data of YAML, JSON, JSON Lines and TOML as lists of layers."""

from __future__ import annotations

import reprlib
from typing import Any

from convcli.errors import ConvError
from convcli.inputs.networks.entries import Entry, checked_repeats, entry_of
from convcli.inputs.text.layer import ARGUMENTS

MOST_NUMBERS = 64  # of an argument
# what a record holds beside the layer's arguments
BESIDE = ("layer", "name", "from", "id", "family", "input_shape")
_SHOWN = 60  # characters of an item in an error
_LONGEST_NAME = 200  # characters of a name that is a list or a dict


def entries_of_data(data: Any, file: str | None = None) -> list[Entry]:
    """The layers of a list, or of a record that holds one as "layers", in a file.

    Raises ConvError where it is neither, or an item is no layer.
    """
    layers = data.get("layers") if isinstance(data, dict) else data
    if not isinstance(layers, list):
        raise ConvError(
            "layers.list", 'must be a list of layers, or hold one as "layers"', parameter="LAYERS"
        )
    entries: list[Entry] = []
    for written, item in enumerate(layers, 1):
        entries += _entries_of_item(item, file)
        if len(entries) > written:
            checked_repeats(entries, written)
    return entries


def _entries_of_item(data: Any, file: str | None) -> list[Entry]:
    """One item: a text, {name: text}, or {"layer": text, "name": ..., "from": ..., arguments}."""
    if isinstance(data, str):
        return entry_of(data, None, file)
    if isinstance(data, dict) and isinstance(data.get("layer"), str):
        arguments = {_name(key): value for key, value in data.items() if key not in BESIDE}
        for key, value in arguments.items():
            if _scalars(value) > MOST_NUMBERS:
                raise ConvError(
                    "layers.fields",
                    "an argument must be a value or a short list of them",
                    parameter=key if key in ARGUMENTS else "LAYERS",
                    got=reprlib.repr(value)[:_SHOWN],
                )
        sources = data.get("from", ())
        names = (
            tuple(map(_name, sources if isinstance(sources, list) else (sources,)))
            if sources != ()
            else ()
        )
        name = data.get("name")
        return [Entry(data["layer"], None if name is None else _name(name), names, file, arguments)]
    if isinstance(data, dict) and len(data) == 1:
        ((name, text),) = data.items()
        if isinstance(text, str):
            return entry_of(text, _name(name), file)
    raise ConvError(
        "layers.item",
        "must be a layer, or {name: layer}",
        parameter="LAYERS",
        got=reprlib.repr(data)[:_SHOWN],
    )


def _scalars(data: Any, depth: int = 0) -> int:
    """How many values an argument is; more than MOST_NUMBERS for what cannot be one.

    Deeper than pairs of numbers nothing is counted.
    """
    if not isinstance(data, (list, dict, set, tuple)):
        return 1
    if depth > 1 or not isinstance(data, (list, tuple)) or len(data) > MOST_NUMBERS:
        return MOST_NUMBERS + 1
    return sum(_scalars(item, depth + 1) for item in data)


def _name(data: Any) -> str:
    """A name as text; one that is a list or a dict is written out only in part."""
    if isinstance(data, (list, dict, set, tuple)):
        return reprlib.repr(data)[:_LONGEST_NAME]
    return str(data)
