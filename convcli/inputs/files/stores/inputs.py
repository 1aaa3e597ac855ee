"""A stored input by its text: Zarr, N5, HDF5, a stack of TIFF; and arrays in memory or in .npy."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.admission import Admit
from convcli.inputs.files.boxes import Box, read_box
from convcli.inputs.files.npy_file import NpyFile
from convcli.inputs.files.stores.axes import requested_axes
from convcli.inputs.files.stores.places import StorePlace, store_place
from convcli.inputs.files.stores.requests import Request
from convcli.inputs.files.stores.sources import Stored

HDF5 = (".h5", ".hdf5", ".hdf", ".he5", ".nxs")
TIFF = (".tif", ".tiff")


def find_stored(text: str, request: Request) -> Stored | None:
    """The stored array that a text names; None where it names a file or something else.

    Raises ConvError where it cannot be opened, or it is not clear what is meant.
    """
    place = store_place(text, "X")
    if place is None:
        return None
    if place.suffix == ".n5" or _is_n5(place):
        from convcli.inputs.files.stores.n5_arrays import find_array as find_n5

        return find_n5(place, request)
    from convcli.inputs.files.stores.zarr_arrays import find_array

    return find_array(place, request)


def read_stored(text: str, name: str, admit: Admit) -> Array:
    """All numbers of a stored array in the order of its axes, for an ARRAY that is no input.

    Raises ConvError as `find_stored` does, with the name of the argument.
    """
    from convcli.inputs.files.stores.zarr_arrays import find_array

    try:
        place = store_place(text, name)
        if place is None or place.suffix == ".n5":
            raise ConvError(
                "store.input", "must be Zarr here", parameter=name, got=text, kind="data"
            )
        found = find_array(place, Request(0))
        admit((prod(found.shape) + prod(found.unit)) * found.stored.itemsize)
        whole = found.open().read(tuple(slice(0, size) for size in found.shape))
    except ConvError as error:
        raise error.of(name) from None
    return found.axes.array_of_store(whole)


def _is_n5(place: StorePlace) -> bool:
    return False


def of_array(array: Array | NpyFile, rank: int) -> Stored:
    """An array in memory, or an .npy file, as a stored one that hands out any cells.

    Its axes are torch's: (N, C, *spatial), (C, *spatial) or (*spatial).
    """
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
