"""Threads that stay awake for a while after a layer, and share the next one's calls of kernel.c.

To wake a thread that sleeps takes as long as a small layer takes to compute: see threads.c.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from threading import Lock, Thread
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Scratch, scratch_of_this_thread
from convcli.engine.compute.native.calls import address
from convcli.engine.compute.native.library import native

ADDRESS = np.dtype(np.intp)
MOST_CALLS = 2**16 - 1  # of a layer, as threads.c counts them
HELPER_BYTES = 2**21  # of memory that a helper may take: what cells take, but for extreme layers

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


class Helpers:
    """The threads that help whoever computes a layer, one layer at a time."""

    def __init__(self) -> None:
        self.free, self.board = Lock(), Board()
        self._asleep: list[Lock] = []  # held until a helper is woken
        self._scratches: list[Scratch] = []
        self._memory = np.empty((0, 2), ADDRESS)  # of the caller and each helper: cells, reads
        self._cells = self._reads = 0

    def compute(self, calls: Array, cells: int, reads: int, threads: int) -> None:
        """Compute calls on so many threads, if the helpers are `free`, which the caller took."""
        if len(self._memory) < threads or cells > self._cells or reads > self._reads:
            self._grow(threads, cells, reads)
        if self.board.awake < threads - 1:
            for lock in self._asleep[: threads - 1]:
                if lock.locked():
                    lock.release()
        self._memory[0] = memory_of(scratch_of_this_thread(), cells, reads)
        share(self.board, calls, self._memory, threads)

    def _grow(self, threads: int, cells: int, reads: int) -> None:
        self._cells, self._reads = max(cells, self._cells), max(reads, self._reads)
        while len(self._asleep) < threads - 1:
            self._asleep.append(lock := Lock())
            lock.acquire()
            self._scratches.append(Scratch())
            arguments = (lock, self.board, len(self._asleep))
            Thread(target=help_out, args=arguments, name="convcli helper", daemon=True).start()
        rows = [memory_of(scratch, self._cells, self._reads) for scratch in self._scratches]
        self._memory = np.array([(0, 0), *rows], ADDRESS)


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
    if threads > 1 and helpers.free.acquire(blocking=False):
        try:
            helpers.compute(calls, cells, reads, threads)
        finally:
            helpers.free.release()
    else:
        memory = np.array(memory_of(scratch_of_this_thread(), cells, reads), ADDRESS)
        share(Board(), calls, memory, 1)


def share(board: Board, calls: Array, memory: Array, threads: int) -> None:
    """Compute calls beside the helpers of a board."""
    native().share(ctypes.byref(board), address(calls), len(calls), address(memory), threads)


def help_out(asleep: Any, board: Board, thread: int) -> None:
    """Compute calls of a board whenever this thread is woken."""
    while asleep.acquire():
        crowded = thread >= (os.cpu_count() or 1)
        native().help(ctypes.byref(board), thread, LOOKS_IN_A_CROWD if crowded else LOOKS)


def memory_of(scratch: Scratch, cells: int, reads: int) -> tuple[int, int]:
    """The addresses of so many bytes, and of so many sizes."""
    return (
        address(scratch.take("cells", (cells,), np.dtype(np.uint8))),
        address(scratch.take("reads", (reads,), ADDRESS)),
    )
