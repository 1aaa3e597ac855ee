"""What a worker does with a batch: the same function in one process, in processes, on a cluster."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple, Protocol

from convcli.engine.compute.batches import Batch
from convcli.errors import ConvError


class Tally(NamedTuple):
    """What became of units: computed or skipped, the bytes read from and written to stores."""

    computed: int = 0
    skipped: int = 0
    bytes_read: int = 0
    bytes_written: int = 0

    def plus(self, other: Tally) -> Tally:
        """The sums of both."""
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))


class Work(Protocol):
    """A layer on stores that are open in this process."""

    @property
    def reader(self) -> str:
        """The package that reads X."""

    def compute(self, first: int, stop: int, proceed: Callable[[], bool]) -> Tally:
        """Read, compute and write the units `first` to `stop - 1`; end where not `proceed()`."""


class Job(Protocol):
    """What a worker needs, as a value that can be pickled. `run_id` names this run."""

    @property
    def run_id(self) -> str:
        """A name that no other run has."""

    def open(self) -> Work:
        """Open the stores in this process."""


class Report(NamedTuple):
    """What became of a batch, and on which worker."""

    batch: Batch
    worker: str
    tally: Tally = Tally()
    seconds: float = 0.0
    error: Exception | None = None
    reader: str = ""


class WorkerLost(Exception):
    """A worker ended, or lost its connection, while it had a batch."""


@dataclass
class _Runs:
    """The runs of this process: their open stores, and the batches under way."""

    opened: dict[str, Work] = field(default_factory=dict)
    active: dict[str, int] = field(default_factory=dict)
    ended: dict[str, None] = field(default_factory=dict)  # in the order of time
    lock: Lock = field(default_factory=Lock)


_RUNS = _Runs()
REMEMBERED = 64  # ended runs that a process remembers


def run_batch(job: Job, batch: Batch, worker: str) -> Report:
    """Compute a batch. An exception is part of the report: it reaches the client on every way."""
    begun = time.perf_counter()
    tally, error, reader = Tally(), None, ""

    def proceed() -> bool:
        return job.run_id not in _RUNS.ended

    try:
        with _active(job.run_id):
            work = _opened(job)
            reader = work.reader
            begun = time.perf_counter()  # what a unit lasts decides how many are a batch
            if proceed():
                tally = work.compute(batch.first, batch.stop, proceed)
    except Exception as raised:
        error = _portable(raised)
    return Report(batch, worker, tally, time.perf_counter() - begun, error, reader)


def end_run(run: str) -> int:
    """Let the batches of a run end after the unit under way; returns how many still run here."""
    with _RUNS.lock:
        _RUNS.ended[run] = None
        while len(_RUNS.ended) > REMEMBERED:
            del _RUNS.ended[next(iter(_RUNS.ended))]
        _RUNS.opened.pop(run, None)
        return _RUNS.active.get(run, 0)


def _opened(job: Job) -> Work:
    with _RUNS.lock:
        if job.run_id not in _RUNS.opened:
            _RUNS.opened[job.run_id] = job.open()
        return _RUNS.opened[job.run_id]


@contextmanager
def _active(run: str) -> Iterator[None]:
    with _RUNS.lock:
        _RUNS.active[run] = _RUNS.active.get(run, 0) + 1
    try:
        yield
    finally:
        with _RUNS.lock:
            _RUNS.active[run] -= 1
            if not _RUNS.active[run]:
                del _RUNS.active[run]


def _portable(error: Exception) -> Exception:
    """The error without its traceback; an error that cannot be pickled becomes its text."""
    error = error.with_traceback(None)
    error.__cause__ = error.__context__ = None
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def is_final(error: Exception) -> bool:
    """Whether another worker would fail in the same way: bad data, a wrong request."""
    return isinstance(error, ConvError) and error.kind not in ("write", "memory")
