"""Arrays of N5, read through tensorstore."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError, failed_import
from convcli.inputs.files.boxes import Box, read_box
from convcli.inputs.files.stores.axes import known_names, requested_axes
from convcli.inputs.files.stores.links import StoreFolder
from convcli.inputs.files.stores.nodes import require_document
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.requests import Request
from convcli.inputs.files.stores.sources import KEYS, Stored
from convcli.inputs.files.stores.zarr_metadata import MOST_METADATA, parse_document, refusal

TYPES = {
    f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)
} | {"float32", "float64"}  # fmt: skip
PACKING = {"raw", "gzip", "bzip2", "xz", "blosc", "zstd"}
DOCUMENT = "attributes.json"


def find_array(place: StorePlace, request: Request) -> Stored:
    """The array of a folder of N5, whose axes are stored last first: dimensions x, y, z are zyx.

    Raises ConvError where it is none, or nothing says what its axes are.
    """
    if place.is_url:
        rule = "is N5 behind a URL, which is not read: copy it to a folder"
        raise refusal("n5.url", place, rule)
    if request.level is not None:
        rule = "is of OME-Zarr; an array of N5 is named by its path, like X.n5/s1"
        raise ConvError("level.image", rule, parameter="level", got=request.level)
    document = _document(place)
    shape, chunk = (_sizes(document.get(key), place) for key in ("dimensions", "blockSize"))
    dtype, packing = document.get("dataType"), document.get("compression")
    kind = packing.get("type") if isinstance(packing, dict) else None
    if not isinstance(dtype, str) or dtype not in TYPES or len(shape) != len(chunk):
        raise refusal("n5.format", place, "is no N5 array of numbers")
    if not isinstance(kind, str) or kind not in PACKING:
        raise refusal("store.codec", place, "is packed in a way that is not read")
    names = document.get("axes")
    named = known_names(names[::-1], len(shape)) if isinstance(names, list) else None
    axes = requested_axes(request.axes, named, shape, request.rank)
    told = ("metadata", hashlib.sha256(repr(sorted(document.items())).encode()).hexdigest())
    own = tuple(max(min(n, size), 1) for n, size in zip(chunk, shape, strict=True))
    return Stored(
        place, __name__, axes.of_layer(shape), axes.of_layer(own), axes.of_layer(own),
        np.dtype(dtype), axes, request.fill, packing=() if kind == "raw" else (str(kind),),
        told=(told, (KEYS, "|/")), named=named is not None or request.axes is not None,
        unpacked=prod(chunk) * np.dtype(dtype).itemsize,
    )  # fmt: skip


def _document(place: StorePlace) -> dict[str, Any]:
    path = os.path.join(place.root, place.inner, DOCUMENT)
    require_document(place, path)
    try:
        with open(path, "rb") as stream:
            return parse_document(stream.read(MOST_METADATA + 1), place)
    except OSError:
        folder = os.path.join(place.root, place.inner)
        names = sorted(os.listdir(folder))[:6] if os.path.isdir(folder) else []
        hint = f"In it: {', '.join(place.at(name).text for name in names)}." if names else None
        raise refusal("store.missing_array", place, "holds no N5 array", hint=hint) from None


def _sizes(value: Any, place: StorePlace) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(n) is int and 0 < n < 2**62 for n in value):
        raise refusal("n5.format", place, "is no N5 array of numbers")
    return tuple(value[::-1])


def open_array(stored: Stored) -> N5Array:
    """The array, to be read box by box. Raises ConvError without tensorstore."""
    try:
        import tensorstore
    except ImportError as error:
        raise failed_import("n5.package", "tensorstore", "n5", error, parameter="X") from None
    path = os.path.join(stored.place.root, stored.place.inner)
    spec = {"driver": "n5", "kvstore": {"driver": "file", "path": path + "/"}}
    try:
        array = tensorstore.open(spec, open=True, read=True).result()
    except (ValueError, OSError, NotImplementedError) as error:
        raise refusal("n5.format", stored.place, "is no N5 array that tensorstore reads") from error
    return N5Array(stored, array, path)


class N5Array:
    """See `sources.OpenArray`."""

    reader = "tensorstore"

    def __init__(self, stored: Stored, array: Any, path: str) -> None:
        self.stored, self.array, self.path, self.fetched = stored, array, path, 0
        self.inside = StoreFolder(stored.place.root)

    def read(self, box: Box) -> Array:
        """The numbers of a box. Raises ConvError where a block is missing or damaged."""
        axes = self.stored.axes
        array = read_box(axes.of_store(box), self.stored.stored, self._read)
        return axes.array_of_layer(array)

    def _read(self, box: Sequence[slice]) -> Array:
        blocks = list(self._blocks(box))
        for key in blocks:
            self._require_file(key)
            try:
                self.fetched += os.path.getsize(os.path.join(self.path, key))
            except OSError:
                if not self.stored.fill:
                    from convcli.inputs.files.stores.faults import missing

                    raise missing(self.stored.place, self._key(key)) from None
        numbers = self.array[tuple(box[::-1])]
        try:
            return np.asarray(numbers.read().result()).transpose()
        except (ValueError, OSError) as error:
            from convcli.inputs.files.stores.faults import CUT, damaged

            key = next((key for key in blocks if self._is_damaged(key)), blocks[0])
            raise damaged(self.stored.place, self._key(key), CUT) from error

    def _require_file(self, key: str) -> None:
        """Raises ConvError where a block is no file of the store."""
        from convcli.inputs.files.stores.faults import damaged

        path = os.path.join(self.path, key)
        if not self.inside.holds(path):
            how = "is behind a link that leads out of the store"
        elif os.path.exists(path) and not os.path.isfile(path):
            how = "is no regular file"
        else:
            return
        raise damaged(self.stored.place, self._key(key), how)

    def _key(self, key: str) -> str:
        return f"{self.stored.place.inner}/{key}" if self.stored.place.inner else key

    def _blocks(self, box: Sequence[slice]) -> list[str]:
        """The files of the blocks that a box touches: numbered by the first stored axis."""
        steps = self.stored.axes.of_store(self.stored.chunk)
        ranges = [
            range(part.start // n, -(-part.stop // n)) for part, n in zip(box, steps, strict=True)
        ]
        return ["/".join(map(str, place)) for place in product(*ranges[::-1])]

    def _is_damaged(self, key: str) -> bool:
        steps = self.stored.axes.of_store(self.stored.chunk)
        shape = self.stored.axes.of_store(self.stored.shape)
        places = list(map(int, key.split("/")))[::-1]
        box = tuple(
            slice(at * n, min((at + 1) * n, size))
            for at, n, size in zip(places, steps, shape, strict=True)
        )
        if not prod(part.stop - part.start for part in box):
            return False
        try:
            self.array[box[::-1]].read().result()
        except (ValueError, OSError):
            return True
        return False
