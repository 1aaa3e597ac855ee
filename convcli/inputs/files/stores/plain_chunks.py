"""Chunks of local folders that are nothing but numbers, at most with a checksum after them.

Their files are read and written without zarr, whose copies and tasks take several times the CPU
time. Zarr says what a chunk of an array is. Whatever is not as it should be is left to zarr and its
guard, which read it or refuse it with its key.
"""

from __future__ import annotations

import os
import stat
import sys
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.arrays import Array
from convcli.inputs.files.stores.buffers import Buffers
from convcli.inputs.files.stores.chunk_boxes import units_of_box
from convcli.inputs.files.stores.links import StoreFolder
from convcli.inputs.files.stores.places import StorePlace

SWITCH = "CONVCLI_TENSORSTORE"  # 0: zarr reads all
CHECKSUM = 4  # bytes of crc32c, after the numbers
PIECE = 2**15  # bytes that are read in the time that a call takes
WRITTEN = 2**17  # bytes that are written at once: for more, the system takes large pages of memory
DOCUMENTS = ("zarr.json", ".zarray")
# A link is left to zarr's guard, and a pipe has no writer to wait for.
FLAGS = ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
_FLAGS = sum(getattr(os, name, 0) for name in FLAGS)
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class PlainChunks:
    """An array whose objects are chunks of numbers in this machine's order, in C order.

    A value that another process can use. Shapes are those of the store; `lead` and `separator` make
    the names of the files.
    """

    folder: str
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    dtype: np.dtype[Any]
    checksum: bool
    lead: str
    separator: str

    @property
    def numbers(self) -> int:
        """The bytes of the numbers of a chunk."""
        return prod(self.chunk) * self.dtype.itemsize

    @property
    def size(self) -> int:
        """The bytes of an object."""
        return self.numbers + CHECKSUM * self.checksum

    def path(self, number: Sequence[int]) -> str:
        """The file of a chunk."""
        return os.path.join(self.folder, self.lead + self.separator.join(map(str, number)))

    @property
    def least(self) -> tuple[int, ...]:
        """What is read at least: along the first axes any cell, where rows are read by themselves.

        >>> PlainChunks("", (512,) * 3, (128,) * 3, np.dtype("f4"), False, "", "").least
        (1, 1, 128)
        """
        if self.checksum:
            return self.chunk
        calls = (prod(self.chunk[:axis]) for axis in range(len(self.chunk)))
        return tuple(
            1 if 2 * PIECE * count <= self.numbers else n
            for count, n in zip(calls, self.chunk, strict=True)
        )

    @property
    def is_there(self) -> bool:
        """Whether the folder holds an array, as far as can be seen from outside."""
        return any(os.path.isfile(os.path.join(self.folder, name)) for name in DOCUMENTS)


def plain_chunks(place: StorePlace, array: Any) -> PlainChunks | None:
    """How the objects of an array of zarr are read and written; None where they are not plain."""
    dtype = array.dtype
    if place.is_url or sys.byteorder != "little" or not isinstance(dtype, np.dtype):
        return None
    names = _codecs(array)
    if names not in (["bytes"], ["bytes", "crc32c"]) or not array.shape or not dtype.isnative:
        return None
    if "crc32c" in names and not _has_checksums():
        return None
    key = array.metadata.encode_chunk_key
    lead, _, rest = key((0,) * len(array.shape)).partition("0")
    folder = os.path.abspath(os.path.join(place.root, place.inner))
    found = PlainChunks(
        folder, tuple(array.shape), tuple(array.chunks), dtype, "crc32c" in names, lead,
        rest.partition("0")[0],
    )  # fmt: skip
    example = tuple(range(9, 9 + len(array.shape)))
    return found if found.path(example) == os.path.join(folder, key(example)) else None


def _codecs(array: Any) -> list[str]:
    """The codecs of an array that make bytes of its numbers; empty where zarr has to say."""
    metadata = array.metadata
    if metadata.zarr_format == 2:
        plain = metadata.compressor is None and not metadata.filters and metadata.order == "C"
        return ["bytes"] if plain else []
    found = [codec.to_dict() for codec in metadata.codecs]
    endian = found[0].get("configuration", {}).get("endian", "little") if found else ""
    return [str(codec["name"]) for codec in found] if endian == "little" else []


def checksum_of(data: Bytes) -> bytes:
    """The bytes of crc32c, by the package that zarr uses for it. Raises ImportError."""
    try:
        import google_crc32c

        found: int = google_crc32c.value(data)
    except ImportError:  # zarr 3.1.3 and before
        import crc32c

        found = crc32c.crc32c(data)
    return found.to_bytes(CHECKSUM, "little")


def _has_checksums() -> bool:
    try:
        checksum_of(np.empty(0, np.uint8))
    except ImportError:
        return False
    return True


