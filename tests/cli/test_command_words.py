"""Any word at any place of a command line: no traceback, a documented code, one line of error."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz import command_words as words
from tests.long_loops import everyday_and_long


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("f.jsonl").write_text('{"layer": "conv2d", "input_shape": [5, 5], "kernel_size": 3}\n')


def check_all(lines: Iterable[list[str]]) -> Counter[int]:
    """The statuses of the lines, each of them checked."""
    return Counter(int(words.check(line).status) for line in lines if words.is_quick(line))


def test_no_word_and_each_word_alone() -> None:
    statuses = check_all(words.single_words())
    assert set(statuses) == {0, 1, 2}  # `explain` of nothing knows no error


@everyday_and_long("count", 200, 100_000)
def test_each_command_with_each_word(count: int) -> None:
    lines = list(words.pairs())
    statuses = check_all(random.Random(0).sample(lines, min(count, len(lines))))
    assert statuses[2] > statuses[0] > 0


@everyday_and_long("count", 60, 10_000)
def test_each_option_at_each_place(count: int) -> None:
    places = list(words.options_at_every_place())
    statuses = check_all(random.Random(0).sample(places, min(count, len(places))))
    assert statuses[2] > statuses[0] > 0


@everyday_and_long("count", 150, 10_000)
def test_one_to_six_words(count: int) -> None:
    rng = random.Random(0)
    statuses = check_all(words.random_words(rng) for _ in range(count))
    assert statuses[2] > statuses[0] > 0


def test_a_command_line_leaves_no_trace_in_the_next() -> None:
    """The parser is kept: what one line changes in it would change the next."""
    line = ["run", "conv2d", "ones:3x3", "ones:3x3", "-q"]
    first = words.run(line)
    rng = random.Random(1)
    for other in islice((words.random_words(rng) for _ in range(100)), 100):
        if words.is_quick(other):
            words.run(other)
    words.run(["run", "conv2d", "ones:3x3", "--each", "no.npy"])
    assert words.run(line) == first
