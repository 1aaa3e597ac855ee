"""Sound with damaged chunks, lengths and encodings, and with other contents."""

from __future__ import annotations

import random
import struct

from tests.fuzz.case import Case, array_command, packed
from tests.fuzz.damage import CANARY, damaged_bytes, number_of

ENCODINGS = (0, 1, 1, 1, 2, 3, 3, 6, 7, 0x55, 0xFFFE, 0xFFFE, 0xFFFF)
BITS = (0, 1, 8, 12, 16, 16, 20, 24, 32, 32, 33, 64, 64, 0xFFFF)
MEMBERS = ("", "", "", ":1", ":2", ":0", ":99999999999", f":{CANARY}", ":²")
OTHERS = (b"", b"RIFF", b"RIFX" + bytes(40), b"fLaC", b"OggS", b"RIFF\0\0\0\0WAVE", b"FORM" * 12)


def make(rng: random.Random) -> Case:
    data = rng.choice(OTHERS) if rng.random() < 0.05 else whole_sound(rng)
    for _ in range(rng.choice((0, 1, 1, 2))):
        data = damaged_sound(rng, data)
    return Case(array_command(rng, f"x.wav{rng.choice(MEMBERS)}"), packed("x.wav", data))


def whole_sound(rng: random.Random) -> bytes:
    """Chunks in any order, with samples of any kind: some of these files are in order."""
    encoding, bits, channels = rng.choice(ENCODINGS), rng.choice(BITS), rng.choice((0, 1, 1, 2, 5))
    if rng.random() < 0.6:
        encoding, bits = rng.choice(((1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)))
        channels = rng.choice((1, 1, 2))
    frame = channels * ((bits + 7) // 8)
    rate = rng.choice((8000, 44100, 0, 2**32 - 1))
    about = struct.pack(
        "<2H2I2H", encoding, channels, rate, rate * frame % 2**32, frame % 2**16, bits
    )
    if encoding == 0xFFFE:
        inner = rng.choice(ENCODINGS)
        about += struct.pack("<2HIH", 22, bits, 0, inner) + rng.randbytes(rng.choice((14, 14, 3)))
    chunks = [(b"fmt ", about), (b"data", rng.randbytes(min(frame, 64) * rng.choice((0, 1, 6))))]
    if rng.random() < 0.3:
        chunks.insert(rng.randrange(3), (b"LIST", CANARY.encode()))
    if rng.random() < 0.1:
        rng.shuffle(chunks)
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
        for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def damaged_sound(rng: random.Random, data: bytes) -> bytes:
    """A field of the header or a length of a chunk, or any byte."""
    marks = [at for name in (b"fmt ", b"data", b"LIST") if (at := data.find(name)) >= 0]
    if not marks or rng.random() < 0.3:
        return damaged_bytes(rng, data)
    if rng.random() < 0.5:
        at = rng.choice(marks) + 4
        value = rng.choice((number_of(rng) % 2**32, 2**32 - 1, 0, len(data)))
        return data[:at] + struct.pack("<I", value) + data[at + 4 :]
    at = rng.choice(marks) + 8 + rng.randrange(16)
    return data[:at] + rng.randbytes(1) + data[at + 1 :]
