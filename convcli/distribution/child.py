"""The main function of a worker process."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread

from convcli.distribution.task import Job, end_run, run_batch
from convcli.engine.compute.batches import Batch

STORES = "convcli.distribution.stores"  # the work of almost every job
GRACE = 30.0  # seconds that a process without a parent takes at most to end its unit


def serve(connection: Connection, worker: str) -> None:
    """Compute the batches that come through the connection until it closes, and end the process.

    It ends at once: Zarr may still have reads under way after an error, and would say so.
    """
    try:
        _compute(connection, worker)
    finally:
        if sys.exception() is None:
            os._exit(0)


def _compute(connection: Connection, worker: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    import_module(STORES)  # while the parent finds out what there is to do
    try:
        job: Job = connection.recv()
    except (EOFError, OSError):
        return
    waiting: SimpleQueue[Batch | None] = SimpleQueue()
    Thread(target=_listen, args=(connection, job.run_id, waiting), daemon=True).start()
    while (batch := waiting.get()) is not None:
        report = run_batch(job, batch, worker)
        try:
            connection.send(report)
        except OSError:  # the parent has ended
            return


def _listen(connection: Connection, run: str, waiting: SimpleQueue[Batch | None]) -> None:
    """Take in batches while others are computed; the end is noticed at once."""
    try:
        while True:
            waiting.put(connection.recv())
    except (EOFError, OSError):
        pass
    end_run(run)
    while not waiting.empty():
        waiting.get()
    waiting.put(None)
    time.sleep(GRACE)
    os._exit(1)
