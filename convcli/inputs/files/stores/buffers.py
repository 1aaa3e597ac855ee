"""Memory for the boxes that are read, used again: fresh memory costs as much as the reading."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from math import prod
from threading import RLock
from typing import Any

import numpy as np

from convcli.engine.arrays import Array

KEPT = 2  # buffers that are kept while nothing uses them: a block is computed, the next one read
LEAST = 2**20  # bytes of an array for which it is worth it


class Buffers:
    """Arrays whose memory is used again once neither they nor any view of them is there.

    >>> buffers = Buffers()
    >>> first = buffers.empty((2, 1024, 512), np.dtype("f4"))
    >>> place = first.ctypes.data
    >>> del first
    >>> buffers.empty((1024, 1024), np.dtype("f4")).ctypes.data == place
    True
    """

    def __init__(self) -> None:
        self._idle: list[Array] = []
        self._lock = RLock()  # a collection of garbage can give memory back at any place

    def empty(self, shape: Sequence[int], dtype: np.dtype[Any]) -> Array:
        """An array with any numbers in it."""
        size = prod(shape) * dtype.itemsize
        if size < LEAST:
            return np.empty(shape, dtype)
        memory = self._taken(size)
        # A view of an array refers to the array that owns the memory, not to those in between. Of
        # a memoryview, `root` is the first array: it lasts as long as any view of it.
        root = np.frombuffer(memory.data[:size], np.uint8)
        weakref.finalize(root, self._give_back, memory).atexit = False
        return root.view(dtype).reshape(shape)

    def _taken(self, size: int) -> Array:
        """Idle memory of at least so many bytes; or new memory, in place of what is idle."""
        with self._lock:
            fitting = [memory for memory in self._idle if memory.size >= size]
            chosen = min(fitting, key=len, default=None)
            self._idle = [] if chosen is None else [m for m in self._idle if m is not chosen]
        return np.empty(size, np.uint8) if chosen is None else chosen

    def _give_back(self, memory: Array) -> None:
        with self._lock:
            self._idle.append(memory)
            if len(self._idle) > KEPT:
                self._idle.pop(0)
