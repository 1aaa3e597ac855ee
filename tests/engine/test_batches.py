"""Batches: every unit once, few tasks, long enough for a scheduler, whatever the run."""

from __future__ import annotations

import itertools
import random

import pytest

from convcli.engine.compute.batches import (
    LONGEST,
    MOST_TASKS,
    SCHEDULED_TIMES,
    SCHEDULING,
    Batch,
    BatchPlan,
)


def batches_of(units: int, slots: int, seconds: float) -> list[Batch]:
    """The batches of a run in which every unit takes so long; the first ones are measured."""
    plan = BatchPlan(units)
    taken = []
    while not plan.is_handed_out:
        taken.append(plan.take(slots))
        if len(taken) == slots:
            plan.measured(taken[0].units, taken[0].units * seconds)
    return taken


RUNS = [
    (units, slots, seconds)
    for units, slots, seconds in itertools.product(
        (1, 7, 1000, 10_000, 11_900_000, 10**9), (1, 2, 32, 1000), (1e-4, 0.01, 0.16, 30.0)
    )
]


@pytest.mark.parametrize(("units", "slots", "seconds"), random.Random(0).sample(RUNS, 24))
def test_every_unit_is_in_one_batch_and_tasks_are_few(
    units: int, slots: int, seconds: float
) -> None:
    batches = batches_of(units, slots, seconds)
    assert [batch.first for batch in batches] == [0, *(batch.stop for batch in batches[:-1])]
    assert batches[-1].stop == units
    assert [batch.number for batch in batches] == list(range(len(batches)))
    assert len(batches) <= MOST_TASKS
    measured = batches[slots:-1]
    shortest = SCHEDULED_TIMES * slots * SCHEDULING
    part = -(-units // slots)
    assert all(
        batch.units * seconds >= shortest * 0.999 or batch.units >= part for batch in measured
    )
    if len(batches) < MOST_TASKS / 2:  # the bound on tasks does not make them longer
        longest = max(LONGEST, seconds, shortest + seconds)
        assert all(batch.units * seconds <= longest for batch in measured)


def test_a_worker_gets_about_twenty_batches_and_the_last_ones_are_small() -> None:
    batches = batches_of(10_000, 2, 0.002)
    assert 40 <= len(batches) <= 60
    assert max(batch.units for batch in batches) == 250
    assert batches[-1].units * 0.002 <= 0.02


def test_a_plan_of_any_size_holds_no_list() -> None:
    plan = BatchPlan(10**18)
    assert plan.take(1000).units == 10**13
    assert not plan.is_handed_out


def test_the_window_opens_when_a_unit_is_measured() -> None:
    plan = BatchPlan(100)
    assert plan.outstanding(2) == 2
    plan.measured(1, 0.1)
    assert 2 * 2 <= plan.outstanding(2) <= 4 * 2
