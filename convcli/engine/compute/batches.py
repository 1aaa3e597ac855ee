"""Batches of whole output units: two integers each, and never a list of units."""

from __future__ import annotations

from typing import NamedTuple

MOST_TASKS = 100_000  # of a run of any size
TASKS_PER_WORKER = 20
SCHEDULING = 0.001  # seconds that a scheduler of dask takes for a task
SCHEDULED_TIMES = 4  # a batch lasts so many times what the scheduler takes for a round of batches
LONGEST = 60.0  # seconds of a batch: what is lost with a worker, and what an interrupt waits for
OUTSTANDING = 3  # batches of a worker that are submitted and not done
WEIGHT_OF_LATEST = 0.3  # of the latest batch in the mean of seconds


class Batch(NamedTuple):
    """The output units `first` to `stop - 1`."""

    number: int
    first: int
    stop: int

    @property
    def units(self) -> int:
        """How many there are."""
        return self.stop - self.first


class BatchPlan:
    """Hands out the units of a run in order, in batches whose size follows what they last.

    The first batches are as small as the bound on tasks admits; they measure a unit. Later ones are
    `batch_units`.

    >>> plan = BatchPlan(1000)
    >>> plan.take(2), plan.take(2)
    (Batch(number=0, first=0, stop=1), Batch(number=1, first=1, stop=2))
    >>> plan.measured(1, 0.5)
    >>> plan.take(2)
    Batch(number=2, first=2, stop=27)
    """

    def __init__(self, units: int) -> None:
        self.units = units
        self._first = self._number = 0
        self._seconds: float | None = None

    @property
    def seconds_of_unit(self) -> float | None:
        """What a unit takes; None before one is measured."""
        return self._seconds

    @property
    def is_handed_out(self) -> bool:
        """Whether no unit is left."""
        return self._first >= self.units

    def measured(self, units: int, seconds: float) -> None:
        """Take in what a batch of so many units lasted."""
        if units:
            latest = seconds / units
            before = latest if self._seconds is None else self._seconds
            self._seconds = before + WEIGHT_OF_LATEST * (latest - before)

    def outstanding(self, slots: int) -> int:
        """How many batches to have submitted: one a slot until a unit is measured."""
        return slots if self._seconds is None else OUTSTANDING * slots

    def take(self, slots: int) -> Batch:
        """The next batch for `slots` workers; there must be units left."""
        left = self.units - self._first
        size = batch_units(self.units, left, slots, self._seconds, MOST_TASKS - self._number)
        batch = Batch(self._number, self._first, min(self._first + size, self.units))
        self._number, self._first = self._number + 1, batch.stop
        return batch


def batch_units(
    units: int, left: int, slots: int, seconds: float | None, tasks_left: int = MOST_TASKS
) -> int:
    """The units of a batch, where `left` of `units` are to be handed out to `slots` workers.

    About 20 batches a worker, smaller ones at the end; none longer than a minute; each long enough
    for a scheduler that hands out one in a millisecond; and at most `tasks_left` in all.

    >>> batch_units(11_900_000, 11_900_000, slots=1000, seconds=0.16)
    375
    >>> batch_units(10_000, 10_000, slots=2, seconds=0.002)
    250
    >>> batch_units(10_000, 10, slots=2, seconds=0.002)
    4
    """
    least = -(-left // max(tasks_left, 1))
    if seconds is None:
        return max(1, least)
    seconds = max(seconds, 1e-9)
    shortest = int(-(-SCHEDULED_TIMES * slots * SCHEDULING // seconds))
    even = -(-units // (TASKS_PER_WORKER * slots))
    ending = -(-left // (2 * slots))
    short = min(shortest, -(-units // slots))  # of a small run every worker has a part
    return max(1, least, short, min(even, ending, int(LONGEST / seconds)))


def count_batches(units: int, slots: int, seconds: float) -> int:
    """How many batches a run has whose units take so long.

    >>> count_batches(10_000, 2, 0.002), count_batches(11_900_000, 1000, 0.16) <= MOST_TASKS
    (56, True)
    """
    plan, count = BatchPlan(units), 0
    while not plan.is_handed_out:
        batch = plan.take(slots)
        count += 1
        if count == min(slots, units):
            plan.measured(batch.units, batch.units * seconds)
    return count
