"""Integers as ranges."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

NONE = "none"
LISTED_STEPS = 4  # as many equal steps as are worth an ellipsis


def range_text(numbers: range, none: str = NONE) -> str:
    """The ends of a range; `none` says that it is empty.

    >>> range_text(range(223, 225)), range_text(range(7, 8)), range_text(range(0))
    ('223..224', '7', 'none')
    """
    if not numbers:
        return none
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}..{numbers[-1]}"


def ranges_text(numbers: Iterable[int], none: str = NONE) -> str:
    """Ascending integers, shortened: `16, 32, ..., 96` for equal steps, `3..7` for neighbours.

    >>> ranges_text([16, 32, 48, 64]), ranges_text([1, 2, 3, 7]), ranges_text([])
    ('16, 32, ..., 64', '1..3, 7', 'none')
    """
    ascending = list(numbers)
    steps = {b - a for a, b in pairwise(ascending)}
    if len(ascending) >= LISTED_STEPS and len(steps) == 1 and steps != {1}:
        return f"{ascending[0]}, {ascending[1]}, ..., {ascending[-1]}"
    runs: list[range] = []
    for number in ascending:
        if runs and number == runs[-1].stop:
            runs[-1] = range(runs[-1].start, number + 1)
        else:
            runs.append(range(number, number + 1))
    return ", ".join(map(range_text, runs)) or none
