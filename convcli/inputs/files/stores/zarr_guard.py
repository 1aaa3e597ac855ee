"""A Zarr store that refuses chunks that are missing, empty, or not what they should be.

Zarr itself reads a missing chunk as its fill value. Imported when a store is opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from zarr.abc.store import RangeByteRequest
from zarr.storage import WrapperStore

from convcli.inputs.files.stores.chunk_boxes import chunks_inside
from convcli.inputs.files.stores.faults import CUT, damaged, missing
from convcli.inputs.files.stores.links import StoreFolder
from convcli.inputs.files.stores.packed_sizes import is_whole, unpacked_bytes
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.zarr_metadata import ArrayMetadata

METADATA = frozenset(("zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"))
ABSENT = 2**64 - 1  # the place of a chunk that a shard does not hold
SPARE = 2**20  # bytes beyond twice the chunk, for headers of codecs


class GuardedStore(WrapperStore):  # type: ignore[misc]
    """Chunks of one array, looked at before they are decoded; counts what is fetched."""

    def __init__(self, store: Any, place: StorePlace | None = None) -> None:
        super().__init__(store)
        self.place = place
        self.metadata: ArrayMetadata | None = None
        self.itemsize, self.refuses = 1, True
        self.fetched, self.gets, self.missing = 0, 0, 0
        self._absent: dict[str, Any] = {}
        root = getattr(store, "root", None)
        self._folder = None if root is None else StoreFolder(os.fspath(root))

    def _with_store(self, store: Any) -> GuardedStore:
        other = GuardedStore(store, self.place)
        other.metadata, other.itemsize, other.refuses = self.metadata, self.itemsize, self.refuses
        return other

    def guard(self, metadata: ArrayMetadata, itemsize: int, *, refuses: bool) -> None:
        """From now on check the chunks of this array."""
        self.metadata, self.itemsize, self.refuses = metadata, itemsize, refuses

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        """The bytes of a key, checked. Raises ConvError where they are no chunk."""
        if self.metadata is None or key.rpartition("/")[2] in METADATA:
            return await self._store.get(key, prototype, byte_range)
        self._check_file(key)
        value = await self._store.get(key, prototype, byte_range)
        self.gets += 1
        if value is None:
            self.missing += 1
            if self.refuses:
                raise missing(self._place, key)
            return None
        size = len(value)
        self.fetched += size
        if size == 0:
            raise damaged(self._place, key, "is empty")
        data = memoryview(value.as_numpy_array())
        if self.metadata.shard is None:
            self._check_chunk(key, data)
        else:
            self._check_shard(key, data, byte_range)
        return value

    @property
    def _place(self) -> StorePlace:
        return self.place or StorePlace("store", "")

    def _check_file(self, key: str) -> None:
        """Raises ConvError where a chunk of a folder is no file of its own, or far too long."""
        if self._folder is None:
            return
        path = os.path.join(self._folder.path, key)
        try:
            if not self._folder.holds(path):
                raise damaged(self._place, key, "is behind a link that leads out of the store")
            found = os.stat(path)
        except OSError:
            return
        if not stat.S_ISREG(found.st_mode):
            if stat.S_ISDIR(found.st_mode):
                return
            raise damaged(self._place, key, "is no regular file")
        if found.st_size > self.most_bytes:
            rule = f"has {found.st_size} bytes, more than its numbers can take"
            raise damaged(self._place, key, rule)

    @property
    def most_bytes(self) -> int:
        """The bytes that an object of the array has at most."""
        return self._most_bytes(self._metadata.unit)

    @property
    def _metadata(self) -> ArrayMetadata:
        if self.metadata is None:
            raise ValueError("no array is guarded")
        return self.metadata

    def _most_bytes(self, cells: Sequence[int]) -> int:
        chunks = prod(self._metadata.chunks_of_unit)
        return 2 * prod(cells) * self.itemsize + SPARE + 32 * chunks

    def _check_chunk(self, key: str, data: memoryview) -> None:
        if not is_whole(data, len(data), self._metadata.packing):
            raise damaged(self._place, key, CUT)
        most = self._most_bytes(self._metadata.chunk)
        size = unpacked_bytes(data, self._metadata.packing, most)
        if size > most:
            held = prod(self._metadata.chunk) * self.itemsize
            raise damaged(self._place, key, f"unpacks to more than the {held} bytes of a chunk")

    def _check_shard(self, key: str, data: memoryview, byte_range: Any) -> None:
        """Note which chunks a shard lacks, when its index is read; check chunks by themselves."""
        metadata = self._metadata
        size = metadata.index_bytes
        whole = byte_range is None
        is_range = isinstance(byte_range, RangeByteRequest)
        begins = is_range and byte_range.start == 0 and byte_range.end == size
        is_index = not whole and (not is_range or (metadata.index_at_start and begins))
        if not whole and not is_index:
            if len(data) < byte_range.end - byte_range.start:
                raise damaged(self._place, key, "ends early")
            self._check_chunk(key, data)
            return
        if len(data) < size:
            raise damaged(self._place, key, "ends before the index of its shard")
        part = data[:size] if metadata.index_at_start or not whole else data[-size:]
        index = shard_index(part, metadata)
        self._absent[key] = (index == ABSENT).all(axis=-1)
        if whole:
            for start, length in index[~self._absent[key]].tolist():
                if start + length > len(data):
                    raise damaged(self._place, key, "ends early")
                self._check_chunk(key, data[start : start + length])

    def require_chunks(self, key: str, inside: Sequence[slice]) -> None:
        """Raises ConvError where the shard that was read lacks a chunk of a box inside it."""
        absent = self._absent.get(key)
        if absent is None or not absent.any():
            return
        part = chunks_inside(inside, self._metadata.chunk)
        lacking = np.argwhere(absent[part])
        self.missing += len(lacking)
        if len(lacking) and self.refuses:
            places = zip(lacking[0].tolist(), (run.start for run in part), strict=True)
            raise missing(self._place, key, tuple(at + first for at, first in places))


def shard_index(data: bytes | memoryview, metadata: ArrayMetadata) -> Any:
    """Where each chunk of a shard begins, and its bytes: (*chunks of the shard, 2)."""
    counts = metadata.chunks_of_unit
    return np.frombuffer(data, "<u8", 2 * prod(counts)).reshape(*counts, 2)
