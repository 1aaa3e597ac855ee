"""`.npz`: every number of several arrays, by name."""

from __future__ import annotations

from convcli.inputs.files.npy import npz_bytes
from convcli.inputs.files.writers.request import WriteRequest


def check(request: WriteRequest) -> None:
    """Every array of numbers can be held."""


def write(request: WriteRequest) -> list[bytes]:
    """The bytes of the archive."""
    return [npz_bytes(dict(request.arrays))]
