"""Damaged inputs for `tests.soak`: a worker for each format whose packages are installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.fuzz.case import Format
from tests.fuzz.driver import Workers
from tests.fuzz.invariants import faults
from tests.fuzz.registry import FORMATS


def soak_workers(workers: Workers) -> dict[str, Callable[[int], None]]:
    """For each format, what runs the case of a seed and fails where it breaks a rule."""
    return {
        f"inputs of {name}": partial(one_input, one, workers)
        for name, one in FORMATS.items()
        if not one.missing()
    }


def one_input(format: Format, workers: Workers, seed: int) -> None:
    case = format.case(seed)
    found = faults(case, workers.run(case))
    show = f"python -m tests.fuzz.campaign --show {format.name} {seed}"
    assert not found, f"{case.command()}: {found}; {show}"
