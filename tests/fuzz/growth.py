"""How the CPU time of a reader or a command grows with its input."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from tests.fuzz.case import MIB, Case
from tests.fuzz.driver import Workers

MOST_RATIO = 9.0  # of four times the input; n log n has about 4.6, a square 16
REPEATS = 3

Make = Callable[[int], Case]


class Growth(NamedTuple):
    """The two sizes of input, the CPU seconds of each, and how the run of the larger ended."""

    sizes: tuple[int, int]
    seconds: tuple[float, float]
    ended: str

    @property
    def ratio(self) -> float:
        return self.seconds[1] / max(self.seconds[0], 1e-3)


def growth(make: Make, first: int, most: int, workers: Workers, enough: float) -> Growth | None:
    """Double the input until it takes `enough` seconds and compare with a quarter of it.

    Returns None where the largest input takes less.
    """
    size = first
    while True:
        outcome = workers.run(make(size)._replace(peak=4096 * MIB))
        if outcome.ended:
            return Growth((size // 4, size), (0.0, float("inf")), outcome.ended)
        if outcome.cpu >= enough:
            break
        if size >= most:
            return None
        size *= 2
    small, large = max(size // 4, 1), size
    return Growth(
        (small, large), (_seconds(make(small), workers), _seconds(make(large), workers)), ""
    )


def _seconds(case: Case, workers: Workers) -> float:
    return median(workers.run(case).cpu for _ in range(REPEATS))


def fault_of(grown: Growth | None) -> str:
    """What is wrong with the growth; empty where nothing is."""
    if grown is None or (not grown.ended and grown.ratio <= MOST_RATIO):
        return ""
    if grown.ended:
        return f"at size {grown.sizes[1]}: {grown.ended}"
    times = f"{grown.seconds[0]:.2f} s and {grown.seconds[1]:.2f} s"
    return f"sizes {grown.sizes[0]} and {grown.sizes[1]}: {times}, {grown.ratio:.1f} times"
