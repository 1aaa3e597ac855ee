"""The pages of a TIFF stack, read box by box through tifffile."""

from __future__ import annotations

import hashlib
import logging
import os
import struct
import weakref
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.boundary import library
from convcli.inputs.files.boxes import Box, read_box
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.stores.axes import requested_axes
from convcli.inputs.files.stores.faults import CUT, damaged
from convcli.inputs.files.stores.nodes import import_zarr
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.requests import Request
from convcli.inputs.files.stores.sources import Stored
from convcli.inputs.files.stores.zarr_metadata import UNREADABLE, refusal

PLANE = "YX"
UNNAMED = {"I", "Q"}  # axes of tifffile that no metadata names: pages of a stack
NAMES = {"S": "c", "C": "c", "Z": "z", "Y": "y", "X": "x", "T": "t", "I": "z", "Q": "z"}


class _Heard(logging.Handler):
    """What tifffile logs of a damaged file, in place of stderr."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.most = 0  # the worst level so far

    def emit(self, record: logging.LogRecord) -> None:
        self.most = max(self.most, record.levelno)
        if record.levelno > logging.WARNING:  # thousands more may follow
            raise ValueError(record.getMessage())


HEARD = _Heard()


def find_array(place: StorePlace, request: Request) -> Stored:
    """The first series of a TIFF file: its pages are an axis, z unless the file names it.

    Raises ConvError where it is no TIFF of numbers, or its axes fit no layer.
    """
    if request.level is not None:
        rule = "is of OME-Zarr; the first series of a TIFF file is read whole"
        raise ConvError("level.image", rule, parameter="level", got=request.level)
    with _opened(place) as file:
        series = _series(file, place)  # tifffile logs what it cannot read, so it is not silenced
        if HEARD.most == logging.WARNING:
            request.note(f"{place.text}: tifffile warns of it: it may hold more than is read")
        with library(refusal("tiff.format", place, UNREADABLE)):
            return _stored(file, series, place, request)


def _stored(file: Any, series: Any, place: StorePlace, request: Request) -> Stored:
    letters, shape = series.axes, tuple(series.shape)
    names = tuple(NAMES.get(letter, letter.lower()) for letter in letters)
    if len(set(names)) < len(names):
        names = tuple(letter.lower() for letter in letters)
    if len(file.series) > 1:
        request.note(f"{place.text}: the first of {len(file.series)} series is read")
    guessed = [letter for letter in letters if letter in UNNAMED]
    if guessed and request.axes is None and request.rank == 3:
        request.note(f"{place.text}: the pages are read as the axis z; --axes names another")
    axes = requested_axes(request.axes, names, shape, request.rank)
    own = _chunk(series, shape)
    head = repr((letters, shape, str(series.dtype), own)).encode()
    told = (("metadata", hashlib.sha256(head).hexdigest()),)
    return Stored(
        place, __name__, axes.of_layer(shape), axes.of_layer(own), axes.of_layer(own),
        np.dtype(series.dtype), axes, request.fill, told=told, named=True,
        unpacked=prod(own) * np.dtype(series.dtype).itemsize,
        packing=("zstd",) if int(series.keyframe.compression) != 1 else (),
    )  # fmt: skip


def _opened(place: StorePlace) -> Any:
    tifffile = optional_package("tifffile", "X")
    logger = logging.getLogger("tifffile")
    if HEARD not in logger.handlers:
        logger.addHandler(HEARD)
        logger.propagate = False
    HEARD.most = 0
    try:
        file = tifffile.TiffFile(place.root)
    except Exception as error:  # whatever damaged bytes raise
        if not os.path.exists(place.root):
            raise refusal("array.missing", place, "no such file") from None
        raise refusal("tiff.format", place, "is no TIFF file, or a damaged one") from error
    if _comes_back(file):
        file.close()
        raise refusal("tiff.format", place, "is damaged: its list of pages has no end")
    return file


def _comes_back(file: Any) -> bool:
    """Whether a page is followed by one that was before it, which tifffile would not notice."""
    tiff, stream, seen = file.tiff, file.filehandle, set()

    def number_at(place: int, size: int, code: str) -> int:
        stream.seek(place)
        found: int = struct.unpack(code, stream.read(size))[0]
        return found

    try:
        place = number_at(4 if tiff.version == 42 else 8, tiff.offsetsize, tiff.offsetformat)
        while 0 < place < stream.size and place not in seen:
            seen.add(place)
            tags = number_at(place, tiff.tagnosize, tiff.tagnoformat)
            end = place + tiff.tagnosize + tags * tiff.tagsize
            place = number_at(end, tiff.offsetsize, tiff.offsetformat)
    except (struct.error, OSError, ValueError):
        return False  # tifffile says what is wrong
    return place in seen


def _series(file: Any, place: StorePlace) -> Any:
    try:
        series = file.series[0]
        kind = np.dtype(series.dtype).kind
        len(series.pages)
    except Exception as error:  # tifffile parses the metadata of many programs
        raise refusal("tiff.format", place, "has pages that cannot be read") from error
    if HEARD.most > logging.WARNING:
        raise refusal("tiff.format", place, "is damaged: not all of its pages can be read")
    if kind not in "biufc" or not prod(series.shape):
        raise refusal("store.dtype", place, "holds no numbers")
    return series


def _chunk(series: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """What is unpacked at once: a tile, or a page with all its strips."""
    frame = series.keyframe
    page = len(frame.shape)
    inner = frame.chunks if frame.is_tiled else frame.shape
    own = (*(1,) * (len(shape) - page), *inner[-page:])
    return tuple(max(min(n, size), 1) for n, size in zip(own, shape, strict=True))


def open_array(stored: Stored) -> TiffArray:
    """The series as an array of zarr, which tifffile makes."""
    zarr = import_zarr()
    file = _opened(stored.place)
    series = _series(file, stored.place)
    try:
        array = zarr.open_array(store=series.aszarr(level=0), mode="r")
    except Exception as error:
        rule = "cannot be read in pieces by the installed tifffile"
        raise refusal("tiff.format", stored.place, rule) from error
    with library(refusal("tiff.format", stored.place, UNREADABLE)):
        return TiffArray(stored, array, file)


class TiffArray:
    """See `sources.OpenArray`."""

    reader = "tifffile"

    def __init__(self, stored: Stored, array: Any, file: Any) -> None:
        self.stored, self.array, self.file, self.fetched = stored, array, file, 0
        self.size = os.path.getsize(stored.place.root)
        weakref.finalize(self, file.close)
        self._require_pages()

    def _require_pages(self) -> None:
        """Raises ConvError where a page reaches beyond the file, which would be read as zeros."""
        for number, page in enumerate(self.file.series[0].pages):
            if page is None:
                raise damaged(self.stored.place, f"page {number}", "is missing")
            for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
                if offset + count > self.size or (offset == 0 or count == 0):
                    raise damaged(self.stored.place, f"page {number}", "is cut short or missing")

    def read(self, box: Box) -> Array:
        """The numbers of a box. Raises ConvError where a page cannot be decoded."""
        axes = self.stored.axes
        array = read_box(axes.of_store(box), self.stored.stored.newbyteorder("="), self._read)
        return axes.array_of_layer(array)

    def _read(self, box: Sequence[slice]) -> Array:
        try:
            found = np.asarray(self.array[tuple(box)])
        except Exception as error:  # whatever a codec raises
            pages = " to ".join(str(place) for place in (box[0].start, box[0].stop - 1))
            raise damaged(self.stored.place, f"one of the pages {pages}", CUT) from error
        self.fetched += found.nbytes
        return found
