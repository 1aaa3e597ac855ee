"""Interleaved timing: the candidates take turns, so that noise affects all alike.

What counts is the lower quartile: other work on the machine only ever adds time. CPU time is that
of the calling thread where there is one thread, else that of the process.
"""

from __future__ import annotations

import math
import os
import platform
import resource
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

# Seconds at the start of a turn that are not counted: the threads of the last one still spin.
SETTLE = 0.01
TURN = 3  # calls that are counted, one after the other; one where a call is long
LONG = 0.5  # seconds
# A candidate that takes longer than so many seconds and so many times the quickest has one turn.
ONCE, SLOW = 1.0, 10


class Times(NamedTuple):
    """Seconds: of CPU time and of wall time, each the lower quartile of all calls."""

    cpu: float
    wall: float


def interleaved(
    candidates: Mapping[str, Callable[[], object]],
    seconds: float = 1.5,
    least: int = 3,
    most: int = 20,
    threads: int = 1,
) -> dict[str, Times]:
    """The times of each candidate, over as many rounds of turns as `seconds` allow."""
    clock = time.thread_time if threads == 1 else time.process_time
    taken = {name: turn(run, clock) for name, run in candidates.items()}
    first = {name: turns[0].wall for name, turns in taken.items()}
    slow = {name for name, wall in first.items() if wall > max(ONCE, SLOW * min(first.values()))}
    once = sum(wall * TURN + SETTLE for name, wall in first.items() if name not in slow)
    for name in first.keys() - slow:
        taken[name].clear()  # the first turn fills caches
    for _ in range(max(least, min(most, int(seconds / once)))):
        for name in first.keys() - slow:
            taken[name] += turn(candidates[name], clock)
    return {
        name: Times(*(lower_quartile(column) for column in zip(*turns, strict=True)))
        for name, turns in taken.items()
    }


def turn(run: Callable[[], object], clock: Callable[[], float]) -> list[Times]:
    """The times of some calls in a row, after uncounted ones."""
    start = time.perf_counter()
    first = timed(run, clock)
    if first.wall > LONG:
        return [first]
    while time.perf_counter() - start < SETTLE:
        timed(run, clock)
    return [timed(run, clock) for _ in range(TURN)]


def timed(run: Callable[[], object], clock: Callable[[], float]) -> Times:
    start, cpu = time.perf_counter(), clock()
    run()
    return Times(clock() - cpu, time.perf_counter() - start)


def lower_quartile(values: Iterable[float]) -> float:
    """The value that a quarter of all lie below.

    >>> lower_quartile([5, 1, 3, 2, 4])
    2.0
    """
    values = list(values)
    return values[0] if len(values) == 1 else quantiles(values, n=4, method="inclusive")[0]


def child_seconds() -> float:
    """The CPU seconds of all processes that have ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def geometric_mean(ratios: Iterable[float]) -> float:
    logs = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logs) / len(logs))


def machine() -> dict[str, Any]:
    """The processor, its cores, and the load: how many processes wanted a core in this minute."""
    model, info = platform.processor() or platform.machine(), Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"processor": model, "cores": os.cpu_count(), "load": load}
