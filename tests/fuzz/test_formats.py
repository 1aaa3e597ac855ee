"""Damaged inputs of every format: each is read, or refused in the program's own words."""

from __future__ import annotations

import pytest

from tests.fuzz.driver import Workers
from tests.fuzz.invariants import faults
from tests.fuzz.registry import FORMATS

# Inputs of each format, from fixed seeds; `make soak` runs fresh ones.
EVERYDAY = 20
MANY = 150
# Formats that break a rule today, and which. A row is deleted when its fault is corrected.
KNOWN: dict[str, str] = {}


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_inputs_are_read_or_refused(name: str, workers: Workers) -> None:
    damaged_inputs(name, workers, range(EVERYDAY))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_many_damaged_inputs_are_read_or_refused(name: str, workers: Workers) -> None:
    damaged_inputs(name, workers, range(EVERYDAY, MANY))


def damaged_inputs(name: str, workers: Workers, seeds: range) -> None:
    missing = FORMATS[name].missing()
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    found = []
    for seed in seeds:
        case = FORMATS[name].case(seed)
        found += [(seed, case.command(), fault) for fault in faults(case, workers.run(case))]
    assert not found, found[:5]
