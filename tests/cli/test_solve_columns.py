"""Terminals: solve keeps the line of PyTorch, narrow ones have tables, next lines stay together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convcli.cli.output.next_command import next_lines

Convcli = Callable[..., Any]


@pytest.mark.parametrize("width", [60, 70, 80, 100, 200])
@pytest.mark.parametrize(
    "line", ["conv2d 224x224 112x112", "conv2d 32x32 10x10", "conv2d 5x5 same -k 2 -s 2"]
)
def test_solve_has_the_line_of_pytorch(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch, line: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = convcli("solve", *line.split(), terminal=True).out
    heading = next(row for row in out.splitlines() if "kernel  " in row or "kernel\x1b" in row)
    assert "PyTorch" in heading


@pytest.mark.parametrize("width", [40, 45, 50, 59])
@pytest.mark.parametrize(
    "line",
    [
        "stack resnet18 3x224x224 --depth 1",
        "stack lenet5 1x28x28",
        "solve conv2d 224x224 112x112",
    ],
)
def test_from_40_columns_on_tables_are_tables(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch, line: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert "\u2500" * 20 in convcli(*line.split(), terminal=True).out


def test_no_line_on_counts_where_the_exact_ones_fit(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    out = convcli("stack", "lenet5", "1x28x28", terminal=True).out
    assert "48120" in out
    assert "--wide" not in out


@pytest.mark.parametrize("width", range(30, 100, 7))
def test_an_option_and_its_value_stand_together(width: int) -> None:
    options = ["--at", "2,2", "-p", "1:2,0", "--padding-mode", "reflect"]
    words = ["trace", "conv2d", "arange:9x9", "ones:3x3", *options]
    lines = next_lines(words, width)
    assert all(len(line) <= width for line in lines)
    for pair in ("--at 2,2", "-p 1:2,0", "--padding-mode reflect"):
        assert len(pair) + 6 > width or any(pair in line for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        "shape conv2d 1x3x8x8 -c 4 -k 3", "trace conv2d arange:12x12 ones:3x3 --limit 2",
        "run conv2d arange:5x5 ones:3x3", "solve conv2d 8x8 4x4", "stack lenet5 1x28x28",
        "matrix conv2d arange:3x3 ones:2x2", "trace conv2d arange:5x5 ones:3x3 --at 0,0",
    ],
)  # fmt: skip
def test_every_part_ends_with_one_blank_line(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = convcli(*line.split(), terminal=True).out
    assert out.endswith("\n\n")
    assert "\n\n\n" not in out
