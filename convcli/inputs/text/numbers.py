"""Strict parsers for the words of a command line: integers, choices, shapes, ranges, padding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isfinite, nan
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import INT64_MAX, Position, Shape
from convcli.errors import ConvError
from convcli.suggestions import did_you_mean

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_SHAPE_WRAPPING = re.compile(r"^(?:torch\.)?(?:Size)?[(\[]+|[)\]]+$")
_MOST_DIGITS = len(str(INT64_MAX))
_BYTES = r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(?:i?b)?"
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


class Tolerance(NamedTuple):
    """How far numbers may be apart: |a - b| <= absolute + relative*|b|.

    >>> str(Tolerance(1e-06, 0.001))
    '1e-06,0.1%'
    """

    absolute: float = 0.0
    relative: float = 0.0

    def __str__(self) -> str:
        relative = f"{self.relative * 100:g}%" if self.relative else ""
        absolute = f"{self.absolute:g}" if self.absolute or not relative else ""
        return ",".join(filter(None, (absolute, relative)))


def parse_integer(text: str, parameter: str, code: str | None = None) -> int:
    """An integer in decimal digits; no underscores, no point, no exponent.

    Raises ConvError where the text is not one, or where the integer needs more than 64 bits.
    """
    stripped = text.strip()
    if not _INTEGER.fullmatch(stripped):
        whole = re.fullmatch(r"([+-]?[0-9]{1,18})\.0*", stripped, re.ASCII)
        hint = f"Write {whole[1]}." if whole else None
        raise ConvError(
            code or f"{parameter}.integer",
            "must be an integer",
            parameter=parameter,
            got=text,
            hint=hint,
        )
    if len(stripped.lstrip("+-").lstrip("0")) > _MOST_DIGITS:
        raise ConvError(
            f"{parameter}.most",
            "must be at most 2^63 - 1",
            parameter=parameter,
            got=_shortened(stripped),
        )
    return int(stripped)


def parse_positive(text: str, parameter: str) -> int:
    """An integer of at least 1. Raises ConvError where the text is not one.

    >>> parse_positive("3", "limit")
    3
    """
    number = parse_integer(text, parameter)
    if number < 1:
        raise ConvError(f"{parameter}.least", "must be at least 1", parameter=parameter, got=number)
    return number


def parse_between(text: str, parameter: str, least: int, most: int) -> int:
    """An integer from `least` to `most`. Raises ConvError where the text is not one."""
    number = parse_integer(text, parameter)
    if not least <= number <= most:
        rule = f"must be {least}..{most}"
        raise ConvError(f"{parameter}.range", rule, parameter=parameter, got=number)
    return number


def parse_choice(text: str, parameter: str, choices: Iterable[str]) -> str:
    """One of the choices. Raises ConvError, with the closest choice, for other texts.

    >>> parse_choice("torch", "engine", ("numpy", "torch"))
    'torch'
    """
    names = list(choices)
    if text not in names:
        rule = f"must be {', '.join(names[:-1])} or {names[-1]}"
        raise ConvError(
            f"{parameter}.name", rule, parameter=parameter, got=text, hint=did_you_mean(text, names)
        )
    return text


def parse_number(text: str, parameter: str) -> float:
    """A finite number; no underscores. Raises ConvError where the text is not one."""
    try:
        number = float(text) if "_" not in text else nan
    except ValueError:
        number = nan
    if not isfinite(number):
        raise ConvError(f"{parameter}.number", "must be a number", parameter=parameter, got=text)
    return number


def parse_not_negative(text: str, parameter: str) -> float:
    """A finite number of at least 0. Raises ConvError where the text is not one."""
    number = parse_number(text, parameter)
    if number < 0:
        raise ConvError(f"{parameter}.least", "must be at least 0", parameter=parameter, got=number)
    return number


def parse_tolerance(text: str, parameter: str = "tolerance") -> Tolerance:
    """`1e-6` is absolute, `0.1%` relative, `1e-6,0.1%` both.

    Raises ConvError where the text is none of these.

    >>> parse_tolerance("1e-6,0.1%")
    Tolerance(absolute=1e-06, relative=0.001)
    """
    rule = "must be a distance (1e-6), a share (0.1%) or both (1e-6,0.1%), at least 0"
    error = ConvError(f"{parameter}.spelling", rule, parameter=parameter, got=text)
    parts = [part.strip() for part in text.split(",")]
    shares = [part[:-1] for part in parts if part.endswith("%")]
    distances = [part for part in parts if not part.endswith("%")]
    if len(shares) > 1 or len(distances) > 1:
        raise error
    try:
        absolute, percent = (
            sum(parse_not_negative(number, parameter) for number in numbers)
            for numbers in (distances, shares)
        )
    except ConvError:
        raise error from None
    return Tolerance(float(absolute), _hundredth(float(percent)))


def _hundredth(number: float) -> float:
    """The number nearest to a hundredth of the decimal: 0.7 % are 0.007."""
    mantissa, _, exponent = repr(number).partition("e")
    return float(f"{mantissa}e{int(exponent or 0) - 2}")


def parse_bytes(text: str, parameter: str) -> int:
    """`512M`, `2GiB`, `1000000`: the units are powers of 1024. Raises ConvError for anything else.

    >>> parse_bytes("2GiB", "max_memory")
    2147483648
    """
    match = re.fullmatch(_BYTES, text.strip(), re.IGNORECASE | re.ASCII)
    if not match or len(match[1]) > _MOST_DIGITS:
        rule = "must be a number of bytes, like 512M or 2GiB"
        raise ConvError(f"{parameter}.spelling", rule, parameter=parameter, got=text)
    return int(float(match[1]) * _UNITS[match[2].lower()])


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:20]}...{text[-10:]}"


def parse_shape(text: str, parameter: str = "SHAPE") -> Shape:
    """`1x3x224x224`, `1,3,224,224` or a pasted `torch.Size([1, 3, 224, 224])`.

    Raises ConvError where the text is none of these, or a size is negative or beyond 64 bits.

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
                "shape.negative", "sizes must not be negative", parameter=parameter, got=text
            )
        if size > INT64_MAX:
            raise ConvError(
                "shape.most", "sizes must be at most 2^63 - 1", parameter=parameter, got=size
            )
    return sizes


