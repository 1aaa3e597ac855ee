"""NIfTI volumes: fields of the header, extensions and the gzip layer damaged."""

from __future__ import annotations

import gzip
import random
import struct

from tests.fuzz.case import Case, array_command, packed
from tests.fuzz.damage import CANARY, damaged_bytes, number_of

HEADER = 348
SHORTS = (
    *range(40, 56, 2),
    68,
    70,
    72,
    74,
    252,
    254,
)  # dim, intent, datatype, bitpix, slice, qform, sform
FLOATS = (
    *range(76, 108, 4),
    108,
    112,
    116,
    124,
    *range(256, 328, 4),
)  # pixdim, vox_offset, slope, inter, affines
DATATYPES = (
    0,
    1,
    2,
    4,
    8,
    16,
    32,
    64,
    128,
    256,
    512,
    768,
    1024,
    1280,
    1536,
    1792,
    2048,
    2304,
    9999,
)
SIZES = ((4, 4, 3), (4, 4, 3), (5, 6), (3, 3, 2, 2), (7,), (2, 3, 2, 1, 3), (2, 2, 1, 2, 2, 1, 2))
MEMBERS = (
    "", "", "", ":t=0", ":t=channels", ":t=batch", ":z=1", ":z=channels", ":t=1,u=channels", ":x=9",
    ":t=0,z=0", f":{CANARY}=1", ":t=999999999", ":",
)  # fmt: skip
FLOAT_VALUES = (0.0, 1.0, -1.0, 352.0, 353.5, 1e9, -352.0, float("nan"), float("inf"), 1e-30)


def make(rng: random.Random) -> Case:
    data = whole_volume(rng)
    member = rng.choice(MEMBERS)
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = damaged_volume(rng, data)
    if rng.random() < 0.4:
        packed_data = gzip.compress(data, mtime=0)
        if rng.random() < 0.5:
            packed_data = damaged_bytes(rng, packed_data)
        return Case(array_command(rng, f"x.nii.gz{member}"), packed("x.nii.gz", packed_data))
    return Case(array_command(rng, f"x.nii{member}"), packed("x.nii", data))


def whole_volume(rng: random.Random) -> bytes:
    """The bytes of a small volume, in either byte order."""
    order = rng.choice("<>")
    sizes = rng.choice(
        ((4, 4, 3), (5, 6), (3, 3, 2, 2), (7,), (2, 3, 2, 1, 3), (2, 2, 1, 2, 2, 1, 2))
    )
    out = bytearray(HEADER + 4)
    count = 1
    for size in sizes:
        count *= size
    dims = (len(sizes), *sizes, *(1,) * (7 - len(sizes)))
    struct.pack_into(f"{order}i", out, 0, HEADER)
    struct.pack_into(f"{order}8h", out, 40, *dims)
    struct.pack_into(f"{order}2h", out, 70, 4, 16)
    struct.pack_into(f"{order}8f", out, 76, *(1.0,) * 8)
    struct.pack_into(f"{order}3f", out, 108, HEADER + 4, rng.choice((0.0, 1.0, 2.5)), 0.0)
    out[344:348] = b"n+1\0"
    return bytes(out) + struct.pack(f"{order}{count}h", *range(count))


def damaged_volume(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    order = rng.choice("<>")
    match rng.randrange(8):
        case 0 | 1:
            value = rng.choice((0, 1, -1, 7, 8, 32767, -32768, *DATATYPES))
            _put(out, rng.choice(SHORTS), struct.pack(f"{order}h", value))
        case 2:
            _put(out, rng.choice(FLOATS), struct.pack(f"{order}f", rng.choice(FLOAT_VALUES)))
        case 3:
            _put(out, 344, rng.choice((b"n+2\0", b"ni1\0", b"\0\0\0\0", b"n+1x", rng.randbytes(4))))
        case 4:
            _put(
                out, 0, struct.pack(f"{order}i", rng.choice((0, 540, 348, number_of(rng) % 2**31)))
            )
        case 5:
            _put(
                out,
                348,
                b"\1\0\0\0" + struct.pack(f"{order}2i", rng.choice((0, 8, 16, -1, 2**30)), 6),
            )
        case 6:
            _put(out, 148, b"\x1b[31mCANARY\x07" * 4)  # the description
        case 7:
            return damaged_bytes(rng, bytes(out))
    return bytes(out)


def _put(out: bytearray, at: int, data: bytes) -> None:
    out[at : at + len(data)] = data
