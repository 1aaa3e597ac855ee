"""The loop that hands out batches, on workers that fail as they are told."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection

import pytest

from convcli.distribution.dispatch import MOST_FAILURES, Event, distribute
from convcli.distribution.task import Report, Tally, WorkerLost
from convcli.engine.compute.batches import OUTSTANDING, Batch
from convcli.errors import ConvError

FULL = OSError(28, "No space left on device")
BAD = ConvError("zarr.chunk", "has no chunk c/0/1", parameter="X", kind="data")


class Workers:
    """An executor in this process; `fault` says with which error a worker answers a batch."""

    def __init__(self, count: int, fault: Callable[[str, Batch], Exception | None]) -> None:
        self.names = [f"w{number}" for number in range(count)]
        self.fault = fault
        self.waiting: list[tuple[Batch, Collection[str]]] = []
        self.keys: set[tuple[int, int]] = set()
        self.done: Counter[int] = Counter()
        self.given: Counter[str] = Counter()
        self.most_waiting = 0
        self.stopped = False
        self.random = random.Random(0)

    @property
    def slots(self) -> int:
        return len(self.names)

    def workers(self) -> Collection[str]:
        return self.names

    def submit(self, batch: Batch, attempt: int, avoid: Collection[str]) -> None:
        assert (batch.number, attempt) not in self.keys, "a scheduler would return the old result"
        self.keys.add((batch.number, attempt))
        self.waiting.append((batch, set(avoid)))
        self.most_waiting = max(self.most_waiting, len(self.waiting))

    def completed(self) -> Report:
        batch, avoid = self.waiting.pop(self.random.randrange(len(self.waiting)))
        fitting = [name for name in self.names if name not in avoid]
        worker = fitting[0]  # the one that failed is the idlest, and gets the next
        self.given[worker] += 1
        error = self.fault(worker, batch)
        if error is not None:
            return Report(batch, worker, error=error)
        self.done.update(range(batch.first, batch.stop))
        return Report(batch, worker, Tally(batch.units, 0, 4, 4), 0.01 * batch.units)

    def stop(self) -> None:
        self.stopped = True


def no_fault(worker: str, batch: Batch) -> None:
    return None


def test_every_unit_is_computed_once_and_few_are_outstanding() -> None:
    workers = Workers(4, no_fault)
    seen: list[tuple[int, int]] = []
    tally = distribute(workers, 1000, progress=lambda done, total: seen.append((done, total)))
    assert tally.computed == 1000
    assert workers.done == dict.fromkeys(range(1000), 1)
    assert workers.most_waiting <= OUTSTANDING * 4
    assert seen[-1] == (1000, 1000)
    assert seen == sorted(seen)
    assert workers.stopped


def test_a_worker_that_cannot_write_is_out_after_three_failures() -> None:
    workers = Workers(2, lambda worker, _: FULL if worker == "w0" else None)
    events: list[Event] = []
    distribute(workers, 500, say=events.append)
    assert workers.done == dict.fromkeys(range(500), 1)
    before_it_was_out = OUTSTANDING * 2  # what is submitted is not taken back
    assert MOST_FAILURES <= workers.given["w0"] < MOST_FAILURES + before_it_was_out
    assert [event.worker for event in events if event.kind == "out"] == ["w0"]


def test_where_no_worker_can_write_the_error_is_that_of_the_output() -> None:
    workers = Workers(2, lambda *_: FULL)
    with pytest.raises(ConvError, match="No space left on device") as raised:
        distribute(workers, 500)
    assert raised.value.kind == "write"
    assert workers.given.total() == 2
    assert workers.stopped


def test_bad_data_is_not_tried_again() -> None:
    workers = Workers(3, lambda _, batch: BAD if batch.first <= 7 < batch.stop else None)
    with pytest.raises(ConvError, match="has no chunk c/0/1"):
        distribute(workers, 50)
    assert workers.stopped


def test_a_batch_whose_workers_end_is_tried_three_times() -> None:
    tried: list[str] = []

    def fault(worker: str, batch: Batch) -> Exception | None:
        if not batch.first <= 7 < batch.stop:
            return None
        tried.append(worker)
        return WorkerLost(f"{worker} was ended by SIGKILL")

    workers = Workers(5, fault)
    with pytest.raises(ConvError, match=r"ended: w2 was ended by SIGKILL") as raised:
        distribute(workers, 50)
    assert raised.value.kind == "write"
    assert tried == ["w0", "w1", "w2"]


def test_workers_that_end_now_and_then_do_not_end_the_run() -> None:
    chances = random.Random(1)
    failed: set[int] = set()

    def fault(worker: str, batch: Batch) -> Exception | None:
        if batch.number in failed or chances.random() > 0.5:
            return None
        failed.add(batch.number)
        return WorkerLost(f"{worker} ended")

    workers = Workers(3, fault)
    distribute(workers, 300)
    assert failed
    assert workers.done == dict.fromkeys(range(300), 1)


def test_an_error_of_the_program_stays_what_it_is() -> None:
    workers = Workers(3, lambda *_: ZeroDivisionError("by zero"))
    with pytest.raises(ZeroDivisionError):
        distribute(workers, 50)
    assert workers.stopped


def test_an_interrupt_stops_the_workers() -> None:
    class Interrupted(Workers):
        def completed(self) -> Report:
            raise KeyboardInterrupt

    workers = Interrupted(2, no_fault)
    with pytest.raises(KeyboardInterrupt):
        distribute(workers, 50)
    assert workers.stopped


def test_nothing_to_do_is_done() -> None:
    workers = Workers(2, no_fault)
    assert distribute(workers, 0) == Tally()
    assert workers.stopped
