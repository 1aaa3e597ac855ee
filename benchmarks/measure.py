"""Interleaved timing: the candidates take turns, so that noise affects all alike; medians count."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from statistics import median

# Seconds at the start of a turn that are not counted: the threads of the last one still spin.
SETTLE = 0.01
TURN = 3  # calls that are counted, one after the other; one where a call is long
LONG = 0.5  # seconds


def interleaved(
    candidates: Mapping[str, Callable[[], object]],
    seconds: float = 1.5,
    least: int = 3,
    most: int = 20,
) -> dict[str, float]:
    """The median seconds of each candidate, over as many rounds of turns as `seconds` allow."""
    first = {name: turn(run)[0] for name, run in candidates.items()}
    rounds = max(
        least, min(most, int(seconds / (sum(first.values()) * TURN + SETTLE * len(first))))
    )
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            taken[name] += turn(run)
    return {name: median(times) for name, times in taken.items()}


def turn(run: Callable[[], object]) -> list[float]:
    """The seconds of some calls in a row, after uncounted ones."""
    start = time.perf_counter()
    first = timed(run)
    if first > LONG:
        return [first]
    while time.perf_counter() - start < SETTLE:
        timed(run)
    return [timed(run) for _ in range(TURN)]


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def geometric_mean(ratios: Iterable[float]) -> float:
    logs = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logs) / len(logs))
