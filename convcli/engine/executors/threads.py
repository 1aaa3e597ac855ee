"""Running an executor's parts, on one thread or several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np

from convcli.engine.executors.choice import choose
from convcli.engine.executors.job import SCRATCH, Executor, Job, Part, Scratch

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Progress = Callable[[int, int], None]  # parts done, of how many

MANY = 2**22  # multiply-adds below which handing work to threads costs more than it saves

_of_thread = local()


def execute(job: Job, progress: Progress | None = None) -> None:
    """Fill `job.output`, on up to `job.threads` threads, with at most 64 MiB beside the arrays."""
    threads = job.threads if job.multiply_adds >= MANY else 1
    job = replace(job, threads=threads, budget=min(SCRATCH, 3 * SCRATCH // threads))
    executor = choose(job)
    parts = list(executor.parts())
    if threads == 1 or len(parts) == 1:
        for done, part in enumerate(parts):
            if progress is not None:
                progress(done, len(parts))
            _compute(executor, part)
        return
    pool, blas = _pool(threads), _blas()
    with blas.limit(limits=1, user_api="blas"):  # BLAS's own threads would wait for each other
        running = [pool.submit(_compute, executor, part) for part in parts]
        try:
            for done, future in enumerate(running):
                future.result()
                if progress is not None:
                    progress(done, len(parts))
        finally:
            for future in running:
                future.cancel()


def _compute(executor: Executor, part: Part) -> None:
    if not hasattr(_of_thread, "scratch"):
        _of_thread.scratch = Scratch()
    with np.errstate(all="ignore"):
        executor.compute(part, _of_thread.scratch)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(threads)


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
