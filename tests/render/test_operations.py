"""The arrays of an operation: side by side, or whole where they are small, or their ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convcli.render import Style
from convcli.render.operations import blocks_for_people
from convcli.report.document import (
    CORRELATED,
    Block,
    Document,
    Equation,
    Facts,
    Operand,
    Operation,
    Tensor,
)

Convcli = Callable[..., Any]


def parts(
    shapes: dict[str, tuple[int, ...]], width: int | None, *, is_brief: bool = False
) -> list[Block]:
    operands = tuple(
        Operand(Tensor(name, np.full(shape, 100)), "int64", lambda: "SUMMARY")
        for name, shape in shapes.items()
    )
    operation = Operation(operands, (CORRELATED, "="), is_brief)
    return list(blocks_for_people(Document("run", (operation,)), Style(width=width)))


def said(blocks: list[Block]) -> tuple[list[str], list[str]]:
    """The arrays whose range is said, and those whose numbers are shown."""
    (facts,) = [block for block in blocks if isinstance(block, Facts)]
    shown = [
        tensor.label or ""
        for block in blocks
        for tensor in (
            block.tensors
            if isinstance(block, Equation)
            else [block]
            if isinstance(block, Tensor)
            else []
        )
    ]
    return [fact.label or "" for fact in facts.rows if fact.note == "SUMMARY"], shown


SMALL = {"input": (5, 5), "weight": (3, 3), "output": (3, 3)}
CHANNELS = {"input": (2, 5, 5), "weight": (4, 2, 3, 3), "output": (4, 3, 3)}
LARGE = {"input": (3, 64, 64), "weight": (2, 3, 3, 3), "output": (2, 62, 62)}


@pytest.mark.parametrize("width", [None, 80, 200])
def test_small_arrays_are_an_equation(width: int | None) -> None:
    facts, equation = parts(SMALL, width)
    assert isinstance(equation, Equation)
    assert equation.signs == (CORRELATED, "=")
    assert said([facts, equation]) == ([], ["input", "weight", "output"])


def test_what_does_not_fit_side_by_side_is_below() -> None:
    blocks = parts(SMALL, 50)
    assert not any(isinstance(block, Equation) for block in blocks)
    assert said(blocks) == ([], ["input", "weight", "output"])
    assert said(parts(CHANNELS, None)) == ([], ["input", "weight", "output"])


@pytest.mark.parametrize("width", [None, 80, 200])
def test_of_large_ones_the_range_is_said(width: int | None) -> None:
    assert said(parts(LARGE, width)) == (["input", "output"], ["weight", "output"])


def test_a_result_that_a_terminal_has_no_room_for_has_a_range() -> None:
    wide = {"input": (1, 20), "weight": (1, 1), "output": (1, 20)}
    assert said(parts(wide, 80)) == (["input", "output"], ["weight", "output"])
    assert said(parts(wide, 120)) == ([], ["input", "weight", "output"])
    assert said(parts(wide, None)) == (["input"], ["weight", "output"])


def test_in_brief_the_result_alone_has_numbers() -> None:
    assert said(parts(SMALL, 80, is_brief=True)) == ([], ["output"])
    assert said(parts(LARGE, 80, is_brief=True)) == (["output"], ["output"])


def test_run_says_every_number_once(convcli: Convcli) -> None:
    line = ("run", "conv2d", "arange:5x5:101", "arange:3x3:1001")
    out = convcli(*line, "--color", "never", terminal=True).out
    lines = out.splitlines()
    assert [each.split()[:2] for each in lines[2:5]] == [
        ["input", "5x5"],
        ["weight", "3x3"],
        ["output", "3x3"],
    ]
    for number in (*range(101, 126), *range(1001, 1010)):
        assert out.split().count(str(number)) == 1
    assert not any(word in out for word in ("mean", "smallest", "largest"))
    brief = convcli(*line, "--brief", terminal=True).out
    assert "1005" not in brief
    assert "986001" in brief


def test_machine_formats_of_run_have_no_further_numbers(convcli: Convcli) -> None:
    for form in ("json", "jsonl", "csv"):
        line = ("run", "conv2d", "arange:5x5:101", "arange:3x3:1001", "-f", form)
        out = convcli(*line).out
        assert out == convcli(*line, "--brief").out
        assert "1005" not in out


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ("arange:40x40", "40x40 int64, 0 to 1599, mean 799.5"),
        ("full:40x40:7", "40x40 int64, all 7"),
        (
            f"[[nan, inf, -inf, 2{', 4' * 47}]]",
            "1x51 float64, 2 to 4, mean 3.95833, and 3 not finite",
        ),
        (f"[[{'nan, ' * 50} nan]]", "1x51 float64"),
    ],
)
def test_ranges_in_words(
    convcli: Convcli, x: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = convcli("run", "conv2d", x, "ones:1x1", "--color", "never", terminal=True).out
    input, weight, output = (
        "  ".join(line.split()).split("  ", 1) for line in out.splitlines()[2:5]
    )
    assert " ".join(input[1].split()) == expected
    assert weight[1].split() == ["1x1", "int64"]
    assert " ".join(output[1].split()) == expected
