"""Hands out batches, and submits those that failed to other workers."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection
from typing import Literal, NamedTuple, Protocol

from convcli.distribution.task import Report, Tally, WorkerLost, is_final
from convcli.engine.compute.batches import Batch, BatchPlan
from convcli.errors import ConvError, reason_of

MOST_FAILURES = 3  # of a worker, before it gets no more work; and of a batch, before the run ends

Progress = Callable[[int, int], None]  # called with the units done and their total


class Executor(Protocol):
    """Workers that compute batches."""

    @property
    def slots(self) -> int:
        """How many batches are computed at the same time."""

    def workers(self) -> Collection[str]:
        """The names of the workers."""

    def submit(self, batch: Batch, attempt: int, avoid: Collection[str]) -> None:
        """Let a worker outside `avoid` compute a batch; returns before it does."""

    def completed(self) -> Report:
        """Wait for the next batch that ends. Raises ConvError where the workers are lost."""

    def stop(self) -> None:
        """Let nothing of this run go on: returns when no worker computes or writes."""


class Event(NamedTuple):
    """What happened, for people who ask for it."""

    kind: Literal["done", "failed", "out"]
    worker: str
    report: Report


def ignore(_: Event) -> None:
    """Tell nobody."""


def distribute(
    executor: Executor,
    units: int,
    *,
    progress: Progress | None = None,
    say: Callable[[Event], None] = ignore,
) -> Tally:
    """Compute the units of a run on the workers of an executor, and stop it, also on errors.

    A batch that failed goes to another worker. A worker that failed three times gets no more work;
    an error of the data or of the request ends the run. Raises that error, or the last one of a
    batch that failed three times or has no worker left.
    """
    try:
        return _Dispatcher(executor, BatchPlan(units), progress, say).run()
    finally:
        executor.stop()


class _Dispatcher:
    """The state of a run: what is submitted, what waits to be submitted again."""

    def __init__(
        self,
        executor: Executor,
        plan: BatchPlan,
        progress: Progress | None,
        say: Callable[[Event], None],
    ) -> None:
        self.executor, self.plan, self.progress, self.say = executor, plan, progress, say
        self.submitted = 0
        self.again: deque[Batch] = deque()
        self.failed_on: dict[int, list[str]] = {}  # the workers on which a batch failed
        self.failures: Counter[str] = Counter()
        self.out: set[str] = set()

    def run(self) -> Tally:
        """Submit and take back until all units are done."""
        total, done = Tally(), 0
        while self._submit_some():
            report = self.executor.completed()
            self.submitted -= 1
            if report.error is not None:
                self._take_back(report, report.error)
                continue
            self.failed_on.pop(report.batch.number, None)
            self.plan.measured(report.tally.computed or report.batch.units, report.seconds)
            total, done = total.plus(report.tally), done + report.batch.units
            self.say(Event("done", report.worker, report))
            if self.progress is not None:
                self.progress(done, self.plan.units)
        return total

    def _submit_some(self) -> int:
        """Fill the window; returns how many batches are submitted and not done."""
        slots = max(1, self.executor.slots)
        while self.submitted < self.plan.outstanding(slots):
            if self.again:
                batch = self.again.popleft()
            elif not self.plan.is_handed_out:
                batch = self.plan.take(slots)
            else:
                break
            failed_on = self.failed_on.get(batch.number, [])
            self.executor.submit(batch, len(failed_on), self.out.union(failed_on))
            self.submitted += 1
        return self.submitted

    def _take_back(self, report: Report, error: Exception) -> None:
        """Let another worker compute the batch. Raises the error where that would not help."""
        if is_final(error):
            raise error
        failed_on = self.failed_on.setdefault(report.batch.number, [])
        failed_on.append(report.worker)
        self.say(Event("failed", report.worker, report))
        if not isinstance(error, WorkerLost):
            self.failures[report.worker] += 1
            if self.failures[report.worker] == MOST_FAILURES:
                self.out.add(report.worker)
                self.say(Event("out", report.worker, report))
        others = set(self.executor.workers()) - self.out - set(failed_on)
        if len(failed_on) >= MOST_FAILURES or not others:
            raise _last(report, error)
        self.again.append(report.batch)


def _last(report: Report, error: Exception) -> Exception:
    """The error of a batch that no worker computes."""
    if isinstance(error, ConvError):
        return error
    if isinstance(error, WorkerLost):
        rule = "the workers that computed the output units {first} to {last} ended: {why}"
        hint = "Perhaps there was too little memory: try fewer workers, or smaller chunks."
        batch = report.batch
        fields = {"first": batch.first, "last": batch.stop - 1, "why": reason_of(error)}
        return ConvError("workers.ended", rule, kind="write", hint=hint, fields=fields)
    if isinstance(error, OSError):
        rule = "cannot be written by {worker}: {why}"
        fields = {"worker": report.worker, "why": error.strerror or reason_of(error)}
        return ConvError("output.unwritable", rule, parameter="output", kind="write", fields=fields)
    return error
