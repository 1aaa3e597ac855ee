"""Strict parsers for what stands on a command line: integers, shapes, per-axis values, padding."""

from __future__ import annotations

import re
from math import isfinite, nan
from typing import Any

from convcli.engine.geometry.shapes import INT64_MAX, Position, Shape
from convcli.errors import ConvError

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_SHAPE_WRAPPING = re.compile(r"^(?:torch\.)?(?:Size)?[(\[]+|[)\]]+$")
_MOST_DIGITS = len(str(INT64_MAX))


def parse_integer(text: str, parameter: str, code: str | None = None) -> int:
    """An integer in decimal digits; no underscores, no point, no exponent."""
    stripped = text.strip()
    if not _INTEGER.fullmatch(stripped):
        raise ConvError(
            code or f"{parameter}.integer", "must be an integer", parameter=parameter, got=text
        )
    if len(stripped.lstrip("+-").lstrip("0")) > _MOST_DIGITS:
        raise ConvError(
            f"{parameter}.most",
            "must be at most 2^63 - 1",
            parameter=parameter,
            got=_shortened(stripped),
        )
    return int(stripped)


def parse_number(text: str, parameter: str) -> float:
    """A finite number; no underscores."""
    try:
        number = float(text) if "_" not in text else nan
    except ValueError:
        number = nan
    if not isfinite(number):
        raise ConvError(f"{parameter}.number", "must be a number", parameter=parameter, got=text)
    return number


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:20]}...{text[-10:]}"


def parse_shape(text: str, parameter: str = "SHAPE") -> Shape:
    """`1x3x224x224`, `1,3,224,224` or a pasted `torch.Size([1, 3, 224, 224])`.

    >>> parse_shape("1x3x224x224")
    (1, 3, 224, 224)
    """
    stripped = _SHAPE_WRAPPING.sub("", _SHAPE_WRAPPING.sub("", text.strip()))
    numbers = re.split(r"\s*[x,X\u00d7]\s*", stripped.strip().rstrip(",").strip())
    if not all(_INTEGER.fullmatch(number) for number in numbers):
        rule = "must be sizes like 1x3x224x224 or 1,3,224,224"
        raise ConvError("shape.spelling", rule, parameter=parameter, got=text)
    sizes = Shape(parse_integer(number, parameter, "shape.spelling") for number in numbers)
    for size in sizes:
        if size < 0:
            raise ConvError(
                "shape.negative", "sizes cannot be negative", parameter=parameter, got=text
            )
        if size > INT64_MAX:
            raise ConvError(
                "shape.most", "sizes must be at most 2^63 - 1", parameter=parameter, got=size
            )
    return sizes


def parse_position(text: str, parameter: str = "at") -> Position:
    """`0,2`, also `(0, 2)`."""
    numbers = text.strip().removeprefix("(").removesuffix(")").split(",")
    return Position(parse_integer(number, parameter) for number in numbers)


def parse_per_axis(text: str, parameter: str) -> int | tuple[int, ...]:
    """`3` for every axis, or `5,3` (also `5x3`), one each."""
    numbers = [parse_integer(number, parameter) for number in re.split("[,x]", text)]
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def parse_range(text: str, parameter: str, most: int) -> range:
    """`1..7`, or one number; not more than `most` of them.

    >>> parse_range("1..7", "kernel_size", 100)
    range(1, 8)
    """
    ends = re.fullmatch(r"\s*(\d+)\s*(?:\.\.\s*(\d+)\s*)?", text)
    if ends is None:
        raise ConvError(
            f"{parameter}.range", "must be a range like 1..7", parameter=parameter, got=text
        )
    first = parse_integer(ends[1], parameter)
    last = parse_integer(ends[2], parameter) if ends[2] else first
    if not first <= last < first + most:
        rule = f"must ascend, over at most {most} numbers"
        raise ConvError(f"{parameter}.range", rule, parameter=parameter, got=text)
    return range(first, last + 1)


def parse_padding(text: str) -> Any:
    """`1`, `1,2` per axis, `1:2` before:after, `1:2,0:3`, `same`, `valid`, as `ConvSpec.of` takes them.

    >>> parse_padding("1:2,3")
    ((1, 2), 3)
    """
    if text in ("same", "valid"):
        return text
    axes = []
    for axis in re.split("[,x]", text):
        ends = axis.split(":")
        if len(ends) > 2 or not all(_INTEGER.fullmatch(end.strip()) for end in ends):
            rule = "must be a number, one for each axis (1,2), before:after (1:2), same or valid"
            raise ConvError("padding.spelling", rule, parameter="padding", got=text)
        numbers = tuple(parse_integer(end, "padding") for end in ends)
        axes.append(numbers if len(numbers) == 2 else numbers[0])
    return axes[0] if len(axes) == 1 and isinstance(axes[0], int) else tuple(axes)


def did_you_mean(word: str, known: Any) -> str | None:
    """The hint that names the closest known word."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1)
    return f"Did you mean {close[0]}?" if close else None
