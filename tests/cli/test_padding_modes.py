"""Every command takes every padding mode, and reads the cells that NumPy's padding puts there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.padding import PADDING_MODES, TORCH_PADDING_MODES

Convcli = Callable[..., Any]
INPUT, WEIGHT = [1, 2, 3, 4], [1, 10, 100]
LAYER = ("conv1d", "1 2 3 4", "1 10 100", "-p", "2:3")
EXPECTED = {
    mode: np.correlate(np.pad(INPUT, (2, 3), mode=row.numpy), WEIGHT, "valid").tolist()  # type: ignore[call-overload]
    for mode, row in PADDING_MODES.items()
}


def data(convcli: Convcli, *arguments: object) -> Any:
    result = convcli(*arguments, "--json")
    assert result.status == 0, result.err
    return json.loads(result.out)


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_every_command_reads_the_same_cells(convcli: Convcli, mode: str) -> None:
    layer = (*LAYER, "--padding-mode", mode)
    assert data(convcli, "run", *layer)["output"]["values"] == EXPECTED[mode]
    totals = [position["total"] for position in data(convcli, "trace", *layer)["positions"]]
    assert totals == EXPECTED[mode]
    matrix = data(convcli, "matrix", *layer)
    assert np.ravel(matrix["output"]["values"]).tolist() == EXPECTED[mode]
    assert convcli("shape", "conv1d", 4, "-k", 3, *LAYER[3:], "-q").out == "7\n"
    assert convcli("grad", *layer, "-q", "--check").status == 0
    assert str(EXPECTED[mode][0]) in convcli("show", *layer).out
    assert convcli("solve", "conv1d", 4, 6, "--padding-mode", mode, "-k", 3, "-q").status == 0


@pytest.mark.parametrize("command", ["shape", "run", "solve"])
def test_the_help_lists_every_mode(
    convcli: Convcli, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = convcli(command, "--help")
    shown = " ".join((result.out + capsys.readouterr().out).split())
    *most, last = PADDING_MODES
    assert f"{', '.join(most)} or {last}" in shown


@pytest.mark.torch
@pytest.mark.parametrize("mode", PADDING_MODES)
def test_torch_judges_every_mode_and_computes_its_own(convcli: Convcli, mode: str) -> None:
    layer = (*LAYER, "--padding-mode", mode)
    assert data(convcli, "run", *layer, "--check")["check"]["agrees"]
    result = convcli("run", *layer, "--engine", "torch", "--json")
    if mode in TORCH_PADDING_MODES:
        assert json.loads(result.out)["output"]["values"] == EXPECTED[mode]
    else:
        assert (result.status, result.out) == (2, "")
        assert json.loads(result.err)["error"]["code"] == "padding_mode.torch"


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("keras.layers.Conv2D(8, 3)", "1x9x9x3"),
        ("onnx.Conv(x, w)", "1x3x9x9"),
        ("Conv2d(3, 8, 3)", "1x3x9x9"),
        ("conv2d", "1x3x9x9"),
    ],
)
def test_a_mode_that_there_is_not(convcli: Convcli, layer: str, shape: str) -> None:
    more = () if "8" in layer else ("-k", 3, "-c", 8)
    wrong = convcli("shape", layer, shape, *more, "--padding-mode", "constant")
    assert wrong.status == 2
    assert "--padding-mode must be one of zeros" in wrong.err
    assert "try --padding-mode zeros" in wrong.err
