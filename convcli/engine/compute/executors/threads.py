"""Running an executor's parts, on one thread or several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cache
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np

from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.work import SCRATCH, Executor, Job, Scratch

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Progress = Callable[[int, int], None]  # parts done, of how many

MANY = 2**24  # multiply-adds below which handing work to threads costs more than it saves

_of_thread = local()


def execute(job: Job, progress: Progress | None = None) -> None:
    """Fill `job.output`, on up to `job.threads` threads, with at most 64 MiB beside the arrays."""
    threads = job.threads if job.multiply_adds >= MANY else 1
    job = replace(job, threads=threads, budget=min(SCRATCH, 3 * SCRATCH // threads))
    executor = choose(job)
    parts = list(executor.parts())
    if threads == 1 or len(parts) == 1:
        _work(executor, iter(parts), len(parts), progress)
        return
    left = iter(parts)  # the threads take from it in turn
    with _blas_on_one_thread():
        helpers = [
            _pool(threads - 1).submit(_work, executor, left, len(parts)) for _ in range(threads - 1)
        ]
        try:
            _work(executor, left, len(parts), progress)
        finally:
            list(left)  # after an error nobody takes another part
            for helper in helpers:
                helper.result()


def _work(
    executor: Executor, left: Iterator[Any], total: int, progress: Progress | None = None
) -> None:
    """Compute parts until none is left, and report the position of each."""
    if not hasattr(_of_thread, "scratch"):
        _of_thread.scratch = Scratch()
    with np.errstate(all="ignore"):
        for part in left:
            executor.compute(part, _of_thread.scratch)
            if progress is not None:
                progress(total - left.__length_hint__(), total)  # type: ignore[attr-defined]  # of a list's iterator


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(threads)


def _blas_on_one_thread() -> AbstractContextManager[object]:
    """BLAS's own threads would wait for each other. A process that runs BLAS on one from the start has nothing to change."""
    return (
        nullcontext()
        if os.environ.get("OPENBLAS_NUM_THREADS") == "1"
        else _blas().limit(limits=1, user_api="blas")
    )


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
