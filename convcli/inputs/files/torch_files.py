"""Files of torch.save, read without torch: numbers, shapes and strides, and no code."""

from __future__ import annotations

import os
from functools import partial
from io import BytesIO
from typing import IO, Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import INT64_MAX
from convcli.inputs.files.admission import BYTES_OF_PICKLE, CHUNK, Metered, with_places
from convcli.inputs.files.archives import Archive
from convcli.inputs.files.boundary import library
from convcli.inputs.files.npy import MOST_AXES
from convcli.inputs.files.pickles import Call, DataUnpickler
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.files.torch_members import chosen_tensor
from convcli.inputs.files.torch_tensors import (
    DAMAGED,
    KIND,
    Order,
    described,
    fail,
    refusal,
    storage_of,
)

ZIP_MAGIC = b"PK\x03\x04"
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # the first two pickles of a legacy file
LENGTH = 8  # bytes of the length in front of the numbers of a legacy file


def read_torch_file(request: ArrayRequest) -> Array:
    """The tensor `member` of a file of torch.save, or its only tensor; bfloat16 becomes float32.

    Strided tensors are read, of which every number lies inside the file. Raises ConvError of kind
    "data" for others, for damaged files, and where the file holds no such tensor.
    """
    with request.open() as raw:
        stream = with_places(raw, request.admit)
        begins = stream.read(len(ZIP_MAGIC))
        stream.seek(0)
        if not begins:
            fail(request.name, "is empty")
        read = _read_archive if begins == ZIP_MAGIC else _read_legacy
        return read(stream, request)


def _read_archive(stream: IO[bytes], request: ArrayRequest) -> Array:
    name, admit = request.name, request.admit
    archive = Archive(stream, KIND, partial(refusal, name), admit)
    pickle = next((entry for entry in archive.names if entry.endswith("/data.pkl")), None)
    if pickle is None:
        fail(name, "has no data.pkl, which every file of torch.save has")
    if any(entry.endswith("/constants.pkl") for entry in archive.names):
        hint = "Save its numbers: torch.save(module.state_dict(), ...)."
        raise refusal(name, "is a TorchScript archive, with code that is not run", hint)
    folder = pickle.removesuffix("data.pkl")
    admit(archive.size(pickle) * BYTES_OF_PICKLE)
    with archive.open(pickle) as entry:
        data = entry.read(archive.size(pickle))
    value, _ = _unpickled(BytesIO(data), name)
    tensor = described(chosen_tensor(value, request), name)
    order: Order = ">" if _is_big_endian(archive, f"{folder}byteorder") else "<"
    numbers = f"{folder}data/{tensor.key}"
    if numbers not in archive.names or archive.size(numbers) < tensor.storage_bytes:
        fail(name, f"ends early: {tensor.storage_bytes} bytes of numbers are missing")
    admit(tensor.bytes_held)
    with archive.open(numbers) as entry:
        return tensor.array(_bytes_of(entry, tensor.storage_bytes, name), order, name)


def _is_big_endian(archive: Archive, member: str) -> bool:
    if member not in archive.names:
        return False
    with archive.open(member) as entry:
        return entry.read(len("big")) == b"big"


def _read_legacy(stream: IO[bytes], request: ArrayRequest) -> Array:
    """A file of PyTorch before 1.6: five pickles, then the numbers of each storage in turn."""
    name, admit = request.name, request.admit
    metered: Any = Metered(stream, admit, BYTES_OF_PICKLE, in_total=True)
    if [_unpickled(metered, name)[0] for _ in (MAGIC, PROTOCOL)] != [MAGIC, PROTOCOL]:
        fail(name, DAMAGED)
    about, _ = _unpickled(metered, name)
    value, storages = _unpickled(metered, name)
    keys, _ = _unpickled(metered, name)
    tensor = described(chosen_tensor(value, request), name)
    is_little = not isinstance(about, dict) or about.get("little_endian", True) is not False
    order: Order = "<" if is_little else ">"
    sizes = {storage.key: storage.itemsize for storage in map(storage_of, storages) if storage}
    for key in keys if isinstance(keys, list) else ():
        if key == tensor.key:
            stream.seek(LENGTH, os.SEEK_CUR)
            admit(tensor.bytes_held)
            return tensor.array(_bytes_of(stream, tensor.storage_bytes, name), order, name)
        count = int.from_bytes(stream.read(LENGTH), "little" if is_little else "big")
        if not isinstance(key, str) or key not in sizes or count > INT64_MAX // MOST_AXES:
            fail(name, DAMAGED)
        stream.seek(count * sizes[key], os.SEEK_CUR)
    fail(name, DAMAGED)


def _unpickled(stream: IO[bytes], name: str) -> tuple[Any, list[Call]]:
    """The next pickle of a stream as plain data, and the storages that it names."""
    with library(refusal(name, DAMAGED)):
        unpickler = DataUnpickler(stream)
        value = unpickler.load()
    return value, unpickler.storages


def _bytes_of(stream: IO[bytes], size: int, name: str) -> Array:
    data = np.empty(size, np.uint8)
    view, filled = data.data, 0
    while filled < size:
        count = stream.readinto(view[filled : filled + CHUNK])  # type: ignore[attr-defined]
        if not count:
            fail(name, f"ends early: {size} bytes of numbers are declared, {filled} follow")
        filled += count
    return data
