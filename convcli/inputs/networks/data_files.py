"""YAML, JSON, JSON Lines and TOML as lists of layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.entries import Entry, entry_of

# what a record holds beside the layer's arguments
BESIDE = ("layer", "name", "from", "id", "family", "input_shape")
_SHOWN = 60  # characters of an item in an error
_LONGEST_REASON = 200  # characters of an error of a parser


def entries_of_data(data: Any) -> list[Entry]:
    """The layers of a list, or of a record that holds one as "layers".

    Raises ConvError where it is neither, or an item is no layer.
    """
    layers = data.get("layers") if isinstance(data, dict) else data
    if not isinstance(layers, list):
        raise ConvError(
            "layers.list", 'must be a list of layers, or hold one as "layers"', parameter="LAYERS"
        )
    return [entry for item in layers for entry in _entries_of_item(item)]


def _entries_of_item(data: Any) -> list[Entry]:
    """One item: a text, {name: text}, or {"layer": text, "name": ..., "from": ..., arguments}."""
    if isinstance(data, str):
        return entry_of(data)
    if isinstance(data, dict) and isinstance(data.get("layer"), str):
        arguments = {str(key): value for key, value in data.items() if key not in BESIDE}
        sources = data.get("from", ())
        names = (
            tuple(map(str, sources if isinstance(sources, list) else (sources,)))
            if sources != ()
            else ()
        )
        name = data.get("name")
        return [Entry(data["layer"], None if name is None else str(name), names, None, arguments)]
    if isinstance(data, dict) and len(data) == 1:
        ((name, text),) = data.items()
        if isinstance(text, str):
            return entry_of(f"{name}: {text}")
    raise ConvError(
        "layers.item",
        "must be a layer, or {name: layer}",
        parameter="LAYERS",
        got=str(data)[:_SHOWN],
    )


def _yaml(text: str) -> Any:
    yaml: Any = optional_package("yaml", "LAYERS")
    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        raise _unreadable("YAML", error) from None


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except ValueError as error:
        raise _unreadable("JSON", error) from None


def _json_lines(text: str) -> Any:
    return [_json(line) for line in text.splitlines() if line.strip()]


def _toml(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise _unreadable("TOML", error) from None


def _unreadable(kind: str, error: Exception) -> ConvError:
    reason = " ".join(str(error).split())[:_LONGEST_REASON]
    return ConvError("layers.syntax", f"cannot be read as {kind}: {reason}", parameter="LAYERS")


READERS: dict[str, Callable[[str], Any]] = {
    ".json": _json,
    ".jsonl": _json_lines,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".toml": _toml,
}
