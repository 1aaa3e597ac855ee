"""Groups and arrays of a Zarr store: opened, with their metadata checked first."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from warnings import catch_warnings

from convcli.errors import ConvError, failed_import
from convcli.inputs.files.stores.links import StoreFolder
from convcli.inputs.files.stores.places import StorePlace, storage_options
from convcli.inputs.files.stores.zarr_metadata import (
    ArrayMetadata,
    array_metadata,
    parse_document,
    refusal,
)

FLOOR = 3, 1, 3  # of zarr
REMOTE = ("botocore", "aiobotocore", "aiohttp", "gcsfs")  # packages whose errors are no OSError


class Node(NamedTuple):
    """A group or an array (where `array` is there) at a place, with its attributes."""

    place: StorePlace
    format: int
    attributes: Mapping[str, Any]
    array: ArrayMetadata | None
    document: bytes


def import_zarr(name: str = "X") -> Any:
    """The package zarr. Raises ConvError where it is missing or too old."""
    try:
        # numcodecs tells of another checksum package, past the filters of warnings that it finds.
        with catch_warnings(record=True):
            import zarr
            import zarr.storage

        # Before, a chunk whose writing ended early, as on a full disk, was left cut short.
        if tuple(map(int, re.findall(r"\d+", zarr.__version__)[:3])) < FLOOR:
            raise ModuleNotFoundError("zarr 3.1.3 or later")
    except ImportError as error:
        raise failed_import("zarr.package", "zarr>=3.1.3", "zarr", error, parameter=name) from None
    return zarr


def open_store(place: StorePlace, name: str = "X", *, write: bool = False) -> Any:
    """The zarr store at the root of a place. Raises ConvError where it cannot be reached."""
    import_zarr(name)
    from zarr.storage import FsspecStore, LocalStore

    if not place.is_url:
        return LocalStore(place.root, read_only=not write)
    # A listing that was remembered would hide what another process wrote.
    with_options = {"use_listings_cache": False, **storage_options(name)}
    try:
        return FsspecStore.from_url(place.root, with_options, read_only=not write)
    except ImportError as error:
        extra = "s3" if place.root.startswith("s3:") else "zarr"
        package = "s3fs" if extra == "s3" else "fsspec"
        raise failed_import("store.package", package, extra, error, parameter=name) from None
    except (ValueError, TypeError) as error:
        scheme = place.root.partition(":")[0]
        rule = "names a file system {scheme!r} that cannot be opened"
        fields = {"scheme": scheme}
        raise ConvError(
            "store.url", rule, parameter=name, got=place.text, kind="data", fields=fields
        ) from error


def read_key(store: Any, key: str, place: StorePlace, name: str = "X") -> bytes | None:
    """The bytes of a key, None where there is none. Raises ConvError where it cannot be read."""
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    with reading(place, name):
        if not place.is_url:
            require_document(place, os.path.join(place.root, key), name)
        value = sync(store.get(key, default_buffer_prototype()))
    return None if value is None else bytes(value.to_bytes())


def require_document(place: StorePlace, path: str, name: str = "X") -> None:
    """Raises ConvError where a file of metadata is no file of the store."""
    if not StoreFolder(place.root).holds(path):
        rule = "has metadata behind a link that leads out of the store"
        raise ConvError("store.format", rule, parameter=name, got=place.text, kind="data")
    if os.path.exists(path) and not os.path.isdir(path) and not os.path.isfile(path):
        rule = "has metadata that is no regular file"
        raise ConvError("store.format", rule, parameter=name, got=place.text, kind="data")


class reading:
    """Errors of a store's file system, as those of the store."""

    def __init__(self, place: StorePlace, name: str = "X") -> None:
        self.place, self.name = place, name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, ConvError) or not isinstance(error, Exception):
            return
        if isinstance(error, MemoryError):
            return
        if isinstance(error, OSError):
            reason = error.strerror or (os.strerror(error.errno) if error.errno else "")
            reason = reason or type(error).__name__
            rule = "cannot be read: {reason}"
            if isinstance(error, FileNotFoundError):
                rule = "does not exist"
            raise ConvError(
                "store.unreadable", rule, parameter=self.name, got=self.place.text, kind="data",
                fields={"reason": reason},
            ) from error  # fmt: skip
        if type(error).__module__.partition(".")[0] in (
            "botocore",
            "aiohttp",
            "aiobotocore",
            "gcsfs",
        ):
            rule = "cannot be read: {reason}"
            raise ConvError(
                "store.unreadable", rule, parameter=self.name, got=self.place.text, kind="data",
                fields={"reason": type(error).__name__},
            ) from error  # fmt: skip


def find_node(store: Any, place: StorePlace, name: str = "X") -> Node | None:
    """The group or array at a place; None where there is neither.

    Raises ConvError where its metadata is damaged or declares what is not read.
    """
    prefix = f"{place.inner}/" if place.inner else ""
    document = read_key(store, f"{prefix}zarr.json", place, name)
    if document is not None:
        found = parse_document(document, place)
        attributes = found.get("attributes")
        attributes = attributes if isinstance(attributes, dict) else {}
        if found.get("zarr_format") != 3:
            raise refusal("store.format", place, "has a zarr.json of another format than 3")
        is_array = found.get("node_type") == "array"
        array = array_metadata(found, attributes, place) if is_array else None
        return Node(place, 3, attributes, array, document)
    for key in (".zarray", ".zgroup"):
        document = read_key(store, prefix + key, place, name)
        if document is None:
            continue
        beside = read_key(store, f"{prefix}.zattrs", place, name)
        attributes = {} if beside is None else parse_document(beside, place)
        found = parse_document(document, place)
        if found.get("zarr_format") != 2:
            raise refusal("store.format", place, f"has a {key} of another format than 2")
        array = array_metadata(found, attributes, place) if key == ".zarray" else None
        return Node(place, 2, attributes, array, document + (beside or b""))
    return None


def member_names(store: Any, place: StorePlace, most: int = 20) -> list[str]:
    """The names of some nodes in a group, in order; empty where the store cannot list them."""
    from zarr.core.sync import sync

    names: set[str] = set()

    async def collect() -> None:
        prefix = f"{place.inner}/" if place.inner else ""
        async for key in store.list_dir(prefix.rstrip("/")):
            if len(names) < 4 * most and not key.startswith(".") and key != "zarr.json":
                names.add(key.rstrip("/"))

    with suppress(OSError, NotImplementedError):
        sync(collect())
    return sorted(names)[:most]
