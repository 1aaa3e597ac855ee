"""`shape --batch`: each spelling of a line has one answer, and odd values are refused by name."""

from __future__ import annotations

import gc
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

Convcli = Callable[..., Any]
LINES = 400
PLAIN = {"layer": "conv2d", "input_shape": [1, 3, 9, 9], "out_channels": 8, "kernel_size": 3}


def random_line(rng: random.Random) -> dict[str, Any]:
    """A layer whose arguments are all integers, and which may not fit."""
    rank, transposed = rng.randint(1, 3), rng.random() < 0.3
    channels = rng.choice((1, 2, 4, 6))
    sizes = [rng.randint(1, 12)] * rank
    if rng.random() < 0.4:
        sizes = [rng.randint(1, 12) for _ in range(rank)]
    optional = {
        "out_channels": rng.choice((1, 4, 6, 2**40)),
        "stride": rng.randint(1, 3),
        "padding": rng.randint(0, 2),
        "dilation": rng.randint(1, 2),
        "groups": rng.choice((1, 1, 2, 3)),
        "output_padding": rng.randint(0, 1),
        "in_channels": rng.choice((channels, channels, 3)),
    }
    chosen = {name: value for name, value in optional.items() if rng.random() < 0.4}
    return {
        "layer": f"conv{'_transpose' * transposed}{rank}d",
        "input_shape": [rng.choice((1, 2)), channels, *sizes][rng.choice((0, 0, 0, 1, 2)) :],
        "kernel_size": rng.randint(1, 4),
        **chosen,
    }


