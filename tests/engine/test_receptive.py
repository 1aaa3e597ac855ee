from __future__ import annotations

import random

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import Reading, whole
from convcli.engine.network.receptive import ReceptiveField, union
from convcli.engine.network.walk import Step, seen_by_unit, walk
from convcli.engine.proof.receptive_proof import prove
from convcli.inputs.networks.lists import read_stack
from tests.long_loops import everyday_and_long
from tests.random_stacks import random_stack


def steps_of(text: str, *shape: int) -> list[Step]:
    return walk(read_stack([text]).nodes, Shape(shape))


@everyday_and_long("stacks", 100, 400)
def test_random_stacks_see_what_composed_tables_and_impulses_say(stacks: int) -> None:
    rng = random.Random(1)
    for _ in range(stacks):
        _, shape, steps = random_stack(rng)
        for by_impulses in (False, True):
            proof = prove(steps, len(steps) - 1, shape, by_impulses=by_impulses)
            assert proof.differing == (), (steps, shape, by_impulses)


def test_a_layer_that_leaves_out_cells_is_no_fault_of_the_formula() -> None:
    shape = Shape((1, 1, 7))
    steps = steps_of(
        "Upsample(scale_factor=0.5); Conv1d(1, 1, 1, stride=2, padding=1, padding_mode='circular')",
        *shape,
    )
    assert prove(steps, 1, shape, by_impulses=True).differing == ()


def test_the_proof_sees_a_wrong_reading() -> None:
    steps = steps_of("Conv1d(1,1,3); Conv1d(1,1,3,dilation=2)", 1, 1, 20)
    reading = steps[1].readings[0]  # type: ignore[index]
    assert reading is not None
    wrong = [steps[0], steps[1]._replace(readings=(reading._replace(windows=(range(0, 6, 2),)),))]
    assert prove(wrong, 1, Shape((1, 1, 20)), by_impulses=False).differing == ()
    wrong[1] = steps[1]._replace(readings=(reading._replace(windows=(range(0, 3),)),))
    assert len(prove(wrong, 1, Shape((1, 1, 20)), by_impulses=True).differing) == 14
    wrong[1] = steps[1]._replace(fields=(ReceptiveField((0,), (5,), 1),))
    assert len(prove(wrong, 1, Shape((1, 1, 20)), by_impulses=False).differing) == 14


def test_convolutions_follow_the_closed_formula() -> None:
    rng = random.Random(2)
    for _ in range(500):
        _, _, steps = random_stack(rng, plain=True)
        size, jump, start = 1, 1, 0
        for step in steps:
            axis = step.layer.spec.axes[0]  # type: ignore[attr-defined]
            size, start, jump = (
                size + (axis.extent - 1) * jump,
                start - axis.pad.before * jump,
                jump * axis.stride,
            )
            field = step.fields[0]  # type: ignore[index]
            assert field is not None
            assert (field.size, field.jump, field.start) == (size, jump, start)
            assert (field.size_is_exact, field.jump_is_exact) == (True, True)


def test_far_from_the_borders_a_unit_sees_its_window() -> None:
    """Windows that take turns, too: units of a long input, the outer ones left out."""
    rng = random.Random(3)
    checked = 0
    for _ in range(600):
        texts, shape, _ = random_stack(rng)
        if len(shape) > 3 or any(
            word in text
            for text in texts
            for word in ("Adaptive", "corners", "Pad", "mode='re", "mode='c")
        ):
            continue
        long = Shape((1, 1, shape[2] * 40))
        steps = walk(read_stack(list(texts)).nodes, long)
        field, outputs = steps[-1].fields[0], steps[-1].output[2]  # type: ignore[index]
        if field is None or outputs < 20:
            continue
        for unit in rng.sample(range(outputs * 2 // 5, outputs * 3 // 5), 3):
            cells = seen_by_unit(steps, len(steps) - 1, (unit,), long).cells[0]
            window = field.seen(unit)
            assert (range(cells[0][0], cells[-1][-1] + 1) if cells else range(0)) == window, (
                texts,
                long,
                unit,
            )
            checked += 1
    assert checked > 200


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        (
            "; ".join(f"Conv1d(1,1,2,dilation={2**i})" for i in range(10)),
            (1, 1, 3000),
            (1024, 1, 0),
        ),
        ("3 x Conv2d(1,1,3)", (1, 1, 20, 20), (7, 1, 0)),
        (
            "Conv2d(1,1,3,padding=1); MaxPool2d(2); ConvTranspose2d(1,1,2,stride=2)",
            (1, 1, 8, 8),
            (4, 1, -1),
        ),
        ("Conv1d(1,1,3,padding=1)", (1, 1, 9), (3, 1, -1)),
        ("Upsample(scale_factor=2)", (1, 1, 8), (1, 0.5, 0)),
    ],
)
def test_fields_that_are_known(
    text: str, shape: tuple[int, ...], expected: tuple[float, ...]
) -> None:
    field = steps_of(text, *shape)[-1].fields[0]  # type: ignore[index]
    assert field is not None
    assert (field.size, field.jump, field.start) == expected


def test_bounds_are_marked() -> None:
    up = steps_of("ConvTranspose1d(1,1,3,stride=2)", 1, 1, 9)[0].fields[0]  # type: ignore[index]
    assert up is not None
    assert (up.size, up.size_is_exact, up.jump, up.jump_is_exact) == (2, False, 0.5, False)
    assert [list(up.seen(unit)) for unit in range(4)] == [[-1, 0], [0], [0, 1], [1]]


def test_asymmetric_padding_and_layers_that_read_everything() -> None:
    steps = steps_of(
        "ZeroPad1d((2, 0)); Conv1d(1,1,3); InstanceNorm1d(1); Flatten(); Linear(9, 4)", 1, 1, 9
    )
    fields = [step.fields and step.fields[0] for step in steps]
    assert fields[1] == ReceptiveField((-2,), (0,), 1)
    assert fields[2] is not None
    assert (fields[2].size, fields[2].jump) == (11, 0)
    assert fields[3:] == [None, None]
    assert seen_by_unit(steps, 1, (0,), Shape((1, 1, 9))).cells == ((range(1),),)
    assert seen_by_unit(steps, 4, (), Shape((1, 1, 9))).cells == ((range(9),),)


def test_branches_meet() -> None:
    narrow, wide = ReceptiveField((0,), (0,), 2), ReceptiveField((-3,), (3,), 2)
    assert union([narrow, wide]) == wide
    assert union([narrow, ReceptiveField((0,), (0,), 1)]) is None
    assert union([narrow, None]) is None
    turns = ReceptiveField((0, 0), (1, 3), 4)
    assert union([turns, narrow]) == ReceptiveField((0, 0), (1, 3), 4)


def test_too_many_windows_have_no_field() -> None:
    field: ReceptiveField | None = ReceptiveField()
    for _ in range(3):
        assert field is not None
        field = field.through(Reading(tuple(range(i, i + 1) for i in range(17)), 1, 9, 153))
    assert field is None
    assert ReceptiveField().through(whole(5)) == ReceptiveField((0,), (4,), 0)
