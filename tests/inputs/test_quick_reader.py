"""Zarr read through tensorstore: the numbers, the errors and the fingerprint of zarr."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.errors import ConvError
from convcli.inputs.files.stores.fingerprints import input_record
from convcli.inputs.files.stores.inputs import find_stored
from convcli.inputs.files.stores.requests import Request

zarr = pytest.importorskip("zarr", "3.1.3")
pytest.importorskip("tensorstore")

SHAPE = (10, 13, 11)
CHUNKS = {"chunks": (4, 4, 3)}
SHARDS = {"chunks": (2, 4, 3), "shards": (4, 8, 6)}


def layouts() -> dict[str, dict[str, Any]]:
    import numcodecs
    from zarr import codecs

    crc = codecs.Crc32cCodec()
    return {
        "zstd": {**CHUNKS, "compressors": codecs.ZstdCodec(checksum=True)},
        "zstd, crc32c": {**CHUNKS, "compressors": [codecs.ZstdCodec(), crc]},
        "blosc": {**CHUNKS, "compressors": codecs.BloscCodec(typesize=4)},
        "other keys": {**CHUNKS, "chunk_key_encoding": {"name": "v2", "separator": "."}},
        "transposed": {**CHUNKS, "filters": [codecs.TransposeCodec(order=(2, 0, 1))]},
        "sharded": {**SHARDS, "compressors": [codecs.ZstdCodec(), crc]},
        "sharded, zstd": {**SHARDS, "compressors": codecs.ZstdCodec(checksum=True)},
        "sharded, raw": {**SHARDS, "compressors": None},
        "format 2": {**CHUNKS, "zarr_format": 2, "compressors": numcodecs.Zstd()},
        "format 2, blosc": {
            **CHUNKS, "zarr_format": 2, "compressors": numcodecs.Blosc("lz4"), "order": "F",
            "chunk_key_encoding": {"name": "v2", "separator": "/"},
        },
    }  # fmt: skip


LAYOUTS = tuple(layouts())


@pytest.fixture
def x() -> Any:
    return np.random.default_rng(0).integers(1, 99, SHAPE).astype("i4")


def made(path: Path, x: Any, **options: Any) -> str:
    options.setdefault("zarr_format", 3)
    array = zarr.create_array(str(path), shape=x.shape, dtype=x.dtype, **options)
    array[...] = x
    return str(path)


def opened(path: str, *, fill: bool = False) -> Any:
    found = find_stored(path, Request(3, fill=fill))
    assert found is not None
    return found.open()


def boxes() -> Iterator[tuple[slice, ...]]:
    rng = random.Random(0)
    yield tuple(slice(0, size) for size in SHAPE)
    for _ in range(8):
        ends = [sorted(rng.sample(range(size + 1), 2)) for size in SHAPE]
        yield tuple(slice(*pair) for pair in ends)


def outcome(array: Any, box: tuple[slice, ...]) -> Any:
    """The bytes of a box, or the error."""
    try:
        return array.read((slice(0, 1), *box)).tobytes()
    except ConvError as error:
        return str(error)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_numbers_and_fingerprint_with_it_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: Any, layout: str
) -> None:
    path = made(tmp_path / "x.zarr", x, **layouts()[layout])
    quick = opened(path)
    monkeypatch.setenv("CONVCLI_TENSORSTORE", "0")
    plain = opened(path)
    assert (quick.reader, plain.reader) == ("tensorstore", "zarr")
    assert input_record(quick.stored) == input_record(plain.stored)
    for box in boxes():
        monkeypatch.setattr(plain.store, "fetched", 0)
        before = quick.fetched
        found = quick.read((slice(0, 1), *box))
        assert found.dtype == x.dtype
        assert np.array_equal(found[0], x[box])
        assert outcome(plain, box) == found.tobytes()
        assert quick.fetched - before == plain.fetched
    assert quick.store.fetched == 0


@pytest.mark.parametrize(
    "layout",
    [
        name if name in ("zstd", "sharded, zstd") else pytest.param(name, marks=pytest.mark.slow)
        for name in LAYOUTS
    ],
)
def test_damage_has_the_same_outcome_with_it_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: Any, layout: str
) -> None:
    path = made(tmp_path / "x.zarr", x, **layouts()[layout])
    files = sorted(
        file for file in Path(path).rglob("*") if file.is_file() and file.suffix != ".json"
        and not file.name.startswith(".")
    )  # fmt: skip
    rng, whole = random.Random(layout), next(boxes())
    refused = 0
    for number in range(12):
        file = rng.choice(files)
        data = file.read_bytes()
        at = rng.randrange(len(data))
        flipped = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        damage = [flipped, flipped, data[:at], b"", data + b"\0", None][number % 6]
        file.unlink() if damage is None else file.write_bytes(damage)
        fill = number >= 6
        monkeypatch.delenv("CONVCLI_TENSORSTORE", raising=False)
        found = outcome(opened(path, fill=fill), whole)
        monkeypatch.setenv("CONVCLI_TENSORSTORE", "0")
        assert found == outcome(opened(path, fill=fill), whole)
        refused += isinstance(found, str)
        file.write_bytes(data)
    assert refused >= 5


@pytest.mark.parametrize("layout", ["zstd", "sharded", "format 2"])
def test_a_chunk_that_vanishes_after_the_look_at_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: Any, layout: str
) -> None:
    path = made(tmp_path / "x.zarr", x, **layouts()[layout])
    array = opened(path)
    monkeypatch.setattr(array.quick, "_fetched", lambda *_: 1)
    next(file for file in Path(path).rglob("*1*") if file.is_file()).unlink()
    assert "store.missing" in _code(array)


def _code(array: Any) -> str:
    with pytest.raises(ConvError) as caught:
        array.read((slice(0, 1), *next(boxes())))
    return caught.value.code


def test_a_box_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: Any) -> None:
    from convcli.inputs.files.stores import quick_reader

    monkeypatch.setattr(quick_reader, "AT_ONCE", 1)
    array = opened(made(tmp_path / "x.zarr", x, **SHARDS))
    for box in boxes():
        assert np.array_equal(array.read((slice(0, 1), *box))[0], x[box])


def test_what_it_is_not_quicker_for_stays_with_zarr(tmp_path: Path, x: Any) -> None:
    import numcodecs
    from zarr import codecs

    crc = codecs.Crc32cCodec()
    kept: list[dict[str, Any]] = [
        {**CHUNKS, "compressors": crc, "filters": [codecs.TransposeCodec(order=(2, 0, 1))]},
        {**SHARDS, "compressors": codecs.BloscCodec()},
        {**CHUNKS, "zarr_format": 2, "compressors": numcodecs.Zstd(checksum=True)},
        {**CHUNKS, "zarr_format": 2, "compressors": None, "filters": [numcodecs.Delta("i4")]},
        {**CHUNKS, "zarr_format": 2, "compressors": numcodecs.LZ4()},
        {**CHUNKS, "zarr_format": 2, "compressors": numcodecs.Zlib()},
        {**CHUNKS, "compressors": codecs.GzipCodec()},
    ]
    for number, options in zip(count(), kept, strict=False):
        array = opened(made(tmp_path / f"{number}.zarr", x, **options))
        assert (array.reader, outcome(array, next(boxes()))) == ("zarr", x.tobytes())


def test_the_command_says_what_reads_x(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, convcli: Any, x: Any
) -> None:
    made(tmp_path / "x.zarr", x, **CHUNKS)
    words = ["run", "conv3d", tmp_path / "x.zarr", "ones:1x1x1", "-v", "-o", tmp_path / "y.zarr"]
    assert convcli(*words).err == "convcli: X is read by tensorstore\n"
    monkeypatch.setenv("CONVCLI_TENSORSTORE", "0")
    said = convcli(*words, "--force", "--lang", "zh").err
    assert said == "convcli: 由 zarr 读取 X\n"
    kept = convcli(*words, "--resume", "-q").err
    assert kept.startswith("convcli: X is read by zarr\n")


def test_it_is_not_needed_and_urls_are_not_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: Any
) -> None:
    pytest.importorskip("fsspec")
    made(tmp_path / "x.zarr", x, **CHUNKS)
    assert opened(f"local://{tmp_path}/x.zarr").reader == "zarr"
    monkeypatch.setitem(sys.modules, "tensorstore", None)
    assert opened(str(tmp_path / "x.zarr")).reader == "zarr"
