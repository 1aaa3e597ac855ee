"""A terminal rounds floats to six digits; nothing else rounds, and no integer is rounded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Convcli = Callable[..., Any]

NUMBERS = (
    "run",
    "conv2d",
    "[[0.1, 1e-30], [0.9999999999999996, 1234567.8]]",
    "ones:1x1",
    "--brief",
)
LINES = [
    (NUMBERS, ["  0.1        1e-30", "  1    1234567.8"]),
    (("run", "conv1d", "0.1 0.2 nan inf", "3", "--brief"), ["  0.3  0.6  nan  inf"]),
    (("run", "conv1d", "9007199254740993 1", "1", "--brief"), ["  9007199254740993  1"]),
    (
        ("trace", "conv1d", "0.1 0.7", "3 1"),
        ["0.1*3 + 0.7*1 = 0.3 + 0.7 = 1"],
    ),
    (("grad", "conv1d", "0.1 0.7", "0.33333333 1"), ["  0.333333  1"]),
]


@pytest.mark.parametrize(("line", "expected"), LINES)
@pytest.mark.parametrize("form", ["table", "plain"])
def test_six_digits_on_a_terminal(
    convcli: Convcli, line: tuple[str, ...], expected: list[str], form: str
) -> None:
    lines = convcli(*line, "-f", form, "--color", "never", terminal=True).out.splitlines()
    wanted = expected if form == "table" else ["\t".join(row.split("  ")) for row in expected]
    for row in wanted:
        assert [*row.split()] in [each.split() for each in lines]
        assert form == "plain" or row in lines


@pytest.mark.parametrize("form", ["table", "plain", "markdown", "latex", "json", "jsonl", "csv"])
def test_every_digit_in_a_pipe_and_a_file(convcli: Convcli, form: str, tmp_path: Path) -> None:
    number = "0.9999999999999996"
    file = tmp_path / "result.txt"
    assert number in convcli(*NUMBERS, "-f", form).out
    assert not convcli(*NUMBERS, "-f", form, "-o", file, terminal=True).status
    assert number in file.read_text()
    shown = convcli(*NUMBERS, "-f", form, terminal=True).out
    assert (number in shown) == (form not in ("table", "plain"))


def test_the_value_alone_has_every_digit_and_precision_asks_for_decimals(convcli: Convcli) -> None:
    assert "0.9999999999999996" in convcli(*NUMBERS, "-q", terminal=True).out
    shown = convcli(*NUMBERS, "--precision", 17, terminal=True).out
    assert "0.99999999999999956" in shown
    assert "1234567.80000000004656613" in shown


@pytest.mark.parametrize("columns", range(40, 201, 20))
@pytest.mark.parametrize("form", ["table", "plain"])
def test_rows_and_columns_keep_their_numbers(
    convcli: Convcli, columns: int, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    line = ("run", "conv2d", "arange:30x40:1000000", "ones:1x1", "-f", form, "--color", "never")
    lines = [each.split() for each in convcli(*line, terminal=True).out.splitlines()]
    (header,) = [each for each in lines if each[:2] == ["[0]", "[1]"]]
    rows = {each[0]: each[1:] for each in lines if each[:1] and each[0][0] == "["}
    values = np.arange(1200).reshape(30, 40) + 1_000_000
    for row in (0, 5, 24, 29):
        found = dict(zip(header, rows[f"[{row}]"], strict=True))
        del found["\u2026"]
        assert found == {head: str(values[row, int(head.strip("[]"))]) for head in found}
    assert header[-1] == "[39]"


def test_columns_of_a_table_are_aligned_at_the_point(convcli: Convcli, tmp_path: Path) -> None:
    for type_, first, second in (
        ("float32", "1.25", "3"),
        ("float64", "1.25", "3"),
        ("complex64", "1.25+0j", "3+0j"),
    ):
        np.save(tmp_path / "w.npy", np.array([1.25, 3], type_))
        line = ("trace", "conv_transpose1d", "[0.5, -12, 1e-30]", tmp_path / "w.npy", "--at", "1")
        lines = convcli(*line, "--color", "never", terminal=True).out.splitlines()
        start = next(at for at, each in enumerate(lines) if each.lstrip().startswith("tap"))
        rows = lines[start + 2 : start + 4]
        assert [row.split()[1] for row in rows] == [first, second]
        assert rows[0].index("1.25") == rows[1].index("3")


def test_what_stands_in_the_padding_is_said_once_for_an_output(convcli: Convcli) -> None:
    for mode in ("zeros", "circular", "reflect"):
        line = ("trace", "conv2d", "arange:1x3x4x4", "ones:1x3x3x3", "-p", 1, "--at", "0,0")
        out = convcli(*line, "--padding-mode", mode).out
        assert out.count("[ ] is ") == 1
