"""Templates of messages: the message as it is printed, with fields in place of its values.

    Given groups={groups:int}, weight of size {weight:shape}

A space stands for any whitespace, line breaks included. What is no field is literal.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape

_FIELD = re.compile(r"\{(\w+):(\w+)\}")
_SIZE = r"(?:-?\d+|None|\?)"
_SIZES = rf"{_SIZE}(?:\s*(?:,|x|\s)\s*{_SIZE})*,?"
TYPES = {  # how the values of a field look
    "int": r"-?\d+",
    "axis": r"-?\d+",  # of a tensor, or the number of its axes
    "number": r"-?\d+(?:\.\d+)?",
    "shape": r"(?:(?:torch|paddle)\.Size|TensorShape)?"
    rf"\(?[\[{{]*\(?\s*(?:{_SIZES})?\s*\)?[\]}}]*\)?",
    "shapes": r"\[(?:\s*(?:TensorShape)?[\[(]{1,2}[^\[\]()]*[\])]{1,2}\s*,?)+\s*\]",
    "symbols": r"[\w, ]+",
    "layer": r"(?:\(Unnamed Layer\* \d+\) \[\w+\]|[\w./-]+)",
    "keras_class": r"(?:Separable|Depthwise)?Conv[123]D(?:Transpose)?|\w+Pool(?:ing)?[123]D|Dense",
    "flax_class": r"Conv(?:Transpose|Local)?|Dense|Linear|BatchNorm",
    "paddle_class": r"Conv[123]D(?:Transpose)?",
    "name": r"[\w.:/$-]+",
    "word": r"\S+?",
    "rest": r"[^\n]+",
    "all": r".*",
    "amount": r"\d+(?:\.\d+)?\s*(?:[KMGT]i?B|bytes)",
    "text": r".*?",
    "typename": r"[\w.: <>]+?",
    "device": r"\w+(?::\d+)?",
}
_INNER = re.compile(r"[\[(]([^\[\]()]*)[\])]")
_NUMBER = re.compile(r"-?\d+|None|\?")
MOST_AXES = 64  # of a tensor of torch or NumPy
LONGEST_SIZE = 15  # digits; torch 1.0 printed pointers behind the sizes of a weight


class Template(NamedTuple):
    """A compiled template; `literal` is its longest literal part."""

    pattern: re.Pattern[str]
    literal: str
    types: dict[str, str]


@cache
def compiled(text: str) -> Template:
    """The template of a text.

    >>> compiled("but got {got:int} channels").pattern.search("but got 3\\nchannels")["got"]
    '3'
    """
    pieces, types, literals, end = [], {}, [], 0
    for field in _FIELD.finditer(text):
        literal = text[end : field.start()]
        literals += re.split(r"[\s-]+", literal)
        pieces.append(_literal(literal))
        name, kind = field.groups()
        pieces.append(f"(?P={name})" if name in types else f"(?P<{name}>{TYPES[kind]})")
        types[name] = kind
        end = field.end()
    literals += re.split(r"[\s-]+", text[end:])
    pieces.append(_literal(text[end:]))
    pattern = re.compile("".join(pieces), re.DOTALL)
    return Template(pattern, max(literals, key=len), types)


def _literal(text: str) -> str:
    words = map(re.escape, re.split(r"\s+", text))
    return r"\s+".join(words).replace(r"\-", r"-\s*")  # lines are wrapped behind hyphens too


def values_of(template: Template, match: re.Match[str]) -> dict[str, Any]:
    """The fields of a match: integers, shapes and text."""
    return {name: value_of(match[name], kind) for name, kind in template.types.items()}


def value_of(text: str, kind: str) -> Any:
    """The value of a field; a size that is unknown is None, and a shape with one a plain tuple.

    Raises ValueError for an integer that is too large for a size, or for an axis.

    >>> value_of("[1, 3]", "shape"), value_of("(None, 8)", "shape"), value_of("7", "int")
    ((1, 3), (None, 8), 7)
    """
    if kind in ("int", "axis"):
        if len(text) > LONGEST_SIZE or (kind == "axis" and abs(int(text)) > MOST_AXES):
            raise ValueError(f"this is no {kind}")
        return int(text)
    if kind == "number":
        return float(text)
    if kind == "shapes":
        return [value_of(inner, "shape") for inner in _INNER.findall(text)]
    if kind == "symbols":
        return tuple(int(word) if word.strip().isdigit() else None for word in text.split(","))
    if kind != "shape":
        return text.strip().rstrip(".") if kind == "name" else text.strip()
    words = _NUMBER.findall(text)
    sizes = [
        int(word) if word[-1].isdigit() else None for word in words if len(word) < LONGEST_SIZE
    ]
    known = [size for size in sizes if size is not None]
    return Shape(known) if len(known) == len(sizes) else tuple(sizes)


def known_shape(text: str) -> Shape:
    """The value of a field of kind "shape"; raises ValueError where a size is unknown."""
    sizes = value_of(text, "shape")
    if None in sizes:
        raise ValueError("a size is unknown")
    return Shape(sizes)
