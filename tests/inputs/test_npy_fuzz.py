"""Damaged .npy files: each is read, or refused with a ConvError before memory is allocated."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.npy import read_npy
from tests.long_loops import everyday_and_long

MOST = 10**6  # bytes that a header may speak of


def whole_files() -> list[bytes]:
    arrays = [
        np.arange(6).reshape(2, 3),
        np.ones(4, ">f2"),
        np.asfortranarray(np.ones((2, 2), np.complex64)),
        np.zeros((0, 3)),
        np.array(7),
    ]
    files = []
    for array in arrays:
        for version in ((1, 0), (2, 0), (3, 0)):
            stream = io.BytesIO()
            np.lib.format.write_array(stream, array, version=version)
            files.append(stream.getvalue())
    return files


BYTES = (b"\x00", b"9" * 30, b"'", b"(", b"\xff\xff\xff\xff", b"-1", b", ")
TYPES = (b"|O", b"<U9", b"|V8", b"<f8", b"<m8", b"|b1", b"<i3")
SIZES = (
    b"(99999999999,",
    b"(-2,",
    b"(2.0,",
    b"((2,),",
    b"(True,",
    b"(10**9,",
    b"(99999999999999999999,",
)


def damaged(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(6):
            case 0:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                out[at:at] = rng.choice((*BYTES, rng.randbytes(4)))
            case 2:
                del out[at : at + rng.choice((1, 2, 8, 64))]
            case 3:
                del out[at:]
            case 4:
                out = out.replace(rng.choice((b"<i8", b">f2", b"<c8", b"<f8")), rng.choice(TYPES))
            case 5:
                out = out.replace(b"(2,", rng.choice(SIZES))
    return bytes(out)


@everyday_and_long("count", 10_000, 100_000)
def test_damaged_files_are_read_or_refused(count: int) -> None:
    rng, files = random.Random(0), whole_files()
    refused = 0

    def admit(size: int) -> None:
        if size > MOST:
            raise ConvError("memory.limit", "too much", kind="memory")

    for number in range(count):
        data = damaged(rng, rng.choice(files))
        try:
            array = read_npy(io.BytesIO(data), "X", admit=admit)
        except ConvError as error:
            said = error
            refused += 1
        else:
            said = None
            assert array.dtype.kind in "biufc", number
            assert array.dtype.isnative, number
            assert array.nbytes <= len(data), number
        assert said is None or (said.kind in ("data", "memory") and "\n" not in str(said)), number
    assert count * 0.5 < refused < count * 0.99


def test_a_small_archive_of_a_huge_array_is_refused_before_anything_is_taken(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bomb.npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 20, 1 << 10)}
    )
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w") as entry,
    ):
        entry.write(header.getvalue())
        entry.write(bytes(1 << 20))
    asked: list[int] = []

    def admit(size: int) -> None:
        asked.append(size)
        raise ConvError("memory.limit", "too much", kind="memory")

    with pytest.raises(ConvError) as caught:
        read_array(str(path), "X", 2, admit=admit)
    assert (caught.value.kind, asked) == ("memory", [8 << 30])
