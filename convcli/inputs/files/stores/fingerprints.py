"""What decides the numbers of a stored result: a result is only continued from the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.spec import ConvSpec
from convcli.inputs.files.stores.outputs import StoredOutput
from convcli.inputs.files.stores.sources import KEYS, Stored

LOOKED_AT = 4096  # objects of the input whose time of change is noted, evenly spread
LOOKED_AT_URL = 256
PART = 2**22  # numbers that are hashed together
APART = ("version", "run", "complete")  # of a record: they may differ


def hashed(array: Array | None) -> str | None:
    """The SHA-256 of an array's shape, type and numbers; None of no array."""
    if array is None:
        return None
    found = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    flat = np.ascontiguousarray(array).reshape(-1)
    for first in range(0, flat.size, PART):
        found.update(flat[first : first + PART].tobytes())
    return found.hexdigest()


def layer_record(
    spec: ConvSpec, weight: Array, bias: Array | None, separable: bool
) -> dict[str, Any]:
    """The layer and its numbers, and whether its kernel is replaced by a product of vectors."""
    axes = [
        [axis.kernel_size, axis.stride, axis.dilation, *axis.pad, axis.output_padding]
        for axis in spec.axes
    ]
    layer = {
        "in_channels": spec.in_channels, "out_channels": spec.out_channels, "groups": spec.groups,
        "padding_mode": spec.padding_mode, "transposed": spec.transposed, "axes": axes,
    }  # fmt: skip
    if separable:
        layer["separable"] = True
    return {"layer": layer, "weight": hashed(weight), "bias": hashed(bias)}


def input_record(stored: Stored) -> dict[str, Any]:
    """The input: where it is, its shape and type, and what tells that it was changed."""
    if stored.numbers is not None:
        found = {"shape": list(stored.shape), "dtype": stored.stored.str}
        return {**found, "numbers": hashed(stored.numbers)}
    return {
        "path": stored.place.text,
        "axes": list(stored.axes.names),
        "shape": list(stored.axes.of_store(stored.shape)),
        "dtype": stored.stored.str,
        "missing": "fill" if stored.fill else "refuse",
        **{key: value for key, value in stored.told if key != KEYS},
        **_changed(stored),
    }


def output_record(output: StoredOutput) -> dict[str, Any]:
    """The output: its shape, type and chunks."""
    stored = output.axes.of_store
    return {
        "format": output.format,
        "shape": list(stored(output.shape)),
        "dtype": output.dtype.str,
        "chunks": list(stored(output.chunk)),
        "shards": None if output.shard is None else list(stored(output.shard)),
        "levels": 1 if output.image is None else len(output.image.levels),
    }


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """(key, before, now) of what differs in two records, by dotted keys."""
    for key in sorted({*was, *now} - set(APART)):
        before, after = was.get(key), now.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            for inner, first, second in differences(before, after):
                yield f"{key}.{inner}", first, second
        elif before != after:
            yield key, before, after


def _changed(stored: Stored) -> dict[str, Any]:
    """A hash of the sizes and times of change, or ETags, of objects of the input.

    Of files also when the newest one was changed, for people.
    """
    names = list(_objects(stored))
    read = _of_url(stored) if stored.place.is_url else _of_file
    with ThreadPoolExecutor(16) as pool:
        states = list(pool.map(read, names))
    found = {"changed": hashlib.sha256(repr([len(names), states]).encode()).hexdigest()}
    if stored.place.is_url:
        return found
    newest = max((time for _, time in filter(None, states)), default=0)
    moment = datetime.fromtimestamp(newest // 10**9, UTC)
    return {**found, "newest": f"{moment:%Y-%m-%d %H:%M:%S} UTC"}


def _objects(stored: Stored) -> Iterator[str]:
    place = stored.place
    root = place.root
    if not place.is_url and os.path.isfile(root):
        yield root
        return
    inner = f"{root}/{place.inner}" if place.inner else root
    for name in ("zarr.json", ".zarray", "attributes.json"):
        yield f"{inner}/{name}"
    keys = dict(stored.told).get(KEYS)
    if keys is None:
        return
    shape, unit = stored.axes.of_store(stored.shape), stored.axes.of_store(stored.unit)
    counts = [-(-size // max(n, 1)) for size, n in zip(shape, unit, strict=True)]
    total, most = prod(counts), LOOKED_AT_URL if place.is_url else LOOKED_AT
    lead, separator = str(keys).split("|", 1)
    for number in sorted(
        {total * i // most for i in range(most)} if total > most else range(total)
    ):
        at, rest = [], number
        for count in reversed(counts):
            rest, last = divmod(rest, count)
            at.append(str(last))
        yield f"{inner}/{lead}{separator.join(reversed(at))}"


def _of_file(path: str) -> Any:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _of_url(stored: Stored) -> Any:
    from fsspec.core import url_to_fs

    from convcli.inputs.files.stores.places import storage_options

    system, _ = url_to_fs(stored.place.root, **storage_options("X"))

    def state(url: str) -> Any:
        try:
            found = system.info(system._strip_protocol(url))
        except OSError:
            return None
        kept = ("ETag", "etag", "LastModified", "mtime", "created", "size")
        return [str(found.get(key)) for key in kept]

    return state
