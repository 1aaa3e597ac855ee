""".safetensors files: the header's JSON, its length and the data damaged."""

from __future__ import annotations

import json
import random
import struct
from typing import Any

from tests.fuzz.case import Case, array_command, packed
from tests.fuzz.damage import (
    any_number,
    any_value,
    damaged_bytes,
    damaged_data,
    damaged_text,
    number_of,
    text_of,
)

DTYPES = (
    "F32",
    "F64",
    "F16",
    "BF16",
    "I64",
    "I8",
    "U8",
    "BOOL",
    "F8_E4M3",
    "F8_E5M2",
    "C64",
    "F4",
    "U64",
    "Q9",
    "f32",
    "",
)
WIDTH = {"F32": 4, "F64": 8, "I64": 8, "U8": 1}


def make(rng: random.Random) -> Case:
    header, data = whole_header(rng)
    for _ in range(rng.choice((1, 1, 2, 3))):
        header = damaged_header(rng, header)
    text = json.dumps(header)
    if rng.random() < 0.15:
        text = damaged_text(rng, text)
    if rng.random() < 0.1:
        text = text.rstrip("}") + ', "a": 1, "a": 2}'
    out = file_of(text.encode("utf-8", "surrogatepass"), data)
    if rng.random() < 0.15:
        length = number_of(rng) % 2**64 if rng.random() < 0.5 else rng.randrange(300)
        out = struct.pack("<Q", length) + out[8:]
    if rng.random() < 0.1:
        out = damaged_bytes(rng, out)
    member = rng.choice(("", "", "", ":a", ":b", ":none"))
    return Case(array_command(rng, "x.safetensors" + member), packed("x.safetensors", out))


def whole_header(rng: random.Random) -> tuple[dict[str, Any], bytes]:
    header: dict[str, Any] = {}
    at = 0
    for name in rng.choice(("a", "a", "ab", "abc")):
        dtype = rng.choice(sorted(WIDTH))
        shape = rng.choice(([3, 3], [4], [], [1, 1, 2, 2], [0, 3]))
        end = at + WIDTH[dtype]
        for size in shape:
            end = at + (end - at) * size
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, end]}
        at = end
    if rng.random() < 0.3:
        header["__metadata__"] = {"format": "pt"}
    return header, bytes(at)


def damaged_header(rng: random.Random, header: dict[str, Any]) -> Any:
    if not isinstance(header, dict) or not header:
        return any_value(rng)
    name = rng.choice(sorted(header, key=str))
    entry = header[name]
    if not isinstance(entry, dict) or rng.random() < 0.25:
        return damaged_data(rng, header)
    out = {**header, name: dict(entry)}
    match rng.randrange(6):
        case 0:
            out[name]["dtype"] = rng.choice((*DTYPES, text_of(rng)))
        case 1:
            out[name]["shape"] = [any_number(rng) for _ in range(rng.choice((0, 1, 2, 40)))]
        case 2:
            out[name]["data_offsets"] = [any_number(rng), any_number(rng)]
        case 3:
            out[text_of(rng)] = dict(entry)
        case 4:
            out["__metadata__"] = {text_of(rng): rng.choice((text_of(rng), 1, None))}
        case 5:
            out[name] = damaged_data(rng, entry)
    return out


def file_of(header: bytes, data: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + data
