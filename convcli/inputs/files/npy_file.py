"""An .npy file, read and written box by box: it may be larger than memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from copy import copy
from functools import partial
from itertools import product
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError, unreadable
from convcli.inputs.files.boxes import Box, read_box
from convcli.inputs.files.npy import npy_header, read_npy_header


class NpyFile:
    """The array of an .npy file: only the header is read until a box is requested.

    `shape` and `dtype` are those of the array in memory: native byte order, C order. Raises
    ConvError of kind "data" where the file is not .npy, or its length contradicts the header.
    """

    def __init__(self, path: str, name: str) -> None:
        self.path, self.name = path, name
        with open(path, "rb") as stream:
            try:
                self.stored, self.fortran, self.shape = read_npy_header(stream, name)
            except ConvError as error:
                raise error.with_place(got=path) from None
            self.offset = stream.tell()
        needed = prod(self.shape) * self.stored.itemsize
        present = os.stat(path).st_size - self.offset
        if present != needed:
            fault = "ends early" if present < needed else "is too long"
            rule = f"{fault}: its header declares {needed} bytes, but {present} follow"
            raise ConvError("npy.format", rule, parameter=name, got=path, kind="data")
        self.dtype = self.stored.newbyteorder("=")

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    def astype(self, dtype: Any) -> NpyFile:
        """The same file; its numbers are converted when they are read."""
        return self._changed("dtype", np.dtype(dtype))

    def reshape(self, shape: Sequence[int]) -> NpyFile:
        """The same file with axes of size 1 added in front or removed."""
        return self._changed("shape", tuple(shape))

    def _changed(self, name: str, value: Any) -> NpyFile:
        other = copy(self)
        setattr(other, name, value)
        return other

    def read(self, box: Box) -> Array:
        """The numbers of a box: for each axis a slice, or positions in any order.

        Raises ConvError of kind "data" where the file can no longer be read.
        """
        try:
            return self._read(box)
        except OSError as error:
            raise unreadable("array.unreadable", self.name, self.path, error) from None

    def _read(self, box: Box) -> Array:
        with open(self.path, "rb", buffering=0) as stream:
            return read_box(box, self.dtype, partial(self._read_runs, stream.fileno()))

    def _read_runs(self, handle: int, box: Sequence[slice]) -> Array:
        shape, box = (self.shape[::-1], box[::-1]) if self.fortran else (self.shape, box)
        out = np.empty([part.stop - part.start for part in box], self.stored)
        view = memoryview(out.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
        at = 0
        for start, length in byte_runs(shape, box, self.stored.itemsize):
            end = at + length
            while at < end:
                place = self.offset + start + length - (end - at)
                count = _read_at(handle, view[at:end], place)
                if count == 0:
                    raise ConvError(
                        "npy.format",
                        "was truncated while it was read",
                        parameter=self.name,
                        got=self.path,
                        kind="data",
                    )
                at += count
        return out.T if self.fortran else out


def begin_npy(handle: int, shape: Sequence[int], dtype: np.dtype[Any]) -> int:
    """Write the header of an array to fill box by box, and extend the file to its full length.

    Returns the offset of the first number.
    """
    header = npy_header(shape, dtype)
    os.write(handle, header)
    os.ftruncate(handle, len(header) + prod(shape) * dtype.itemsize)
    return len(header)


def write_box(
    handle: int, offset: int, shape: Sequence[int], box: Sequence[slice], values: Array
) -> None:
    """Write the values of a box into the array of this shape that begins at `offset`."""
    view = memoryview(np.ascontiguousarray(values).reshape(-1).view(np.uint8))  # type: ignore[arg-type]
    at = 0
    for start, length in byte_runs(shape, box, values.itemsize):
        end = at + length
        while at < end:
            at += _write_at(handle, view[at:end], offset + start + length - (end - at))


def byte_runs(
    shape: Sequence[int], box: Sequence[slice], itemsize: int
) -> Iterator[tuple[int, int]]:
    """The contiguous bytes of a box in an array in C order: (first byte, number of bytes) of each.

    >>> list(byte_runs((4, 3), (slice(1, 3), slice(0, 3)), 8))
    [(24, 48)]
    >>> list(byte_runs((4, 3), (slice(1, 3), slice(0, 2)), 8))
    [(24, 16), (48, 16)]
    """
    last = len(shape) - 1
    while last > 0 and box[last] == slice(0, shape[last]):
        last -= 1
    inner = prod(shape[last + 1 :]) * itemsize
    length = (box[last].stop - box[last].start) * inner if shape else itemsize
    steps = [prod(shape[d + 1 :]) * itemsize for d in range(last)]
    first = box[last].start * inner if shape else 0
    for place in product(*(range(part.start, part.stop) for part in box[:last])):
        yield first + sum(at * step for at, step in zip(place, steps, strict=True)), length


def _read_at(handle: int, buffer: memoryview, offset: int) -> int:
    """Fill the buffer, or its first part, from an offset of the file; the number of bytes."""
    if hasattr(os, "preadv"):
        return os.preadv(handle, [buffer], offset)
    os.lseek(handle, offset, os.SEEK_SET)  # Windows
    data = os.read(handle, len(buffer))
    buffer[: len(data)] = data
    return len(data)


def _write_at(handle: int, data: memoryview, offset: int) -> int:
    """Write the data, or its first part, at an offset of the file; the number of bytes."""
    if hasattr(os, "pwrite"):
        return os.pwrite(handle, data, offset)
    os.lseek(handle, offset, os.SEEK_SET)  # Windows
    return os.write(handle, data)
