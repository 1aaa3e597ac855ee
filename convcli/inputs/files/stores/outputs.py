"""The Zarr store of a result: made before anything is computed, filled by units, marked last."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.units import Unit, UnitGrid
from convcli.inputs.files.stores.axes import StoredAxes
from convcli.inputs.files.stores.existing import LOOKING, RECORD, require_own, writing
from convcli.inputs.files.stores.nodes import import_zarr, open_store
from convcli.inputs.files.stores.ome import Image, ome_attributes
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.plain_chunks import PlainChunks, plain_chunks, write_chunk


@dataclass(frozen=True)
class StoredOutput:
    """The array of a result in a store: a value that another process can open.

    `place` is the group, or the array where there is no image; the array of a level of an image is
    inside it. Shapes are those of the layer, (*batch, C, *spatial); the store has `axes`.
    """

    place: StorePlace
    format: int
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    shard: tuple[int, ...] | None
    dtype: np.dtype[Any]
    axes: StoredAxes
    packing: tuple[str, ...] = ()
    image: Image | None = None
    named: bool = False  # whether the names of the axes are known
    plain: PlainChunks | None = None  # how its files are written without zarr, once it is made

    @property
    def array_place(self) -> StorePlace:
        """Where the array of full resolution is."""
        return self.place if self.image is None else self.place.at(self.image.levels[0].path)

    @property
    def grid(self) -> UnitGrid:
        """The units that are written whole."""
        return UnitGrid(self.shape, self.shard or self.chunk)

    def level(self, number: int, shape: tuple[int, ...]) -> StoredOutput:
        """The array of another level, as an output of its own."""
        path = self.image.levels[number].path if self.image is not None else ""
        return replace(self, place=self.place.at(path), image=None, shape=shape, plain=None)


def begin(output: StoredOutput, record: Mapping[str, Any]) -> None:
    """Make the arrays, without their numbers, and note in the attributes what they will be."""
    zarr = import_zarr("output")
    with writing(output.place):
        store = open_store(output.place, "output", write=True)
        attributes: dict[str, Any] = {RECORD: dict(record)}
        if output.image is None:
            _make_array(zarr, store, output, attributes)
            return
        attributes |= ome_attributes(output.image, output.format)
        zarr.create_group(
            store, path=output.place.inner, zarr_format=output.format, attributes=attributes
        )
        for number, shape in enumerate(level_shapes(output)):
            _make_array(zarr, store, output.level(number, shape), {})


def level_shapes(output: StoredOutput) -> Iterator[tuple[int, ...]]:
    """The shape of each level: half the cells of the one before on the axes of the layer."""
    shape, rank = output.shape, len(output.axes.spatial)
    for _ in output.image.levels if output.image is not None else ():
        yield shape
        shape = (*shape[:-rank], *(-(-size // 2) for size in shape[-rank:]))


def _make_array(zarr: Any, store: Any, output: StoredOutput, attributes: Mapping[str, Any]) -> None:
    stored = output.axes.of_store
    shape = stored(output.shape)
    grid = {"chunks": stored(_within(output.chunk, output.shape))}
    if output.shard is not None:
        grid["shards"] = stored(output.shard)
        grid["chunks"] = stored(output.chunk)
    attributes = dict(attributes)
    names = list(output.axes.names) if output.named else None
    if output.format == 2 and names is not None:
        attributes["_ARRAY_DIMENSIONS"] = names
    options: dict[str, Any] = (
        {"dimension_names": names}
        if output.format == 3
        else {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
    )
    zarr.create_array(
        store, name=output.place.inner or None, shape=shape, dtype=output.dtype, **grid,
        compressors=_compressors(output), filters=None, fill_value=0, attributes=attributes,
        zarr_format=output.format, config={"write_empty_chunks": True}, **options,
    )  # fmt: skip


def _within(chunk: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(max(min(n, size), 1) for n, size in zip(chunk, shape, strict=True))


def _compressors(output: StoredOutput) -> Any:
    """Packed as the input is, and with a checksum, so that a damaged chunk cannot be read."""
    if output.format == 2:  # the one codec of format 2 that many readers have, with a checksum
        from numcodecs import Zstd

        return Zstd(level=1, checksum=True)
    from zarr.codecs import BloscCodec, Crc32cCodec, GzipCodec, ZstdCodec

    made = {"blosc": BloscCodec, "gzip": GzipCodec, "zstd": ZstdCodec, "zlib": GzipCodec}
    plain = [name for name in output.packing if name != "crc32c"]
    if not plain:
        return [Crc32cCodec()]
    options = {"zstd": {"level": 1}, "gzip": {"level": 1}, "zlib": {"level": 1}}
    name = plain[-1] if plain[-1] in made else "zstd"
    return [made[name](**options.get(name, {})), Crc32cCodec()]


class Units:
    """The array of an output, open to be written unit by unit; see `blockwise.Sink`.

    With the name of a `run`, writing ends where the store is no longer of that run. Chunks that are
    plain are written without zarr, which opens the array when it is needed.
    """

    def __init__(self, output: StoredOutput, run: str = "") -> None:
        self.output, self.grid = output, output.grid
        self.run, self.looked = run, time.monotonic()
        self.written = 0  # bytes before they are packed
        self.plain = output.plain
        if self.plain is None or not self.plain.is_there:
            self.plain = plain_chunks(output.array_place, self.array)

    @cached_property
    def store(self) -> Any:
        """The store of zarr. Raises ConvError of kind "write"."""
        with writing(self.output.place):
            return open_store(self.output.place, "output", write=True)

    @cached_property
    def array(self) -> Any:
        """The array of zarr. Raises ConvError of kind "write"."""
        zarr = import_zarr("output")
        with writing(self.output.place):
            return zarr.open_array(
                store=self.store, path=self.output.array_place.inner, mode="r+",
                zarr_format=self.output.format, config={"write_empty_chunks": True},
            )  # fmt: skip

    def write(self, unit: Unit, values: Array) -> None:
        """Write all cells of a unit. Raises ConvError of kind "write"."""
        axes = self.output.axes
        if self.run and time.monotonic() > self.looked + LOOKING:
            require_own(self.output.place, self.run)
            self.looked = time.monotonic()
        stored = axes.array_of_store(values)
        with writing(self.output.place):
            if self.plain is not None:
                write_chunk(self.plain, axes.of_store(unit), stored)
            else:
                self.array[axes.of_store(self.grid.box(unit))] = stored
        self.written += values.nbytes

    def has(self, unit: Unit) -> bool:
        """Whether the object of a unit is there; a store writes it whole or not at all."""
        if self.plain is not None:
            return os.path.isfile(self.plain.path(self.output.axes.of_store(unit)))
        from zarr.core.sync import sync

        with writing(self.output.place):
            found: bool = sync(self.store.exists(self.key(unit)))
        return found

    def drop(self, unit: Unit) -> None:
        """Remove the object of a unit. Raises ConvError of kind "write"."""
        from zarr.core.sync import sync

        with writing(self.output.place):
            sync(self.store.delete(self.key(unit)))

    def key(self, unit: Unit) -> str:
        """The key of the object of a unit."""
        key = self.array.metadata.encode_chunk_key(self.output.axes.of_store(unit))
        inner = self.output.array_place.inner
        return f"{inner}/{key}" if inner else str(key)


def set_record(output: StoredOutput, record: Mapping[str, Any]) -> None:
    """Replace what the attributes say of how the store was made."""
    zarr = import_zarr("output")
    with writing(output.place):
        store = open_store(output.place, "output", write=True)
        node = zarr.open(store=store, path=output.place.inner, mode="r+", zarr_format=output.format)
        node.attrs[RECORD] = dict(record)