class PlainReader:
    """Reads boxes of an array; `fetched` counts the bytes that were read of its files."""

    package = "numpy"

    def __init__(self, chunks: PlainChunks) -> None:
        self.chunks, self.fetched = chunks, 0
        self.buffers, self.scratch = Buffers(), Buffers()
        self.inside = StoreFolder(chunks.folder)

    def read(self, box: Sequence[slice]) -> Array | None:
        """The numbers of a box; None where zarr has to look."""
        chunks = self.chunks
        sizes = [part.stop - part.start for part in box]
        if not prod(sizes):
            return None
        values = self.buffers.empty(sizes, chunks.dtype)
        scratch = self.scratch.empty((chunks.size,), np.dtype(np.uint8))
        fetched = 0
        for number, inside in units_of_box(box, chunks.chunk):
            place = tuple(
                slice(at * n + run.start - part.start, at * n + run.stop - part.start)
                for at, n, run, part in zip(number, chunks.chunk, inside, box, strict=True)
            )
            read = self._chunk(chunks.path(number), inside, values[place], scratch)
            if not read:
                return None
            fetched += read
        self.fetched += fetched
        return values

    def _chunk(self, path: str, inside: Sequence[slice], target: Array, scratch: Bytes) -> int:
        """Read a part of a chunk: the bytes that this took, 0 where it is not whole."""
        chunks = self.chunks
        if not self.inside.holds(path):
            return 0
        try:
            with open(path, "rb", buffering=0, opener=_opened) as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode) or found.st_size != chunks.size:
                    return 0
                if not chunks.checksum:
                    return self._pieces(file, inside, target, scratch)
                if not _filled(file, 0, scratch) or not _is_right(scratch):
                    return 0
        except (OSError, ImportError):
            return 0
        numbers = scratch[: chunks.numbers].view(chunks.dtype).reshape(chunks.chunk)
        target[...] = numbers[tuple(inside)]
        return chunks.size

    def _pieces(self, file: Any, inside: Sequence[slice], target: Array, scratch: Bytes) -> int:
        """Read the rows of a chunk that a box has, in as many pieces as take the least time."""
        chunk, dtype = self.chunks.chunk, self.chunks.dtype
        counts = [run.stop - run.start for run in inside]
        rows = [prod(chunk[axis + 1 :]) * dtype.itemsize for axis in range(len(chunk))]

        def cost(axis: int) -> int:
            return int(prod(counts[:axis]) * (counts[axis] * rows[axis] + PIECE))

        axis = min(range(len(chunk)), key=cost)
        size = counts[axis] * rows[axis]
        cells = scratch[:size].view(dtype).reshape(counts[axis], *chunk[axis + 1 :])
        part: tuple[slice, ...] = (slice(None), *inside[axis + 1 :])
        piece = cells[part]
        places = list(product(*map(range, counts[:axis])))
        for place in places:
            starts = [at + run.start for at, run in zip(place, inside[:axis], strict=True)]
            starts.append(inside[axis].start)
            at = sum(start * row for start, row in zip(starts, rows[: axis + 1], strict=True))
            if not _filled(file, at, scratch[:size]):
                return 0
            target[place] = piece
        return int(size) * len(places)


def _opened(path: str, flags: int) -> int:
    if not hasattr(os, "O_NOFOLLOW") and os.path.islink(path):
        raise OSError("is a link")
    return os.open(path, flags | _FLAGS)


def _is_right(data: Bytes) -> bool:
    return data[-CHECKSUM:].tobytes() == checksum_of(data[:-CHECKSUM])


def _filled(file: Any, at: int, target: Bytes) -> bool:
    """Whether a file has all the bytes from a place on that fill the target."""
    file.seek(at)
    view = target.data
    while view:
        count = file.readinto(view)
        if not count:
            return False
        view = view[count:]
    return True


def write_chunk(chunks: PlainChunks, number: Sequence[int], values: Array) -> None:
    """Write a whole chunk, or nothing of it: as zarr does, with zeros beyond the array.

    Raises OSError.
    """
    values = np.asarray(values, chunks.dtype)
    if values.shape != chunks.chunk:
        inner = tuple(slice(0, size) for size in values.shape)
        values, cells = np.zeros(chunks.chunk, chunks.dtype), values
        values[inner] = cells
    data = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    parts = [data.data]
    if chunks.checksum:
        parts.append(memoryview(checksum_of(data)))
    path = chunks.path(number)
    partial = f"{path}.{uuid.uuid4().hex}.partial"
    try:
        with _new_file(partial) as file:
            for part in parts:
                _write_all(file, part)
        os.replace(partial, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(partial)
        raise


def _write_all(file: Any, data: memoryview) -> None:
    while data:
        data = data[file.write(data[:WRITTEN]) :]


def _new_file(path: str) -> Any:
    try:
        return open(path, "xb", buffering=0)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return open(path, "xb", buffering=0)
