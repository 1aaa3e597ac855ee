"""Chunks that are read and written without zarr: its numbers, its errors and its bytes."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from convcli.errors import ConvError
from convcli.inputs.files.stores import plain_chunks as module
from convcli.inputs.files.stores.buffers import LEAST, Buffers
from convcli.inputs.files.stores.fingerprints import input_record
from convcli.inputs.files.stores.inputs import find_stored
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.plain_chunks import plain_chunks, write_chunk
from convcli.inputs.files.stores.requests import Request

zarr = pytest.importorskip("zarr", "3.1.3")

SHAPE = (10, 13, 11)
CHUNKS = {"chunks": (4, 4, 3)}


def layouts() -> dict[str, dict[str, Any]]:
    from zarr import codecs

    crc = codecs.Crc32cCodec()
    return {
        "raw": {**CHUNKS, "compressors": None},
        "checksum": {**CHUNKS, "compressors": crc},
        "larger than the array": {"chunks": (16, 20, 12), "compressors": crc},
        "other keys": {
            **CHUNKS, "compressors": crc,
            "chunk_key_encoding": {"name": "v2", "separator": "."},
        },
        "format 2": {**CHUNKS, "zarr_format": 2, "compressors": None},
        "format 2, folders": {
            **CHUNKS, "zarr_format": 2, "compressors": None,
            "chunk_key_encoding": {"name": "v2", "separator": "/"},
        },
    }  # fmt: skip


LAYOUTS = tuple(layouts())


@pytest.fixture
def x() -> Any:
    return np.random.default_rng(0).integers(1, 99, SHAPE).astype("i4")


def made(path: Path, x: Any, **options: Any) -> str:
    options = {"zarr_format": 3, "config": {"write_empty_chunks": True}, **options}
    array = zarr.create_array(str(path), shape=x.shape, dtype=x.dtype, **options)
    array[...] = x
    return str(path)


def opened(path: str, *, fill: bool = False, rank: int = 3) -> Any:
    found = find_stored(path, Request(rank, fill=fill))
    assert found is not None
    return found.open()


def boxes(shape: tuple[int, ...] = SHAPE) -> Iterator[tuple[slice, ...]]:
    rng = random.Random(0)
    yield tuple(slice(0, size) for size in shape)
    for _ in range(12):
        ends = [sorted(rng.sample(range(size + 1), 2)) for size in shape]
        yield tuple(slice(*pair) for pair in ends)


def outcome(array: Any, box: tuple[slice, ...]) -> Any:
    """The bytes of a box, or the error."""
    try:
        return array.read((slice(0, 1), *box)).tobytes()
    except ConvError as error:
        return str(error)


@pytest.mark.parametrize("piece", [1, 10**6])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_numbers_and_the_fingerprint_of_zarr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: Any, layout: str, piece: int
) -> None:
    monkeypatch.setattr(module, "PIECE", piece)  # small and large pieces of a chunk
    path = made(tmp_path / "x.zarr", x, **layouts()[layout])
    plain = opened(path)
    monkeypatch.setenv("CONVCLI_TENSORSTORE", "0")
    other = opened(path)
    assert (plain.reader, other.reader) == ("numpy", "zarr")
    assert input_record(plain.stored) == input_record(other.stored)
    for box in boxes():
        before = plain.fetched, other.fetched
        found = plain.read((slice(0, 1), *box))
        assert (found.dtype, found.flags.writeable) == (x.dtype, True)
        assert np.array_equal(found[0], x[box])
        assert outcome(other, box) == found.tobytes()
        fetched = plain.fetched - before[0], other.fetched - before[1]
        if plain.stored.plain.checksum:
            assert fetched[0] == fetched[1]
        else:  # rows that are not needed are not read
            assert found.nbytes <= fetched[0] <= fetched[1]
    assert plain.store.fetched == 0


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [("i1", (7,)), ("?", (5, 6)), ("u8", (7,)), ("f2", (5, 6)), ("c16", (2, 3, 2, 3, 4))],
)
def test_any_type_and_rank(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).integers(0, 2, shape).astype(dtype)
    chunks = tuple(size // 2 for size in shape)
    for name in ("raw", "checksum"):
        path = made(tmp_path / f"{name}.zarr", x, **{**layouts()[name], "chunks": chunks})
        array = opened(path, rank=min(len(shape), 3))
        assert array.reader == "numpy"
        for box in boxes(shape):
            assert np.array_equal(array.read_stored(box), x[box])


def files_of(path: str) -> list[Path]:
    return sorted(
        file for file in Path(path).rglob("*") if file.is_file() and file.suffix != ".json"
        and not file.name.startswith(".")
    )  # fmt: skip


def flipped(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


@pytest.mark.parametrize("layout", ["raw", "checksum", "format 2"])
def test_damage_has_the_outcome_of_zarr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: Any, layout: str
) -> None:
    path = made(tmp_path / "x.zarr", x, **layouts()[layout])
    rng, whole = random.Random(layout), next(boxes())
    elsewhere = tmp_path / "elsewhere"
    damages: list[Callable[[Path, bytes], Any]] = [
        lambda file, data: file.write_bytes(flipped(data, rng)),
        lambda file, data: file.write_bytes(data[: rng.randrange(len(data))]),
        lambda file, data: file.write_bytes(b""),
        lambda file, data: file.write_bytes(data + b"\0"),
        lambda file, data: file.write_bytes(data + b"\0\0\0\0"),
        lambda file, data: file.unlink(),
        lambda file, data: (file.unlink(), file.mkdir()),
        lambda file, data: (file.unlink(), elsewhere.write_bytes(data), file.symlink_to(elsewhere)),
        lambda file, data: (file.unlink(), file.symlink_to(files_of(path)[0])),
        lambda file, data: (file.unlink(), file.symlink_to(file)),
    ]
    if hasattr(os, "mkfifo"):
        damages.append(lambda file, data: (file.unlink(), os.mkfifo(file)))
    refused = 0
    for fill in (False, True):
        for damage in damages:
            file = rng.choice(files_of(path)[1:])
            data = file.read_bytes()
            damage(file, data)
            monkeypatch.delenv("CONVCLI_TENSORSTORE", raising=False)
            array = opened(path, fill=fill)
            assert array.reader == "numpy"
            found = outcome(array, whole)
            monkeypatch.setenv("CONVCLI_TENSORSTORE", "0")
            assert found == outcome(opened(path, fill=fill), whole)
            refused += isinstance(found, str)
            file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink(
                missing_ok=True
            )
            file.write_bytes(data)
    assert refused >= 12


def test_a_file_that_shrinks_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: Any
) -> None:
    for number, layout in enumerate(["raw", "checksum"]):
        array = opened(made(tmp_path / f"{number}.zarr", x, **layouts()[layout]))
        file = files_of(str(tmp_path / f"{number}.zarr"))[3]
        whole = os.stat(file)
        file.write_bytes(file.read_bytes()[:-40])
        with monkeypatch.context() as patch:
            looked = SimpleNamespace(st_mode=whole.st_mode, st_size=whole.st_size)
            patch.setattr(module.os, "fstat", lambda _, looked=looked: looked)
            assert array.quick.read(next(boxes())) is None
        assert "damaged chunk" in outcome(array, next(boxes()))


def test_what_is_not_plain_is_left_to_others(tmp_path: Path, x: Any) -> None:
    import numcodecs
    from zarr import codecs

    crc = codecs.Crc32cCodec()
    others: list[dict[str, Any]] = [
        {**CHUNKS, "compressors": codecs.ZstdCodec()},
        {**CHUNKS, "compressors": [codecs.ZstdCodec(), crc]},
        {**CHUNKS, "compressors": [crc, crc]},
        {**CHUNKS, "compressors": None, "serializer": codecs.BytesCodec(endian="big")},
        {**CHUNKS, "compressors": crc, "filters": [codecs.TransposeCodec(order=(2, 0, 1))]},
        {"chunks": (2, 4, 3), "shards": (4, 8, 6), "compressors": None},
        {**CHUNKS, "zarr_format": 2, "compressors": None, "order": "F"},
        {**CHUNKS, "zarr_format": 2, "compressors": None, "filters": [numcodecs.Delta("i4")]},
        {**CHUNKS, "zarr_format": 2, "compressors": numcodecs.Zstd()},
    ]
    for number, options in enumerate(others):
        array = opened(made(tmp_path / f"{number}.zarr", x, **options))
        assert array.stored.plain is None
        assert (array.reader != "numpy", outcome(array, next(boxes()))) == (True, x.tobytes())
    big = opened(made(tmp_path / "big.zarr", x.astype(">i4"), **layouts()["format 2"]))
    assert big.stored.plain is None


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*") if file.is_file()
    }  # fmt: skip


@pytest.mark.parametrize("dtype", ["i4", "f2", "c16"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_bytes_that_zarr_writes(tmp_path: Path, x: Any, layout: str, dtype: str) -> None:
    x = x.astype(dtype)
    x[:5] = 0  # chunks of zeros are written too
    folders = tmp_path / "zarr", tmp_path / "plain"
    options = {"zarr_format": 3, "config": {"write_empty_chunks": True}, **layouts()[layout]}
    first, second = (
        zarr.create_array(str(folder), shape=x.shape, dtype=dtype, fill_value=0, **options)
        for folder in folders
    )
    first[...] = x
    chunks = plain_chunks(StorePlace(str(folders[1]), ""), second)
    assert chunks is not None
    for number in np.ndindex(*(-(-n // m) for n, m in zip(SHAPE, chunks.chunk, strict=True))):
        box = tuple(slice(at * n, (at + 1) * n) for at, n in zip(number, chunks.chunk, strict=True))
        write_chunk(chunks, number, x[box])
    assert tree(folders[1]) == tree(folders[0])
    for file in files_of(str(folders[1])):
        assert file.stat().st_mode == (folders[0] / file.relative_to(folders[1])).stat().st_mode


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x: Any
) -> None:
    path = made(tmp_path / "y.zarr", x, **layouts()["checksum"])
    chunks = plain_chunks(StorePlace(path, ""), zarr.open_array(path))
    assert chunks is not None
    before = tree(tmp_path)

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    for owner, name in ((module, "_write_all"), (module.os, "replace")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fail)
            with pytest.raises(OSError, match="No space"):
                write_chunk(chunks, (0, 0, 0), np.zeros((4, 4, 3), "i4"))
        assert tree(tmp_path) == before


def test_memory_is_used_again_only_when_no_view_of_it_is_left() -> None:
    buffers, dtype = Buffers(), np.dtype("i4")
    arrays = [buffers.empty((LEAST // 4 + n,), dtype) for n in range(5)]
    for number, array in enumerate(arrays):
        array[:] = number
    views = [array[1:].reshape(-1, 1)[::2].T for array in arrays]
    del array, arrays
    later = [buffers.empty((LEAST // 4,), dtype) for _ in range(5)]
    for array in later:
        array[:] = 99
    assert [set(view.ravel().tolist()) for view in views] == [{n} for n in range(5)]
    del views, array, later
    assert len(buffers._idle) == 2
    larger = buffers.empty((2, LEAST), dtype)
    assert (larger.nbytes, buffers._idle) == (8 * LEAST, [])  # the old ones are not kept beside it
