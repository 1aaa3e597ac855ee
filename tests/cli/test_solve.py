"""`convcli solve`: its answers are what `shape` says, its refusals say what can be reached."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from convcli.inputs.text.expressions import parse_expression

Convcli = Callable[..., Any]


def data(convcli: Convcli, *arguments: object, status: int = 0) -> Any:
    result = convcli("solve", *arguments, "--json")
    assert result.status == status, result.err
    return json.loads(result.out)


@pytest.mark.parametrize(
    ("layer", "given", "wanted", "options"),
    [
        ("conv2d", "32x32", "16x16", ["-k", "1..4"]),
        ("conv_transpose2d", "7x7", "14x14", ["-s", "2", "-k", "2..4"]),
        ("conv1d", "40", "10", ["-d", "1..3"]),
        ("conv2d", "9x9", "9x9", ["--padding-mode", "reflect", "-k", "3..9"]),
        ("conv2d", "5x5", "9x9", ["--padding-mode", "symmetric", "-k", "1..5", "-p", "0..9"]),
        ("conv3d", "8x16x16", "4x8x8", ["-k", "3"]),
        ("conv2d", "12x20", "6x5", ["-k", "3,5", "-p", "0..3"]),
    ],
)
def test_every_answer_is_what_shape_says(
    convcli: Convcli, layer: str, given: str, wanted: str, options: list[str]
) -> None:
    found = data(convcli, layer, given, wanted, *options)
    assert found["count"] == len(found["choices"]) > 0
    mode = [option for option in options if option in ("--padding-mode", "reflect", "symmetric")]
    for choice in found["choices"][::5]:
        arguments = {"-k": choice["kernel_size"], "-s": choice["stride"], "-d": choice["dilation"]}
        if "transpose" in layer:
            arguments["--output-padding"] = choice["output_padding"]
        typed = [
            word
            for option, values in arguments.items()
            for word in (option, ",".join(map(str, values)))
        ]
        pads = ",".join(f"{before}:{after}" for before, after in choice["padding"])
        assert convcli("shape", layer, given, *typed, "-p", pads, *mode, "-q").out == f"{wanted}\n"


def test_an_input_that_one_axis_cannot_have_is_no_answer(convcli: Convcli) -> None:
    layer = ("conv_transpose2d", "?", "5x6", "-k", 1, "-s", 2)
    assert data(convcli, *layer, status=1)["input"]["sizes"] == [[3, 3], None]


def test_the_line_of_pytorch_can_be_pasted(convcli: Convcli) -> None:
    for choice in data(convcli, "conv2d", "1x3x32x32", "1x8x16x16")["choices"]:
        if choice["symmetric"]:
            assert parse_expression(choice["pytorch"]).arguments["out_channels"] == 8
            assert convcli("shape", choice["pytorch"], "1x3x32x32", "-q").out == "1x8x16x16\n"


def test_what_is_given_is_kept(convcli: Convcli) -> None:
    found = data(convcli, "Conv2d(3, 8, kernel_size=3, stride=2)", "3x32x32", "8x16x16")
    assert {(tuple(one["kernel_size"]), tuple(one["stride"])) for one in found["choices"]} == {
        ((3, 3), (2, 2))
    }
    assert found["searched"] == {"padding": "0..extent - 1", "dilation": "1..2"}
    assert (
        data(convcli, "conv2d", "32", "16", "-k", "3", "-s", "2", "-p", "0:1", "-d", "1")["count"]
        == 1
    )


def test_people_see_the_usual_ones_and_how_many_there_are(convcli: Convcli) -> None:
    out = convcli("solve", "conv2d", "224x224", "112x112").out
    assert "352 choices from 224x224 to 112x112" in out
    assert "and 332 more; --all shows them" in out
    assert "223..224" in out
    assert convcli("solve", "conv2d", "224x224", "112x112", "--all").out.count("nn.Conv2d(") == 353
    assert (
        convcli("solve", "conv2d", "224x224", "112x112", "-q").out
        == "nn.Conv2d(1, 1, kernel_size=3, stride=2, padding=1)\n"
    )


def test_nothing_fits_and_what_would(convcli: Convcli) -> None:
    result = convcli("solve", "conv2d", "10x10", "100x10", "-k", "3")
    assert result.status == 1
    assert "no choice turns 10 into 100; the nearest outputs: 14" in result.out
    found = data(convcli, "conv2d", "10x10", "100x10", "-k", "3", status=1)
    assert (found["choices"], found["nearest"]) == (
        [],
        {"below": [14, None], "above": [None, None]},
    )
    odd = data(
        convcli,
        "conv_transpose1d",
        "5",
        "12",
        "-k",
        "3",
        "-s",
        "2",
        "-p",
        "0",
        "--output-padding",
        "0",
        "-d",
        "1",
        status=1,
    )
    assert odd["nearest"] == {"below": [11], "above": [None]}


def test_padding_for_same_under_stride(convcli: Convcli) -> None:
    found = data(convcli, "conv2d", "224x225", "same", "-k", "3", "-s", "2")["choices"]
    assert [(one["option"], one["output"]) for one in found] == [("0:1,1:1", [112, 113])]
    assert convcli("solve", "conv2d", "224", "same", "-k", "7", "-s", "2", "-q").out == "2:3,2:3\n"
    for one in data(convcli, "conv1d", "37", "same", "-k", "1..9", "-s", "1..5", "-d", "1..3")[
        "choices"
    ]:
        options = [
            "-k",
            one["kernel_size"][0],
            "-s",
            one["stride"][0],
            "-d",
            one["dilation"][0],
            "-p",
            one["option"],
        ]
        assert (
            convcli("shape", "conv1d", "37", *options, "-q").out
            == f"{-(-37 // one['stride'][0])}\n"
        )


def test_all_inputs_that_give_an_output(convcli: Convcli) -> None:
    assert (
        convcli("solve", "conv2d", "?", "112x112", "-k", "7", "-s", "2", "-p", "3", "-q").out
        == "223..224,223..224\n"
    )
    assert data(convcli, "conv_transpose1d", "?", "10", "-k", "4", "-s", "2", "-p", "1")["input"][
        "sizes"
    ] == [[5, 5]]
    assert (
        convcli("solve", "conv_transpose1d", "?", "11", "-k", "4", "-s", "2", "-p", "1").status == 1
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["conv2d", "x", "4x4"], "IN must be sizes"),
        (["conv2d", "4x4", "0x4"], "OUT: every spatial size must be at least 1, got 0"),
        (["conv2d", "4x4", "4x4", "-k", "0"], "--kernel-size must be at least 1"),
        (["conv2d", "4x4", "4x4", "-k", "0..3"], "--kernel-size must be at least 1, got 0"),
        (["conv2d", "4x4", "4x4", "-k", "3..1"], "must ascend"),
        (["conv2d", "4x4", "4x4", "-p", "same"], "specify OUT as same"),
        (["conv2d", "?", "4x4"], "specify --kernel-size"),
        (["conv2d", "1x3x10x20", "1x8x5x10", "-c", "9"], "must be 8, the number of channels"),
        (["conv2d", "1x3x10x20", "2x8x5x10"], "OUT: the batch size 2 differs from that of IN, 1"),
        (["conv2d", "4x4", "4x4", "--padding-mode", "mirror"], "--padding-mode must be one of"),
        (["conv_transpose2d", "4x4", "same"], "same needs a convolution"),
        (["conv2d", "4x4", "4x4", "-k", "1..9999", "-s", "1..9999"], "combinations, more than"),
        (["conv2d", "4x4", "4000x4000", "-k", "4294967296"], "choices fit"),
        (["conv_transpose2d", "4x4", "9x9", "-s", "4294967296"], "combinations, more than"),
        (["conv2d", "5x5", "3x3", "-k", "3", "-p", "-1"], "--padding on axis H must be at least 0"),
        (["conv1d", "5", "3", "-k", "3", "-p", "1:-1"], "--padding on axis L must be at least 0"),
        (["conv1d", "5", "3", "-k", "-3"], "--kernel-size must be at least 1"),
        (["conv1d", "5", "3", "-k", "-1..3"], "--kernel-size must hold no number below 0"),
        (["conv1d", "5", "3", "-p", "-2..1"], "--padding must hold no number below 0"),
    ],
)
def test_what_is_wrong_is_said(convcli: Convcli, arguments: list[str], message: str) -> None:
    result = convcli("solve", *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err, result.err


def test_an_unknown_padding_mode_is_an_error(convcli: Convcli) -> None:
    for layer in ("conv2d", 'Conv2d(1, 1, 3, padding_mode="mirror")'):
        mode = ("--padding-mode", "mirror") if layer == "conv2d" else ()
        error = convcli("solve", layer, "5x5", "3x3", *mode, "--json")
        assert (error.status, json.loads(error.err)["error"]["code"]) == (2, "padding_mode.name")
    transposed = convcli("solve", "conv_transpose2d", "5", "9", "--padding-mode", "reflect")
    assert "must be zeros for a transposed convolution" in transposed.err


@pytest.mark.parametrize(
    ("sizes", "kernel", "padding"), [("227x227 55x55", 11, 0), ("224x224 55x55", 11, 2)]
)
def test_the_first_layer_of_alexnet_is_among_the_first(
    sizes: str, kernel: int, padding: int, convcli: Convcli
) -> None:
    choices = data(convcli, "conv2d", *sizes.split())["choices"]
    listed = [(c["kernel_size"][0], c["stride"][0], c["padding"][0][0]) for c in choices]
    assert (kernel, 4, padding) in listed[:10]
    assert choices[0]["dilation"] == [1, 1]


@pytest.mark.parametrize("sizes", ["227x227 55x55", "224x224 112x112", "33x33 7x7", "30x30 28x28"])
def test_no_dilation_comes_before_dilation(sizes: str, convcli: Convcli) -> None:
    choices = data(convcli, "conv2d", *sizes.split())["choices"]
    for symmetric in (True, False):
        dilated = [c["dilation"][0] > 1 for c in choices if c["symmetric"] is symmetric]
        assert dilated == sorted(dilated)