def parse_position(text: str, parameter: str = "at") -> Position:
    """`0,2` or `(0, 2)`. Raises ConvError where the text is neither."""
    numbers = text.strip().removeprefix("(").removesuffix(")").split(",")
    return Position(parse_integer(number, parameter) for number in numbers)


def parse_per_axis(text: str, parameter: str) -> int | tuple[int, ...]:
    """`3` for every axis, or one number per axis: `5,3`, `5x3`. Raises ConvError for others."""
    numbers = [parse_integer(number, parameter) for number in re.split("[,x]", text)]
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def parse_range(text: str, parameter: str, most: int) -> range:
    """`1..7`, or one number; at most `most` numbers.

    Raises ConvError where the text is no range, descends, begins below 0 or holds more numbers.

    >>> parse_range("1..7", "kernel_size", 100)
    range(1, 8)
    """
    ends = re.fullmatch(r"\s*(-?\d+)\s*(?:\.\.\s*(-?\d+)\s*)?", text)
    if ends is None:
        raise ConvError(
            f"{parameter}.range", "must be a range, like 1..7", parameter=parameter, got=text
        )
    first = parse_integer(ends[1], parameter)
    last = parse_integer(ends[2], parameter) if ends[2] else first
    if first < 0:
        rule = "must hold no number below 0"
        raise ConvError(f"{parameter}.range", rule, parameter=parameter, got=text)
    if not first <= last < first + most:
        rule = f"must ascend and hold at most {most} numbers"
        raise ConvError(f"{parameter}.range", rule, parameter=parameter, got=text)
    return range(first, last + 1)


def parse_padding(text: str) -> Any:
    """Padding as `ConvSpec.of` takes it: `1`, `1,2`, `1:2` (before:after), `same`, `valid`.

    Raises ConvError where the text is none of these.

    >>> parse_padding("1:2,3")
    ((1, 2), 3)
    """
    if text.lower() in ("same", "valid"):  # of other names the layer knows the right one
        return text
    axes = []
    for axis in re.split("[,x]", text):
        ends = axis.split(":")
        if len(ends) > 2 or not all(_INTEGER.fullmatch(end.strip()) for end in ends):
            rule = "must be a number, one per axis (1,2), before:after (1:2), same or valid"
            hint = did_you_mean(text, ("same", "valid"))
            raise ConvError("padding.spelling", rule, parameter="padding", got=text, hint=hint)
        numbers = tuple(parse_integer(end, "padding") for end in ends)
        axes.append(numbers if len(numbers) == 2 else numbers[0])
    return axes[0] if len(axes) == 1 and isinstance(axes[0], int) else tuple(axes)
