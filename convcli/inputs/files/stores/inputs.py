"""A stored input by its text: Zarr, N5, HDF5, a stack of TIFF; and arrays in memory or in .npy."""

from __future__ import annotations

import os
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.admission import Admit
from convcli.inputs.files.boxes import Box, read_box
from convcli.inputs.files.formats import split_member, suffix_of
from convcli.inputs.files.npy_file import NpyFile
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.files.stores.axes import requested_axes
from convcli.inputs.files.stores.places import StorePlace, store_place
from convcli.inputs.files.stores.requests import Request

if TYPE_CHECKING:
    from convcli.inputs.files.stores.sources import Stored

HDF5 = (".h5", ".hdf5")
TIFF = (".tif", ".tiff")
ZARR_MODULE, N5_MODULE, HDF5_MODULE, TIFF_MODULE = (
    f"{__package__}.{name}_arrays" for name in ("zarr", "n5", "hdf5", "tiff")
)


def find_stored(text: str, request: Request, name: str = "X") -> Stored | None:
    """The stored array that a text names; None where it names a file or something else.

    Raises ConvError where it cannot be opened, or it is not clear what is meant.
    """
    from importlib import import_module

    place, module = _place_and_module(text, request, name)
    if place is None:
        return None
    try:
        found: Stored = import_module(module).find_array(place, request)
    except ConvError as error:
        raise error.of(name) if error.parameter == "X" else error from None
    return found


def _place_and_module(text: str, request: Request, name: str) -> tuple[StorePlace | None, str]:
    """Where the stored array is, and the module that reads it."""
    place = store_place(text, name)
    if place is not None:
        return place, N5_MODULE if place.suffix == ".n5" else ZARR_MODULE
    path, member = split_member(text)
    suffix = suffix_of(path)
    if not os.path.isfile(path) or suffix not in HDF5 + TIFF:
        return None, ""
    if suffix in HDF5:
        return StorePlace(path, member), HDF5_MODULE
    return (StorePlace(path, ""), TIFF_MODULE) if request.pages and not member else (None, "")


def read_stored(text: str, name: str, admit: Admit) -> Array:
    """All numbers of a stored array in the order of its axes, for an ARRAY that is no input.

    Raises ConvError as `find_stored` does, with the name of the argument.
    """
    found = find_stored(text, Request(0), name)
    if found is None:
        raise ConvError("array.missing", "no such file", parameter=name, got=text, kind="data")
    admit(prod(found.shape) * found.stored.itemsize + found.unpacked)
    whole = found.open().read(tuple(slice(0, size) for size in found.shape))
    return found.axes.array_of_store(whole)


def read_hdf5(request: ArrayRequest) -> Array:
    """The array of a dataset in an HDF5 file."""
    text = f"{request.path}:{request.member}" if request.member else request.path
    return read_stored(text, request.name, request.admit)


def of_array(array: Array | NpyFile, rank: int) -> Stored:
    """An array in memory, or an .npy file, as a stored one that hands out any cells.

    Its axes are torch's: (N, C, *spatial), (C, *spatial) or (*spatial).
    """
    from convcli.inputs.files.stores.sources import Stored

    axes = requested_axes(None, None, array.shape, rank)
    shape = axes.of_layer(array.shape)
    ones = (1,) * len(shape)
    is_file = isinstance(array, NpyFile)
    place = StorePlace(array.path, "") if isinstance(array, NpyFile) else StorePlace("X", "")
    numbers = None if is_file else array
    return Stored(place, __name__, shape, ones, ones, np.dtype(array.dtype), axes, numbers=numbers)


def open_array(stored: Stored) -> _Plain:
    """An array of memory or of an .npy file, to be read box by box."""
    numbers = stored.numbers
    return _Plain(stored, NpyFile(stored.place.root, "X") if numbers is None else numbers)


class _Plain:
    """See `sources.OpenArray`."""

    reader = "numpy"

    def __init__(self, stored: Stored, numbers: Any) -> None:
        self.stored, self.fetched = stored, 0
        self.numbers = numbers.reshape(stored.shape)

    def read(self, box: Box) -> Array:
        if isinstance(self.numbers, NpyFile):
            found = self.numbers.read(box)
        else:
            found = read_box(box, self.stored.stored, lambda runs: self.numbers[tuple(runs)])
        self.fetched += found.nbytes
        return found
