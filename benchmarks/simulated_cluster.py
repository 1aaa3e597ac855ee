"""A discrete simulation of a run on stores: a scheduler, workers that share cores and a store.

It hands out batches as convcli does (`BatchPlan`), and needs no cluster.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from convcli.engine.compute.batches import Batch, BatchPlan


class Costs(NamedTuple):
    """What one worker takes; `python -m benchmarks.clusters` measures it."""

    cpu_of_unit: float  # seconds in which a worker unpacks, computes and packs a unit
    bytes_of_unit: float  # fetched from and written to the store
    scheduler: float = 0.0009  # seconds of the scheduler for a task
    worker: float = 0.0014  # seconds of a worker for a task, beside its units
    start: float = 0.0  # seconds until a worker takes its first batch


class Machines(NamedTuple):
    """What the workers share."""

    workers: int
    cores: float = inf
    bandwidth: float = 100e9  # bytes a second of the store for all workers
    of_worker: float = 0.5e9  # and for one at most


class Simulated(NamedTuple):
    """What a run took."""

    seconds: float
    tasks: int
    scheduler: float  # busy seconds
    most_outstanding: int
    waiting_for_store: float  # seconds of workers
    computing: float  # seconds of workers


class Shared:
    """A resource whose jobs progress equally fast: at most `each`, and `total` together.

    Jobs are kept by the virtual time at which they end, so a change of their number moves none.
    """

    def __init__(self, each: float, total: float) -> None:
        self.each, self.total = each, total
        self.virtual = self.now = 0.0
        self.jobs: list[tuple[float, int, int]] = []  # (virtual end, order, worker)
        self.order = itertools.count()

    def rate(self) -> float:
        """How fast each job progresses."""
        return min(self.each, self.total / len(self.jobs)) if self.jobs else self.each

    def add(self, worker: int, amount: float) -> None:
        """Begin a job now."""
        heapq.heappush(self.jobs, (self.virtual + amount, next(self.order), worker))

    def next_end(self) -> float:
        """When the next job ends, if no other begins."""
        if not self.jobs:
            return inf
        return self.now + max(0.0, self.jobs[0][0] - self.virtual) / self.rate()

    def advance(self, now: float) -> None:
        """Let time pass."""
        self.virtual += (now - self.now) * self.rate()
        self.now = now

    def pop(self) -> int:
        """The worker whose job has ended."""
        self.virtual = max(self.virtual, self.jobs[0][0])
        return heapq.heappop(self.jobs)[2]


@dataclass
class _Task:
    batch: Batch
    begun: float
    parts: int = 2  # its bytes and its numbers
    cpu_end: float = 0.0


def simulate(units: int, costs: Costs, machines: Machines) -> Simulated:
    """Run so many units: batches wait for the scheduler, then for a worker.

    A worker fetches and computes at the same time, as convcli reads ahead; a batch ends with the
    later of both.
    """
    return _Simulation(units, costs, machines).run()


class _Simulation:
    def __init__(self, units: int, costs: Costs, machines: Machines) -> None:
        self.costs, self.machines = costs, machines
        self.plan = BatchPlan(units)
        self.now = self.busy = self.free_at = 0.0
        self.store = Shared(machines.of_worker, machines.bandwidth)
        self.cores = Shared(1.0, machines.cores)
        self.scheduled: deque[tuple[float, Batch]] = deque()  # when a worker may have it
        self.ready: deque[Batch] = deque()
        self.idle = list(range(machines.workers))
        self.tasks: dict[int, _Task] = {}
        self.submitted = self.most = self.count = 0
        self.waiting = self.computing = 0.0

    def run(self) -> Simulated:
        self.now = self.free_at = self.costs.start
        for shared in (self.store, self.cores):
            shared.now = self.now
        self.submit()
        while self.submitted:
            self.step()
        return Simulated(
            self.now, self.count, self.busy, self.most, self.waiting, self.computing
        )  # fmt: skip

    def submit(self) -> None:
        workers = self.machines.workers
        while self.submitted < self.plan.outstanding(workers) and not self.plan.is_handed_out:
            batch = self.plan.take(workers)
            self.submitted, self.count = self.submitted + 1, self.count + 1
            self.scheduled.append((self.schedule(), batch))
        self.most = max(self.most, self.submitted)

    def schedule(self) -> float:
        """Let the scheduler, which does one thing at a time, do a half of its work for a task."""
        self.free_at = max(self.free_at, self.now) + self.costs.scheduler / 2
        self.busy += self.costs.scheduler / 2
        return self.free_at

    def step(self) -> None:
        """Go on to whatever happens next."""
        scheduled = self.scheduled[0][0] if self.scheduled else inf
        self.now = min(scheduled, self.store.next_end(), self.cores.next_end())
        ends = (self.store.next_end(), self.cores.next_end())
        self.store.advance(self.now)
        self.cores.advance(self.now)
        if scheduled <= self.now:
            self.ready.append(self.scheduled.popleft()[1])
        elif ends[0] <= ends[1]:
            self.part_ended(self.store.pop())
        else:
            worker = self.cores.pop()
            self.tasks[worker].cpu_end = self.now
            self.part_ended(worker)
        while self.idle and self.ready:
            self.begin(self.idle.pop(), self.ready.popleft())

    def begin(self, worker: int, batch: Batch) -> None:
        self.tasks[worker] = _Task(batch, self.now)
        self.store.add(worker, batch.units * self.costs.bytes_of_unit)
        self.cores.add(worker, batch.units * self.costs.cpu_of_unit + self.costs.worker)

    def part_ended(self, worker: int) -> None:
        task = self.tasks[worker]
        task.parts -= 1
        if task.parts:
            return
        del self.tasks[worker]
        self.computing += task.cpu_end - task.begun
        self.waiting += self.now - task.cpu_end
        self.plan.measured(task.batch.units, self.now - task.begun)
        self.schedule()
        self.submitted -= 1
        self.idle.append(worker)
        self.submit()
