"""Links of steps lead to the cells of the input that `seen_by_unit` says."""

from __future__ import annotations

import random
from math import prod

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import merged
from convcli.engine.network.links import links_of_steps, read_cells
from convcli.engine.network.walk import INPUT, seen_by_unit, walk
from convcli.inputs.networks.lists import read_stack
from tests.random_stacks import random_stack

BRANCHED = (
    "a: Conv2d(1, 4, 3, padding=1); b: Conv2d(4, 4, 3, stride=2, padding=1); "
    "c: Conv2d(4, 4, 3, padding=2, dilation=2); short: Conv2d(4, 4, 1, stride=2) <- a; "
    "sum: Add() <- c, short; up: ConvTranspose2d(4, 4, 2, stride=2); Concat() <- up, a"
)


@pytest.mark.parametrize("seed", range(12))
def test_the_links_of_random_stacks_lead_to_what_units_see(seed: int) -> None:
    rng = random.Random(seed)
    stack = random_stack(rng)
    rows, cells = links_of_steps(stack.steps), stack.shape[2:]
    for at in range(len(rows)):
        unit = tuple(rng.randrange(size) for size in rows[at].units)
        read = read_cells(rows, at, unit, cells).get(INPUT, ((),) * len(cells))
        assert read == seen_by_unit(stack.steps, at, unit, stack.shape).cells


def test_links_through_branches_meet() -> None:
    shape = Shape((1, 1, 12, 10))
    steps = walk(read_stack([BRANCHED]).nodes, shape)
    rows = links_of_steps(steps)
    last = len(rows) - 1
    for unit in ((0, 0), (5, 4), (11, 9)):
        read = read_cells(rows, last, unit, shape[2:])
        assert read[INPUT] == seen_by_unit(steps, last, unit, shape).cells
        assert prod(sum(map(len, axis)) for axis in read[last - 1]) == 1
        # the first layer is read by the short cut, by the second layer, and by the last
        assert all(merged(axis) == axis for axis in read[0])


def test_behind_a_linear_layer_everything_is_read() -> None:
    shape = Shape((1, 1, 6, 5))
    steps = walk(read_stack(["Conv2d(1, 2, 3); Flatten(); Linear(24, 3)"]).nodes, shape)
    rows = links_of_steps(steps)
    read = read_cells(rows, 2, (), shape[2:])
    assert read[0] == ((range(4),), (range(3),))
    assert read[INPUT] == ((range(6),), (range(5),))
    assert all(link.is_exact for row in rows for link in row.links)
