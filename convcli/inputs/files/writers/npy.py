"""`.npy`: every number of one array."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.inputs.files.npy import npy_chunks
from convcli.inputs.files.writers.request import WriteRequest


def check(request: WriteRequest) -> None:
    """Raises ConvError where there are several arrays."""
    _ = request.array


def write(request: WriteRequest) -> Iterator[bytes | memoryview]:
    """The chunks of the file."""
    return npy_chunks(request.array)
