"""`port`: lines, numbers, padding and weights of every framework, read back by its rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.cli.commands.port.layers import in_layout, in_torch_order, read_layer
from convcli.cli.commands.port.ported import Porting
from convcli.cli.commands.port.rows import port_row
from convcli.cli.commands.port.ways import WAYS

Convcli = Callable[..., Any]

KERAS = "keras.layers.Conv2D(8, 3, strides=2, padding='same')"
LAYERS: list[tuple[str, tuple[int, ...], dict[str, Any]]] = [
    (KERAS, (1, 224, 224, 3), {}),
    ("nn.Conv2d(3, 8, 3, stride=2, padding=1)", (1, 3, 32, 32), {}),
    ("nn.Conv2d(4, 8, 3, padding=1, groups=4)", (1, 4, 9, 9), {}),
    ("nn.Conv2d(4, 6, 3, padding=1, groups=2)", (1, 4, 9, 9), {}),
    ("nn.Conv1d(1, 1, 4, padding='same')", (1, 1, 9), {}),
    ("nn.Conv3d(2, 3, 3, stride=2, padding=1)", (1, 2, 7, 8, 9), {}),
    ("nn.Conv2d(1, 1, 3, padding=1, padding_mode='circular')", (1, 1, 8, 8), {}),
    ("nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1)", (1, 4, 5, 5), {}),
    ("keras.layers.Conv2DTranspose(3, 3, strides=2, padding='same')", (1, 5, 6, 4), {}),
    ("flax.linen.ConvTranspose(3, (3, 3), strides=(2, 2))", (1, 5, 6, 4), {}),
    ("scipy.ndimage.correlate(mode='reflect')", (8, 9), {"kernel_size": 4}),
    ("numpy.convolve(mode='same')", (9,), {"kernel_size": 4}),
    ("conv2d", (8, 9), {"kernel_size": 3, "stride": 2, "padding": 1, "out_channels": 1}),
]  # fmt: skip


def rows_of(convcli: Convcli, *words: str) -> dict[str, dict[str, Any]]:
    result = convcli("port", *words, "--json")
    assert result.status == 0, result.err
    return {row["framework"]: row for row in json.loads(result.out)["frameworks"]}


def test_one_shape_and_other_numbers(convcli: Convcli) -> None:
    rows = rows_of(convcli, KERAS, "1x224x224x3")
    assert list(rows) == list(WAYS)
    torch = rows["torch"]
    assert torch["output"]["shape"] == [1, 8, 112, 112]
    assert torch["padding"] == [[1, 1], [1, 1]]
    assert torch["same_numbers"] is False
    assert torch["code"] == "torch.nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1)"
    assert "ZeroPad2d((0, 1, 0, 1))" in torch["exact"]
    assert torch["why"] == "Keras pads 0 before, 1 after, and this line 1 before, 1 after"
    jax = rows["jax"]
    assert jax["output"]["shape"] == [1, 112, 112, 8]
    assert jax["padding"] == [[0, 1], [0, 1]]
    assert jax["same_numbers"] is True
    assert jax["equal"]["count"] == jax["equal"]["of"] > 50
    numpy = rows["numpy"]
    assert numpy["same_numbers"] is None
    assert numpy["refused"] == numpy["why"] == "it applies one kernel to one channel"
    assert numpy["weight"] is None


def test_numpy_names_its_own_padding(convcli: Convcli) -> None:
    words = ["numpy.convolve(mode='same')", "9", "-k", "4", "--to", "np"]
    row = rows_of(convcli, *words)["numpy"]
    assert row["code"] == 'numpy.correlate(x, w, mode="same")'
    assert row["same_numbers"] is True
    assert row["weight"]["from_source"] == "w[::-1]"


def test_on_an_odd_size_the_two_agree(convcli: Convcli) -> None:
    rows = rows_of(convcli, KERAS, "1x225x225x3", "--to", "torch,mxnet")
    assert [row["same_numbers"] for row in rows.values()] == [True, True]


def test_what_a_framework_refuses_is_refused_with_its_reason(convcli: Convcli) -> None:
    layer = "nn.Conv2d(4, 8, 3, stride=2, dilation=2)"
    rows = rows_of(convcli, layer, "1x4x20x20", "--to", "keras,tflite,tensorflow")
    assert "strides (2, 2) above 1 together with dilation_rate" in rows["keras"]["refused"]
    assert "dilation_rate" in rows["tflite"]["refused"]
    assert rows["tensorflow"]["same_numbers"] is True


@pytest.mark.parametrize(("text", "shape", "options"), LAYERS)
def test_each_line_is_read_back_with_its_shape_and_weight(
    text: str, shape: tuple[int, ...], options: dict[str, Any]
) -> None:
    """The expressions of the weight, evaluated, and the framework's own layouts agree."""
    porting = Porting.of(text, shape, options, tuple(WAYS))
    spec = porting.spec
    weight = np.arange(np.prod(spec.weight_shape)).reshape(spec.weight_shape)
    source = in_layout(porting.source, weight)
    written = 0
    for name in WAYS:
        row, tried = port_row(name, porting.task)
        if tried is None:
            continue
        written += 1
        assert row.weight is not None
        stored = in_layout(tried.resolved, weight)
        assert np.array_equal(eval(row.weight.from_torch, {"w": weight}), stored)
        assert np.array_equal(eval(row.weight.to_torch, {"w": stored}), weight)
        assert np.array_equal(in_torch_order(tried.resolved, stored), weight)
        full = porting._row(name)[0]
        assert full.from_source is not None
        assert np.array_equal(eval(full.from_source, {"w": source}), stored), full.from_source
    assert written >= 6


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_torch_computes_what_its_line_says() -> None:
    torch = pytest.importorskip("torch")
    for text, shape, options in LAYERS:
        porting = Porting.of(text, shape, options, ("torch",))
        row, _ = port_row("torch", porting.task)
        code = row.exact or row.code
        assert code is not None
        full = (porting.task.batch, porting.spec.in_channels, *porting.task.sizes)
        x = torch.zeros(full)
        scope = {"torch": torch, "numpy": np, "x": x}
        made = eval(code, scope)
        output = made if isinstance(made, torch.Tensor) else made(x)
        assert tuple(output.shape[2:]) == porting.task.outs, code


