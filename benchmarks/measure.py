"""Interleaved timing: the candidates take turns, so that a noisy machine treats them alike, and medians are compared."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from statistics import median


def interleaved(candidates: Mapping[str, Callable[[], object]], seconds: float = 1.0, least: int = 5, most: int = 60) -> dict[str, float]:
    """The median seconds of each candidate, over as many rounds as `seconds` allow."""
    first = {}
    for name, run in candidates.items():
        run()
        first[name] = timed(run)
    rounds = max(least, min(most, int(seconds / sum(first.values()))))
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            taken[name].append(timed(run))
    return {name: median(times) for name, times in taken.items()}


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def geometric_mean(ratios: Iterable[float]) -> float:
    logs = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logs) / len(logs))
