"""`--flip`: the true convolution, judged by NumPy, SciPy and torch; the layer's own beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec, convolve

Convcli = Callable[..., Any]
LAYERS = [
    ["conv1d", "randint:2x3x9:1:-5:5", "randint:4x3x3:2:-5:5", "-s", "2", "-p", "1:2"],
    ["conv2d", "randint:2x4x6x7:1:-5:5", "randint:4x2x2x3:2:-5:5", "-g", "2", "-d", "1,2"],
    ["conv2d", "randint:3x6x6:1:-5:5", "1 2 3; 4 5 6", "-g", "depthwise", "-p", "same"],
    ["conv2d", "randint:6x6:1:-5:5", "1 2; 3 4", "-p", "1", "--padding-mode", "reflect"],
    ["conv3d", "randint:4x5x6:1:-5:5", "randint:2x3x2:2:-5:5", "-s", "1,2,1"],
    ["conv_transpose1d", "randint:2x5:1:-5:5", "randint:2x3x4:2:-5:5", "-s", "3", "-p", "1"],
    ["conv_transpose2d", "randint:3x4:1:-5:5", "1 2 3; 4 5 6", "-s", "2", "--output-padding", "1"],
]


def answer(convcli: Convcli, *words: object) -> Any:
    result = convcli(*words, "--json")
    assert result.status == 0, result.err
    return json.loads(result.out)


def backwards(weight: np.ndarray[Any, Any], rank: int) -> np.ndarray[Any, Any]:
    return np.flip(weight, tuple(range(-rank, 0)))


@pytest.mark.parametrize("words", LAYERS, ids=" ".join)
def test_it_is_the_layer_of_the_kernel_backwards(
    convcli: Convcli, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    layer, x, w, *options = words
    rank = int(layer[-2])
    copied = [f"conv{rank}d", w, "ones:" + "x".join("1" * rank), "-g", "depthwise"]
    assert convcli("run", *copied, "-o", "w.npy").status == 0
    np.save("f.npy", backwards(np.load("w.npy"), rank))
    both = answer(convcli, "run", layer, x, w, *options, "--flip")
    own = answer(convcli, "run", layer, x, w, *options)
    flipped = answer(convcli, "run", layer, x, "f.npy", *options)
    assert both["flipped"] is True
    assert both["output"] == flipped["output"]
    assert both["unflipped"]["values"] == own["output"]["values"]
    assert {*both} - {*own} == {"flipped", "unflipped"}
    traced = answer(convcli, "trace", layer, x, w, *options, "--flip")
    weight = np.load("w.npy")
    totals, plain = [], []
    for position in traced["positions"]:
        totals.append(position["total"])
        plain.append(position["unflipped"]["total"])
        assert all(
            term["weight"] in weight[(..., *term["tap"])].reshape(-1) for term in position["terms"]
        )
        assert sum(term["product"] for term in position["terms"]) == position["total"]
    assert totals == np.ravel(both["output"]["values"]).tolist()
    assert plain == np.ravel(own["output"]["values"]).tolist()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_numpys_convolve(convcli: Convcli, size: int) -> None:
    """Full, valid and same; torch pads `same` of an even kernel on the other side than NumPy."""
    x, w = np.arange(1, 8) ** 2, np.arange(2, 2 + size)
    texts = " ".join(map(str, x)), " ".join(map(str, w))
    for mode, padding in (
        ("full", f"{size - 1}"),
        ("valid", "0"),
        ("same", f"{size // 2}:{(size - 1) // 2}"),
    ):
        both = answer(convcli, "run", "conv1d", *texts, "-p", padding, "--flip")
        assert both["output"]["values"] == np.convolve(x, w, mode).tolist()
        assert both["unflipped"]["values"] == np.correlate(x, w, mode).tolist() or mode == "same"
    transposed = answer(convcli, "run", "conv_transpose1d", *texts, "--flip")
    assert transposed["unflipped"]["values"] == np.convolve(x, w).tolist()
    assert transposed["output"]["values"] == np.correlate(x, w, "full").tolist()
    torchs = answer(convcli, "run", "conv1d", *texts, "-p", "same", "--flip")["output"]["values"]
    assert (torchs == np.convolve(x, w, "same").tolist()) is bool(size % 2)


def test_scipys_convolve2d(convcli: Convcli) -> None:
    signal = pytest.importorskip("scipy.signal")
    x, w = np.arange(20).reshape(4, 5) % 7, np.array([[1, 2, 3], [4, 5, 6]])
    words = ["[[0,1,2,3,4],[5,6,0,1,2],[3,4,5,6,0],[1,2,3,4,5]]", "1 2 3; 4 5 6"]
    ours = answer(convcli, "run", "conv2d", *words, "-p", "1:0,1", "--flip")
    assert ours["output"]["values"] == signal.convolve2d(x, w, "same").tolist()
    call = 'scipy.signal.convolve2d(mode="same")'
    turned = answer(convcli, "run", call, *words, "--flip")
    assert turned["flip"] is True  # what the framework does
    assert turned["unflipped"]["values"] == signal.convolve2d(x, w, "same").tolist()
    backwards_kernel = np.flip(w)
    assert turned["output"]["values"] == signal.convolve2d(x, backwards_kernel, "same").tolist()


def test_gradients_belong_to_the_kernel_as_written(convcli: Convcli) -> None:
    rng = np.random.default_rng(3)
    x, w = rng.integers(-4, 5, (5, 6)), rng.integers(-4, 5, (2, 3))
    texts = [json.dumps(array.tolist()) for array in (x, w)]
    whole = answer(convcli, "grad", "conv2d", *texts, "-s", "1,2", "--flip", "--check")
    f = answer(convcli, "grad", "conv2d", texts[0], json.dumps(np.flip(w).tolist()), "-s", "1,2")
    assert whole["input_gradient"] == f["input_gradient"]
    gradient = np.array(whole["weight_gradient"]["values"])
    assert gradient.tolist() == np.flip(f["weight_gradient"]["values"]).tolist()
    for tap in ((0, 0), (1, 2), (0, 1)):
        at = f"weight:{tap[0]},{tap[1]}"
        entry = answer(convcli, "grad", "conv2d", *texts, "-s", "1,2", "--flip", "--at", at)
        assert entry["position"] == list(tap)
        assert entry["total"] == gradient[tap]
    entry = answer(convcli, "grad", "conv2d", *texts, "-s", "1,2", "--flip", "--at", "1,2")
    assert entry["total"] == np.array(whole["input_gradient"]["values"])[1, 2]
    assert all(term["factor"] == w[tuple(term["tap"])] for term in entry["terms"])


def test_files_hold_the_flipped_result(convcli: Convcli, tmp_path: Path) -> None:
    file = tmp_path / "y.npy"
    assert convcli("run", "conv1d", "1 2 3", "1 10", "--flip", "-o", file).status == 0
    assert np.load(file).tolist() == [12, 23]
    assert convcli("run", "conv1d", "1 2 3", "1 10", "--flip", "-q").out == "[12, 23]\n"
    grid = convcli("run", "conv2d", "arange:3x3", "1 2; 3 4", "--flip", "-f", "csv")
    assert grid.out == "13,23\n43,53\n"
    matrix = answer(convcli, "matrix", "conv1d", "1 2 3", "1 10", "--flip")
    assert matrix["kernels"]["values"] == [[10, 1]]
    assert matrix["output"]["values"] == [[12, 23]]


def test_a_layout_is_flipped_in_its_own_axes(convcli: Convcli) -> None:
    x, w = "arange:1x4x5x2", "arange:2x2x2x3:1"
    layout = ["--layout", "NHWC,HWIO"]
    ours = answer(convcli, "run", "conv2d", x, w, *layout, "--flip")["output"]["values"]
    spec = ConvSpec.of(in_channels=2, out_channels=3, kernel_size=(2, 2), bias=False)
    inside = np.arange(40).reshape(1, 4, 5, 2).transpose(0, 3, 1, 2)
    kernel = np.arange(1, 25).reshape(2, 2, 2, 3).transpose(3, 2, 0, 1)[:, :, ::-1, ::-1]
    assert ours == convolve(spec, inside, kernel).transpose(0, 2, 3, 1).tolist()


def test_drawn_weights(convcli: Convcli) -> None:
    torch = pytest.importorskip("torch")
    both = answer(convcli, "run", "Conv1d(1, 2, 3)", "1 2 3 4 5", "--flip")
    torch.manual_seed(0)
    layer = torch.nn.Conv1d(1, 2, 3)
    x = torch.tensor([[1.0, 2, 3, 4, 5]])
    flipped = torch.nn.functional.conv1d(x, layer.weight.flip(-1), layer.bias)
    own = layer(x)
    for values, judge in ((both["output"]["values"], flipped), (both["unflipped"]["values"], own)):
        assert np.allclose(values, judge.detach().numpy(), atol=1e-6)


def test_what_people_read(convcli: Convcli) -> None:
    text = convcli("trace", "conv1d", "1 2 3", "1 10", "--flip", "--at", "0").out
    assert "a true convolution" in text
    assert "flipped kernel" in text
    assert "1*10 + 2*1 = 10 + 2 = 12" in text
    assert "without the flip: 1*1 + 2*10 = 1 + 20 = 21" in text.replace("flip  ", "flip: ")
    text = convcli("run", "conv_transpose1d", "1 2 3", "1 10", "--flip").out
    assert "a correlation, because the transposed layer convolves already" in text


def test_layers_without_weights(convcli: Convcli) -> None:
    result = convcli("run", "keras.layers.MaxPool2D(2)", "ones:4x4x1", "--flip", "--json")
    assert result.status == 2
    assert json.loads(result.err)["error"]["code"] == "flip.weightless"


def test_a_picture_names_the_flipped_kernel(convcli: Convcli, tmp_path: Path) -> None:
    for name, words in (("a.svg", ["--flip"]), ("b.svg", [])):
        assert convcli("show", "conv1d", "1 2 3", "1 10", *words, "-o", tmp_path / name).status == 0
    assert "flipped kernel" in (tmp_path / "a.svg").read_text()
    assert "flipped" not in (tmp_path / "b.svg").read_text()


def test_the_page_repeats_it(convcli: Convcli, tmp_path: Path) -> None:
    file = tmp_path / "x.html"
    result = convcli("show", "conv1d", "1 2 3", "1 10", "--flip", "-o", file)
    assert "--flip: the kernel is drawn as it is read" in result.err
    assert '"rest":["--flip"]' in file.read_text().replace(": ", ":")
