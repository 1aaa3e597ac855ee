"""Escape codes, bidi marks and newlines of files and words never reach a terminal."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.fuzz.canaries import BUILDERS, cases_of
from tests.fuzz.canaries_of_text import all_cases
from tests.fuzz.case import Case
from tests.fuzz.driver import Workers
from tests.fuzz.invariants import faults

FOR_PEOPLE = ((), ("-f", "plain"), ("-f", "markdown"), ("-f", "latex"))
FORMATLESS = ("show", "--batch", "-f")
RULES = ("raw", "error of", "error line", "address", "ended", "bug", "stray", "started", "no JSON")
TEXTS = dict(all_cases())


def leaks(case: Case, workers: Workers) -> list[str]:
    """The faults of the case in each of the formats for people, and lines that a name began."""
    formats = [()] if set(FORMATLESS) & set(case.argv) or case.request else FOR_PEOPLE
    found = []
    for options in formats:
        tried = case._replace(argv=(*case.argv, *options))
        outcome = workers.run(tried)
        shown = (outcome.out + b"\n" + outcome.err).decode("utf-8", "replace")
        found += [fault for fault in faults(tried, outcome) if fault.startswith(RULES)]
        found += [f"newline: {line}" for line in shown.splitlines() if line.startswith("TAIL")]
    return found


@pytest.mark.parametrize("name", BUILDERS)
def test_texts_of_binary_files(name: str, workers: Workers) -> None:
    missing = [package for package in BUILDERS[name][1] if find_spec(package) is None]
    if missing:
        pytest.skip(f"{missing[0]} is not installed")
    found = {slot: leaked for slot, case in cases_of(name) if (leaked := leaks(case, workers))}
    assert not found


@pytest.mark.parametrize("slot", TEXTS)
def test_texts_of_text_files_and_words(slot: str, workers: Workers) -> None:
    if any(find_spec(package) is None for package in TEXTS[slot].needs):
        pytest.skip("a package is not installed")
    assert not leaks(TEXTS[slot], workers)
