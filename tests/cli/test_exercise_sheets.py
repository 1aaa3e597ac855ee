"""Sheets for print and for Moodle at the command line: the suffix, -f, solutions, languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.moodle_questions import read_questions

Convcli = Callable[..., Any]

BEGINNINGS = {"latex": "\\documentclass", "html": "<!DOCTYPE html>", "moodle": "<?xml"}
SUFFIXES = {"latex": ".tex", "html": ".html", "moodle": ".xml"}


@pytest.mark.parametrize("form", BEGINNINGS)
def test_the_suffix_and_the_format_give_the_same(
    convcli: Convcli, form: str, tmp_path: Path
) -> None:
    asked = ("exercise", "--seed", "5", "--count", "3", "--level", "medium")
    printed = convcli(*asked, "-f", form)
    assert printed.out.startswith(BEGINNINGS[form])
    for name, more in ((f"sheet{SUFFIXES[form]}", ()), ("sheet.txt", ("-f", form))):
        written = convcli(*asked, *more, "-o", str(tmp_path / name))
        assert (written.status, written.out) == (0, "")
        assert (tmp_path / name).read_text("utf-8") == printed.out


@pytest.mark.parametrize(
    ("form", "suffix"), [("latex", ".html"), ("moodle", ".tex"), ("html", ".md")]
)
def test_a_suffix_of_another_format_is_refused(
    convcli: Convcli, form: str, suffix: str, tmp_path: Path
) -> None:
    result = convcli("exercise", "-f", form, "-o", str(tmp_path / f"x{suffix}"))
    assert result.status == 2
    assert "contradicts the suffix" in result.err
    assert list(tmp_path.iterdir()) == []


def test_other_commands_have_no_such_formats(convcli: Convcli) -> None:
    for form in ("html", "moodle"):
        result = convcli("shape", "conv1d", "5", "-k", "3", "-f", form)
        assert result.status == 2
        assert f"got '{form}'" in result.err


@pytest.mark.parametrize("suffix", [".tex", ".html", ".md"])
def test_solutions_stand_apart_from_the_sheet(
    convcli: Convcli, suffix: str, tmp_path: Path
) -> None:
    sheet, solutions = tmp_path / f"sheet{suffix}", tmp_path / f"solutions{suffix}"
    asked = ("exercise", "--ask", "parameters,receptive-field", "--seed", "2", "--count", "2")
    result = convcli(*asked, "-o", str(sheet), "--solutions", str(solutions))
    assert result.status == 0, result.err
    answers = json.loads(convcli(*asked, "-q").out)
    for answer in answers.values():
        assert str(answer) in solutions.read_text("utf-8")
    assert "solutions" in solutions.read_text("utf-8")
    assert "solutions" not in sheet.read_text("utf-8")


def test_the_marks_of_moodle_are_those_of_json(convcli: Convcli) -> None:
    asked = ("exercise", "--seed", "9", "--count", "16", "--level", "hard")
    problems = json.loads(convcli(*asked, "--json").out)["problems"]
    questions = list(read_questions(convcli(*asked, "-f", "moodle").out))
    assert len(questions) == len(problems) == 16
    asks = list(dict.fromkeys(problem["ask"] for problem in problems))  # in the order of categories
    problems.sort(key=lambda problem: asks.index(problem["ask"]))
    for problem, question in zip(problems, questions, strict=True):
        numbers = np.ravel(problem["answer"])
        assert question.mark(numbers) == 1
        assert question.mark(numbers + 1) < 1


@pytest.mark.parametrize("form", BEGINNINGS)
def test_a_chinese_sheet_has_no_english_sentence(convcli: Convcli, form: str) -> None:
    asked = ("exercise", "--seed", "1", "--count", "16", "--level", "hard", "-f", form)
    english, chinese = convcli(*asked).out, convcli(*asked, "--lang", "zh").out
    for sentence in ("Work out", "this layer", "Name", "output of", "solutions", "Points"):
        assert sentence not in chinese
    assert english != chinese
    assert "这一层" in chinese


@pytest.mark.parametrize("form", ["moodle", "html", "latex", "json"])
@pytest.mark.parametrize(
    "layer",
    [
        "keras.layers.Conv2D(4, 9007199254740992, padding='same')",
        "nn.Conv1d(1, 1, 2097153, padding=1048576)",
    ],
)
def test_a_kernel_larger_than_any_input_has_no_field_without_padding(
    convcli: Convcli, layer: str, form: str
) -> None:
    asked = convcli("exercise", "--seed", "26", "--level", "medium", layer, "-f", form)
    assert (asked.status, asked.err) == (0, "")
