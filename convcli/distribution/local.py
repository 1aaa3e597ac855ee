"""Workers that are processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from threading import current_thread, main_thread
from typing import Any

from convcli.distribution.child import serve
from convcli.distribution.task import Job, Report, WorkerLost
from convcli.engine.compute.batches import Batch

GRACE = 3.0  # seconds in which a process may end the unit under way before it is ended
HELD_BACK = ("SIGINT", "SIGTERM", "SIGHUP")
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Processes:
    """An executor of so many processes, each with one thread of BLAS.

    A process that ends is replaced; the batch that it computed is reported as failed.
    """

    def __init__(self, job: Job, count: int, ahead: Ahead | None = None) -> None:
        self._job, self._count = job, count
        self._members: dict[str, _Member] = {}
        self._lost: deque[Report] = deque()  # batches of processes that ended
        if ahead is not None:
            self._members.update({member.name: member for member in ahead.taken()})
        self._started = len(self._members)
        try:
            while self._started < count:
                self._start()
            for member in self._members.values():
                member.send(job)
        except BaseException:
            self.stop()
            raise

    @property
    def slots(self) -> int:
        """The number of processes."""
        return self._count

    def workers(self) -> Collection[str]:
        """The names of the processes."""
        return self._members.keys()

    def submit(self, batch: Batch, attempt: int, avoid: Collection[str]) -> None:
        """Give a batch to the process outside `avoid` that has the fewest."""
        fitting = [member for member in self._members.values() if member.name not in avoid]
        member = min(fitting or self._members.values(), key=lambda member: len(member.batches))
        member.batches.append((batch, frozenset(avoid)))
        member.send(batch)

    def completed(self) -> Report:
        """Wait for the next batch that is done, or whose process ended."""
        while not self._lost:
            members = {member.connection: member for member in self._members.values()}
            for ready in wait(list(members)):
                member = members[ready]  # type: ignore[index]
                try:
                    report: Report = member.connection.recv()
                except (EOFError, OSError):
                    self._replace(member)
                    break
                member.batches.popleft()
                return report
        return self._lost.popleft()

    def stop(self) -> None:
        """End the processes: after the unit under way, or after some seconds."""
        for member in self._members.values():
            member.connection.close()  # which ends it, also while it takes in the job
        deadline = time.monotonic() + GRACE
        for end in ("join", "terminate", "kill"):
            for member in self._members.values():
                if end != "join" and member.process.is_alive():
                    getattr(member.process, end)()
            for member in self._members.values():
                member.process.join(max(0.0, deadline - time.monotonic()))
            deadline = time.monotonic() + 1
        self._members.clear()

    def _start(self) -> _Member:
        self._started += 1
        member = _Member(f"worker {self._started}")
        self._members[member.name] = member
        return member

    def _replace(self, member: _Member) -> None:
        """Report the batch that a process computed when it ended, and give its others away."""
        member.process.join()
        del self._members[member.name]
        member.connection.close()
        self._start().send(self._job)
        why = WorkerLost(f"{member.name} {_end_of(member.process.exitcode)}")
        for place, (batch, avoid) in enumerate(member.batches):
            if place:
                self.submit(batch, 0, avoid)
            else:
                self._lost.append(Report(batch, member.name, error=why))


class Ahead:
    """Processes that start before it is known what they compute, and load what they will need.

    A context: those that were not taken until it ends are ended.
    """

    def __init__(self, count: int) -> None:
        self._members: list[_Member] = []
        try:
            for number in range(count):
                self._members.append(_Member(f"worker {number + 1}"))
        except BaseException:
            self._end()
            raise

    def taken(self) -> list[_Member]:
        """The processes, for an executor that ends them."""
        members, self._members = self._members, []
        return members

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        for member in self._members:
            member.connection.close()
            member.process.terminate()  # it has nothing to lose
        for member in self._members:
            member.process.join()


class _Member:
    """A process, and the batches that it has."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.batches: deque[tuple[Batch, frozenset[str]]] = deque()
        context = multiprocessing.get_context("spawn")
        self.connection, of_child = context.Pipe()
        self.process = context.Process(target=serve, args=(of_child, name), daemon=True)
        with _surroundings():
            self.process.start()
        of_child.close()

    def send(self, message: Any) -> None:
        """Send a message; a process that has ended is noticed when its report is awaited."""
        with suppress(OSError):
            self.connection.send(message)


@contextmanager
def _surroundings() -> Iterator[None]:
    """The surroundings in which processes start: one thread of BLAS, signals held back.

    A process that gets Ctrl-C before its main function runs would print a traceback, and so would
    one whose parent is interrupted before it has sent what the process is to do.
    """
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        with _held_back(), _blocked():
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _held_back() -> Iterator[None]:
    """Let signals of this process wait: their handlers run in the main thread in any case."""
    if current_thread() is not main_thread():
        yield
        return
    came: list[int] = []
    numbers = [getattr(signal, name) for name in HELD_BACK if hasattr(signal, name)]
    handlers = {number: signal.getsignal(number) for number in numbers}
    ours = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in ours:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


@contextmanager
def _blocked() -> Iterator[None]:
    """Block Ctrl-C in processes that start meanwhile, until they unblock it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # it starts with the first process, and would let Ctrl-C through again
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _end_of(exit_code: int | None) -> str:
    """How a process ended.

    >>> _end_of(-9), _end_of(3)
    ('was ended by SIGKILL', 'ended with exit code 3')
    """
    if exit_code is not None and exit_code < 0 and sys.platform != "win32":
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"ended with exit code {exit_code}"
