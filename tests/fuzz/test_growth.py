"""No reader or command is worse than n log n: four times the input, under nine times the time."""

from __future__ import annotations

import pytest

from tests.fuzz.driver import Workers
from tests.fuzz.growing import COMMANDS, LONGEST_WORD, NEEDS, READERS, WORDS
from tests.fuzz.growth import fault_of, growth

FIRST = 64
ENOUGH_QUICK, ENOUGH = (
    0.25,
    0.8,
)  # seconds from which the time is the input's, not the program's own
# What grows faster today. A row is deleted when its fault is corrected.
KNOWN: dict[str, str] = {}
QUICK = ("json-newlines", "trace-all-table", "csv-rows", "list-json")
ALL = {**READERS, **{name: (make, LONGEST_WORD) for name, make in WORDS.items()}, **COMMANDS}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.growth) for name in ALL],
)
def test_time_grows_as_the_input_does(name: str, workers: Workers) -> None:
    pytest.importorskip("yaml" if "yaml" in name else NEEDS.get(name, "json"))
    make, most = ALL[name]
    assert not fault_of(
        growth(make, FIRST, most, workers, ENOUGH_QUICK if name in QUICK else ENOUGH)
    )
