"""Threads that stay awake for a while after a layer, and share the next one's calls of kernel.c.

To wake a thread that sleeps takes as long as a small layer takes to compute: see threads.c.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from threading import Lock, Thread
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Scratch, scratch_of_this_thread
from convcli.engine.compute.native.calls import address
from convcli.engine.compute.native.library import native

ADDRESS = np.dtype(np.intp)
MOST_CALLS = 2**16 - 1  # of a layer, as threads.c counts them
HELPERS_BYTES = 17 * 2**20  # of memory that all helpers may take: one as much as a thread

# Looks at the board, of 15 to 50 nanoseconds each, before a helper sleeps again: two to six
# milliseconds. Where threads outnumber processors, one that looks keeps another from computing.
LOOKS, LOOKS_IN_A_CROWD = 2**17, 2**6


class Board(ctypes.Structure):
    """`Board` of threads.c."""

    _fields_ = (
        ("state", ctypes.c_uint64),
        ("done", ctypes.c_ssize_t),
        ("awake", ctypes.c_ssize_t),
        ("threads", ctypes.c_ssize_t),
        ("calls", ctypes.c_void_p),
        ("memory", ctypes.c_void_p),
    )


class Room(NamedTuple):
    """Memory of the caller and its helpers: so many bytes for cells and so many sizes for each.

    `table` has their addresses, (threads, 2); the row of the caller is filled when it computes.
    """

    threads: int
    cells: int
    reads: int
    table: Array
    arrays: tuple[tuple[Array, Array], ...]


def room_of(threads: int, cells: int, reads: int) -> Room:
    """New memory for threads."""
    arrays = tuple(memory_of(Scratch(), cells, reads) for _ in range(threads - 1))
    rows = [(0, 0), *map(addresses_of, arrays)]
    return Room(threads, cells, reads, np.array(rows, ADDRESS), arrays)


class Helpers:
    """The threads that help whoever computes a layer, one layer at a time.

    An exception at any place, as by Ctrl-C, leaves what the next layer can use.
    """

    def __init__(self) -> None:
        self.free, self.board = Lock(), Board()
        self._asleep: list[Lock] = []  # held until a helper is woken
        self._room = room_of(1, 0, 0)

    def compute(self, calls: Array, cells: int, reads: int, threads: int) -> None:
        """Compute calls on so many threads; the caller holds `free`."""
        threads = self._started(threads)
        room = self._room
        if room.threads < threads or room.cells < cells or room.reads < reads:
            self._room = room = self._larger_room(threads, cells, reads)
        if self.board.awake < threads - 1:
            for lock in self._asleep[: threads - 1]:
                if lock.locked():
                    lock.release()
        own = memory_of(scratch_of_this_thread(), cells, reads)
        room.table[0] = addresses_of(own)
        share(self.board, calls, room.table, threads)

    def _started(self, threads: int) -> int:
        """The threads that there are, of so many: each of the others is started now."""
        while len(self._asleep) < threads - 1:
            lock = Lock()
            lock.acquire()
            arguments = (lock, self.board, len(self._asleep) + 1)
            try:
                Thread(target=help_out, args=arguments, name="convcli helper", daemon=True).start()
            except RuntimeError:  # the system has no more
                return len(self._asleep) + 1
            self._asleep.append(lock)
        return threads

    def _larger_room(self, threads: int, cells: int, reads: int) -> Room:
        """Room for this layer, and for the layers before it unless that takes too much."""
        old = self._room
        both = (max(threads, old.threads), max(cells, old.cells), max(reads, old.reads))
        return room_of(*(both if fits_helpers(*both) else (threads, cells, reads)))


@cache
def helpers_of_this_process() -> Helpers:
    """The helpers that all threads of this process share."""
    return Helpers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=helpers_of_this_process.cache_clear)


def compute_calls(calls: Array, cells: int, reads: int, threads: int) -> None:
    """Compute calls, each in any order: the addresses of function, `Layer` and arrays, (calls, 5).

    A call takes up to `cells` bytes and `reads` sizes. Where others use the helpers, this thread
    computes alone.
    """
    helpers = helpers_of_this_process()
    if threads > 1 and not helpers.free.locked():
        with helpers.free:
            helpers.compute(calls, cells, reads, threads)
    else:
        own = memory_of(scratch_of_this_thread(), cells, reads)
        share(Board(), calls, np.array(addresses_of(own), ADDRESS), 1)


def fits_helpers(threads: int, cells: int, reads: int) -> bool:
    """Whether helpers may take so many bytes and sizes each."""
    return (threads - 1) * (cells + reads * ADDRESS.itemsize) <= HELPERS_BYTES


def share(board: Board, calls: Array, memory: Array, threads: int) -> None:
    """Compute calls beside the helpers of a board."""
    native().share(ctypes.byref(board), address(calls), len(calls), address(memory), threads)


def help_out(asleep: Any, board: Board, thread: int) -> None:
    """Compute calls of a board whenever this thread is woken."""
    while asleep.acquire():
        crowded = thread >= (os.cpu_count() or 1)
        native().help(ctypes.byref(board), thread, LOOKS_IN_A_CROWD if crowded else LOOKS)


def memory_of(scratch: Scratch, cells: int, reads: int) -> tuple[Array, Array]:
    """So many bytes, and so many sizes.

    Who takes their addresses keeps them: a signal's handler may compute a layer that takes more.
    """
    return (
        scratch.take("cells", (cells,), np.dtype(np.uint8)),
        scratch.take("reads", (reads,), ADDRESS),
    )


def addresses_of(memory: tuple[Array, Array]) -> tuple[int, int]:
    """Where the bytes and the sizes begin."""
    cells, reads = memory
    return address(cells), address(reads)
