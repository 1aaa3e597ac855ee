"""The formats in which arrays are written: their suffixes, and the module that writes each.

A module has two functions of a `WriteRequest`. `check` raises ConvError where the format cannot
hold arrays of these shapes and types: it is called before anything is computed. `write` gives the
bytes, and tells `request.note` what they lose.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any, NamedTuple

from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.writers.request import WriteRequest


class Writer(NamedTuple):
    """`package` is the package that writes; `several`: whether a file holds several arrays."""

    suffixes: tuple[str, ...]
    module: str
    package: str = ""
    several: bool = False
    is_picture: bool = False

    def require_package(self, parameter: str) -> None:
        """Raises ConvError of kind "package" where the package is not installed."""
        if self.package:
            optional_package(self.package, parameter)

    def check(self, request: WriteRequest) -> None:
        """Raises ConvError where the format cannot hold the arrays of the request."""
        self._functions.check(request)

    def write(self, request: WriteRequest) -> Iterable[bytes | memoryview]:
        """The bytes of the file. Raises ConvError where the format cannot hold the numbers."""
        chunks: Iterable[bytes | memoryview] = self._functions.write(request)
        return chunks

    @property
    def _functions(self) -> Any:
        return import_module(f"{__name__}.{self.module}")


NPY = Writer((".npy",), "npy")
_WRITERS = (
    NPY,
    Writer((".npz",), "npz", several=True),
    Writer((".safetensors",), "safetensors", "safetensors", several=True),
    Writer(
        (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".webp", ".gif"),
        "pictures",
        "PIL",
        is_picture=True,
    ),
    Writer((".pgm", ".ppm", ".pnm"), "netpbm", is_picture=True),
    Writer((".nii", ".nii.gz"), "nifti", "nibabel"),
    Writer((".wav",), "wav"),
)
WRITERS = {suffix: each for each in _WRITERS for suffix in each.suffixes}
_TEXTS = (Writer((".csv", ".tsv"), "tables"), Writer((".json",), "json_lists"))
# Of a file that holds an array and no document.
ALONE_WRITERS = WRITERS | {suffix: each for each in _TEXTS for suffix in each.suffixes}
PICTURES = tuple(suffix for suffix, writer in WRITERS.items() if writer.is_picture)
SEVERAL = tuple(suffix for suffix, writer in WRITERS.items() if writer.several)
