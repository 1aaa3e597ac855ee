"""The data of the page of a course of learning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.report.views.learning_page import value_part, weight_part

CHAIN = ("Conv1d(1,2,3)", "Conv1d(2,1,2)", "1 2 3 4 5 6 7", "0 1 0 -1", "--lr", "0.01")


def page_data(convcli: Any, path: Path, *arguments: str) -> dict[str, Any]:
    made = convcli("learn", *arguments, "-o", str(path))
    assert made.status == 0, made.err
    text = path.read_text("utf-8")
    found = text.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    data: dict[str, Any] = json.loads(found)
    return data


def test_a_page_has_the_numbers_that_learn_prints(convcli: Any, tmp_path: Path) -> None:
    data = page_data(convcli, tmp_path / "x.html", *CHAIN)
    lines = convcli("learn", *CHAIN, "--verbose", "-f", "jsonl").out.splitlines()
    printed = [json.loads(line) for line in lines]
    whole = json.loads(convcli("learn", *CHAIN, "--json").out)
    epochs = [each for each in printed if "epoch" in each]
    assert len(data["epochs"]) == len(epochs) == 10
    for epoch, line in zip(data["epochs"], epochs, strict=True):
        assert (epoch["number"], epoch["loss"]) == (line["epoch"], line["loss"])
        for change in line["changes"]:
            kept = epoch["arrays"][change["name"]]
            assert kept["before"] == np.ravel(change["before"]).tolist()
            assert kept["gradient"] == np.ravel(change["gradient"]).tolist()
    assert data["end"]["loss"] == whole["final"]["loss"]
    assert (
        data["end"]["arrays"]["1.weight"]["before"] == np.ravel(whole["final"]["1_weight"]).tolist()
    )
    assert data["curve"]["losses"] == [line["loss"] for line in epochs]


def test_the_loss_of_the_outputs_is_the_loss(convcli: Any, tmp_path: Path) -> None:
    data = page_data(convcli, tmp_path / "x.html", *CHAIN)
    target = np.array(data["target"]["values"])
    for epoch in (*data["epochs"], data["end"]):
        assert np.mean((np.array(epoch["output"]) - target) ** 2) == pytest.approx(epoch["loss"])


def test_a_direction_is_told_where_it_is_not_the_gradient(convcli: Any, tmp_path: Path) -> None:
    plain = page_data(convcli, tmp_path / "x.html", *CHAIN)
    adam = page_data(convcli, tmp_path / "y.html", *CHAIN, "--optimizer", "adam")
    assert "direction" not in plain["epochs"][3]["arrays"]["0.weight"]
    kept = adam["epochs"][3]["arrays"]["0.weight"]
    after = adam["epochs"][4]["arrays"]["0.weight"]["before"]
    steps = np.array(kept["before"]) - 0.01 * np.array(kept["direction"])
    assert steps.tolist() == after


def test_long_courses_are_thinned_and_large_arrays_sampled(convcli: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    task = ("conv2d", "-k", "3", "rand:90x90:1", "rand:88x88:2", "--lr", "0.01")
    data = page_data(convcli, path, *task, "--epochs", "700", "--every", "7")
    numbers = [epoch["number"] for epoch in data["epochs"]]
    assert numbers[0] == 1
    assert numbers[-1] == 700
    assert all(number % 7 == 0 for number in numbers[1:])
    assert 5 < len(numbers) < 60
    assert data["count"] == len(data["curve"]["numbers"]) == 700
    assert data["target"]["steps"] == [1, 1, 3, 3]
    assert len(data["epochs"][0]["output"]) == 30 * 30
    assert path.stat().st_size < 420_000


def test_a_course_that_diverges_ends_with_its_last_epoch(convcli: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    made = convcli("learn", *CHAIN, "--lr=1e9", "--epochs", "90", "-o", str(path))
    assert made.status == 2
    made = convcli("learn", *CHAIN[:-1], "1e9", "--epochs", "90", "-o", str(path))
    assert made.status == 1
    text = path.read_text()
    assert '"diverged": true' in text
    assert "NaN" in text or "Infinity" in text


def test_parts_of_arrays() -> None:
    assert value_part(Shape((2, 20, 500))).steps == (1, 1, 3)
    assert value_part(Shape((1, 1, 9, 80, 41))) == (
        Shape((1, 1, 9, 80, 41)), (1, 1, 3, 40, 21), (1, 1, 3, 2, 2),
    )  # fmt: skip
    assert weight_part(Shape((64, 3, 13, 3))).size == (4, 3, 11, 3)
    array = np.arange(81.0).reshape(1, 1, 81)
    assert value_part(Shape((1, 1, 81))).of(array).size == 81
