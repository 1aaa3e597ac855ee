"""Nested data as flat columns, for CSV: every cell is a number, a truth value or a text."""

from __future__ import annotations

from typing import Any

from convcli.engine.geometry.shapes import Position, Shape

SHAPES = ("shape", "kernel_size", "size", "sizes", "output", "value")  # written 1x3x5x5
POSITIONS = ("position", "tap", "cell")  # written 0,2
PAIRS = {  # the names of two numbers that belong together
    "padding": ("before", "after"),
    "same_output": ("least", "most"),
    "inputs": ("least", "most"),
    "sizes": ("least", "most"),
    "interval": ("first", "last"),
}
NAMES = ("name", "layer")  # of the objects in a list
SEPARATOR = ";"


def flattened(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The columns of nested objects, with dotted names.

    A list of numbers or names is one cell, "411;456", empty where all are null; a shape is
    "1x3x5x5", a position "0,2". The "output" of a term, beside its "tap", is a position. Lists of
    anything else have a column for each index: "padding.0.before".

    >>> flattened({"output": {"shape": [1, 5]}, "padding": [[1, 2]], "exact": [True]})
    {'output.shape': '1x5', 'padding.0.before': 1, 'padding.0.after': 2, 'exact.0': True}
    """
    flat: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            flat |= flattened(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            word = "position" if key == "output" and "tap" in data else key.rpartition(".")[2]
            flat |= _columns(value, prefix + key, word)
        else:
            flat[prefix + key] = value
    return flat


def _columns(values: list[Any], name: str, word: str) -> dict[str, Any]:
    """The columns of a list; `word` is what its name ends in."""
    if word in SHAPES and _all_integers(values):
        return {name: str(Shape(values))}
    if word in POSITIONS and _all_integers(values):
        return {name: ",".join(map(str, Position(values)))}
    if all(value is None for value in values):
        return {name: None}
    if all(_is_short(value) for value in values):
        return {name: SEPARATOR.join("" if value is None else str(value) for value in values)}
    flat: dict[str, Any] = {}
    for index, value in enumerate(values):
        if isinstance(value, dict):
            named = next((key for key in NAMES if isinstance(value.get(key), str)), None)
            rest = {key: member for key, member in value.items() if key != named}
            flat |= flattened(rest, f"{name}.{index if named is None else value[named]}.")
        elif isinstance(value, list):
            flat |= _columns_of_part(value, f"{name}.{index}", word)
        else:
            flat[f"{name}.{index}"] = value
    return flat


def _columns_of_part(values: list[Any], name: str, word: str) -> dict[str, Any]:
    """The columns of a list within a list: a pair, or one for each index."""
    if word in PAIRS and len(values) == len(PAIRS[word]) and _all_integers(values):
        return {f"{name}.{half}": value for half, value in zip(PAIRS[word], values, strict=True)}
    if any(isinstance(value, (dict, list)) for value in values):
        return _columns(values, name, "")
    return {f"{name}.{index}": value for index, value in enumerate(values)}


def _all_integers(values: list[Any]) -> bool:
    return bool(values) and all(type(value) is int for value in values)


def _is_short(value: Any) -> bool:
    """Whether the value can stand beside others in a cell."""
    if isinstance(value, str):
        return SEPARATOR not in value
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
