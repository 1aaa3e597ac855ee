"""Damage that fits many formats: nasty texts and numbers, changed bytes, text and data."""

from __future__ import annotations

import random
import re
from typing import Any

CANARY = "\x1b[31mCANARY\x07\u202e\n"

NASTY_TEXTS = (
    CANARY,
    "",
    " ",
    "a\nb",
    "a\r\nb",
    "\x9b31m",
    "\x1b]0;title\x07",
    "\u202egnp.exe",
    "\u2066\u2069",
    "\u2028",
    "\ufeffx",
    "`weights_only` `x`",
    "x" * 3000,
    "../../etc/passwd",
    "/dev/zero",
    "%s%n%d",
    "{0}{name}",
    "input",
    "-1",
    "--json",
    "卷积",
    "é\u0301",
    "\0",
    "nan",
    "1e400",
    "True",
    "None",
    "'\"\\",
)
NASTY_NUMBERS = (
    0, 1, -1, 2, 3, 4, 7, 8, 64, 127, 128, 255, 256, 65535, 65536, 10**6, 2**31 - 1, 2**31,
    -(2**31), 2**32, 10**12, 2**53,
    2**62, 2**63 - 1, -(2**63),
)  # fmt: skip
BEYOND_64_BITS = (2**63, 2**64, 10**20, 10**320, -(10**320))
NASTY_FLOATS = (
    0.0,
    -0.0,
    1.5,
    -1.5,
    1e-320,
    1e308,
    -1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
WORDS = (
    "(", ")", "[", "]", "{", "}", ",", ":", ";", "=", ".", "#", "'", '"', "\n", "\r", "\t", " ",
    "\\", "*", "**", "//", "-",
    "+", "x", "<-", "&a", "*a", "!!python/object/apply:decoy.run []", "lambda: 0", "f'{x}'",
    "__import__('decoy')", "...",
    "9" * 400, "9" * 5000, "1e999", "0x10", "1_0", "1j", "None", "True", "same", "nan", "\ud800",
    "\x00",
    "\u3000",
)  # fmt: skip


def text_of(rng: random.Random) -> str:
    return rng.choice(NASTY_TEXTS)


def number_of(rng: random.Random) -> int:
    """An integer of 64 bits."""
    return rng.choice(NASTY_NUMBERS) if rng.random() < 0.8 else rng.randrange(-(2**63), 2**63)


def any_number(rng: random.Random) -> int | float:
    if rng.random() < 0.4:
        return rng.randrange(10)
    return rng.choice((number_of(rng), rng.choice(BEYOND_64_BITS), rng.choice(NASTY_FLOATS)))


def damaged_bytes(rng: random.Random, data: bytes) -> bytes:
    """A few bytes changed, put in, taken out, repeated, or the end cut off."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(7):
            case 0:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                out[at:at] = rng.randbytes(rng.choice((1, 2, 4, 8)))
            case 2:
                del out[at : at + rng.choice((1, 2, 8, 64))]
            case 3:
                out[at : at + 4] = rng.choice(
                    (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff")
                )
            case 4:
                out[at:at] = out[at : at + rng.choice((4, 16, 64))]
            case 5:
                out[at : at + 1] = (
                    bytes([out[at] ^ 1 << rng.randrange(8)]) if at < len(out) else b""
                )
            case 6 if rng.random() < 0.3:
                del out[at:]
    return bytes(out)


def damaged_text(rng: random.Random, text: str, words: tuple[str, ...] = WORDS) -> str:
    """Characters taken out, repeated or put in, numbers replaced, the end cut off."""
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(text) + 1)
        match rng.randrange(7):
            case 0:
                text = text[:at] + rng.choice(words) + text[at:]
            case 1:
                text = text[:at] + text[at + rng.choice((1, 2, 5, 20)) :]
            case 2:
                text = (
                    text[:at]
                    + text[at : at + rng.choice((1, 5, 40))] * rng.choice((2, 2, 50))
                    + text[at:]
                )
            case 3 | 4:
                text = with_number_replaced(rng, text)
            case 5:
                text = text[:at] + text_of(rng) + text[at:]
            case 6 if rng.random() < 0.3:
                text = text[:at]
    return text[:20_000]


def with_number_replaced(rng: random.Random, text: str) -> str:
    found = list(NUMBER.finditer(text))
    if not found:
        return text
    match = rng.choice(found)
    return text[: match.start()] + str(any_number(rng)) + text[match.end() :]


def damaged_data(rng: random.Random, data: Any, depth: int = 0) -> Any:
    """Nested lists, dicts and scalars with one place changed."""
    if isinstance(data, dict) and data and rng.random() < 0.8:
        return _damaged_dict(rng, data, depth)
    if isinstance(data, list) and data and rng.random() < 0.8:
        return _damaged_list(rng, data, depth)
    return any_value(rng, depth)


def _damaged_dict(rng: random.Random, data: dict[Any, Any], depth: int) -> dict[Any, Any]:
    key, out = rng.choice(list(data)), dict(data)
    match rng.randrange(6):
        case 0:
            del out[key]
        case 1:
            out[text_of(rng)] = out.pop(key)
        case 2:
            out[text_of(rng)] = any_value(rng, depth)
        case _:
            out[key] = damaged_data(rng, out[key], depth + 1)
    return out


def _damaged_list(rng: random.Random, data: list[Any], depth: int) -> list[Any]:
    at, out = rng.randrange(len(data)), list(data)
    match rng.randrange(6):
        case 0:
            del out[at]
        case 1:
            out.insert(at, any_value(rng, depth))
        case 2:
            out = out * rng.choice((2, 30))
        case _:
            out[at] = damaged_data(rng, out[at], depth + 1)
    return out


def any_value(rng: random.Random, depth: int = 0) -> Any:
    match rng.randrange(9 if depth < 4 else 6):
        case 0 | 1:
            return text_of(rng)
        case 2 | 3:
            return any_number(rng)
        case 4:
            return rng.choice((True, False, None))
        case 5:
            return rng.choice(([], {}, "", 0))
        case 6:
            return [any_value(rng, depth + 1) for _ in range(rng.choice((1, 2, 5)))]
        case 7:
            return {text_of(rng): any_value(rng, depth + 1) for _ in range(rng.choice((1, 2)))}
        case _:
            return nested(rng.choice((5, 50, 900)))


def nested(levels: int) -> Any:
    data: Any = 1
    for _ in range(levels):
        data = [data]
    return data
