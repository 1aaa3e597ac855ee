"""Local Zarr arrays read through tensorstore, which takes less CPU time than zarr for most codecs.

It reads what is plain and whole alone. Whatever else it meets is left to zarr and its guard, which
read it, or refuse it with its key: the numbers and the errors are the same with it and without.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.stores.chunk_boxes import chunks_inside, units_of_box
from convcli.inputs.files.stores.links import StoreFolder
from convcli.inputs.files.stores.packed_sizes import (
    BLOSC_HEADER,
    is_one_zstd_frame,
    is_whole,
    unpacked_bytes,
)
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.plain_chunks import SWITCH
from convcli.inputs.files.stores.zarr_guard import ABSENT, shard_index
from convcli.inputs.files.stores.zarr_metadata import ArrayMetadata

SHARDED, PLAIN = {"zstd", "crc32c"}, {"zstd", "crc32c", "blosc"}
AT_ONCE = 2**26  # bytes of numbers that are asked for together: all their chunks are in memory


def is_quicker(metadata: ArrayMetadata) -> bool:
    """Whether tensorstore reads chunks of these codecs in less CPU time, and as safely.

    Of a chunk with a checksum and nothing else it makes more copies than zarr. It reads gzip and
    zlib whose checksum was cut off, and makes room for what blosc says, in a shard unseen.
    """
    if not metadata.shape:
        return False
    if metadata.shard is not None:
        return set(metadata.packing) <= SHARDED
    return set(metadata.packing) <= PLAIN and metadata.packing != ("crc32c",)


def quick_reader(
    place: StorePlace, metadata: ArrayMetadata, array: Any, most_bytes: int
) -> QuickReader | None:
    """A reader of an array of zarr; None where tensorstore is not installed or does not fit.

    Objects have at most `most_bytes`; longer ones are left to zarr.

    A file system behind a URL has options of fsspec, which tensorstore does not know.
    """
    if place.is_url or os.environ.get(SWITCH) == "0" or not is_quicker(metadata):
        return None
    folder = os.path.abspath(os.path.join(place.root, place.inner))
    spec = {
        "driver": "zarr3" if metadata.format == 3 else "zarr",
        "kvstore": {"driver": "file", "path": folder + "/"},
        "fill_missing_data_reads": False,
    }
    try:
        import tensorstore

        opened = tensorstore.open(spec, open=True, read=True).result()
        found = opened.dtype.numpy_dtype, opened.shape, opened.chunk_layout.read_chunk.shape
    except (ImportError, ValueError, OSError, NotImplementedError, AttributeError):
        return None  # what it cannot read, or an older one does not know
    if found != (array.dtype.newbyteorder("="), metadata.shape, metadata.chunk):
        return None
    return QuickReader(tensorstore, opened, folder, metadata, array, most_bytes)


class QuickReader:
    """An array that tensorstore has opened; `fetched` counts bytes of its objects."""

    package = "tensorstore"

    def __init__(
        self, tensorstore: Any, opened: Any, folder: str, metadata: ArrayMetadata, array: Any,
        most_bytes: int,
    ) -> None:  # fmt: skip
        self.tensorstore, self.opened, self.folder = tensorstore, opened, folder
        self.most_bytes = most_bytes
        self.metadata, self.dtype, self.fetched = metadata, opened.dtype.numpy_dtype, 0
        self.key = array.metadata.encode_chunk_key
        self.inside = StoreFolder(folder)

    def read(self, box: Sequence[slice]) -> Array | None:
        """The numbers of a box; None where zarr has to look."""
        fetched = 0
        for number, inside in units_of_box(box, self.metadata.unit):
            size = self._fetched(os.path.join(self.folder, self.key(number)), inside)
            if not size:
                return None
            fetched += size
        values = np.empty([part.stop - part.start for part in box], self.dtype)
        target = self.tensorstore.array(values)  # the same memory
        try:
            for part, place in self._parts(box):
                target[place].write(self.opened[part]).result()
        except (ValueError, OSError, NotImplementedError):
            return None
        self.fetched += fetched
        return values

    def _parts(self, box: Sequence[slice]) -> Iterator[tuple[tuple[slice, ...], slice]]:
        """The box in rows of whole objects, each with its place along the first axis."""
        first, *rest = box
        step = self.metadata.unit[0]
        row = prod(part.stop - part.start for part in rest) * step * self.dtype.itemsize
        rows = step * max(1, AT_ONCE // max(row, 1))
        at = first.start
        while at < first.stop:
            end = min(first.stop, (at // step) * step + rows)
            yield (slice(at, end), *rest), slice(at - first.start, end - first.start)
            at = end

    def _fetched(self, path: str, inside: Sequence[slice]) -> int:
        """The bytes of an object that reading takes; 0 where it is not plain and whole."""
        try:
            found = os.lstat(path)
            if not self.inside.holds(path):
                return 0
            if not stat.S_ISREG(found.st_mode) or not 0 < found.st_size <= self.most_bytes:
                return 0
            with open(path, "rb", buffering=0) as file:
                size = found.st_size
                if self.metadata.shard is not None:
                    return self._in_shard(file, size, inside)
                return size if self._is_whole(Part(file, 0, size)) else 0
        except OSError:
            return 0

    def _is_whole(self, data: Part) -> bool:
        """Whether a chunk is of the size that it says, and ends where it should.

        tensorstore would read past neither, but zarr refuses it.
        """
        packing = self.metadata.packing
        header = memoryview(data[:BLOSC_HEADER])
        if not is_whole(header, len(data), packing):
            return False
        if "crc32c" in packing:
            return True
        if "blosc" in packing:
            declared = unpacked_bytes(header, packing, 0)
            return bool(declared == prod(self.metadata.chunk) * self.dtype.itemsize)
        return "zstd" not in packing or is_one_zstd_frame(data)

    def _in_shard(self, file: Any, size: int, inside: Sequence[slice]) -> int:
        """The bytes of the chunks of a box, and of the index that says where they are."""
        metadata = self.metadata
        index_bytes = metadata.index_bytes
        data = Part(file, 0, size)[0 if metadata.index_at_start else max(size - index_bytes, 0) :]
        if len(data) < index_bytes:
            return 0
        index = shard_index(data, metadata)[chunks_inside(inside, metadata.chunk)].reshape(-1, 2)
        if (index == ABSENT).any():
            return 0
        places: list[tuple[int, int]] = index.tolist()
        inner = (Part(file, start, length) for start, length in places if start + length <= size)
        if sum(map(self._is_whole, inner)) < len(places):
            return 0
        return index_bytes + sum(length for _, length in places)


class Part:
    """Bytes of a file that are read when they are asked for."""

    def __init__(self, file: Any, start: int, size: int) -> None:
        self.file, self.start, self.size = file, start, size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, part: slice) -> bytes:
        first, stop, _ = part.indices(self.size)
        self.file.seek(self.start + first)
        found: bytes = self.file.read(max(stop - first, 0))
        return found
