"""`.safetensors`: every number of several arrays, by name; the package decides on the types."""

from __future__ import annotations

import numpy as np

from convcli.inputs.files.boundary import library
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.writers.request import WriteRequest


def check(request: WriteRequest) -> None:
    """Raises ConvError where the package has no name for a type of numbers."""
    empty = {name: np.empty(0, array.dtype) for name, array in request.arrays.items()}
    _saved(request.filled(empty))


def write(request: WriteRequest) -> list[bytes]:
    """The bytes of the file."""
    return [_saved(request)]


def _saved(request: WriteRequest) -> bytes:
    save = optional_package("safetensors.numpy", request.parameter).save
    types = ", ".join(sorted({str(array.dtype) for array in request.arrays.values()}))
    refusal = request.refusal(
        "output.dtype",
        "a .safetensors file cannot hold every one of these types",
        got=types,
        hint="Write an .npz file.",
    )
    with library(refusal, native=True):
        saved: bytes = save({name: np.ascontiguousarray(a) for name, a in request.arrays.items()})
    return saved
