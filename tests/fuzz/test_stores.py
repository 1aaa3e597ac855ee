"""Damaged stores: their metadata and chunks, changed at random, are read or refused in one line."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fuzz.case import Case
from tests.fuzz.driver import Workers

zarr = pytest.importorskip("zarr", "3.1.3")
numcodecs = pytest.importorskip("numcodecs")

WORDS = (
    b'"', b"{", b"}", b"[", b"]", b"null", b"-1", b"1e400", b"NaN", b"0", b"9" * 30, b"true",
    b'"\\ud800"', b'"../x"', b",", b":",
)  # fmt: skip
NUMBERS = (b"0", b"-1", b"7", b"1000000000000", b"1.5", b'"4"', b"null", b"[]")
CASES = 60  # an everyday run; many more by themselves


def made(folder: Path) -> dict[str, str]:
    """Some stores, with the rank of a layer on each."""
    numbers = np.random.default_rng(0).integers(1, 99, (6, 12, 16)).astype("u2")
    for name, format, shards in (("a.zarr", 2, None), ("b.zarr", 3, None), ("c.zarr", 3, (8, 8))):
        array = zarr.create_array(
            str(folder / name), shape=(12, 16), chunks=(4, 4), dtype="u2", zarr_format=format,
            shards=shards,
        )  # fmt: skip
        array[...] = numbers[0]
    stores = dict.fromkeys(("a.zarr", "b.zarr", "c.zarr"), "2")
    axes = [{"name": name, "type": "space"} for name in "yx"]
    scales = [{"axes": axes, "datasets": [{"path": "0"}]}]
    group = zarr.create_group(
        str(folder / "d.zarr"), attributes={"ome": {"version": "0.5", "multiscales": scales}}
    )
    group.create_array("0", data=numbers[0], chunks=(4, 4))
    stores["d.zarr"] = "2"
    try:
        import h5py

        with h5py.File(folder / "x.h5", "w") as file:
            file.create_dataset("a", data=numbers, chunks=(2, 4, 8), compression="gzip")
        stores["x.h5:a"] = "3"
    except ImportError:
        pass
    return stores


def damaged(data: bytes, rng: random.Random) -> bytes:
    """The bytes with one to three changes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        place, way = rng.randrange(len(changed) + 1), rng.random()
        found = list(re.finditer(rb"-?\d+", bytes(changed))) if way >= 0.8 else []
        if found:
            number = rng.choice(found)
            changed[number.start() : number.end()] = rng.choice(NUMBERS)
        elif way < 0.3 and changed:
            changed[place % len(changed)] = rng.randrange(256)
        else:
            word = rng.choice(WORDS) if way < 0.6 else b""
            changed[place : place + rng.randint(0, 9)] = word
    return bytes(changed)


@pytest.mark.parametrize("cases", [CASES, pytest.param(1500, marks=pytest.mark.slow)])
def test_damaged_stores_are_read_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, convcli: Callable[..., Any], cases: int
) -> None:
    monkeypatch.chdir(tmp_path)
    stores, rng = made(tmp_path), random.Random(cases)
    for _ in range(cases):
        name = rng.choice(list(stores))
        root = name.partition(":")[0]
        files = [Path(folder, file) for folder, _, names in os.walk(root) for file in names]
        files = files or [Path(root)]
        metadata = [file for file in files if file.suffix == ".json" or file.name[0] == "."]
        path = rng.choice(metadata if metadata and rng.random() < 0.7 else files)
        data = path.read_bytes()
        path.write_bytes(damaged(data, rng))
        kernel = "x".join("3" * int(stores[name]))
        words = ["run", f"conv{stores[name]}d", name, f"ones:{kernel}", "-o", "y.zarr", "--force"]
        result = convcli(*words, "--max-memory", "64M")
        assert result.status in (0, 2, 3, 4, 5), (path, path.read_bytes()[:2000], result.err)
        errors = [line for line in result.err.splitlines() if "convcli: note:" not in line]
        assert len(errors) == (result.status != 0), (path, path.read_bytes()[:2000], result.err)
        assert result.out == ""
        path.write_bytes(data)


def blosc_kinds() -> dict[str, dict[str, Any]]:
    from zarr import codecs

    blosc = codecs.BloscCodec(cname="lz4")
    return {
        "format 2": {"zarr_format": 2, "compressors": numcodecs.Blosc("lz4")},
        "format 3": {"compressors": blosc},
        "with a checksum": {"compressors": (blosc, codecs.Crc32cCodec())},
        "in a shard": {"chunks": (8,), "shards": (64,), "compressors": blosc},
    }


@pytest.mark.parametrize("quick", ["0", "1"])
def test_blosc_reads_no_further_than_its_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: str
) -> None:
    """Its decoder would read at a place that the header names, as far as the header says."""
    monkeypatch.setenv("CONVCLI_TENSORSTORE", quick)
    with Workers() as workers:
        for kind, options in blosc_kinds().items():
            folder = tmp_path / kind / "x.zarr"
            array = zarr.create_array(str(folder), shape=64, dtype="u2", **options)
            array[...] = np.arange(64, dtype="u2")
            files = {
                str(path.relative_to(folder.parent)): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
            key, whole = next(item for item in files.items() if item[0].endswith("0"))
            for length, place in ((2**31 - 1, 0x70000000), (2**31 - 1, 16), (40, 16), (0, 16)):
                data = whole[:12] + np.array([length, place], "<i4").tobytes() + whole[20:]
                if kind == "with a checksum":
                    data = bytes(numcodecs.CRC32C(location="end").encode(data[:-4]))
                case = Case(
                    ("run", "conv1d", "x.zarr", "ones:1"), tuple({**files, key: data}.items())
                )
                outcome = workers.run(case)
                assert (outcome.ended, outcome.status, outcome.out) == ("", 3, b""), kind
                assert b"cannot be decoded: it was cut short or changed" in outcome.err


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ({"zarr_format": 2, "filters": [numcodecs.Blosc()], "compressors": None}, True),
        ({"zarr_format": 2, "filters": [numcodecs.Delta("u2")]}, False),
        ({"compressors": ("blosc", "gzip")}, True),
        ({"compressors": ("blosc", "blosc")}, True),
        ({"compressors": ("blosc", "crc32c", "crc32c")}, False),
        ({"compressors": ("gzip", "blosc")}, False),
    ],
)
def test_chunks_of_blosc_are_packed_last(
    convcli: Callable[..., Any], tmp_path: Path, options: dict[str, Any], refused: bool
) -> None:
    """Inside something else its header is not seen before it is decoded."""
    from zarr import codecs

    made = {"blosc": codecs.BloscCodec, "gzip": codecs.GzipCodec, "crc32c": codecs.Crc32cCodec}
    if isinstance(names := options.get("compressors"), tuple):
        options = {**options, "compressors": [made[name]() for name in names]}
    array = zarr.create_array(str(tmp_path / "x.zarr"), shape=64, dtype="u2", **options)
    array[...] = np.arange(64, dtype="u2")
    ran = convcli("run", "conv1d", str(tmp_path / "x.zarr"), "ones:1", "-q")
    assert ran.status == (3 if refused else 0), ran.err
    assert ("blosc" in ran.err) == refused
