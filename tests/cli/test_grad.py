"""`convcli grad` at the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Convcli = Callable[..., Any]


def test_gradients_their_shapes_and_the_identity(convcli: Convcli) -> None:
    result = convcli("grad", "conv2d", "arange:4x4:1", "1 2; 3 4")
    assert (result.status, result.err) == (0, "")
    assert (
        "dL/dx is a transposed convolution of G with the same weight: "
        "nn.ConvTranspose2d(1, 1, kernel_size=2, bias=False)" in result.out
    )
    assert "the result equals dL/dx" in result.out
    data = json.loads(convcli("grad", "conv2d", "arange:4x4:1", "1 2; 3 4", "--json").out)
    assert data["weight_gradient"]["values"] == [[54, 63], [90, 99]]
    assert data["input_gradient"]["values"][0] == [1, 3, 3, 2]
    assert data["bias_gradient"]["values"] == [9]
    assert data["adjoint"]["equal"] is True


def test_in_other_padding_modes_the_copies_go_back(convcli: Convcli) -> None:
    result = convcli(
        "grad", "conv1d", "1 2 3 4", "1 1 1", "-p", 1, "--padding-mode", "circular", "--check"
    )
    assert result.status == 0
    assert "goes back to the cells that it copies" in result.out
    assert "entries agree" in result.out


def test_one_entry_is_a_worked_sum(convcli: Convcli) -> None:
    arguments = ("grad", "conv1d", "1 2 3 4", "10 1", "1 0 -1")
    assert "1*2 + 0*3 + (-1)*4 = 2 + 0 - 4 = -2" in convcli(*arguments, "--at", "weight:1").out
    assert convcli(*arguments, "--at", "weight:1", "-q").out == "-2\n"
    assert "1*1 + 0*10 = 1 + 0 = 1" in convcli(*arguments, "--at", "input:1", "-f", "plain").out
    assert convcli(*arguments, "--at", "1", "--expect", "1").status == 0
    assert "1 + 0 - 1 = 0" in convcli(*arguments, "--at", "bias:0").out
    terms = json.loads(convcli(*arguments, "--at", "weight:0", "--json").out)["terms"]
    assert [term["cell"] for term in terms] == [[0], [1], [2]]


def test_gradients_are_written_to_files(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = ("--input-grad", "x.npy", "--weight-grad", "w.npy", "--bias-grad", "b.npy")
    assert convcli("grad", "conv1d", "1 2 3 4", "10 1", *files, "-q").status == 0
    assert [np.load(f"{name}.npy").tolist() for name in "xwb"] == [[10, 11, 11, 1], [6, 9], [3]]
    assert convcli("grad", "conv1d", "1 2 3 4", "10 1", *files).status == 5
    assert convcli("grad", "conv1d", "1 2 3 4", "10 1", *files, "--force").status == 0


@pytest.mark.parametrize("layer", ["conv1d", "conv_transpose1d"])
@pytest.mark.parametrize("kind", ["randint:2x3x6:1", "randn:2x3x6:1"])
def test_check_finds_agreement_and_only_that(
    convcli: Convcli, layer: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight = f"{kind.split(':', maxsplit=1)[0]}:3x3x2:2"
    arguments = ("grad", layer, kind, weight, "--check", "-s", 2)
    agreed = convcli(*arguments)
    assert agreed.status == 0, agreed.out
    import convcli.engine.gradients.gradients as engine

    right = engine.contract_tap_tables
    monkeypatch.setattr(
        engine, "_by_layers", lambda *given: tuple(found * 2 for found in right(*given))
    )
    wrong = convcli(*arguments)
    assert wrong.status == 1
    assert "DISAGREE" in wrong.out


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--at", "wieght:0"), 2, "Did you mean weight?"),
        (("--at", "weight:9"), 2, "no such entry"),
        (("1 2",), 2, "G must have the shape 3 of the output, got 2"),
        (("--expect", "1"), 2, "Choose one with --at"),
        (("what",), 3, "G must be a file"),
    ],
)
def test_bad_requests(convcli: Convcli, options: tuple[str, ...], status: int, words: str) -> None:
    result = convcli("grad", "conv1d", "1 2 3 4", "10 1", *options)
    assert (result.status, result.out) == (status, "")
    assert words in result.err
