"""Threads that compute parts of layers, and wait for the next ones until the process ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future

    Call = Callable[[], object]


class Pool:
    """Threads for the calls of all layers.

    They are daemons: the process ends without them, also after Ctrl-C in the middle of a start.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Call, Future[object]]] = SimpleQueue()
        self._threads = 0

    def submit(self, call: Call, threads: int) -> list[Future[object]]:
        """Begin a call on each of so many threads, or of those that the system has."""
        from concurrent.futures import Future

        while self._threads < threads:
            try:
                Thread(target=self._work, name="convcli thread", daemon=True).start()
            except RuntimeError:  # no more threads
                break
            self._threads += 1
        futures: list[Future[object]] = [Future() for _ in range(min(threads, self._threads))]
        for future in futures:
            self._calls.put((call, future))
        return futures

    def _work(self) -> None:
        while True:
            call, future = self._calls.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # the caller raises it
                    future.set_exception(error)
            del call, future  # their arrays are not kept until the next call


@cache
def pool() -> Pool:
    """The threads of this process."""
    return Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.cache_clear)  # threads stay with the parent
