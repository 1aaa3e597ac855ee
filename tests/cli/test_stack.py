"""`convcli stack`: what its users ask, at the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.long_loops import everyday_and_long

Convcli = Callable[..., Any]
LAYERS = [
    "Conv2d(1, 6, 5, padding=2)",
    "ReLU()",
    "MaxPool2d(2)",
    "Conv2d(6, 16, 5)",
    "Flatten()",
    "Linear(1600, 10)",
]


def data(convcli: Convcli, *arguments: object) -> Any:
    result = convcli("stack", *arguments, "--json")
    assert result.status == 0, result.err
    return json.loads(result.out)


def test_json_has_the_keys_of_the_contract(convcli: Convcli) -> None:
    found = data(convcli, *LAYERS, "1x28x28")
    assert (found["input"]["shape"], found["output"]["shape"]) == ([1, 28, 28], [10])
    assert found["total"]["parameters"] == 156 + 2416 + 16010
    assert found["total"]["macs"] == 117_600 + 240_000 + 16_000
    third = found["layers"][3]
    assert third["layer"] == "Conv2d(6, 16, kernel_size=5)"
    assert (third["output"]["shape"], third["parameters"], third["macs"]) == (
        [16, 10, 10],
        2416,
        240_000,
    )
    field = third["receptive_field"]
    assert (field["size"], field["jump"], field["start"]) == ([14, 14], [2, 2], [-2, -2])
    assert field["exact"] == {"size": [True, True], "jump": [True, True], "start": [True, True]}
    assert [layer["receptive_field"] for layer in found["layers"][4:]] == [None, None]


def test_what_a_unit_sees_of_the_input(convcli: Convcli) -> None:
    found = data(convcli, *LAYERS, "1x28x28", "--unit", "0,9")
    assert found["layers"][3]["unit"] == {
        "position": [0, 9],
        "interval": [[0, 11], [16, 27]],
        "cells": [12, 12],
        "exact": True,
    }
    assert found["layers"][4]["unit"] is None
    holes = data(convcli, "2 x Conv1d(1,1,2,dilation=4)", "30", "--unit", "3")
    assert holes["layers"][1]["unit"] == {
        "position": [3],
        "interval": [[3, 11]],
        "cells": [3],
        "exact": True,
    }
    out = convcli("stack", "2 x Conv1d(1,1,2,dilation=4)", "30", "--unit", "3").out
    assert "unit (3) of layer 1: 3 of 30 cells of L, 6 between them are not read" in out


def test_options_reach_every_convolution_and_no_other_layer(convcli: Convcli) -> None:
    found = data(
        convcli,
        "conv2d",
        "MaxPool2d(2)",
        "conv2d",
        "1x3x32x32",
        "-k",
        "3",
        "-c",
        "8",
        "-p",
        "1",
        "--no-bias",
    )
    assert [layer["parameters"] for layer in found["layers"]] == [216, 0, 576]
    assert found["layers"][2]["layer"] == "Conv2d(8, 8, kernel_size=3, padding=1, bias=False)"


@pytest.mark.parametrize(
    "layer",
    [
        "keras.layers.Conv2D(8, 3)",
        "keras.layers.SeparableConv2D(8, 3)",
        "keras.layers.DepthwiseConv2D(3)",
        "keras.layers.Conv2DTranspose(8, 3)",
        "flax.linen.Conv(8, (3, 3))",
        "paddle.nn.Conv2D(9, 8, 3)",
    ],
)
@pytest.mark.parametrize("option", ["-p 1", "-s 2", "-k 5", "--padding-mode constant"])
def test_options_reach_a_convolution_of_another_framework(
    convcli: Convcli, layer: str, option: str
) -> None:
    alone = convcli("shape", layer, "1x9x9x9", *option.split(), "-q")
    stacked = convcli("stack", layer, "1x9x9x9", *option.split(), "-q")
    assert stacked.status == alone.status
    assert stacked.out == alone.out


def test_quiet_and_expect(convcli: Convcli) -> None:
    assert convcli("stack", *LAYERS, "1x1x28x28", "-q").out == "1x10\n"
    assert convcli("stack", *LAYERS, "1x1x28x28", "-q", "--expect", "1x10").status == 0
    assert convcli("stack", *LAYERS, "1x1x28x28", "-q", "--expect", "1x11").status == 1


def test_proofs(convcli: Convcli) -> None:
    found = data(
        convcli, *LAYERS[:4], "ConvTranspose2d(16, 8, 3, stride=2)", "1x200x200", "--prove"
    )
    assert [found["proof"][name]["differing"] for name in ("tables", "impulses")] == [0, 0]
    out = convcli("stack", *LAYERS, "1x28x28", "--prove")
    assert out.status == 0
    assert "composed tables, on 1x1x28x28" in out.out
    assert convcli("stack", "ReLU()", "1x5000", "--prove").status == 2
    refused = convcli("stack", "ReLU()", "1x1x5000", "--prove")
    assert (refused.status, refused.out) == (4, "")


def test_a_failed_proof_exits_1(convcli: Convcli, monkeypatch: pytest.MonkeyPatch) -> None:
    from convcli.engine.proof import receptive_proof

    monkeypatch.setattr(
        receptive_proof,
        "tap_table",
        lambda spec, d, size: np.zeros((spec.output_size(d, size), 1), int),
    )
    assert convcli("stack", "Conv1d(1,1,3)", "9", "--prove").status == 1


def test_stacks_side_by_side(convcli: Convcli) -> None:
    found = data(
        convcli,
        "Conv2d(64,64,7,padding=3)",
        "3 x Conv2d(64,64,3,padding=1)",
        "64x56x56",
        "--compare",
    )["stacks"]
    assert [one["receptive_field"]["size"] for one in found] == [[7, 7], [7, 7]]
    assert [one["parameters"] for one in found] == [200_768, 110_784]
    assert [one["macs"] for one in found] == [629_407_744, 346_816_512]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (["Conv2d(1,1,3)", "ReLU()", "Conv2d(1,1,31)"], {"size": 32, "layer": "2"}),
        (
            ["Conv2d(1,1,3)"],
            {"size": 32, "layer": None, "kernel_size": 30, "dilation_of_3": 15, "repeats": 16},
        ),
        (
            ["Conv2d(1,2,3)"],
            {"size": 32, "layer": None, "kernel_size": 30, "dilation_of_3": 15, "repeats": None},
        ),
        (
            ["MaxPool2d(2)"],
            {"size": 32, "layer": None, "kernel_size": 16, "dilation_of_3": 8, "repeats": 5},
        ),
        (
            ["Conv2d(1,1,1)"],
            {"size": 32, "layer": None, "kernel_size": 32, "dilation_of_3": 16, "repeats": None},
        ),
    ],
)
def test_a_target_receptive_field(
    convcli: Convcli, layers: list[str], expected: dict[str, Any]
) -> None:
    assert data(convcli, *layers, "1x64x64", "--target-rf", "32")["target"] == expected


def test_a_last_layer_of_the_kernel_that_is_named_reaches_the_target(convcli: Convcli) -> None:
    for first in ("Conv1d(1,1,5,stride=3)", "Conv1d(1,1,2); MaxPool1d(4)"):
        target = data(convcli, first, "1000", "--target-rf", "77")["target"]
        for last in (
            f"Conv1d(1,1,{target['kernel_size']})",
            f"Conv1d(1,1,3,dilation={target['dilation_of_3']})",
        ):
            assert (
                data(convcli, first, last, "1000")["layers"][-1]["receptive_field"]["size"][0] >= 77
            )
        fewer = f"Conv1d(1,1,{target['kernel_size'] - 1})"
        assert data(convcli, first, fewer, "1000")["layers"][-1]["receptive_field"]["size"][0] < 77


def test_input_sizes(convcli: Convcli) -> None:
    chain = ["Conv2d(1,1,3,stride=2,padding=1)", "ConvTranspose2d(1,1,3,stride=2,padding=1)"]
    found = data(convcli, *chain, "1x30x31", "--sizes", "1..9")["sizes"]
    assert found["come_back"] == [1, 3, 5, 7, 9]
    assert found["output_padding"] == {"1": [1, 0]}
    assert found["smallest"] == 1
    out = convcli("stack", *chain, "1x30x31", "--sizes", "1..9").out
    assert "1: output_padding=(1, 0); that gives 1x1x30x31" in out
    assert "sizes restored at the output  1, 3, ..., 9" in out
    assert (
        convcli("stack", "MaxPool2d(2)", "MaxPool2d(2)", "1x8x8", "--sizes", "1..9", "-q").out
        == "4\n"
    )


def test_the_mirror_is_ready_to_paste(convcli: Convcli) -> None:
    out = convcli(
        "stack",
        "Conv2d(1,8,3,stride=2,padding=1)",
        "ReLU()",
        "Conv2d(8,16,3,stride=2)",
        "1x28x28",
        "--mirror",
    ).out
    assert "nn.ConvTranspose2d(16, 8, kernel_size=3, stride=2, output_padding=1)," in out
    assert out.index("nn.ReLU(),") > out.index("nn.ConvTranspose2d(16, 8")
    found = data(convcli, "Conv2d(1,8,3,stride=2,padding=1)", "1x28x28", "--mirror")
    assert found["output"]["shape"] == [1, 28, 28]
    assert found["pytorch"].startswith("nn.Sequential(\n    nn.ConvTranspose2d(8, 1")


def test_branches_that_do_not_meet_are_told_what_would_mend_them(convcli: Convcli) -> None:
    net = (
        "a: Conv2d(1,2,3,stride=2,padding=1); "
        "up: ConvTranspose2d(2,1,3,stride=2,padding=1); Add() <- up, input"
    )
    result = convcli("stack", net, "1x8x9")
    assert (result.status, result.out) == (2, "")
    assert (
        "layer 2: the shapes of the branches must be equal or broadcast, "
        "not 1x1x7x9 and 1x1x8x9. Try output_padding=1,0 in layer up." in result.err
    )
    error = json.loads(convcli("stack", net, "1x8x9", "--json").err)["error"]
    assert error["code"] == "branches.shape"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["1x28x28"], 2, "needs LAYERS... SHAPE"),
        (["ReLU()", "x"], 2, "must be sizes"),
        (["ReLU()", "1x1x9x9", "--unit", "1"], 2, "--unit must be 2 numbers"),
        (
            ["ReLU()", "1x1x30", "--unit", "99"],
            2,
            "--unit must be inside the output 30 of layer 0, got '(99)'",
        ),
        (
            ["ReLU()", "1x1x30", "--mirror", "--prove"],
            2,
            "--mirror cannot be combined with --prove",
        ),
        (["400 x ConvTranspose2d(1,1,3,stride=3)", "1x8x8"], 2, "sizes must be at most 2^63 - 1"),
        (
            ["a: Conv2d(3,4,1); ReLU() <- a, input", "3x8x8"],
            2,
            "takes one layer as input, and 2 are named",
        ),
        (["Linear(3, 4)", "2x9"], 2, "layer 0: in_features must be the last size"),
        (["ReLU()", "1x1x9", "--sizes", "9..1"], 2, "must ascend"),
        (["ReLU()", "1x1x9", "--target-rf", "0"], 2, "must be at least 1"),
        (["Flatten()", "1x9", "--target-rf", "3"], 2, "no layer of this stack"),
        (["ReLU()", "2x9", "--sizes", "1..3"], 2, "spatial axes"),
        (["none.onnx", "1x9"], 3, "no such file"),
        (["ReLU()", "--module", "x:Y", "1x9"], 2, "cannot be combined with LAYERS"),
    ],
)
def test_what_is_wrong_is_said(
    convcli: Convcli, arguments: list[str], status: int, message: str
) -> None:
    if arguments[0].endswith(".onnx"):
        pytest.importorskip("onnx")
    result = convcli("stack", *arguments)
    assert (result.status, result.out) == (status, "")
    assert message.lower() in result.err.lower(), result.err


def test_names_of_files_and_layers_are_data(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "[red]x.json"
    path.write_text(json.dumps([{"name": "\x1b[31m[bold]a", "layer": "ReLU()"}]))
    out = convcli("stack", str(path), "1x1x9", terminal=True).out
    assert "[bold]a" in out
    assert "\x1b[31m[bold]" not in out


@everyday_and_long("count", 10_000, 100_000)
def test_thousands_of_layers(convcli: Convcli, count: int) -> None:
    out = convcli("stack", f"{count} x Conv2d(1,1,3,padding=1)", "1x8x8").out
    assert out.count("\n") > count
    assert convcli("stack", f"{count} x Conv2d(4,4,3,padding=1)", "4x9x9", "-q").out == "4x9x9\n"
