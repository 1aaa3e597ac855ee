"""ARRAYs on the command line: signs, rows, tables, seeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.inputs.files.arrays import read_array
from convcli.inputs.text.generators import generate
from convcli.inputs.text.seeds import with_seeds

Convcli = Callable[..., Any]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("run", "conv1d", "1 2 3", "-2 3"), [4, 5]),
        (("run", "conv1d", "-1 2 3", "-2 3"), [8, 5]),
        (("run", "conv1d", "1 2 3", "-1"), [-1, -2, -3]),
        (("run", "conv1d", "1 2 3", "-.5"), [-0.5, -1, -1.5]),
        (("run", "conv1d", "1 2 3", "-1e3"), [-1000, -2000, -3000]),
        (("run", "conv1d", "1 2 3", "-inf"), ["-Infinity"] * 3),
        (("run", "conv1d", "1 2 3", "-nan"), ["NaN"] * 3),
        (("run", "conv1d", "-q", "-1 2", "-1,2"), [5]),
        (("run", "conv1d", "1 2 3", "1 1", "--bias", "-1"), [2, 4]),
        (("run", "conv1d", "1 2 3", "1 1", "--bias=-1"), [2, 4]),
        (("run", "conv1d", "--", "1 2 3", "-1"), [-1, -2, -3]),
        (("run", "conv2d", "1 2; 3 4", "1 -1"), [[-1], [-1]]),
        (("run", "conv2d", "-1 2", "1 -1"), [[-3]]),
        (("run", "conv3d", "1 2 4", "1 -1"), [[[-1, -2]]]),
        (("run", "conv2d", "1 2\n3 4\n", "1 1"), [[3], [7]]),
        (("trace", "conv1d", "-1 2", "-1 3", "--at", "0"), 7),
        (("grad", "conv1d", "1 2 3", "-1 2", "-1 1"), [1, -3, 2]),
        (("matrix", "conv1d", "-1 2", "-1 3"), None),
    ],
)
def test_a_number_below_zero_is_a_value(convcli: Convcli, line: Any, expected: Any) -> None:
    result = convcli(line[0], "-q", *line[1:])
    assert result.status == 0, result.err
    if expected is not None:
        value = json.loads(result.out.splitlines()[0])
        assert (value["input"] if line[0] == "grad" else value) == expected


def test_a_digit_is_no_option(convcli: Convcli) -> None:
    result = convcli("shape", "conv2d", "5x5", "-2")
    assert result.status == 2
    assert "-2" in result.err
    assert "at" in convcli("trace", "conv1d", "1 2", "1", "--at", "-1").err


SIGNALS = {
    "german.csv": ("time;value\r0;1,5\r1;2,5\r2;4,5\r", "value"),
    "english.csv": ("time,value\n0,1.5\n1,2.5\n2,4.5\n", "2"),
    "tabs.tsv": ("time\tvalue\r\n0\t1.5\r\n1\t2.5\r\n2\t4.5\r\n", "value..value"),
    "blanks.txt": ("# of an oscilloscope\n0 1.5\n1 2.5\n2 4.5\n", "2"),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_a_column_of_a_table(convcli: Convcli, name: str) -> None:
    text, column = SIGNALS[name]
    Path(name).write_text(text)
    for line in (("run",), ("trace",), ("grad",), ("matrix",)):
        result = convcli(*line, "conv1d", f"{name}:{column}", "1 1", "--json")
        assert result.status == 0, result.err
    assert convcli("run", "conv1d", f"{name}:{column}", "1 1", "-q").out == "[4.0, 7.0]\n"
    assert convcli("run", "conv1d", "1 1 1", f"{name}:{column}", "-q").out == "[8.5]\n"
    line = ("learn", "conv1d", "-k", 1, "--no-bias", f"{name}:{column}", f"{name}:{column}", "-q")
    assert convcli(*line).status == 0


def test_two_readings_name_the_option(convcli: Convcli) -> None:
    Path("x.csv").write_text("1,234;5,678\n")
    line = ("run", "conv2d", "x.csv", "ones:1x1", "-q")
    refused = convcli(*line)
    assert refused.status == 3
    assert "Add --decimal . or --decimal , to say which." in refused.err
    assert convcli(*line, "--decimal", ".").out == "[[1234, 5678]]\n"
    assert convcli(*line, "--decimal", ",").out == "[[1.234, 5.678]]\n"
    learn = ("learn", "conv2d", "-k", 1, "x.csv", "x.csv", "--epochs", 1)
    assert convcli(*learn).status == 3
    assert convcli(*learn, "--decimal", ",").status == 0


def test_what_is_guessed_is_said(convcli: Convcli) -> None:
    Path("x.csv").write_text("1,5;2,5\n")
    for format in (("-q",), ("--json",), ()):
        result = convcli("run", "conv2d", "x.csv", "ones:1x1", *format)
        assert "convcli: note: x.csv: the comma is read as the decimal sign" in result.err


@pytest.mark.parametrize(
    ("texts", "seeded"),
    [
        (["rand:4", "rand:3"], ["rand:4", "rand:3:1"]),
        (["x.npy", "rand:3"], ["x.npy", "rand:3"]),
        (["rand:4:0", "rand:3"], ["rand:4:0", "rand:3:1"]),
        (["rand:4", "randn:3:0"], ["rand:4:1", "randn:3:0"]),
        (["rand:4", "randint:3:0:1:5", None, "randn:2"], ["rand:4:1", "randint:3:0:1:5", None]),
        (["rand:4:-1", "rand:3", "ones:3"], ["rand:4:-1", "rand:3", "ones:3"]),
    ],
)
def test_seeds_differ(texts: Any, seeded: Any) -> None:
    assert with_seeds(texts)[: len(seeded)] == seeded


def test_random_arrays_of_one_command_differ(convcli: Convcli) -> None:
    def run(*line: Any) -> Any:
        return json.loads(convcli(*line, "-q").out)

    x, w, bias, g = (generate(f"rand:4:{seed}", "X") for seed in range(4))
    found = run("grad", "conv1d", "rand:4", "rand:4", "rand:1", "--bias", "rand:1")
    assert np.allclose(found["weight"], generate("rand:1:3", "G") * x)
    assert np.allclose(found["input"], generate("rand:1:3", "G") * w)
    total = run("run", "conv1d", "rand:4", "rand:4", "--bias", "rand:1")
    assert np.allclose(total, (x * w).sum() + generate("rand:1:2", "bias"))
    assert len({tuple(each) for each in (x, w, bias, g)}) == 4


def test_a_file_of_a_name_is_not_given_a_seed(convcli: Convcli) -> None:
    Path("rand:3.csv").write_text("1\n2\n")
    Path("rand:3").write_text("")
    assert with_seeds(["rand:3", "rand:3"]) == ["rand:3", "rand:3"]


def test_drawn_weights_that_begin_as_the_input_does_are_named(convcli: Convcli) -> None:
    words = "begin with the same random numbers, of seed 0; rand:1x5:1 has others"
    assert words in convcli("run", "Conv1d(1, 1, 3)", "rand:1x5", "-q").err
    assert words in convcli("learn", "Conv1d(1, 1, 3)", "rand:1x5", "ones:1x3").err
    assert not convcli("run", "Conv1d(1, 1, 3)", "rand:1x5", "--seed", 1, "-q").err
    assert not convcli("run", "Conv1d(1, 1, 3)", "rand:1x5:1", "-q").err


def test_a_column_comes_back_as_a_column(convcli: Convcli) -> None:
    Path("x.csv").write_text("time;value\n" + "".join(f"{i};{i},5\n" for i in range(100)))
    line = ("run", "conv1d", "x.csv:value", "-1 2")
    expected = [i + 2.5 for i in range(99)]
    assert convcli(*line, "-f", "csv").out == "".join(f"{value}\n" for value in expected)
    for name in ("y.csv", "y.tsv"):
        assert convcli(*line, "-o", name).status == 0
        assert read_array(name, "X", 1).tolist() == expected
        assert read_array(name, "X", 2).shape == (99, 1)
    assert json.loads(convcli(*line, "-q").out) == expected
    assert convcli("run", "conv1d", "1 2 3", "-1 2", "-f", "csv").out == "3,4\n"


@pytest.mark.parametrize("name", ["y.csv", "y.tsv"])
def test_what_is_written_as_a_table_is_read_back(convcli: Convcli, name: str) -> None:
    rng = np.random.default_rng(5)
    for i, shape in enumerate([(4, 3), (2, 2), (1, 5), (5, 1), (3, 2), (1, 2), (2, 1)]):
        array: Any = rng.integers(-(2**40), 2**40, shape)
        if i % 2:
            array = rng.standard_normal(shape) * 10.0 ** rng.integers(-200, 200, shape)
        np.save("x.npy", array)
        line = ("run", "conv2d", "x.npy", "ones:1x1", "-o", name, "--force")
        assert convcli(*line).status == 0
        found = read_array(name, "X", 2)
        assert found.shape == array.shape
        assert np.array_equal(found, array)
