"""Arrays of Zarr stores, read box by box."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.boundary import library
from convcli.inputs.files.boxes import Box, read_box
from convcli.inputs.files.stores.chunk_boxes import units_of_box
from convcli.inputs.files.stores.faults import CUT, damaged
from convcli.inputs.files.stores.nodes import Node, find_node, import_zarr, open_store, reading
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.plain_chunks import SWITCH, PlainChunks, PlainReader, plain_chunks
from convcli.inputs.files.stores.sources import Stored
from convcli.inputs.files.stores.zarr_metadata import ArrayMetadata, refusal


def opened_array(store: Any, node: Node) -> Any:
    """The array of zarr. Raises ConvError where zarr refuses it."""
    zarr = import_zarr()
    rule = "has metadata that zarr does not read"
    with reading(node.place), library(refusal("store.format", node.place, rule)):
        return zarr.open_array(
            store=store, path=node.place.inner, mode="r", zarr_format=node.format
        )


def plain_or_none(place: StorePlace, array: Any) -> PlainChunks | None:
    """How its chunks are read without zarr, which the user can rule out."""
    return None if os.environ.get(SWITCH) == "0" else plain_chunks(place, array)


class _ByZarr(NamedTuple):
    """An array that zarr has opened, in a store that looks at its chunks."""

    metadata: ArrayMetadata
    array: Any
    store: Any


class ZarrArray:
    """An array of a Zarr store; see `sources.OpenArray`.

    zarr opens it when it is needed: not to read chunks that are plain.
    """

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.dtype = stored.stored.newbyteorder("=")
        self.quick: Any = None
        if stored.plain is not None and stored.plain.is_there:
            self.quick = PlainReader(stored.plain)
        else:
            self.quick = self._quick_reader()

    def _quick_reader(self) -> Any:
        from convcli.inputs.files.stores.quick_reader import quick_reader

        place, (metadata, array, store) = self.stored.place, self._zarr
        plain = plain_or_none(place, array)
        if plain is not None:
            return PlainReader(plain)
        return quick_reader(place, metadata, array, store.most_bytes)

    @cached_property
    def _zarr(self) -> _ByZarr:
        from convcli.inputs.files.stores.zarr_guard import GuardedStore

        stored = self.stored
        store = GuardedStore(open_store(stored.place), stored.place)
        node = find_node(store, stored.place)
        if node is None or node.array is None:
            raise refusal("store.missing_array", stored.place, "holds no Zarr array")
        array = opened_array(store, node)
        store.guard(node.array, stored.stored.itemsize, refuses=not stored.fill)
        return _ByZarr(node.array, array, store)

    @property
    def metadata(self) -> ArrayMetadata:
        """What the store declares."""
        return self._zarr.metadata

    @property
    def array(self) -> Any:
        """The array of zarr."""
        return self._zarr.array

    @property
    def store(self) -> Any:
        """The store that looks at its chunks."""
        return self._zarr.store

    @property
    def fetched(self) -> int:
        """The bytes that the store handed out so far."""
        count: int = self.store.fetched if "_zarr" in self.__dict__ else 0
        return count + (self.quick.fetched if self.quick is not None else 0)

    @property
    def reader(self) -> str:
        """The package that reads it."""
        return "zarr" if self.quick is None else str(self.quick.package)

    def read(self, box: Box) -> Array:
        """The numbers of a box. Raises ConvError where a chunk is missing or damaged."""
        axes = self.stored.axes
        stored_box = axes.of_store(box)
        array = read_box(stored_box, self.dtype, self.read_stored)
        return axes.array_of_layer(array)

    def read_stored(self, box: Sequence[slice]) -> Array:
        """A box by the stored axes."""
        if self.quick is not None:
            found: Array | None = self.quick.read(box)
            if found is not None:
                return found
        with reading(self.stored.place):
            try:
                values = self._numbers(tuple(box))
            except (ConvError, OSError, MemoryError):
                raise
            except Exception as error:  # whatever a codec raises
                raise self._fault(box) from error
        if self.metadata.shard is not None:
            for number, inside in units_of_box(box, self.metadata.unit):
                self.store.require_chunks(self.key(number), inside)
        return values

    def _numbers(self, box: tuple[slice, ...]) -> Array:
        values: Array = np.asarray(self.array[box])
        wanted = tuple(part.stop - part.start for part in box)
        return values.reshape(wanted) if values.shape != wanted else values

    def key(self, number: Sequence[int]) -> str:
        """The key of an object of the store."""
        key = self.array.metadata.encode_chunk_key(tuple(number))
        return f"{self.stored.place.inner}/{key}" if self.stored.place.inner else str(key)

    def _fault(self, box: Sequence[slice]) -> ConvError:
        """The error of the first chunk of a box that cannot be decoded."""
        chunk, shape = self.metadata.chunk, self.metadata.shape
        for number, _ in units_of_box(box, chunk):
            cells = tuple(
                slice(at * n, min((at + 1) * n, size))
                for at, n, size in zip(number, chunk, shape, strict=True)
            )
            try:
                self._numbers(cells)
            except ConvError as error:
                return error
            except Exception:
                unit = tuple(
                    at * n // m for at, n, m in zip(number, chunk, self.metadata.unit, strict=True)
                )
                inside = "" if self.metadata.shard is None else f" (its chunk {number})"
                how = f"{inside} {CUT}".strip()
                return damaged(self.stored.place, self.key(unit), how)
        return refusal("store.damaged", self.stored.place, "was changed while it was read")
