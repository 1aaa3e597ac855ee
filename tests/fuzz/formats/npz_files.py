""".npz archives: members of other names, compressions and counts, damaged structures."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from functools import cache

from tests.fuzz.case import Case, array_command, packed
from tests.fuzz.damage import CANARY, NASTY_TEXTS, damaged_bytes, number_of
from tests.inputs.test_npy_fuzz import damaged, whole_files

COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
NAMES = ("a.npy", "b.npy", "a", "x/y.npy", "../a.npy", "/a.npy", ".npy", "a.npy.npy", "å.npy")
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
FIELDS = {LOCAL: range(4, 30, 2), CENTRAL: range(4, 46, 2), END: range(4, 22, 2)}
BOMB = 2**27  # bytes that a small member unpacks to


def make(rng: random.Random) -> Case:
    members = [(_name(rng), _member(rng)) for _ in range(rng.choice((1, 1, 1, 2, 3, 40)))]
    if rng.random() < 0.2:
        members.append(members[0])
    if rng.random() < 0.02:
        members, data = [("a.npy", b"")], bomb_archive()
    else:
        data = archive_of(members, rng.choice(COMPRESSIONS))
    match rng.randrange(5):
        case 0:
            data = damaged_bytes(rng, data)
        case 1 | 2:
            data = with_field_replaced(rng, data)
        case 3:
            data = data.replace(
                *rng.choice(((LOCAL, b"PK\x03\x05"), (b"a.npy", b"\x1b\x07\xff\xfe\x00")))
            )
    member = rng.choice(("", "", ":a", ":b", f":{members[0][0].removesuffix('.npy')}", ":none"))
    return Case(array_command(rng, "x.npz" + member.replace("\0", "")), packed("x.npz", data))


def archive_of(members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", compression) as archive:
        warnings.simplefilter("ignore")  # that a name is there twice
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return stream.getvalue()


def _name(rng: random.Random) -> str:
    if rng.random() < 0.7:
        return rng.choice(NAMES)
    return rng.choice((CANARY, *NASTY_TEXTS))[:500] + ".npy"


def _member(rng: random.Random) -> bytes:
    data = rng.choice(whole_files())
    return data if rng.random() < 0.6 else damaged(rng, data)


def bomb() -> bytes:
    """An array of zeros that is larger than what the cases allow to be held."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({BOMB // 8},)}}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(BOMB)


@cache
def bomb_archive() -> bytes:
    return archive_of([("a.npy", bomb())], zipfile.ZIP_DEFLATED)


def with_field_replaced(rng: random.Random, data: bytes) -> bytes:
    """One field of a header of the archive set to another number."""
    out = bytearray(data)
    mark = rng.choice((LOCAL, CENTRAL, END))
    at = data.find(mark)
    if at < 0:
        return data
    offset = at + rng.choice(FIELDS[mark])
    width = rng.choice((2, 4))
    value = number_of(rng) & (2 ** (8 * width) - 1)
    out[offset : offset + width] = value.to_bytes(width, "little")
    return bytes(out)
