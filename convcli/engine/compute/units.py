"""The units that a stored array is written in: whole chunks or shards, counted along each axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

Unit = tuple[int, ...]  # the place of a unit: its number along each axis


class UnitGrid(NamedTuple):
    """An array of this `shape` in boxes of `unit` cells; the last one of an axis may be smaller.

    Two writers of one unit would lose each other's cells, so a unit is what a task writes.

    >>> grid = UnitGrid((5, 6), (2, 6))
    >>> grid.counts, grid.box((2, 0))
    ((3, 1), (slice(4, 5, None), slice(0, 6, None)))
    """

    shape: tuple[int, ...]
    unit: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of units along each axis."""
        return tuple(-(-size // step) for size, step in zip(self.shape, self.unit, strict=True))

    @property
    def total(self) -> int:
        """The number of units."""
        return prod(self.counts)

    def box(self, unit: Sequence[int]) -> tuple[slice, ...]:
        """The cells of a unit."""
        return tuple(
            slice(at * step, min((at + 1) * step, size))
            for at, step, size in zip(unit, self.unit, self.shape, strict=True)
        )

    def all(self) -> Iterator[Unit]:
        """The places of all units, in the order of memory."""
        return product(*map(range, self.counts))


def batch_size(blocks: int, workers: int, seconds: float) -> int:
    """How many of so many blocks, each of `seconds`, are one task of `workers` workers.

    About 20 tasks a worker, at most MOST_TASKS, and each of at least 4 ms times the workers: a
    scheduler takes 1 ms a task, and keeps a quarter of its time.

    >>> batch_size(10_000, 2, 0.01), batch_size(11_900_000, 1000, 0.16)
    (250, 595)
    """
    if not blocks:
        return 1
    share = -(-blocks // (TASKS_A_WORKER * workers))
    worth = int(LEAST_SECONDS * workers / max(seconds, 1e-9)) + 1
    even = -(-blocks // workers)
    return max(-(-blocks // MOST_TASKS), min(max(share, worth), even))


def batches(blocks: int, size: int) -> Iterator[range]:
    """The blocks 0 to `blocks` - 1 in runs of `size`: a task is two integers.

    >>> list(batches(5, 2))
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    for start in range(0, blocks, size):
        yield range(start, min(start + size, blocks))


MOST_TASKS = 100_000  # of a run
TASKS_A_WORKER = 20
LEAST_SECONDS = 0.004  # of a task, for each worker
