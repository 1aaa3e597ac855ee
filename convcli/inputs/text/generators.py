"""Generated arrays: `arange:5x5:1`, `randn:1x3x8x8:0`; random numbers are torch's for the seed."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import INT64_MAX, Shape
from convcli.engine.weights.torch_stream import TorchGenerator
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_integer, parse_shape

SEED = 0
BYTES = 8  # of a number
GENERATORS = {
    "arange": "arange:SHAPE[:START]",
    "ones": "ones:SHAPE",
    "zeros": "zeros:SHAPE",
    "full": "full:SHAPE:VALUE",
    "rand": "rand:SHAPE[:SEED]",
    "randn": "randn:SHAPE[:SEED]",
    "randint": "randint:SHAPE[:SEED[:LOW:HIGH]]",
}
_MOST_PARTS = {"ones": 1, "zeros": 1, "randint": 4}


def generate(text: str, name: str, admit: Callable[[int], None] = lambda size: None) -> Array:
    """The array that `kind:shape:...` describes.

    arange counts up from START (0). ones and zeros hold integers, full the type of its value. rand
    is uniform in [0, 1) and randn standard normal, both float32; randint is in LOW..HIGH-1 (0..9);
    each as torch draws it after `torch.manual_seed(SEED)`. `admit` is called with the bytes that
    the array needs. Raises ConvError of kind "data" where the text is none of these, and what
    `admit` raises.

    >>> generate("arange:2x2:1", "X").tolist()
    [[1, 2], [3, 4]]
    """
    kind, *parts = text.split(":")
    if (
        not parts
        or len(parts) > _MOST_PARTS.get(kind, 2)
        or (kind == "full") != (kind == "full" and len(parts) == 2)
    ):
        raise ConvError(
            "generator.spelling",
            f"must be written {GENERATORS[kind]}",
            parameter=name,
            got=text,
            kind="data",
        )
    try:
        shape = parse_shape(parts[0], name)
        from convcli.inputs.text.literals import MOST_AXES

        if len(shape) > MOST_AXES:
            rule = f"must have at most {MOST_AXES} axes"
            raise ConvError("generator.axes", rule, parameter=name, got=f"{len(shape)} axes")
        _require_room(shape, admit)
        return _made(kind, shape, parts[1:], name)
    except ConvError as error:
        if error.kind == "memory":
            raise
        raise error.with_place(kind="data") from None


def _require_room(shape: Shape, admit: Callable[[int], None]) -> None:
    """Ask about the array, and refuse what no address reaches, as NumPy does without numbers."""
    admit(prod(shape) * BYTES)
    if prod(max(size, 1) for size in shape) * BYTES > INT64_MAX:
        rule = "takes more than 2^63 bytes"
        raise ConvError("generator.memory", rule, parameter="SHAPE", got=shape, kind="memory")


def _made(kind: str, shape: Shape, rest: list[str], name: str) -> Array:
    if kind in ("ones", "zeros"):
        return np.full(shape, int(kind == "ones"), np.int64)
    if kind == "full":
        return np.full(shape, _value(rest[0], name))
    if kind == "arange":
        return np.arange(prod(shape)).reshape(shape) + (_value(rest[0], name) if rest else 0)
    numbers = [parse_integer(part, name, "generator.seed") for part in rest]
    generator = TorchGenerator(numbers[0] if numbers else SEED)
    if kind == "rand":
        return generator.uniform(shape)
    if kind == "randn":
        return generator.normal(shape)
    low, high = (*numbers[1:], 0, 10)[:2] if len(numbers) != 2 else (0, numbers[1])
    if not low < high <= low + 2**32:
        rule = "LOW must be smaller than HIGH, by at most 2^32"
        raise ConvError("generator.range", rule, parameter=name, got=f"{low}:{high}")
    return generator.integers(shape, low, high)


def _value(text: str, name: str) -> Any:
    from convcli.inputs.text.literals import parse_rows

    return parse_rows(text, name).reshape(-1)[0]


def generated_bytes(text: str, name: str) -> int:
    """The bytes of the array that the text describes, at eight per number."""
    return prod(parse_shape(text.split(":")[1], name)) * BYTES if text.count(":") else 0
