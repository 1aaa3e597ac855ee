"""Runs an executor's parts on one thread or several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cache, partial
from threading import Lock
from typing import Any

import numpy as np

from convcli.engine.compute.executors.plans import planned
from convcli.engine.compute.executors.pool import pool
from convcli.engine.compute.executors.work import (
    THREAD_SCRATCH,
    TOTAL_SCRATCH,
    Executor,
    Job,
    scratch_in_use,
)

Progress = Callable[[int, int], None]  # called with the parts done and their total

# Multiply-adds below which threads cost more than they save, and how many of them take as long as
# a number that is read or written. See `benchmarks.thresholds`.
WORTH_THREADS, OF_A_NUMBER = 2**25, 12


def execute(job: Job, progress: Progress | None = None) -> None:
    """Fill `job.output` on up to `job.threads` threads, with at most 64 MiB beside the arrays.

    `progress` is called from this thread: after each part that it computes, with the number of
    parts that are computed or under way, and once more when all are done.
    """
    threads = threads_worth(job)
    if job.threads > 1:
        job = replace(job, threads=threads, budget=scratch_of_a_thread(threads))
    executor, of_executor = planned(job)
    parts = _Queue(of_executor)
    if threads == 1 or parts.total == 1:
        _work(executor, parts, progress)
        return
    with blas_on_one_thread():
        helpers = pool().submit(partial(_help, executor, parts), threads - 1)
        try:
            _work(executor, parts, progress)
        finally:
            parts.drop_the_rest()  # after an error no thread takes another part
            for helper in helpers:
                if not helper.cancel():
                    helper.result()
    if progress is not None and parts.total:
        progress(parts.total, parts.total)


def threads_worth(job: Job, least: int | None = None) -> int:
    """The threads of a job; 1 below `least` multiply-adds, where more cost more than they save."""
    if job.threads == 1:
        return 1
    work = job.multiply_adds + OF_A_NUMBER * (job.input.size + job.output.size)
    return job.threads if work >= (WORTH_THREADS if least is None else least) else 1


def scratch_of_a_thread(threads: int) -> int:
    """The bytes that each of so many threads may take.

    >>> [scratch_of_a_thread(threads) // 2**20 for threads in (1, 3, 24)]
    [16, 16, 2]
    """
    return min(THREAD_SCRATCH, TOTAL_SCRATCH // threads)


class _Queue:
    """Parts that threads take in turn."""

    def __init__(self, parts: Iterable[Any]) -> None:
        self._parts = list(parts)
        self._lock = Lock()
        self.total, self.taken = len(self._parts), 0

    def __iter__(self) -> Iterator[Any]:
        while True:
            with self._lock:
                if self.taken == self.total:
                    return
                self.taken += 1
                part = self._parts[self.taken - 1]
            yield part

    def drop_the_rest(self) -> None:
        with self._lock:
            self.taken = self.total


def _work(executor: Executor, parts: _Queue, progress: Progress | None = None) -> None:
    """Compute parts until none is left."""
    with scratch_in_use() as scratch:
        for part in parts:
            executor.compute(part, scratch)
            if progress is not None:
                progress(parts.taken, parts.total)


@np.errstate(all="ignore")
def _help(executor: Executor, parts: _Queue) -> None:
    """`_work` in another thread, which does not know what its caller ignores."""
    _work(executor, parts)


def blas_on_one_thread() -> AbstractContextManager[object]:
    """Limit BLAS to one thread: its threads would wait for ours.

    Nothing to do in a process that starts with one BLAS thread.
    """
    return (
        nullcontext()
        if os.environ.get("OPENBLAS_NUM_THREADS") == "1"
        else _blas().limit(limits=1, user_api="blas")
    )


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
