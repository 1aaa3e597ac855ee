"""Every legal choice is found, and nothing else: brute force over small ranges."""

from __future__ import annotations

import random
from itertools import product

import pytest

from convcli.engine.geometry import hyper_parameters
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.hyper_parameters import (
    HYPER_PARAMETERS,
    Search,
    axis_choices,
    layer_choices,
    nearest_outputs,
    unusualness,
)
from convcli.engine.geometry.padding import PADDING_MODES, Pad
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError


def output_of(axis: Axis, search: Search, size: int) -> int | None:
    try:
        spec = ConvSpec(
            1, 1, (axis,), padding_mode=search.padding_mode, transposed=search.transposed
        )
        return spec.output_size(0, size)
    except ConvError:
        return None


def all_axes(search: Search) -> list[Axis]:
    """Every axis of the ranges, legal or not."""
    axes = []
    for k, s, d in product(search.kernel_size, search.stride, search.dilation):
        pads = search.pads or [
            Pad(a, b) for a, b in product(search.padding or range(d * (k - 1) + 1), repeat=2)
        ]
        kept = (
            search.output_padding
            if search.output_padding is not None
            else range(8 if search.transposed else 1)
        )
        axes += [Axis(k, s, d, pad, op) for pad in pads for op in kept]
    return axes


def random_search(rng: random.Random) -> Search:
    transposed = rng.random() < 0.4
    pads = rng.choice((None, None, (Pad(1, 1),), (Pad(0, 2),)))
    return Search(
        range(1, rng.randint(2, 5)),
        range(1, rng.randint(2, 4)),
        range(1, rng.randint(2, 4)),
        rng.choice((None, range(3), range(1, 3), (2,))),
        pads,
        rng.choice((None, (0,), range(3))) if transposed else (0,),
        transposed,
        "zeros" if transposed else rng.choice(tuple(PADDING_MODES)),
    )


def test_no_legal_choice_is_missing_and_none_is_wrong() -> None:
    rng = random.Random(1)
    some = 0
    for _ in range(400):
        search, size, out = random_search(rng), rng.randint(1, 9), rng.randint(1, 9)
        found = axis_choices(search, size, out)
        legal = {axis for axis in all_axes(search) if output_of(axis, search, size) == out}
        assert len(found) == len(set(found))
        assert set(found) == legal, (search, size, out)
        assert found == sorted(found, key=lambda axis: unusualness(axis, search.transposed))
        some += bool(found)
    assert some > 150


def test_choices_are_counted_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(3)
    for _ in range(200):
        search, size, out = random_search(rng), rng.randint(1, 9), rng.randint(1, 9)
        count = len(axis_choices(search, size, out))
        with monkeypatch.context() as limited:
            limited.setattr(hyper_parameters, "MOST_CHOICES", count)
            axis_choices(search, size, out)
            limited.setattr(hyper_parameters, "MOST_CHOICES", count - 1)
            limited.setattr(hyper_parameters, "replace", None)  # no choice can be made
            with pytest.raises(ConvError, match=f"more than {count - 1} choices fit"):
                axis_choices(search, size, out)


@pytest.mark.parametrize(
    "search",
    [
        Search((2**40,), (1,), (1,)),
        Search(range(1, 100_000), (1,), (1,)),
        Search((3,), (2**40,), (1,), range(2**40)),
        Search((2**30,), (2,), (1,), transposed=True),
    ],
)
def test_more_choices_than_can_be_listed_are_refused(search: Search) -> None:
    with pytest.raises(ConvError, match="more than 200000 choices fit") as refused:
        axis_choices(search, 1, 1)
    assert refused.value.code == "solve.ranges"


def test_choices_for_all_axes_are_alike_where_they_can_be() -> None:
    search = Search(range(1, 4), range(1, 3), (1,))
    alike = list(layer_choices([search] * 2, (9, 9), (5, 5), HYPER_PARAMETERS))
    assert alike
    assert all(a == b for a, b in alike)
    assert {a for a, _ in alike} == set(axis_choices(search, 9, 5))
    mixed = list(layer_choices([search] * 2, (9, 9), (5, 9), HYPER_PARAMETERS))
    assert mixed
    assert all(output_of(a, search, 9) == 5 and output_of(b, search, 9) == 9 for a, b in mixed)


def test_a_hyper_parameter_that_is_given_for_each_axis_may_differ() -> None:
    searches = [Search((3,), (1, 2), (1,)), Search((5,), (1, 2), (1,))]
    assert next(layer_choices(searches, (9, 9), (9, 9), ("stride", "dilation"))) == (
        Axis(3, 1, 1, Pad(1, 1)),
        Axis(5, 1, 1, Pad(2, 2)),
    )


