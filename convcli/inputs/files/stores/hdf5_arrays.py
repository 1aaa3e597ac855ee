"""Datasets of HDF5, read box by box through h5py."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError, failed_import
from convcli.inputs.files.boundary import library
from convcli.inputs.files.boxes import Box, read_box
from convcli.inputs.files.stores.axes import known_names, requested_axes
from convcli.inputs.files.stores.faults import CUT, damaged
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.requests import Request
from convcli.inputs.files.stores.sources import Stored
from convcli.inputs.files.stores.zarr_metadata import UNREADABLE, refusal

FILTERS = {
    1,
    2,
    3,
    6,
    32000,
    32001,
    32004,
    32015,
}  # deflate, shuffle, fletcher32, scale-offset, ...
LISTED = 1000  # datasets of a file that are looked at
NUMERIC_KINDS = "biufc"


def import_h5py() -> Any:
    """The package h5py. Raises ConvError where it is missing."""
    try:
        import h5py
    except ImportError as error:
        raise failed_import("hdf5.package", "h5py", "hdf5", error, parameter="X") from None
    return h5py


def find_array(place: StorePlace, request: Request) -> Stored:
    """The dataset of a file that the path inside names, or the only one.

    Raises ConvError where there is none, or it is not clear which.
    """
    if request.level is not None:
        rule = "is of OME-Zarr; a dataset of HDF5 is named behind a colon, like x.h5:data"
        raise ConvError("level.image", rule, parameter="level", got=request.level)
    with _file(place) as file, library(refusal("hdf5.format", place, UNREADABLE)):
        name = place.inner or _only_dataset(file, place)
        dataset = _dataset(file, place, name)
        shape, chunks = tuple(dataset.shape), dataset.chunks
        axes = requested_axes(request.axes, _names(dataset), shape, request.rank)
        # A dataset without chunks hands out any cells; so does one of a single number an axis.
        chunk = tuple(chunks) if chunks is not None else (1,) * len(shape)
        own = tuple(max(min(n, size), 1) for n, size in zip(chunk, shape, strict=True))
        taken = prod(chunk) * dataset.dtype.itemsize if chunks is not None else 0
        packing = (str(dataset.compression),) if dataset.compression is not None else ()
        header = repr((name, shape, str(dataset.dtype), chunks, dataset.compression)).encode()
        return Stored(
            place._replace(inner=name), __name__, axes.of_layer(shape), axes.of_layer(own),
            axes.of_layer(own), np.dtype(dataset.dtype), axes, request.fill, unpacked=taken,
            told=(("metadata", hashlib.sha256(header).hexdigest()),), packing=packing,
            named=_names(dataset) is not None or request.axes is not None,
        )  # fmt: skip


def _file(place: StorePlace) -> Any:
    h5py = import_h5py()
    try:
        return h5py.File(place.root, "r")
    except OSError as error:
        if not os.path.exists(place.root):
            raise refusal("array.missing", place, "no such file") from None
        raise refusal("hdf5.format", place, "is no HDF5 file, or a damaged one") from error


def _dataset(file: Any, place: StorePlace, name: str) -> Any:
    """The dataset of a name inside this file: a link out of it is not followed."""
    h5py = import_h5py()
    steps, group = [step for step in name.split("/") if step], file
    for step in steps:
        link = group.get(step, getlink=True) if isinstance(group, h5py.Group) else None
        if isinstance(link, h5py.ExternalLink):
            raise refusal("hdf5.link", place, "is a link to another file, which is not followed")
        group = group.get(step) if link is not None else None
    if not isinstance(group, h5py.Dataset):
        names = list(_datasets(file))[:6]
        hint = f"In it: {', '.join(f'{place.root}:{each}' for each in names)}." if names else None
        raise refusal(
            "array.member", place, "has no dataset {name!r}", fields={"name": name}, hint=hint
        )
    if group.dtype.kind not in NUMERIC_KINDS or group.shape is None:
        rule = "holds no numbers; integers, floats and complex numbers can be read"
        raise refusal("store.dtype", place, rule)
    if group.is_virtual or group.external:
        rule = "has its numbers in other files, which are not read"
        raise refusal("hdf5.link", place, rule)
    plist = group.id.get_create_plist()
    for number in range(plist.get_nfilters()):
        if plist.get_filter(number)[0] not in FILTERS:
            rule = "is packed by a filter that is not read"
            raise refusal("store.codec", place, rule)
    return group


def _only_dataset(file: Any, place: StorePlace) -> str:
    names = list(_datasets(file))
    if len(names) == 1:
        return names[0]
    shown = ", ".join(f"{place.root}:{name}" for name in names[:6])
    rule = "holds several datasets" if names else "holds no dataset of numbers"
    hint = f"Name one: {shown}." if names else None
    raise refusal("array.member", place, rule, hint=hint)


def _datasets(group: Any, prefix: str = "", depth: int = 0) -> Iterator[str]:
    """The names of datasets of numbers, without links to other files."""
    h5py = import_h5py()
    if depth > 16:
        return
    for count, name in enumerate(group):
        link = group.get(name, getlink=True)
        if count >= LISTED or not isinstance(link, h5py.HardLink):
            continue
        found = group.get(name)
        if isinstance(found, h5py.Group):
            yield from _datasets(found, f"{prefix}{name}/", depth + 1)
        elif isinstance(found, h5py.Dataset) and found.dtype.kind in NUMERIC_KINDS:
            yield f"{prefix}{name}"


def _names(dataset: Any) -> tuple[str, ...] | None:
    """The labels of the dimensions, or the axes that ilastik writes, where we know them."""
    tags: Mapping[str, Any] = dataset.attrs
    try:
        labels = [dimension.label for dimension in dataset.dims]
        found = known_names(labels, len(dataset.shape))
        if found is None and isinstance(tags.get("axes"), str):
            found = known_names(list(tags["axes"]), len(dataset.shape))
    except (OSError, RuntimeError, ValueError, KeyError):
        return None
    return found


def open_array(stored: Stored) -> Hdf5Array:
    """The dataset, to be read box by box."""
    file = _file(stored.place)
    with library(refusal("hdf5.format", stored.place, UNREADABLE)):
        return Hdf5Array(stored, _dataset(file, stored.place, stored.place.inner))


class Hdf5Array:
    """See `sources.OpenArray`."""

    reader = "h5py"

    def __init__(self, stored: Stored, dataset: Any) -> None:
        self.stored, self.dataset, self.fetched = stored, dataset, 0

    def read(self, box: Box) -> Array:
        """The numbers of a box. Raises ConvError where a chunk is missing or damaged."""
        axes = self.stored.axes
        array = read_box(axes.of_store(box), self.stored.stored.newbyteorder("="), self._read)
        return axes.array_of_layer(array)

    def _read(self, box: Sequence[slice]) -> Array:
        if self.dataset.chunks is None:
            self._require_storage(box)
        else:
            for place in self._chunks(box):
                self._require_chunk(place)
        try:
            return np.asarray(self.dataset[tuple(box)])
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise self._damaged(box) from error

    def _require_storage(self, box: Sequence[slice]) -> None:
        """A dataset without chunks takes room in the file once a number of it was written."""
        size = self.dataset.id.get_storage_size()
        if size == 0 and self.dataset.size and not self.stored.fill:
            rule = "was never written: HDF5 would read the fill value"
            raise refusal("store.missing", self.stored.place, rule, hint="Or add `missing` fill.")
        self.fetched += prod(part.stop - part.start for part in box) * self.dataset.dtype.itemsize

    def _require_chunk(self, place: tuple[int, ...]) -> None:
        """Raises ConvError where a chunk is missing, or is longer than it can be."""
        from convcli.inputs.files.stores.faults import missing

        try:
            info = self.dataset.id.get_chunk_info_by_coord(place)
        except (OSError, RuntimeError, ValueError) as error:
            key = self._key(place)
            raise damaged(self.stored.place, key, "is not in the index of the file") from error
        if info.byte_offset is None:
            if not self.stored.fill:
                raise missing(self.stored.place, self._key(place))
            return
        self.fetched += info.size

    def _key(self, place: tuple[int, ...]) -> str:
        return f"{self.stored.place.inner}{list(place)}"

    def _chunks(self, box: Sequence[slice]) -> Iterator[tuple[int, ...]]:
        """The first cell of each chunk that a box touches."""
        return product(
            *(
                range(part.start // n * n, part.stop, n)
                for part, n in zip(box, self.dataset.chunks, strict=True)
            )
        )

    def _damaged(self, box: Sequence[slice]) -> ConvError:
        for place in self._chunks(box) if self.dataset.chunks is not None else ():
            cells = tuple(
                slice(at, min(at + n, size))
                for at, n, size in zip(place, self.dataset.chunks, self.dataset.shape, strict=True)
            )
            try:
                self.dataset[cells]
            except (OSError, RuntimeError, ValueError, KeyError):
                return damaged(self.stored.place, self._key(place), CUT)
        return damaged(self.stored.place, self.stored.place.inner, CUT)
