"""What is at the place of an output: found, removed, swept, and which run it belongs to."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import time
from contextlib import suppress
from typing import Any

from convcli.errors import ConvError
from convcli.inputs.files.stores.nodes import Node, find_node, open_store
from convcli.inputs.files.stores.places import StorePlace, storage_options
from convcli.inputs.files.stores.zarr_metadata import MOST_METADATA, parse_document

RECORD = "convcli"  # the attribute that says how a store was made, and whether it is complete
LEFTOVER = re.compile(r".*\.[0-9a-f]{32}\.partial")
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
LOOKING = 0.05  # seconds between looks at whose a store is
ATTRIBUTES = ("zarr.json", ".zattrs")  # what holds attributes
METADATA = ("zarr.json", ".zgroup", ".zarray", ".zattrs")  # what says that a folder is a Zarr


class writing:
    """Errors of a store that is written, in our words. Raises ConvError of kind "write"."""

    def __init__(self, place: StorePlace) -> None:
        self.place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, ConvError | MemoryError) or not isinstance(error, Exception):
            return
        reason = getattr(error, "strerror", None) or type(error).__name__
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            rule = "cannot be written: {reason}. What is there stays: `resume` goes on from it"
        else:
            rule = "cannot be written: {reason}"
        raise ConvError(
            "output.unwritable", rule, parameter="output", got=self.place.text, kind="write",
            fields={"reason": reason},
        ) from error  # fmt: skip


def existing(place: StorePlace) -> Node | None:
    """What is at the place of an output; None where nothing is.

    Raises ConvError where something is there that is no Zarr.
    """
    if not place.is_url and not os.path.lexists(os.path.join(place.root, place.inner)):
        return None
    store = open_store(place, "output")
    if not place.is_url and not os.path.isdir(os.path.join(place.root, place.inner)):
        node = None
    else:
        node = find_node(store, place, "output")
    if node is None and not place.is_url:
        folder = os.path.join(place.root, place.inner)
        is_empty = os.path.isdir(folder) and all(map(LEFTOVER.fullmatch, os.listdir(folder)))
        if not is_empty:  # a crash at the very beginning leaves leftovers alone
            rule = "exists and is no Zarr store: it is not replaced"
            raise ConvError("output.exists", rule, parameter="output", got=place.text, kind="write")
    return node


def remove(place: StorePlace) -> None:
    """Remove the Zarr at a place. Raises ConvError where it cannot be removed."""
    with writing(place):
        if place.is_url:
            from fsspec.core import url_to_fs

            system, path = url_to_fs(place.root, **storage_options("output"))
            system.invalidate_cache()
            _remove_objects(system, f"{path}/{place.inner}" if place.inner else path)
            return
        folder = os.path.join(place.root, place.inner)
        if os.path.islink(folder):
            raise OSError(errno.ELOOP, "is a link: remove it, or name its target")
        _remove_folder(folder)


def _remove_objects(system: Any, folder: str) -> None:
    """Remove a Zarr behind a URL, as `_remove_folder` does."""
    for name in ATTRIBUTES:
        with suppress(OSError, ValueError, AttributeError):
            path = f"{folder}/{name}"
            system.pipe_file(path, _disowned(name, system.cat_file(path)))
    metadata = {f"{folder}/{name}" for name in METADATA}
    if rest := [path for path in system.find(folder) if path not in metadata]:
        system.rm(rest)
    system.rm(folder, recursive=True)


def _remove_folder(folder: str) -> None:
    """Remove a Zarr, its metadata last: what a crash leaves is still a Zarr, and not complete."""
    for name in ATTRIBUTES:
        with suppress(OSError, ValueError, AttributeError):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                data = _disowned(name, file.read())
            with open(f"{path}.new", "wb") as file:
                file.write(data)
            os.replace(f"{path}.new", path)
    for chance in range(5, -1, -1):
        try:
            with os.scandir(folder) as found:
                entries = list(found)
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path)
                elif entry.name not in METADATA:
                    os.unlink(entry.path)
            shutil.rmtree(folder)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.ENOENT) or not chance:
                raise
            time.sleep(LOOKING)  # a run that wrote into it notices that it is no longer its own


def _disowned(name: str, data: bytes) -> bytes:
    """Metadata that says that its store is not complete, and no run's own."""
    found = json.loads(data)
    attributes = found if name == ".zattrs" else found.setdefault("attributes", {})
    attributes[RECORD] = {"complete": False}
    return json.dumps(found).encode()


def require_own(place: StorePlace, run: str) -> None:
    """Raises ConvError of kind "write" where another run has begun the store anew."""
    if not is_own(place, run):
        rule = "was removed, or begun anew by another run: this one ends"
        raise ConvError("output.unwritable", rule, parameter="output", got=place.text, kind="write")


def is_own(place: StorePlace, run: str) -> bool:
    """Whether the store at a place still has the name of a run."""
    try:
        record = _record_of_folder(place) if not place.is_url else _record_of_node(place)
    except ConvError:
        record = None
    return isinstance(record, dict) and record.get("run") == run


def _record_of_node(place: StorePlace) -> Any:
    node = existing(place)
    return None if node is None else node.attributes.get(RECORD)


def _record_of_folder(place: StorePlace) -> Any:
    """What the attributes of a local store say of its run, read without zarr."""
    folder = os.path.join(place.root, place.inner)
    for name in ATTRIBUTES:
        try:
            with open(os.path.join(folder, name), "rb") as file:
                found = parse_document(file.read(MOST_METADATA + 1), place)
        except OSError:
            continue
        attributes = found.get("attributes") if name == "zarr.json" else found
        return attributes.get(RECORD) if isinstance(attributes, dict) else None
    return None


def sweep(place: StorePlace) -> int:
    """Remove what a crash left of files that were being written; the number of them."""
    if place.is_url:
        return 0
    count = 0
    for folder, _, names in os.walk(os.path.join(place.root, place.inner)):
        for name in names:
            if LEFTOVER.fullmatch(name):
                with writing(place):
                    os.unlink(os.path.join(folder, name))
                count += 1
    return count


def free_bytes(place: StorePlace) -> int | None:
    """The bytes that are free where a local store would be; None where that is unknown."""
    if place.is_url:
        return None
    folder = os.path.abspath(place.root)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