def test_the_nearest_sizes_that_can_be_reached() -> None:
    rng = random.Random(2)
    for _ in range(300):
        search, size, out = random_search(rng), rng.randint(1, 9), rng.randint(1, 14)
        reachable = {found for axis in all_axes(search) if (found := output_of(axis, search, size))}
        below = max((found for found in reachable if found < out), default=None)
        above = min((found for found in reachable if found > out), default=None)
        assert nearest_outputs(search, size, out) == (below, above), (search, size, out)


@pytest.mark.parametrize(
    ("size", "out", "transposed", "first"),
    [
        (224, 112, False, Axis(3, 2, 1, Pad(1, 1))),
        (32, 32, False, Axis(3, 1, 1, Pad(1, 1))),
        (16, 32, True, Axis(2, 2, 1, Pad(0, 0))),
    ],
)
def test_the_usual_comes_first(size: int, out: int, transposed: bool, first: Axis) -> None:
    search = Search(
        range(1, 8),
        range(1, 5),
        range(1, 3),
        transposed=transposed,
        output_padding=None if transposed else (0,),
    )
    choices = axis_choices(search, size, out)
    assert choices[0] == first
    order = [(axis.dilation > 1, axis.pad.before != axis.pad.after) for axis in choices]
    assert order == sorted(order)


def test_choices_without_dilation_come_first() -> None:
    """Where only dilation makes the padding symmetric too, and where the axes differ."""
    search = Search((2,), (1,), (1, 2), output_padding=(0,))
    choices = axis_choices(search, 28, 28)
    assert [in_words(axis) for axis in choices] == [
        *("2/1/1 0:1 0", "2/1/1 1:0 0", "2/1/2 1:1 0", "2/1/2 0:2 0", "2/1/2 2:0 0"),
    ]
    wide = Search(range(1, 6), (1, 2), (1, 2))
    for sizes, outs in (((32, 32), (16, 16)), ((9, 9), (5, 9)), ((28, 28, 27), (28, 28, 28))):
        for transposed in (False, True):
            searches = [wide._replace(transposed=transposed)] * len(sizes)
            ends = (outs, sizes) if transposed else (sizes, outs)
            answers = layer_choices(searches, *ends, HYPER_PARAMETERS)
            dilated = [any(axis.dilation > 1 for axis in axes) for axes in answers]
            assert dilated
            assert dilated == sorted(dilated)


def in_words(axis: Axis) -> str:
    pad = f"{axis.pad.before}:{axis.pad.after}"
    return f"{axis.kernel_size}/{axis.stride}/{axis.dilation} {pad} {axis.output_padding}"


def test_the_order_of_the_usual() -> None:
    """kernel/stride/dilation before:after output_padding, as people would expect them."""
    convolutions = axis_choices(
        Search(range(1, 8), range(1, 5), range(1, 3), output_padding=(0,)), 32, 16
    )
    assert [in_words(axis) for axis in convolutions[:8]] == [
        *("3/2/1 1:1 0", "1/2/1 0:0 0", "5/2/1 2:2 0", "7/2/1 3:3 0"),
        *("2/2/1 0:0 0", "4/2/1 1:1 0", "6/2/1 2:2 0", "3/2/1 0:2 0"),
    ]
    dilated = [in_words(axis) for axis in convolutions if axis.dilation == 2]
    assert dilated[:2] == ["3/2/2 2:2 0", "1/2/2 0:0 0"]
    same = axis_choices(Search(range(1, 6), range(1, 5), range(1, 3), output_padding=(0,)), 8, 8)
    assert [in_words(axis) for axis in same[:4]] == [
        "3/1/1 1:1 0",
        "1/1/1 0:0 0",
        "5/1/1 2:2 0",
        "3/1/1 0:2 0",
    ]
    transposed = axis_choices(Search(range(1, 6), range(1, 5), range(1, 3), transposed=True), 8, 16)
    assert [in_words(axis) for axis in transposed[:5]] == [
        *("2/2/1 0:0 0", "4/2/1 1:1 0", "3/2/1 1:1 1", "1/2/1 0:0 1", "5/2/1 2:2 1"),
    ]
    by_three = axis_choices(Search(range(1, 6), range(1, 5), (1,), output_padding=(0,)), 30, 10)
    assert [in_words(axis) for axis in by_three[:3]] == [
        "3/3/1 0:0 0",
        "1/3/1 0:0 0",
        "5/3/1 2:2 0",
    ]


def test_unreasonable_ranges_are_refused() -> None:
    wide = range(1, 10**6)
    with pytest.raises(ConvError, match="combinations"):
        axis_choices(Search(wide, wide, (1,)), 9, 9)
