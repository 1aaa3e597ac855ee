"""`--layout`: arrays and shapes whose channels are elsewhere, and notes where shapes suggest it."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec, convolve
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.text.layout_notes import channels_last_note, kernel_first_note
from convcli.inputs.text.layouts import parse_layouts

Convcli = Callable[..., Any]
SIZES = {"N": 2, "C": 3, "O": 4, "I": 3, "D": 3, "H": 4, "W": 5, "L": 6}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("spatial", ["L", "HW", "DHW"])
def test_every_order_comes_back(spatial: str) -> None:
    rank = len(spatial)
    for letters in permutations("NC" + spatial):
        layouts = parse_layouts("".join(letters), rank)
        shape = Shape(SIZES[letter] for letter in letters)
        array = np.arange(np.prod(shape)).reshape(shape)
        inside = layouts.to_torch(array, "X")
        judge = np.einsum(f"{''.join(letters)}->NC{spatial}", array)
        assert np.array_equal(inside, judge)
        assert np.array_equal(layouts.result(inside), array)
        assert layouts.result_shape(layouts.shape_to_torch(shape)) == shape
    for letters in permutations("OI" + spatial):
        for transposed in (False, True):
            layouts = parse_layouts("".join(letters), rank, transposed=transposed)
            shape = Shape(SIZES[letter] for letter in letters)
            array = np.arange(np.prod(shape)).reshape(shape)
            order = ("IO" if transposed else "OI") + spatial
            judge = np.einsum(f"{''.join(letters)}->{order}", array)
            inside = layouts.to_torch(array, "W")
            assert np.array_equal(inside, judge)
            assert np.array_equal(layouts.result(inside, weight=True), array)


@pytest.mark.parametrize(
    ("layout", "shape", "torch"),
    [
        ("NHWC", (2, 4, 5, 3), (2, 3, 4, 5)),
        ("NHWC", (4, 5, 3), (3, 4, 5)),
        ("NHWC", (4, 5), (4, 5)),
        ("HWC", (4, 5, 3), (3, 4, 5)),
        ("hwc", (4, 5, 3), (3, 4, 5)),
        ("NHW", (2, 4, 5), (2, 1, 4, 5)),
        ("WH", (5, 4), (4, 5)),
        ("NYXC", (2, 4, 5, 3), (2, 3, 4, 5)),
    ],
)
def test_axes_that_an_array_lacks(layout: str, shape: Any, torch: Any) -> None:
    layouts = parse_layouts(layout, 2)
    array = np.arange(np.prod(shape)).reshape(shape)
    inside = layouts.to_torch(array, "X")
    assert inside.shape == torch
    assert np.array_equal(layouts.result(inside), array)


@pytest.mark.parametrize(
    ("layout", "rank", "words"),
    [
        ("NHCX", 2, "N, C, H, W of X in their order, or O, I, H, W of W"),
        ("NHWCC", 2, "Like NCHW, NHWC, HWIO or NHWC,HWIO"),
        ("NLC", 2, "got 'NLC'"),
        ("NHWC", 1, "Like NCL, NLC, LIO or NLC,LIO"),
        ("NHWC,HWC", 2, "got 'NHWC,HWC'"),
        ("HWIM", 2, "got 'HWIM'"),
        ("", 2, "got ''"),
        ("NCDHW", 2, "got 'NCDHW'"),
        ("NHWC,", 2, "got 'NHWC,'"),
    ],
)
def test_letters_that_are_none(layout: str, rank: int, words: str) -> None:
    with pytest.raises(ConvError) as caught:
        parse_layouts(layout, rank)
    assert caught.value.code == "layout.letters"
    assert words in str(caught.value)


def test_run_of_arrays_with_channels_last(convcli: Convcli) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.integers(-9, 9, (2, 5, 6, 3)), rng.integers(-9, 9, (3, 2, 3, 4))
    np.save("x.npy", x)
    np.save("w.npy", w)
    spec = ConvSpec.of(dims=2, in_channels=3, out_channels=4, kernel_size=(3, 2), bias=False)
    y = convolve(spec, x.transpose(0, 3, 1, 2), w.transpose(3, 2, 0, 1)).transpose(0, 2, 3, 1)
    line = ("run", "conv2d", "x.npy", "w.npy", "--layout", "NHWC,HWIO")
    printed = convcli(*line, "--json")
    data = json.loads(printed.out)
    assert data["input"]["shape"] == [2, 5, 6, 3]
    assert data["weight"]["shape"] == [3, 2, 3, 4]
    assert data["output"]["shape"] == list(y.shape)
    assert data["output"]["values"] == y.tolist()
    assert convcli(*line, "-o", "y.npy").status == 0
    assert np.array_equal(np.load("y.npy"), y)
    assert convcli(*line, "--expect", "y.npy", "-q").status == 0


def test_gradients_have_the_axes_of_their_variables(convcli: Convcli) -> None:
    rng = np.random.default_rng(1)
    x, w, g = (rng.integers(-9, 9, shape) for shape in ((1, 5, 6, 3), (3, 2, 3, 4), (1, 3, 5, 4)))
    for name, array in (("x", x), ("w", w), ("g", g)):
        np.save(f"{name}.npy", array)
    np.save("xt.npy", x.transpose(0, 3, 1, 2))
    np.save("wt.npy", w.transpose(3, 2, 0, 1))
    np.save("gt.npy", g.transpose(0, 3, 1, 2))
    torch = json.loads(convcli("grad", "conv2d", "xt.npy", "wt.npy", "gt.npy", "-q").out)
    line = ("grad", "conv2d", "x.npy", "w.npy", "g.npy", "--layout", "NHWC,HWIO")
    ours = json.loads(convcli(*line, "-q").out)
    assert np.array_equal(ours["input"], np.transpose(torch["input"], (0, 2, 3, 1)))
    assert np.array_equal(ours["weight"], np.transpose(torch["weight"], (2, 3, 1, 0)))
    assert convcli(*line, "-o", "g.npz").status == 0
    assert np.array_equal(np.load("g.npz")["weight"], ours["weight"])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("shape", "conv2d", "224x224x3", "-k", "3", "-c", "8", "--layout", "HWC"), "222x222x8"),
        (("shape", "conv1d", "1x100x4", "-k", "3", "-c", "8", "--layout", "NLC"), "1x98x8"),
        (("shape", "conv2d", "9x7", "-k", "3", "--layout", "WH"), "7x5"),
        (("shape", "conv_transpose2d", "1x4x4x3", "-k", "2", "-s", "2", "-c", "5", "--layout",
          "NHWC"), "1x8x8x5"),
        (("stack", "Conv2d(3, 8, 3)", "32x32x3", "--layout", "HWC"), "8x30x30"),
        (("run", "conv1d", "1 2; 3 4; 5 6", "ones:1x2x2", "--layout", "LC"), "[[10], [18]]"),
        (("run", "conv1d", "1 2; 3 4; 5 6", "1 10", "--layout", "LC", "-g", "depthwise"),
         "[[31, 42], [53, 64]]"),
        (("run", "conv_transpose1d", "1; 2", "[[[1, 10, 100]], [[0, 0, 1]]]", "--layout",
          "LC,LOI"), None),
    ],
)  # fmt: skip
def test_shapes_in_their_own_order(convcli: Convcli, line: Any, expected: str | None) -> None:
    result = convcli(*line, "-q")
    if expected is None:
        assert result.status == 2
    else:
        assert result.out == f"{expected}\n", result.err


def test_where_places_are_torchs_a_note_says_so(convcli: Convcli) -> None:
    arrays = ("conv2d", "arange:3x3x2", "ones:2x2x2x1", "--layout", "HWC,HWIO")
    for command in (("trace",), ("matrix",), ("grad", "--at", "0,0,0,1")):
        result = convcli(command[0], *arrays, *command[1:])
        assert result.status == 0, result.err
        assert "positions are in torch's order NCHW" in result.err
    assert convcli("solve", "conv2d", "8x8x3", "8x8x5", "-k", 3, "--layout", "HWC").status == 0
    learn = ("learn", "conv2d", "-k", 1, "arange:4x4x2", "ones:4x4x2", "-c", 2, "--layout", "HWC")
    assert "weights come in torch's order" in convcli(*learn).err


def test_a_layout_of_other_axes_is_refused(convcli: Convcli) -> None:
    result = convcli("run", "conv2d", "ones:2x3x3x1", "ones:2x2x1", "--layout", "HWIO")
    assert result.status == 2
    assert "W: the layout HWIO has 4 axes, but the array has 3" in result.err
    assert convcli("shape", "conv2d", "5x5x3", "-k", 3, "--layout", "NHWC,HWIO").status == 2


@pytest.mark.parametrize(
    ("shape", "rank", "words"),
    [
        ((224, 224, 3), 2, "with 224 channels; for HxWxC add --layout HWC"),
        ((8, 224, 224, 3), 2, "8x224x224x3 is read as NxCxHxW, with 224 channels"),
        ((480, 640, 3), 2, "with 480 channels"),
        ((1080, 1920, 4), 2, "with 1080 channels"),
        ((28, 28, 1), 2, "with 28 channels"),
        ((16, 112, 112, 3), 3, "for DxHxWxC add --layout DHWC"),
        ((3, 224, 224), 2, None),
        ((64, 56, 56), 2, None),
        ((64, 56, 3), 2, "with 64 channels"),
        ((512, 7, 3), 2, None),
        ((64, 100, 1), 2, None),
        ((224, 3), 2, None),
        ((256, 32, 3), 2, None),
        ((1000, 3), 1, None),
        ((8, 8, 3), 2, None),
        ((224, 224, 5), 2, None),
    ],
)
def test_shapes_that_suggest_channels_last(shape: Any, rank: int, words: str | None) -> None:
    note = channels_last_note(shape, rank)
    assert note is None if words is None else words in (note or "")


@pytest.mark.parametrize(
    ("shape", "channels", "says"),
    [
        ((3, 3, 3, 64), 3, True),
        ((7, 7, 3, 64), 3, True),
        ((64, 3, 3, 3), 3, False),
        ((3, 3, 3, 3), 3, False),
        ((3, 3, 5, 64), 3, False),
        ((3, 3, 1, 3), 1, False),
        ((16, 3, 1, 15), 3, False),
    ],
)
def test_weights_that_suggest_another_order(shape: Any, channels: int, says: bool) -> None:
    assert bool(kernel_first_note(shape, channels, 1, 2)) == says


def test_notes_of_commands(convcli: Convcli) -> None:
    np.save("x.npy", np.zeros((32, 32, 3)))
    word = "--layout HWC"
    assert word in convcli("shape", "conv2d", "224x224x3", "-k", 3, "-c", 8).err
    assert word in convcli("shape", "Conv2d(3, 8, 3)", "224x224x3").err
    assert word in convcli("run", "conv2d", "x.npy", "kernel:sobel-x", "-g", "depthwise").err
    assert word in convcli("run", "conv2d", "x.npy", "ones:3x3").err
    assert word in convcli("run", "conv2d", "x.npy", "ones:8x3x3x3").err
    assert word not in convcli("run", "conv2d", "x.npy", "ones:8x32x3x3").err
    assert not convcli("shape", "conv2d", "224x224x3", "-k", 3, "--in-channels", 224, "-c", 1).err
    assert not convcli("shape", "conv2d", "3x224x224", "-k", 3, "-c", 8).err
    assert "--layout HWIO" in convcli("run", "conv2d", "rand:3x40x70", "ones:3x3x3x64").err


def test_columns_of_a_table_may_be_channels(convcli: Convcli) -> None:
    Path("x.csv").write_text("a;b\n" + "1;2\n" * 9)
    refused = convcli("run", "conv1d", "x.csv", "ones:1x2x3")
    assert refused.status == 2
    assert "9x2 is read as CxL, with 9 channels; if the 2 columns are channels" in refused.err
    line = ("run", "conv1d", "x.csv", "ones:1x2x3", "--layout", "LC", "-f", "csv")
    assert convcli(*line).out == "9\n" * 7
    assert "columns" not in convcli("run", "conv1d", "x.csv:a", "ones:3").err
    assert "add --layout" not in convcli("run", "conv1d", "1 2; 3 4; 5 6", "ones:1x2x1").err


def test_the_page_repeats_how_the_arrays_are_read(convcli: Convcli) -> None:
    line = ("show", "conv2d", "arange:4x4x1", "ones:2x2", "--layout", "HWC", "-o", "p.html")
    assert convcli(*line).status == 0
    assert "--layout=HWC" in Path("p.html").read_text("utf-8")


def test_a_picture_has_its_own_order_of_axes(convcli: Convcli) -> None:
    pytest.importorskip("PIL")
    assert convcli("run", "conv2d", "randint:3x8x8", "ones:3x3x1x1", "-o", "x.png").status == 0
    line = ("run", "conv2d", "x.png", "ones:2x2x3x4", "-q")
    refused = convcli(*line, "--layout", "HWC,HWIO")
    assert refused.status == 2
    assert "Leave the letters of X out of --layout." in refused.err
    assert convcli(*line, "--layout", "HWIO").status == 0


def test_many_files_have_the_layout_too(convcli: Convcli) -> None:
    for i in range(3):
        np.save(f"x{i}.npy", np.full((4, 5, 2), i))
    line = ("run", "conv2d", "ones:3x3x2x1", "--each", "x*.npy", "--out-dir", "out")
    assert convcli(*line, "--layout", "HWC,HWIO").status == 0
    for i in range(3):
        assert np.array_equal(np.load(f"out/x{i}.npy"), np.full((2, 3, 1), 18 * i))