def test_few_rows_are_told_in_full(convcli: Convcli) -> None:
    text = convcli("port", KERAS, "1x224x224x3", "--to", "torch").out
    assert "numbers            differ, 0 of " in text
    assert "weight from Keras  w.transpose(3, 2, 0, 1)" in text
    many = convcli("port", KERAS, "1x224x224x3").out
    assert "not possible in opencv, scipy, numpy, matlab: it applies one kernel" in many
    assert "no line with the same numbers in caffe, darknet" in many


def test_quiet_prints_the_line_with_the_same_numbers(convcli: Convcli) -> None:
    line = convcli("port", KERAS, "1x224x224x3", "--to", "torch", "-q").out
    assert line.startswith("torch.nn.Sequential(torch.nn.ZeroPad2d((0, 1, 0, 1)), ")


@pytest.mark.parametrize(
    ("layer", "shape", "to", "expected"),
    [
        ("keras.layers.Conv2D(2, 3)", "1x5x5x4", "torch", lambda w: w.transpose(3, 2, 0, 1)),
        ("nn.Conv2d(4, 2, 3)", "1x4x5x5", "tensorflow", lambda w: w.transpose(2, 3, 1, 0)),
        ("nn.ConvTranspose2d(4, 2, 3)", "1x4x5x5", "flax",
         lambda w: w.transpose(2, 3, 0, 1)[::-1, ::-1]),
        ("scipy.signal.convolve2d(mode='same')", "5x5", "onnx",
         lambda w: w[None, None, ::-1, ::-1]),
        ("keras.layers.Dense(3)", "2x3x4", "torch",
         lambda w: w.reshape(2, 3, 4, 3).transpose(3, 2, 0, 1).reshape(3, 24)),
        ("nn.Linear(24, 3)", "4x2x3", "paddle", lambda w: w.T),
    ],
)  # fmt: skip
def test_weights_are_converted(
    convcli: Convcli, tmp_path: Path, layer: str, shape: str, to: str, expected: Any
) -> None:
    shapes = {
        "keras.layers.Conv2D(2, 3)": (3, 3, 4, 2), "nn.Conv2d(4, 2, 3)": (2, 4, 3, 3),
        "nn.ConvTranspose2d(4, 2, 3)": (4, 2, 3, 3), "keras.layers.Dense(3)": (24, 3),
        "nn.Linear(24, 3)": (3, 24),
    }  # fmt: skip
    size = shapes.get(layer, (3, 3))
    weight = np.arange(np.prod(size)).reshape(size)
    source, target = tmp_path / "w.npy", tmp_path / "w2.npy"
    np.save(source, weight)
    result = convcli("port", layer, shape, "--to", to, "--weights", str(source), "-o", str(target))
    assert result.status == 0, result.err
    assert np.array_equal(np.load(target), expected(weight))
    assert f"{to}: weight " in result.err


