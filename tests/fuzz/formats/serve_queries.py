"""Requests to `show --serve`: damaged queries for parts of arrays, damaged paths and requests."""

from __future__ import annotations

import copy
import json
import random
from typing import Any
from urllib.parse import quote

from tests.fuzz.case import Case
from tests.fuzz.damage import (
    any_number,
    any_value,
    damaged_bytes,
    damaged_data,
    damaged_text,
    text_of,
)

COMMAND = ("show", "conv2d", "arange:1x2x6x6", "ones:3x2x3x3", "--serve")
AXIS = {
    "kernel_size": 3, "stride": 1, "dilation": 1, "before": 0, "after": 0, "output_padding": 0,
}  # fmt: skip
LAYER: dict[str, Any] = {
    "in_channels": 2, "out_channels": 3, "groups": 1, "bias": False, "padding_mode": "zeros",
    "transposed": False,
    "axes": [AXIS, AXIS],
}  # fmt: skip
PLACES = ("part", "", "../part", "part/", "%2e%2e/etc/passwd", "part%00", "//x", "parts")


def make(rng: random.Random) -> Case:
    text = f"GET /TOKEN/{rng.choice(('part', 'part', 'part', 'part', *PLACES))}?{query_of(rng)}"
    head = f"{text} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"
    data = head.encode("latin-1", "replace")
    if rng.random() < 0.1:
        data = damaged_bytes(rng, data)
    return Case(COMMAND, request=data)


def query_of(rng: random.Random) -> str:
    fields: dict[str, Any] = {
        "array": rng.choice(("output", "output", "input", "weight", text_of(rng))),
        "first": numbers(rng),
        "size": numbers(rng, least=1),
        "layer": json.dumps(layer_of(rng)),
    }
    if rng.random() < 0.15:
        del fields[rng.choice(sorted(fields))]
    if rng.random() < 0.15:
        name = rng.choice(sorted(fields))
        fields[name] = damaged_text(rng, fields[name])
    pairs = [
        f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in fields.items()
    ]
    return "&".join(pairs * rng.choice((1, 1, 1, 2)))


def numbers(rng: random.Random, least: int = 0) -> str:
    count = rng.choice((3, 3, 3, 4, 2, 0))
    values = [rng.randrange(least, 4) for _ in range(count)]
    if rng.random() < 0.2:
        values[:1] = [any_number(rng)]
    return ",".join(map(str, values))


def layer_of(rng: random.Random) -> Any:
    layer: Any = copy.deepcopy(LAYER)
    match rng.randrange(5):
        case 0:
            layer[rng.choice(sorted(layer))] = any_value(rng)
        case 1:
            layer["axes"][rng.randrange(2)][rng.choice(sorted(AXIS))] = any_value(rng)
        case 2:
            layer["axes"][rng.randrange(2)][rng.choice(sorted(AXIS))] = rng.choice((0, 1, 2, 5, 9))
        case 3:
            layer = damaged_data(rng, layer)
    return layer