def respelled(line: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The same line with texts, lists and other keys, in another order."""
    spelled: dict[str, Any] = {"family": "spelled"}
    for name, value in line.items():
        if name == "input_shape":
            texts = list(map(str, value))
            spelled[rng.choice(("shape", "input", name))] = rng.choice((texts, "x".join(texts)))
        elif name == "layer":
            spelled[name] = value
        elif "channels" in name or name == "groups":
            spelled[name.replace("_", "-")] = str(value)
        else:
            rank = int(line["layer"][-2])
            spelled[name.replace("_", "-")] = rng.choice((str(value), [value] * rank))
    return dict(rng.sample([*spelled.items()], len(spelled)))


def answers(convcli: Convcli, lines: list[Any], *options: str) -> list[Any]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return [
        json.loads(answer)
        for answer in convcli("shape", "--batch", "-", *options, stdin=text.encode()).out.split(
            "\n"
        )
        if answer
    ]


def test_each_spelling_of_a_line_has_the_same_answer(convcli: Convcli) -> None:
    rng = random.Random(22)
    lines = [random_line(rng) for _ in range(LINES)]
    plain = answers(convcli, lines)
    spelled = answers(convcli, [respelled(line, rng) for line in lines])
    assert len(plain) == len(spelled) == LINES
    for line, first, second in zip(lines, plain, spelled, strict=True):
        assert second.pop("family") == "spelled"
        assert first == second, line
    fitting = [answer for answer in plain if "error" not in answer]
    assert LINES // 4 < len(fitting) < LINES


def test_a_line_has_the_answer_of_the_command(convcli: Convcli) -> None:
    rng = random.Random(23)
    lines = [random_line(rng) for _ in range(40)]
    for line, answer in zip(lines, answers(convcli, lines), strict=True):
        words = [line["layer"], "x".join(map(str, line["input_shape"]))]
        for name, value in line.items():
            if name not in ("layer", "input_shape"):
                words += [f"--{name.replace('_', '-')}", str(value)]
        alone = convcli("shape", *words, "--json")
        single = json.loads(alone.out or alone.err)
        if "error" in answer:
            assert alone.status == 2
            assert answer["error"] == single["error"]
            continue
        for key, value in answer.items():
            assert value == single[key] or value.items() <= single[key].items(), (line, key)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ('"kernel_size": true', "kernel_size.integer"),
        ('"kernel_size": 3.0', "kernel_size.integer"),
        ('"kernel_size": 3e0', "kernel_size.integer"),
        ('"kernel_size": NaN', "kernel_size.integer"),
        ('"kernel_size": -Infinity', "kernel_size.integer"),
        ('"kernel_size": {"a": 1}', "kernel_size.integer"),
        ('"kernel_size": null', "kernel_size.missing"),
        ('"kernel_size": [3, 3, 3]', "kernel_size.count"),
        ('"kernel_size": [[3], 3]', "kernel_size.integer"),
        ('"kernel_size": [true, 3]', "kernel_size.integer"),
        ('"kernel_size": 0', "kernel_size.least"),
        ('"kernel_size": 9223372036854775808', "kernel_size.most"),
        ('"kernel_size": 1000000000000000000000000000000', "kernel_size.most"),
        ('"kernel_size": 10', "kernel_size.fits"),
        ('"kernel_size": 3, "kernel_size": 3', "batch.fields"),
        ('"kernel_size": 3, "kernel-size": 3', None),
        ('"kernel_size": "3"', None),
        ('"kernel_size": [3]', "kernel_size.count"),
        ('"kernel_size": 3, "stride": 1.5', "stride.integer"),
        ('"kernel_size": 3, "stride": -0', "stride.least"),
        ('"kernel_size": 3, "padding": false', "padding.integer"),
        ('"kernel_size": 3, "padding": 9223372036854775807', "shape.most"),
        ('"kernel_size": 3, "padding": null', None),
        ('"kernel_size": 3, "groups": 2', "groups.divide"),
        ('"kernel_size": 3, "padding_mode": "none"', "padding_mode.name"),
        ('"kernel_size": 3, "padding_mode": 0', "padding_mode.name"),
        ('"kernel_size": 3, "bias": null', None),
        ('"kernel_size": 03', "batch.json"),
        ('"kernel_size": 3,', "batch.json"),
        ('"kernel_size": 3}, {"a": 1', "batch.json"),
    ],
)
def test_odd_values(convcli: Convcli, changed: str, code: str | None) -> None:
    line = json.dumps({key: value for key, value in PLAIN.items() if key != "kernel_size"})
    (answer,) = answers(convcli, [f"{line[:-1]}, {changed}}}"])
    assert answer.get("error", {}).get("code") == code
    if code is None:
        assert answer["output"]["shape"] == [1, 8, 7, 7]


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ([1, 3, 9, True], "shape.spelling"),
        ([1, 3, 9, 9.0], "shape.spelling"),
        ([1, 3, 9, None], "shape.spelling"),
        ([1, 3, 9, [9]], "shape.spelling"),
        ([1, 3, 9, -9], "shape.negative"),
        ([1, 3, 9, 0], "input.empty"),
        ([1, 3, 9, 2**63], "shape.most"),
        ([1, 3, 9, 10**30], "SHAPE.most"),
        ([1, 3, 9, 2**63 - 1], None),
        ([1, 4, 9, 9], None),
        ([], "SHAPE.rank"),
        ([9], "SHAPE.rank"),
        (9, "SHAPE.rank"),
        ([1, 3, "9", 9], None),
    ],
)
def test_odd_shapes(convcli: Convcli, shape: Any, code: str | None) -> None:
    (answer,) = answers(convcli, [PLAIN | {"input_shape": shape}])
    assert answer.get("error", {}).get("code") == code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "\r"), ("\ufeff", ""), (" \t", " \t\r"), ("\ufeff \t", "\r"), ("", " " * 70_000),
        (" " * 70_000, "\r"),
    ],
)  # fmt: skip
def test_space_around_a_line(convcli: Convcli, before: str, after: str) -> None:
    plain, spaced = answers(convcli, [PLAIN, before + json.dumps(PLAIN) + after])
    assert plain == spaced


@pytest.mark.parametrize(
    "text", ["\x0b", "\x0c{0}", "{0}\xa0", "\ufeff\ufeff{0}", "{0}{0}", "{0} x"]
)
def test_what_is_no_space_is_no_part_of_a_line(convcli: Convcli, text: str) -> None:
    line = text.replace("{0}", json.dumps(PLAIN))
    found = answers(convcli, [line, PLAIN])
    errors = [answer["error"]["code"] for answer in found[:-1]]
    assert errors == ([] if not line.strip() else ["batch.json"])
    assert found[-1]["output"]["shape"] == [1, 8, 7, 7]


def test_lines_leave_nothing_to_collect(convcli: Convcli) -> None:
    """No line makes a cycle of objects: memory does not grow where nothing is collected."""
    rng = random.Random(24)
    lines = [json.dumps(random_line(rng)) for _ in range(LINES)]
    garbage = []
    for some in (lines[:10], lines):
        gc.collect()
        gc.disable()
        try:
            answers(convcli, some)
            garbage.append(gc.collect())
        finally:
            gc.enable()
    assert garbage[1] <= garbage[0]