def test_dense_layers_reorder_their_features(convcli: Convcli) -> None:
    rows = rows_of(convcli, "keras.layers.Dense(10)", "7x7x64")
    assert rows["torch"]["weight"]["from_source"] == (
        "w.reshape(7, 7, 64, 10).transpose(3, 2, 0, 1).reshape(10, 3136)"
    )
    assert rows["torch"]["why"] == (
        "Flatten reads C, H, W here and H, W, C in Keras: the weight is reordered"
    )
    assert {row["same_numbers"] for row in rows.values()} == {True, None}
    flat = rows_of(convcli, "nn.Linear(8, 3)", "8", "--to", "keras")
    assert flat["keras"]["weight"]["from_torch"] == "w.transpose(1, 0)"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nn.Conv2d(3, 8, 3)", "1x3x9x9", "--to", "keros"], "port.framework", "keras"),
        (["keras.layers.MaxPooling2D(2)", "1x8x8x3"], "port.layer", "pooling"),
        (["nn.Linear(10, 3)", "4x2x3"], "port.features", "24 numbers"),
        (["nn.Conv2d(3, 8, 3)", "1x3x9x9", "--weights", "ones:8x3x3x3"], "port.weights", "--to"),
        (["nn.Conv2d(3, 8, 3)", "1x3x9x9", "--to", "numpy", "--weights", "ones:8x3x3x3", "-o",
          "{tmp}/w.npy"], "port.refused", "one channel"),
        (["nn.Linear(24, 3)", "4x2x3", "--to", "keras", "--weights", "ones:3x3", "-o",
          "{tmp}/w.npy"], "weights.shape", "3x24"),
        (["keras.layers.SeparableConv2D(8, 3)", "1x9x9x3"], "port.layer", "two layers"),
        (["nn.Conv2d(3, 8, 3)", "1x3x9x9", "-o", "{tmp}/w.npy"], "output.suffix", "--weights"),
    ],
)  # fmt: skip
def test_what_cannot_be_ported_is_refused(
    convcli: Convcli, tmp_path: Path, words: list[str], code: str, said: str
) -> None:
    result = convcli("port", *(word.format(tmp=tmp_path) for word in words), "--json")
    assert result.status == 2
    error = json.loads(result.err)["error"]
    assert error["code"] == code
    assert said in error["message"]


def test_layers_are_read_as_their_framework_reads_them() -> None:
    layer = read_layer("nn.Conv2d(3, 8, 3, padding=(1, 2))", (1, 3, 9, 9), {})
    assert layer.pads == ((1, 1), (2, 2))
    assert layer.output == (1, 8, 9, 11)
