"""Stored arrays that layers read box by box: which one, and how another process opens it."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, Protocol

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.files.boxes import Box
from convcli.inputs.files.stores.axes import StoredAxes
from convcli.inputs.files.stores.ome import Image
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.plain_chunks import PlainChunks

KEYS = "keys"  # what is told of an input: how its objects are named, as `prefix|separator`


class OpenArray(Protocol):
    """An array of a store that is open. Axes are those of the layer, (*batch, C, *spatial)."""

    fetched: int  # bytes that the store handed out so far

    @property
    def reader(self) -> str:
        """The package that reads it."""

    def read(self, box: Box) -> Array:
        """The numbers of a box."""


@dataclass(frozen=True)
class Stored:
    """An array of a store, and what is known of it: a value that another process can open.

    `chunk` is what the store hands out at least, `unpacked` the bytes that it takes then, with the
    cells beyond the array; `unit` is the object that holds it. `opener` is the module that opens
    it, with a function `open_array(stored)`. Shapes are those of the layer, (*batch, C, *spatial).
    """

    place: StorePlace
    opener: str
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    unit: tuple[int, ...]
    stored: np.dtype[Any]
    axes: StoredAxes
    fill: bool = False  # missing chunks are read as the fill value
    format: int = 0
    packing: tuple[str, ...] = ()
    image: Image | None = None
    level: int = 0
    numbers: Any = field(default=None, repr=False)  # of an array in memory
    told: tuple[tuple[str, Any], ...] = ()  # what identifies its content, for `--resume`
    fill_value: Any = 0
    unpacked: int = 0
    named: bool = False  # whether the store or the user says what the axes are
    plain: PlainChunks | None = None  # how its files are read without the package of the format

    @property
    def least(self) -> tuple[int, ...]:
        """What a read fetches at least: a chunk, or some cells of one."""
        if self.plain is None:
            return self.chunk
        return tuple(map(min, self.axes.of_layer(self.plain.least), self.chunk))

    def open(self) -> OpenArray:
        """The array, to be read. Raises ConvError where it cannot be opened."""
        from importlib import import_module

        opened: OpenArray = import_module(self.opener).open_array(self)
        return opened

    def chosen(self, **changes: Any) -> Stored:
        """A copy with other values."""
        return replace(self, **changes)


class StoredInput:
    """A stored array as X of a command: with a shape in torch's order, read when it is computed.

    The images of several axes count as one.
    """

    def __init__(self, stored: Stored, admit: Callable[[int], None]) -> None:
        self.stored, self.dtype, self.admit = stored, stored.stored.newbyteorder("="), admit
        self.path = stored.place.text
        batch = len(stored.axes.batch)
        channels = stored.shape[batch:]
        images = prod(stored.shape[:batch])
        if batch:
            self.shape: tuple[int, ...] = (images, *channels)
        else:
            self.shape = channels if stored.axes.channel is not None else channels[1:]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    def astype(self, dtype: Any, copy: bool = True) -> StoredInput:
        """The same array; its numbers are converted when they are read."""
        other = self._copied()
        other.dtype = np.dtype(dtype)
        return other

    def reshape(self, shape: Any) -> StoredInput:
        """The same array with axes of size 1 added in front or removed."""
        other = self._copied()
        other.shape = Shape(shape)
        return other

    def say_order(self, note: Callable[[str], None]) -> None:
        """A note where the axes of the numbers in memory are not those of the store."""
        axes = self.stored.axes
        letters = (axes.names[axis] for axis in axes.order)
        if len(axes.batch) > 1 or axes.order != tuple(sorted(axes.order)):
            images = " and the images of several axes count as one" if len(axes.batch) > 1 else ""
            note(f"{self.path}: its axes are read in the order {', '.join(letters)}{images}")

    def load(self) -> Array:
        """All numbers in memory, once `admit` has agreed."""
        stored = self.stored
        self.admit(prod(stored.shape) * stored.stored.itemsize + stored.unpacked)
        whole = stored.open().read(tuple(slice(0, size) for size in stored.shape))
        return whole.astype(self.dtype, copy=False).reshape(self.shape)

    def _copied(self) -> StoredInput:
        return copy(self)
