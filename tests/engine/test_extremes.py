"""The outermost cells of windows over alternating units: the table against each unit."""

from __future__ import annotations

import random
import time

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.receptive import ReceptiveField, _Extremes, union
from convcli.engine.network.walk import walk
from convcli.inputs.networks.lists import read_stack


def field_of(rng: random.Random) -> ReceptiveField:
    firsts = [rng.choice([None, *range(-5, 9)]) for _ in range(rng.randint(2, 12))]
    lasts = [None if first is None else first + rng.randint(0, 6) for first in firsts]
    return ReceptiveField(tuple(firsts), tuple(lasts), rng.randint(0, 9))


@pytest.mark.parametrize("seed", range(50))
def test_the_table_agrees_with_the_units_one_by_one(seed: int) -> None:
    rng = random.Random(seed)
    field, step = field_of(rng), rng.randint(1, 9)
    table = _Extremes(field, step)
    for _ in range(20):
        first = rng.randint(-30, 30)
        units = range(first, first + step * rng.randint(0, 30), step)
        seen = [cells for cells in map(field.seen, units) if cells]
        expected = (min(c[0] for c in seen), max(c[-1] for c in seen)) if seen else (None, None)
        assert table.span(units) == expected


@pytest.mark.parametrize("text", ["MaxPool2d(4093, 1)", "Conv2d(1, 1, 4093, dilation=7)"])
def test_wide_windows_over_many_alternating_units_take_no_minutes(text: str) -> None:
    stack = read_stack([f"Upsample(scale_factor=4093); {text}"])
    before = time.process_time()
    walk(stack.nodes, Shape((1, 1, 8, 8)))
    assert time.process_time() - before < 10


def test_branches_of_too_many_alternating_windows_are_unknown() -> None:
    fields = [ReceptiveField(tuple(range(n)), tuple(range(n)), n) for n in (4093, 4091)]
    uneven = [field._replace(lasts=(*field.lasts[:-1], 9_000)) for field in fields]
    assert union(uneven) is None
