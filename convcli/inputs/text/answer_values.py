"""Answers as values: numbers, shapes, paddings and arrays, as JSON or as people write them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from math import isfinite
from typing import Any
from unicodedata import normalize

import numpy as np

from convcli.engine.exercises.exercise import ARRAY, NUMBER, PADDING
from convcli.engine.exercises.marking import SAME, Unreadable
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.text.literals import looks_like_brackets, parse_brackets, parse_rows
from convcli.inputs.text.numbers import parse_padding

LONGEST_SHOWN = 80  # characters of an answer that cannot be read
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.0*)?", re.ASCII)
_SIZES = re.compile(r"-?[0-9]{1,18}(?:(?:\s*[x,X\u00d7*]\s*|\s+)-?[0-9]{1,18})*\s*,?", re.ASCII)


def read_answer(value: Any, kind: str, number: int, rank: int) -> Any:
    """An answer as a value of its kind; None where it is missing, Unreadable where it is a text.

    Raises ConvError where it is true, false or an object, or a list of other things than numbers.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, (bool, dict)):
        what = "an object" if isinstance(value, dict) else str(value).lower()
        rule = f"problem {number}: an answer is a number, a list or a text, not {what}"
        raise ConvError("answers.type", rule, kind="data")
    if isinstance(value, str):
        return _of_text(value.strip(), kind, rank)
    if kind == NUMBER:
        return _single(value, number)
    if kind == ARRAY:
        return _array(value, number)
    sizes = [value] if not isinstance(value, list) else value
    if kind == PADDING:
        return _pads(sizes, number, rank)
    return Shape(_whole(size, number) for size in sizes)


def _single(value: Any, number: int) -> Any:
    """A number, also in lists of one member."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list):
        return Unreadable(_shortened(json.dumps(value)))
    return _whole(value, number)


def _whole(value: Any, number: int) -> Any:
    """An int; a float that is whole is one too."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        rule = f"problem {number}: an answer holds finite numbers alone"
        raise ConvError("answers.type", rule, kind="data")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _array(value: Any, number: int) -> Any:
    def flat(part: Any) -> list[Any]:
        return (
            [each for inner in part for each in flat(inner)] if isinstance(part, list) else [part]
        )

    numbers = [_whole(each, number) for each in flat(value)]
    if any(isinstance(each, int) and abs(each) >= 2**62 for each in numbers):
        return Unreadable(_shortened(json.dumps(value)))
    try:
        return np.array(value)
    except ValueError:
        return Unreadable(_shortened(json.dumps(value)))


def _pads(values: Sequence[Any], number: int, rank: int) -> Any:
    """A Pad for each axis: a number for both sides, or a list of both; one number for all axes."""
    pads = []
    for value in values:
        sides = value if isinstance(value, list) else [value, value]
        sides = [_whole(side, number) for side in sides]
        if len(sides) != 2 or not all(
            isinstance(side, int) and abs(side) < 2**31 for side in sides
        ):
            return Unreadable(_shortened(json.dumps(values)))
        pads.append(Pad(*sides))
    if len(pads) == 1:
        pads = pads * rank
    return pads if len(pads) == rank else Unreadable(_shortened(json.dumps(values)))


def _of_text(text: str, kind: str, rank: int) -> Any:
    """An answer that is a text: `17`, `4x4`, `1,2`, `1 2; 3 4`."""
    written, text = text, _typed(text)
    bare = text.strip("()[] ")
    try:
        if kind == ARRAY:
            parse = parse_brackets if looks_like_brackets(text) else parse_rows
            return parse(text, "answer")
        if kind == PADDING:
            return _written_pads(text, rank)
    except ConvError:
        return Unreadable(_shortened(written))
    if kind == NUMBER and _NUMBER.fullmatch(bare):
        return int(bare.partition(".")[0])
    if kind not in (NUMBER, ARRAY, PADDING) and _SIZES.fullmatch(bare):
        return Shape(map(int, re.findall("-?[0-9]+", bare)))
    return Unreadable(_shortened(written))


def _typed(text: str) -> str:
    """The text with the digits, commas and minus of Latin keyboards, without `torch.Size`."""
    latin = normalize("NFKC", text).replace("\u3001", ",").replace("\u2212", "-")
    return latin.removeprefix("torch.Size")


def _written_pads(text: str, rank: int) -> Any:
    """`1`, `1,2`, `1:2`, `same`, `valid`."""
    parsed = parse_padding(text.strip("()[] ").replace(" ", ""))
    if parsed == "valid":
        return [Pad(0, 0)] * rank
    if isinstance(parsed, str):
        return SAME if parsed.lower() == SAME else Unreadable(_shortened(text))
    sides = [parsed] if isinstance(parsed, int) else list(parsed)
    return _pads([list(side) if isinstance(side, tuple) else side for side in sides], 0, rank)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
