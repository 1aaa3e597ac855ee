"""Exercises: the same for a seed for ever, never two alike, answers and mistakes by the engine."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import numpy as np
import pytest

from convcli.engine.exercises.answers import answer, shown_output, worked_sum
from convcli.engine.exercises.draws import Draws
from convcli.engine.exercises.exercise import ASKS, LEVELS, Exercise, Named
from convcli.engine.exercises.marking import MISSING, RIGHT, UNREADABLE, WRONG, Unreadable, mark
from convcli.engine.exercises.sheets import Request, draw_sheet
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.report.spelling.pytorch_line import pytorch_line


def fingerprint(exercises: list[Exercise]) -> str:
    """What the exercises ask, with all numbers."""
    text = ""
    for each in exercises:
        lines = [pytorch_line(layer) for layer in each.layers]
        arrays = (each.input, each.weight, each.bias, each.output_gradient)
        numbers = [None if array is None else array.tolist() for array in arrays]
        place = [each.about, each.view, each.variable, str(each.at), list(each.wanted)]
        text += f"{lines}{list(each.input_shape)}{numbers}{place}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_the_numbers_are_those_of_splitmix64() -> None:
    draws = Draws()
    assert [draws.bits() for _ in range(3)] == [
        0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F,
    ]  # fmt: skip


def test_keys_of_any_size_and_sign_begin_streams_of_their_own() -> None:
    keys: list[tuple[int, ...]] = [(0,), (1,), (-1,), (2**64,), (2**64 + 1,), (0, 0), (1, 0)]
    assert len({Draws(*key).bits() for key in keys}) == len(keys)


def test_draws_are_fair() -> None:
    draws = Draws(3)
    counts = Counter(draws.below(6) for _ in range(6000))
    assert set(counts) == set(range(6))
    assert max(abs(count - 1000) for count in counts.values()) < 120


FOR_EVER = {  # a change of these changes the sheets of every teacher: never do it
    "easy": "70f830671f6b4dff",
    "medium": "57ce6edb60f088a3",
    "hard": "b941d0e7cc5b6251",
}


@pytest.mark.parametrize("level", LEVELS)
def test_a_seed_gives_the_same_sheet_for_ever(level: str) -> None:
    assert fingerprint(draw_sheet(Request(2026, 8, level))) == FOR_EVER[level]


def test_a_larger_count_goes_on_where_a_smaller_one_ends() -> None:
    few, many = (draw_sheet(Request(5, count, "medium")) for count in (6, 20))
    assert fingerprint(few) == fingerprint(many[:6])


def test_seeds_and_levels_differ_and_no_problem_stands_twice_on_a_sheet() -> None:
    seen = set()
    for level in LEVELS:
        for seed in range(8):
            sheet = draw_sheet(Request(seed, 16, level))
            assert len({each.question for each in sheet}) == 16
            assert [each.ask for each in sheet] == [*ASKS, *ASKS]
            seen.add(fingerprint(sheet))
    assert len(seen) == 8 * len(LEVELS)


def test_numbers_stay_small() -> None:
    for seed in range(10):
        for each in draw_sheet(Request(seed, 8, "hard")):
            arrays = [a for a in (each.input, each.weight, each.bias) if a is not None]
            assert all(abs(array).max() < 10 and array.size <= 150 for array in arrays)
            if each.about == "sum":
                assert abs(worked_sum(each).total) < 150


def named(**arguments: Any) -> Named:
    spec = ConvSpec.of(dims=2, **arguments)
    return Named(spec, "a layer")


CONV = named(in_channels=1, out_channels=2, kernel_size=3, padding=1)


def test_problems_about_a_layer_are_about_exactly_this_layer() -> None:
    for each in draw_sheet(Request(1, 12, "medium", layers=(CONV,))):
        layer = each.spec
        if each.about == "padding":  # it asks for the padding
            layer = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=3, padding=1, dims=2)
        assert layer == CONV.spec
        assert each.ask != "transposed"


def test_a_transposed_layer_is_asked_in_both_views() -> None:
    up = named(in_channels=1, out_channels=1, kernel_size=3, stride=2, transposed=True)
    about = {
        (each.about, each.view)
        for each in draw_sheet(Request(0, 12, asks=("transposed",), layers=(up,)))
    }
    assert about == {("size", "gather"), ("sum", "gather"), ("output", "scatter")}


def test_what_cannot_be_asked_is_refused() -> None:
    large = named(in_channels=3, out_channels=64, kernel_size=7)
    with pytest.raises(ConvError, match="too large for paper"):
        draw_sheet(Request(0, 1, asks=("sum",), layers=(large,)))
    with pytest.raises(ConvError, match="none of them is transposed"):
        draw_sheet(Request(0, 1, asks=("transposed",), layers=(CONV,)))
    with pytest.raises(ConvError, match="must be at most 1"):
        draw_sheet(Request(0, 2, asks=("parameters",), layers=(CONV,)))
    assert len(draw_sheet(Request(0, None, asks=("parameters",), layers=(CONV,)))) == 1


def test_every_right_padding_is_right() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, stride=4, dims=1)
    asked = Exercise("padding", "padding", (spec,), Shape((1, 1, 9)), 1, wanted=(3,))
    assert (answer(asked).value, answer(asked).others) == ((1,), ((2,),))
    for pad in (Pad(1, 1), Pad(2, 2), Pad(0, 2), Pad(3, 2)):
        assert mark(asked, [pad]).verdict == RIGHT, pad
    assert mark(asked, [Pad(3, 3)]).verdict == WRONG
    assert mark(asked, [Pad(3, 3)]).gives == (4,)
    assert mark(asked, "same").verdict == UNREADABLE  # torch has none under a stride


X = np.array([[[[1, 2, 3, 4], [5, 7, 0, 2], [3, 1, 6, 4], [2, 5, 1, 8]]]])
W = np.array([[[[1, 2, -1], [3, 0, 4], [-2, 1, 5]]]])
B = np.array([7])


def by_hand(about: str = "sum", **changes: Any) -> Exercise:
    """A sum of a small layer, or another question about it."""
    layer: dict[str, Any] = {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding": 1}
    arrays: dict[str, Any] = {"input": X, "weight": W, "bias": B, "at": Position((0, 0, 0, 1))}
    for name, value in changes.items():
        (arrays if name in arrays or name in ("view", "variable", "output_gradient") else layer)[
            name
        ] = value
    spec = ConvSpec.of(dims=2, bias=arrays["bias"] is not None, **layer)
    shape = Shape(arrays["input"].shape)
    axes = 2 if spec.in_channels == spec.out_channels == 1 else 3
    return Exercise(about, about, (spec,), shape, axes, **arrays)


def conv(x: Any, w: Any, at: tuple[int, int], padding: int = 0, stride: int = 1) -> int:
    """One output of planes, by NumPy alone."""
    x, w = np.asarray(x), np.asarray(w)
    x = np.pad(x, padding)
    y, z = (a * stride for a in at)
    return int((x[y : y + w.shape[0], z : z + w.shape[1]] * w).sum())


x, w = X[0, 0], W[0, 0]
TWO = np.stack([x, x[::-1] + 1])[None]
KERNELS = np.stack([w, w.T - 1])[None]
PLANTED_SUMS = {
    "no_padding": (by_hand(), conv(x, w, (0, 1)) + 7),
    "no_bias": (by_hand(), conv(x, w, (0, 1), 1)),
    "bias_twice": (by_hand(), conv(x, w, (0, 1), 1) + 14),
    "bias_subtracted": (by_hand(), conv(x, w, (0, 1), 1) - 7),
    "flipped": (by_hand(), conv(x, w[::-1, ::-1], (0, 1), 1) + 7),
    "kernel_turned": (by_hand(), conv(x, w.T, (0, 1), 1) + 7),
    "row": (by_hand(), conv(x, w, (1, 1), 1) + 7),
    "column": (by_hand(), conv(x, w, (0, 2), 1) + 7),
    "place_turned": (by_hand(), conv(x, w, (1, 0), 1) + 7),
    "no_stride": (by_hand(stride=2), conv(x, w, (0, 1), 1) + 7),
    "term_missing": (by_hand(), conv(x, w, (0, 1), 1) + 7 - 3 * 4),
    "sign": (by_hand(), conv(x, w, (0, 1), 1) + 7 + 2 * 5 * 2),
    "padding_twice": (by_hand(), conv(x, w, (0, 1), 2) + 7),
    "channel_missing": (
        by_hand(in_channels=2, input=TWO, weight=KERNELS, at=Position((0, 0, 1, 1))),
        conv(x, w, (1, 1), 1) + 7,
    ),
    "channels_swapped": (
        by_hand(in_channels=2, input=TWO, weight=KERNELS, at=Position((0, 0, 1, 1))),
        conv(x, KERNELS[0, 1], (1, 1), 1) + conv(TWO[0, 1], w, (1, 1), 1) + 7,
    ),
    "no_dilation": (
        by_hand(dilation=2, kernel_size=2, padding=0, weight=W[..., :2, :2]),
        conv(x, w[:2, :2], (0, 1)) + 7,
    ),
    "mode_zeros": (by_hand(padding_mode="replicate"), conv(x, w, (0, 1), 1) + 7),
}


@pytest.mark.parametrize("name", PLANTED_SUMS)
def test_a_planted_mistake_in_a_sum_is_named(name: str) -> None:
    exercise, wrong = PLANTED_SUMS[name]
    marked = mark(exercise, wrong)
    assert marked.verdict == WRONG
    assert name in [each.key for each in marked.mistakes]


def test_the_missing_term_is_named_with_its_factors_and_its_place() -> None:
    exercise, wrong = PLANTED_SUMS["term_missing"]
    terms = [each for each in mark(exercise, wrong).mistakes if each.key == "term_missing"]
    named = {(int(each.fields["first"]), int(each.fields["second"])) for each in terms}
    assert (3, 4) in named
    assert Position((0, 2)) in [each.fields["at"] for each in terms]


def sized(transposed: bool = False, **layer: Any) -> Exercise:
    spec = ConvSpec.of(dims=2, in_channels=3, out_channels=8, transposed=transposed, **layer)
    return Exercise("size", "size", (spec,), Shape((2, 3, 20, 17)), 4)


UP = {"kernel_size": 4, "stride": 3, "padding": 1, "output_padding": 1, "dilation": 2}
LAYER = {"kernel_size": 5, "stride": 2, "padding": 3, "dilation": 2}
PLANTED_SIZES: dict[str, tuple[Exercise, tuple[int, ...]]] = {
    # floor((20 + 6 - 9)/2) + 1 = 9 and floor((17 + 6 - 9)/2) + 1 = 8
    "no_padding": (sized(**LAYER), (2, 8, 6, 5)),
    "one_side": (sized(**LAYER), (2, 8, 8, 6)),
    "ceil": (sized(**LAYER), (2, 8, 10, 8)),
    "no_stride": (sized(**LAYER), (2, 8, 18, 15)),
    "no_dilation": (sized(**LAYER), (2, 8, 11, 10)),
    "extent": (sized(**LAYER), (2, 8, 9, 7)),
    "one_less": (sized(**LAYER), (2, 8, 8, 7)),
    "axes_swapped": (sized(**LAYER), (2, 8, 8, 9)),
    "in_channels": (sized(**LAYER), (2, 3, 9, 8)),
    "without_batch": (sized(**LAYER), (8, 9, 8)),
    # (20 - 1)*3 - 2 + 7 + 1 = 63 and (17 - 1)*3 - 2 + 7 + 1 = 54
    "no_output_padding": (sized(True, **UP), (2, 8, 62, 53)),
    "no_crop": (sized(True, **UP), (2, 8, 65, 56)),
    "crop_added": (sized(True, **UP), (2, 8, 67, 58)),
    "as_convolution": (sized(True, **UP), (2, 8, 6, 5)),
}


@pytest.mark.parametrize("name", PLANTED_SIZES)
def test_a_planted_mistake_in_a_size_is_named(name: str) -> None:
    exercise, wrong = PLANTED_SIZES[name]
    assert mark(exercise, shown_output(exercise)).verdict == RIGHT
    marked = mark(exercise, Shape(wrong))
    assert marked.verdict == WRONG
    assert [each.key for each in marked.mistakes] == [name]


def of(about: str, *layers: ConvSpec) -> Exercise:
    return Exercise(about, about, layers, Shape((1, layers[0].in_channels, 99, 99)), 4)


GROUPED = ConvSpec.of(dims=2, in_channels=6, out_channels=8, kernel_size=3, groups=2)  # 224
CHAIN = [
    ConvSpec.of(dims=2, in_channels=1, out_channels=1, kernel_size=kernel, stride=2, dilation=d)
    for kernel, d in ((3, 1), (3, 2), (2, 1))
]  # 1 + 2 = 3, + 4*2 = 11, + 1*4 = 15
PLANTED_NUMBERS = {
    "bias_forgotten": (of("parameters", GROUPED), 216),
    "groups_forgotten": (of("parameters", GROUPED), 440),
    "in_out_swapped": (of("parameters", GROUPED), 222),
    "kernel_once": (of("parameters", GROUPED), 80),
    "biases_alone": (of("parameters", GROUPED), 8),
    "kernels_added": (of("receptive-field", *CHAIN), 8),
    "no_stride": (of("receptive-field", *CHAIN), 8),
    "no_dilation": (of("receptive-field", *CHAIN), 11),
    "field_minus_one": (of("receptive-field", *CHAIN), 14),
    "jump_too_early": (of("receptive-field", *CHAIN), 29),
}


@pytest.mark.parametrize("name", PLANTED_NUMBERS)
def test_a_planted_mistake_in_a_count_is_named(name: str) -> None:
    exercise, wrong = PLANTED_NUMBERS[name]
    assert name in [each.key for each in mark(exercise, wrong).mistakes]


def test_two_mistakes_of_one_number_are_both_named() -> None:
    marked = mark(of("receptive-field", *CHAIN), 8)
    assert {"kernels_added", "no_stride"} <= {each.key for each in marked.mistakes}


G = np.array([[[[1, -2, 3, 1], [2, 5, -1, 2], [1, 3, 2, -2], [4, 1, 1, 3]]]])


@pytest.mark.parametrize(
    ("variable", "name", "wrong"),
    [
        ("weight", "ones", int(x[:3, :3].sum())),
        ("weight", "other_variable", int((G[0, 0, :2, :2] * w[::-1, ::-1][1:, 1:]).sum())),
        ("input", "flipped_gradient", conv(G[0, 0], w, (0, 0), 1)),
    ],
)
def test_a_planted_mistake_in_a_gradient_is_named(variable: str, name: str, wrong: int) -> None:
    exercise = by_hand("gradient", variable=variable, output_gradient=G, at=Position((0, 0, 0, 0)))
    assert name in [each.key for each in mark(exercise, wrong).mistakes]


def test_wrong_numbers_of_an_output_are_named_one_by_one() -> None:
    exercise = by_hand("output")
    right = answer(exercise).value
    assert mark(exercise, right).verdict == RIGHT
    assert mark(exercise, right[None]).verdict == RIGHT
    wrong = right.copy()
    wrong[0, 1] -= 7
    marked = mark(exercise, wrong)
    assert (marked.wrong, marked.cells[0].at) == (1, (0, 1))
    assert "no_bias" in [each.key for each in marked.cells[0].mistakes]
    flipped = mark(by_hand("output", weight=W[..., ::-1, ::-1]), right)
    assert "flipped" in [each.key for each in flipped.mistakes]


def test_a_whole_output_without_its_padding_or_a_channel_is_named() -> None:
    small = np.array([[conv(x, w, (row, column)) + 7 for column in (0, 1)] for row in (0, 1)])
    assert "no_padding" in [each.key for each in mark(by_hand("output"), small).mistakes]
    stamps = np.array([[1, 2], [0, 3]])
    two = {"in_channels": 2, "kernel_size": 1, "padding": 0, "bias": None, "transposed": True}
    asked = by_hand("output", input=np.stack([stamps, stamps.T + 5])[None],
                    weight=np.array([2, 3]).reshape(2, 1, 1, 1), **two)  # fmt: skip
    keys = [(each.key, dict(each.fields)) for each in mark(asked, 2 * stamps).mistakes]
    assert ("channel_missing", {"channel": 1}) in keys


def test_answers_that_are_missing_or_unreadable() -> None:
    exercise = by_hand()
    assert mark(exercise, None).verdict == MISSING
    assert mark(exercise, Unreadable("abc")).verdict == UNREADABLE
