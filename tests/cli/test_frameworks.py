"""Layers of other frameworks on the command line: their layouts go in and come back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Convcli = Callable[..., Any]
SAME = 'keras.layers.Conv2D(4, 3, strides=2, padding="same")'


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_shape_is_in_the_layout_of_the_framework(convcli: Convcli) -> None:
    answer = json.loads(convcli("shape", SAME, "1x6x7x3", "--json").out)
    assert answer["layer"] == SAME
    assert answer["input"]["shape"] == [1, 6, 7, 3]
    assert answer["weight"]["shape"] == [3, 3, 3, 4]
    assert answer["output"]["shape"] == [1, 3, 4, 4]
    assert answer["padding"] == [[0, 1], [1, 1]]
    assert answer["layouts"] == {"input": "NHWC", "weight": "HWIO", "output": "NHWC"}
    assert answer["torch"] == (
        "nn.Sequential(nn.ZeroPad2d((1, 1, 0, 1)), nn.Conv2d(3, 4, kernel_size=3, stride=2))"
    )
    assert (answer["framework"], answer["flip"]) == ("Keras", False)
    assert "same_output" not in answer["input"]  # with `same` other sizes have other padding


@pytest.mark.parametrize("shape", ["6x7x3", "1x6x7x3"])
def test_the_result_has_the_axes_of_the_input(shape: str, convcli: Convcli) -> None:
    output = convcli("shape", SAME, shape, "-q").out.strip()
    assert output == ("1x" if shape.startswith("1x") else "") + "3x4x4"
    ran = convcli("run", SAME, f"arange:{shape}", "ones:3x3x3x4", "-o", "y.npy")
    assert (ran.status, ran.err) == (0, "")
    assert "x".join(map(str, np.load("y.npy").shape)) == output


def test_an_option_overrides_the_call(convcli: Convcli) -> None:
    assert convcli("shape", SAME, "1x6x7x3", "-s", "1", "-c", "9", "-q").out == "1x6x7x9\n"
    call = 'tf.nn.conv2d(x, w, strides=[1, 2, 2, 1], padding="SAME")'
    refused = convcli("shape", call, "1x6x7x3")
    assert refused.status == 2
    assert "--kernel-size 3" in refused.err
    assert convcli("shape", call, "1x6x7x3", "-k", "3", "-c", "8", "-q").out == "1x3x4x8\n"


def test_a_result_with_a_layout_of_its_own_is_written_in_it(convcli: Convcli) -> None:
    call = (
        'jax.lax.conv_general_dilated(window_strides=(1, 1), padding="VALID", '
        'dimension_numbers=("NHWC", "HWIO", "NCHW"))'
    )
    convcli("run", call, "arange:1x3x4x1", "arange:2x2x1x2", "-o", "y.npy")
    assert np.load("y.npy").shape == (1, 2, 2, 3)
    assert convcli("shape", call, "1x3x4x1", "-k", "2", "-c", "2", "-q").out == "1x2x2x3\n"


def test_pooling_and_padding_run_without_a_weight(convcli: Convcli) -> None:
    call = "keras.layers.AveragePooling2D(2, padding='same')"
    pooled = convcli("run", call, "arange:3x3x1", "-q")
    assert json.loads(pooled.out) == [[[2], [3.5]], [[6.5], [8]]]
    padded = convcli("run", 'tf.pad([[1, 1]], "SYMMETRIC")', "arange:3", "-q")
    assert json.loads(padded.out) == [0, 0, 1, 2, 2]
    refused = convcli("run", "keras.layers.MaxPooling2D(2)", "ones:4x4x1", "ones:2x2")
    assert (refused.status, "has none" in refused.err) == (2, True)
    refused = convcli("trace", "keras.layers.MaxPooling2D(2)", "ones:4x4x1", "ones:2x2")
    assert refused.status == 2


def test_zeros_that_are_added_and_cells_that_are_cut(convcli: Convcli) -> None:
    added = "jax.lax.conv_transpose(strides=(1,), padding=((3, 2),))"
    result = convcli("run", added, "1 2", "ones:2x1x1", "-q")
    assert json.loads(result.out) == [0, 0, 1, 3, 2, 0]
    cut = "jax.lax.conv(window_strides=(1,), padding=[(-1, 0)])"
    assert json.loads(convcli("run", cut, "5 1 2", "ones:1x1x1", "-q").out) == [1, 2]
    traced = convcli("trace", cut, "5 1 2", "ones:1x1x1")
    assert "cuts cells off the input" in traced.err


def test_trace_and_show_take_them(convcli: Convcli) -> None:
    traced = convcli("trace", SAME, "ones:1x6x7x3", "ones:3x3x3x4", "--at", "0,0", "-q")
    assert traced.out == "18\n" * 4
    assert "positions are in torch's order NCHW" in traced.err
    shown = convcli("show", SAME, "ones:1x6x7x3", "ones:3x3x3x4", "-o", "x.svg")
    assert (shown.status, Path("x.svg").exists()) == (0, True)


def test_an_activation_that_is_left_out_is_said(convcli: Convcli) -> None:
    call = "keras.layers.Conv2D(1, 1, activation='relu')"
    assert "relu" in convcli("run", call, "ones:2x2x1", "ones:1x1x1x1", "-q").err
    assert "relu" in convcli("run", call, "ones:2x2x1", "ones:1x1x1x1", "-o", "y.npy").err
    answer = json.loads(convcli("run", call, "ones:2x2x1", "ones:1x1x1x1", "--json").out)
    assert "relu" in answer["notes"][0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["shape", "keras.layers.Conv2D(4, 3, strides=2, dilation_rate=2)", "1x9x9x3"],
         "Keras refuses this keras.layers.Conv2D: strides (2, 2) above 1 together with"),
        (["shape", "keras.layers.Conv2D(4, 3, stride=2)", "1x9x9x3"], "Did you mean strides?"),
        (["shape", "keras.layers.Conv2D(4, n)", "1x9x9x3"], "kernel_size must be a literal"),
        (["shape", "keras.layers.Conv2D(4)", "1x9x9x3"], "needs the argument kernel_size"),
        (["shape", "keras.layers.Conf2D(4, 3)", "1x9x9x3"], "Did you mean Conv2D?"),
        (["shape", SAME, "1x9x9x3", "--layout", "NHWC"], "is that of the framework already"),
        (["shape", "tf.pad([[4, 4]], 'REFLECT')", "4"], "smaller than the input size 4"),
        (["shape", "onnx.Conv(kernel_shape=[3, 3], dilations=[2, 2], auto_pad='SAME_UPPER')",
          "1x1x8x8", "-c", "1"], "ONNX refuses this onnx.Conv: dilations above 1 together with"),
        (["run", SAME, "ones:1x6x7x3", "ones:3x3x5x4"],
         "X has 3 channels on axis C of 1x6x7x3 (NHWC), but the weight 3x3x5x4 (HWIO) takes 5. "
         "Take a weight of shape 3x3x3x4."),
        (["run", SAME, "ones:1x5x6x7", "ones:3x3x5x4"], "NHWC would be 1x6x7x5"),
        (["run", SAME, "ones:1x6x7x3", "ones:4x3x3x3"],
         "contradicts the weight 4x3x3x3 (HWIO), whose kernel_size is 4x3"),
        (["run", "keras.layers.DepthwiseConv2D(3)", "ones:6x7x3", "ones:3x3x2x1"],
         "the weight 3x3x2x1 (HWIM) takes 2"),
        (["run", "keras.layers.SeparableConv2D(4, 3)", "ones:6x7x3"], "is two layers"),
        (["run", "keras.layers.MaxPooling2D(2)", "ones:6x7x3", "--check"], "for convolutions"),
    ],
)  # fmt: skip
def test_what_is_refused(words: list[str], message: str, convcli: Convcli) -> None:
    refused = convcli(*words)
    assert (refused.status, refused.out) == (2, "")
    assert message in refused.err


def test_a_shape_in_another_layout_is_noted(convcli: Convcli) -> None:
    noted = convcli("shape", SAME, "1x3x224x224", "-q")
    assert "NxHxWxC, with 224 channels; NCHW would be 1x224x224x3" in noted.err
    noted = convcli("shape", "onnx.Conv(kernel_shape=[3, 3])", "1x224x224x3", "-c", "4", "-q")
    assert "with 224 channels; the layer takes NCHW" in noted.err
    assert convcli("shape", SAME, "1x224x224x3", "-q").err == ""


def test_lines_of_batch(convcli: Convcli) -> None:
    lines = [
        {"layer": SAME, "input_shape": [1, 6, 7, 3], "expect": [1, 3, 4, 4]},
        {"layer": "tf.nn.conv2d(strides=2, padding='VALID')", "input_shape": [1, 6, 7, 3],
         "kernel_size": 3, "out_channels": 8},
        {"layer": "keras.layers.MaxPool1D(2)", "input_shape": [7, 3]},
        {"layer": "keras.layers.SeparableConv2D(4, 3)", "input_shape": [6, 7, 3]},
    ]  # fmt: skip
    text = "\n".join(map(json.dumps, lines)).encode()
    answered = convcli("shape", "--batch", "-", stdin=text)
    assert (answered.status, answered.err) == (0, "")
    answers = list(map(json.loads, answered.out.splitlines()))
    assert [answer["output"]["shape"] for answer in answers] == [
        [1, 3, 4, 4], [1, 2, 3, 8], [3, 3], [4, 5, 4],
    ]  # fmt: skip
    assert answers[0]["expected"] is True
    assert answers[3]["weight"]["shape"] == [[3, 3, 3, 1], [1, 1, 3, 4]]


def test_many_inputs(convcli: Convcli) -> None:
    for name in ("a", "b"):
        np.save(f"{name}.npy", np.ones((6, 7, 3)))
    done = convcli(
        "run", SAME, "ones:3x3x3x4", "--each", "a.npy", "--each", "b.npy", "--out-dir", "out"
    )
    assert done.status == 0, done.err
    assert np.load("out/b.npy").shape == (3, 4, 4)


@pytest.mark.torch
def test_check_compares_with_torch(convcli: Convcli) -> None:
    pytest.importorskip("torch")
    checked = convcli("run", SAME, "randn:1x6x7x3", "randn:3x3x3x4", "--check", "--json")
    assert json.loads(checked.out)["check"]["agrees"] is True


def test_the_facts_are_in_chinese_too(convcli: Convcli) -> None:
    shown = convcli("shape", SAME, "1x6x7x3", "--lang", "zh").out
    assert "布局" in shown
    assert "H 轴前 0、后 1" in shown


def test_a_result_without_cells_comes_back_empty(convcli: Convcli) -> None:
    call = "jax.lax.conv(window_strides=(1, 1), padding='VALID')"
    ran = convcli("run", call, "ones:1x1x2x3", "ones:2x1x3x3", "-o", "y.npy")
    assert (ran.status, np.load("y.npy").shape) == (0, (1, 2, 0, 1))
    assert convcli("shape", call, "1x1x2x3", "-k", "3", "-c", "2", "-q").out == "1x2x0x1\n"
    assert convcli("shape", call, "1x1x2x3", "-k", "3", "-c", "2").status == 0
    pooled = convcli("run", "keras.layers.AveragePooling2D(2)", "ones:1x4x1", "--json")
    assert json.loads(pooled.out)["output"]["shape"] == [0, 2, 1]
    assert convcli("shape", "keras.layers.MaxPooling2D(2)", "1x4x1").status == 2
    assert convcli("trace", call, "ones:1x1x2x3", "ones:2x1x3x3").status == 2
