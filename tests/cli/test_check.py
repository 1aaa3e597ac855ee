"""`convcli check`: it agrees, it notices, and what it prints shows the case again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.long_loops import everyday_and_long

Convcli = Callable[..., Any]
pytestmark = pytest.mark.torch


@everyday_and_long("cases", 40, 300)
def test_random_layers_agree_with_torch(convcli: Convcli, cases: int) -> None:
    result = convcli("check", "--cases", cases, "--json")
    found = json.loads(result.out)
    assert result.status == 0
    assert (found["cases"], found["disagree"], found["mismatches"]) == (cases, 0, [])
    assert {row["layer"] for row in found["layers"]} == {
        f"conv{t}{r}d" for t in ("", "_transpose") for r in (1, 2, 3)
    }
    assert convcli("check", "--cases", "3", "-q").out == "0\n"


def test_a_wrong_engine_is_found_and_the_command_shows_it(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    import convcli.engine.compute.convolve as engine

    right = engine.execute
    monkeypatch.setattr(
        engine, "execute", lambda job, progress: (right(job), np.add(job.output, 1, out=job.output))
    )
    result = convcli("check", "--cases", "3", "--seed", "5", "--json")
    found = json.loads(result.out)
    assert (result.status, found["disagree"]) == (1, 3)
    assert [case["seed"] for case in found["mismatches"]] == [5, 6, 7]
    for case in found["mismatches"]:
        program, *arguments = shlex.split(case["command"])
        assert program == "convcli"
        assert convcli(*arguments).status == 1
    monkeypatch.undo()
    for case in found["mismatches"]:
        again = convcli(*shlex.split(case["command"])[1:])
        assert (again.status, again.err) == (0, "")


def test_a_wrong_gradient_is_shown_by_grad(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    import convcli.engine.gradients.gradients as engine

    right = engine.contract_tap_tables
    monkeypatch.setattr(
        engine, "_by_layers", lambda *given: tuple(found + 1 for found in right(*given))
    )
    result = convcli("check", "--cases", "1", "--json")
    (case,) = json.loads(result.out)["mismatches"]
    assert case["command"].startswith("convcli grad ")
    assert convcli(*shlex.split(case["command"])[1:]).status == 1


@pytest.mark.parametrize(
    "options", [("--cases", "0"), ("--cases", "many"), ("--seed", "-1"), ("--cases", "100000000")]
)
def test_bad_counts_are_refused(convcli: Convcli, options: tuple[str, str]) -> None:
    result = convcli("check", *options)
    assert (result.status, result.out) == (2, "")
    assert options[0] in result.err
