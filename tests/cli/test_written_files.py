"""A file of `--output` holds what its suffix says; notes name what it loses."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import wave
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.cli.output import target
from convcli.cli.output.target import SUFFIX_FORMATS
from convcli.inputs.files.writers import ALONE_WRITERS, WRITERS

Convcli = Callable[..., Any]
RUN = ("run", "conv1d", "1 2 3", "1 1")
INIT = ("init", "Conv1d(1, 1, 2)")
MATRIX = ("matrix", "conv1d", "1 2 3", "1 1")
GRAD = ("grad", "conv1d", "1 2 3", "1 1")
LEARN = ("learn", "Conv1d(1, 1, 2)", "1 2 3 4", "3 5 7", "--epochs", "2")
DOCUMENTS = {
    "shape": ("shape", "conv2d", "5x5", "-k", "3"),
    "stack": ("stack", "Conv2d(1, 1, 3)", "1x5x5"),
    "solve": ("solve", "conv2d", "5x5", "3x3"),
    "trace": ("trace", "conv1d", "1 2 3", "1 1"),
    "an entry of grad": (*GRAD, "--at", "input:0"),
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("asked", [(), ("-q",), ("--json",), ("-f", "plain"), ("-f", "csv")])
@pytest.mark.parametrize("line", [RUN, INIT, MATRIX], ids=lambda line: line[0])
def test_an_array_is_in_the_file_and_the_options_speak_of_stdout(
    convcli: Convcli, line: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    result = convcli(*line, "-o", "y.npy", *asked)
    assert (result.status, result.err) == (0, "")
    assert np.load("y.npy").size
    printed = "" if asked in ((), ("-q",)) else convcli(*line, *asked).out
    assert result.out == printed


@pytest.mark.parametrize("asked", [(), ("-q",), ("--json",)])
def test_several_arrays_have_names(convcli: Convcli, asked: tuple[str, ...]) -> None:
    assert convcli(*GRAD, "-o", "g.npz", *asked).status == 0
    with np.load("g.npz") as file:
        arrays = {name: file[name].tolist() for name in file}
    assert arrays == {"input": [1, 2, 1], "weight": [3, 5], "bias": [2]}
    assert convcli(*LEARN, "-o", "w.npz", *asked).status == 0
    with np.load("w.npz") as file:
        assert list(file) == ["0.weight", "0.bias"]


@pytest.mark.parametrize("asked", [(), ("-q",), ("-f", "json")])
@pytest.mark.parametrize("line", [RUN, *DOCUMENTS.values()], ids=lambda line: line[0])
def test_a_json_file_holds_the_document(
    convcli: Convcli, line: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    assert convcli(*line, "-o", "y.json", *asked).status == 0
    assert Path("y.json").read_text() == convcli(*line, "--json").out


def test_a_name_that_decides_nothing_leaves_it_to_the_options(convcli: Convcli) -> None:
    shape = DOCUMENTS["shape"]
    for name, asked, text in (
        ("a.txt", ("-q",), convcli(*shape, "-f", "plain").out),
        ("b.txt", (), convcli(*shape, "-f", "plain").out),
        ("c", ("-q",), convcli(*shape).out),
        ("d.data", ("--json",), convcli(*shape, "--json").out),
        ("e.txt", ("-f", "csv"), convcli(*shape, "-f", "csv").out),
    ):
        assert convcli(*shape, "-o", name, *asked).status == 0
        assert Path(name).read_text() == text, name


@pytest.mark.parametrize("line", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("suffix", [".npy", ".png", ".nii.gz", ".foo"])
def test_a_command_without_arrays_refuses_their_suffixes(
    convcli: Convcli, line: tuple[str, ...], suffix: str
) -> None:
    asked = [()] if suffix == ".foo" else [(), ("-q",), ("--json",)]
    for options in asked:
        result = convcli(*line, "-o", f"y{suffix}", *options)
        assert (result.status, result.out) == (2, "")
        assert "must end in .json, .jsonl, .csv" in result.err
    assert not os.listdir()


@pytest.mark.parametrize("line", [RUN, GRAD, LEARN, MATRIX, DOCUMENTS["shape"]])
def test_a_format_that_contradicts_the_suffix_is_refused(
    convcli: Convcli, line: tuple[str, ...]
) -> None:
    for form, suffix in (("csv", ".json"), ("json", ".csv"), ("jsonl", ".json"), ("latex", ".md")):
        result = convcli(*line, "-f", form, "-o", f"y{suffix}")
        assert (result.status, result.out) == (2, "")
        assert SUFFIX_FORMATS[suffix] in result.err
    assert not os.listdir()


@pytest.mark.parametrize("suffix", [".npy", ".png", ".wav", ".nii"])
def test_one_array_where_there_are_several_says_how_to_choose(
    convcli: Convcli, suffix: str
) -> None:
    result = convcli(*GRAD, "-o", f"g{suffix}")
    assert result.status == 2
    assert "must end in .npz, .safetensors" in result.err
    assert "--weight-grad" in result.err
    chain = ("learn", "Conv1d(1,1,2)", "Conv1d(1,1,2)", "1 2 3 4", "3 5")
    result = convcli(*chain, "-o", f"w{suffix}")
    assert result.status == 2
    assert ".npz or .safetensors" in result.err


def test_a_bias_that_a_file_has_no_room_for_is_said(convcli: Convcli) -> None:
    result = convcli(*LEARN, "-o", "w.npy")
    assert "note: w.npy: the bias is left out" in result.err
    assert convcli(*LEARN, "--no-bias", "-o", "v.npy").err == ""


def test_files_of_their_own_options_are_what_their_suffix_says(convcli: Convcli) -> None:
    assert convcli(*GRAD, "--weight-grad", "w.csv", "--input-grad", "x.json").status == 0
    assert Path("w.csv").read_text() == "3,5\n"
    assert json.loads(Path("x.json").read_text()) == [1, 2, 1]
    assert convcli(*INIT, "--bias-output", "b.tsv").status == 0
    assert len(Path("b.tsv").read_text().split()) == 1
    for option in (*GRAD, "--bias-grad"), (*INIT, "--bias-output"), (*GRAD, "--input-grad"):
        assert convcli(*option, "y.foo").status == 2
    assert sorted(os.listdir()) == ["b.tsv", "w.csv", "x.json"]


def test_the_bytes_of_an_array_are_not_for_a_terminal(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in (RUN, INIT):
        result = convcli(*line, "-o", "-", terminal=True)
        assert (result.status, result.out_bytes) == (2, b"")
        assert "--output is a terminal" in result.err
        assert convcli(*line, "-o", "-").out_bytes.startswith(b"\x93NUMPY")
    for asked in (("-q",), ("--json",)):  # text is for a terminal
        assert convcli(*RUN, "-o", "-", *asked, terminal=True).status == 0
    if os.path.exists("/dev/null"):
        assert convcli(*RUN, "-o", "/dev/null").status == 0
        monkeypatch.setattr(target.os, "isatty", lambda _: True)
        assert convcli(*RUN, "-o", "/dev/null").status == 2


@pytest.mark.parametrize("asked", [("--json",), ("-f", "csv"), ("-f", "jsonl"), ("-q",)])
def test_precision_says_where_it_changes_nothing(convcli: Convcli, asked: tuple[str, ...]) -> None:
    line = ("run", "conv1d", "1.25 2", "1", *asked)
    result = convcli(*line, "--precision", 1)
    assert result.out == convcli(*line).out
    assert result.err.count("--precision is for people's formats") == 1
    assert convcli(*line[: -len(asked)], "--precision", 1).err == ""


PLANE = ("run", "conv2d", "1 2; 3 4", "1")
ARRAY_LINES = [
    *((*RUN, "-o", f"y{suffix}") for suffix in (".npy", ".npz", "")),
    *((*PLANE, "-o", f"y{suffix}") for suffix in (".png", ".tif", ".pgm")),
    *((*RUN, "-q", "-o", f"y{suffix}") for suffix in (".safetensors", ".nii", ".nii.gz")),
    ("run", "conv1d", "[1.25, 2]", "1", "-o", "y.wav"),
    ("run", "conv1d", "[1.25, 2]", "1", "-o", "-"),
    ("run", "conv1d", "x.npy", "[1.5, 1]", "-o", "y.npy", "--max-memory", "96M"),
    (*INIT, "-o", "w.npy"),
    (*INIT, "--bias-output", "b.csv"),
    (*GRAD, "-o", "g.npz"),
    (*GRAD, "--weight-grad", "w.json"),
    ("matrix", "conv1d", "1 2 3", "1 1", "-o", "m.npz"),
    ("learn", "Conv1d(1,1,2)", "1 2 3", "3 5", "-o", "w.npy"),
    ("run", "conv1d", "--each", "x*.npy", "--out-dir", "out", "1", "--out-suffix", "npy"),
]


@pytest.mark.parametrize("line", ARRAY_LINES, ids=lambda line: " ".join(line[-3:]))
def test_precision_says_that_it_changes_nothing_in_arrays(
    convcli: Convcli, line: tuple[str, ...]
) -> None:
    for package in {".safetensors": "safetensors", ".png": "PIL", ".tif": "PIL"}.items():
        if line[-1].endswith(package[0]):
            pytest.importorskip(package[1])
    if ".nii" in line[-1]:
        pytest.importorskip("nibabel")
    np.save("x.npy", np.arange(9.0))
    np.save("x2.npy", np.arange(9.0))
    result = convcli(*line, "--precision", 1)
    assert result.status == 0, result.err
    said = "--precision is for people's formats, and changes nothing in arrays"
    assert result.err.count(said) == 1
    if "--each" not in line:
        assert said not in convcli(*line, "--force").err


@pytest.mark.parametrize(
    ("suffix", "package"),
    [(".png", "PIL"), (".tif", "PIL"), (".nii.gz", "nibabel"), (".safetensors", "safetensors")],
)
def test_a_missing_package_is_told_before_anything_is_computed(
    convcli: Convcli, suffix: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from convcli.cli.commands.run import command

    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(command, "load_any", lambda *_, **__: pytest.fail("computed"))
    result = convcli(*RUN, "-o", f"y{suffix}")
    assert (result.status, result.out) == (6, "")
    assert "pip install" in result.err
    assert not os.listdir()


@pytest.mark.parametrize(
    ("line", "suffix"),
    [
        (("conv1d", "arange:9", "1 1"), ".png"),
        (("conv2d", "arange:5x5", "ones:5x1x2x2"), ".png"),
        (("conv2d", "arange:2x1x5x5", "ones:2x2"), ".jpg"),
        (("conv2d", "arange:2x5x5", "ones:2x2x2x2"), ".pgm"),
        (("conv2d", "arange:5x5", "ones:2x2"), ".ppm"),
        (("conv2d", "arange:5x5", "ones:2x2"), ".webp"),
        (("conv2d", "arange:3x5x5", "ones:3x3x2x2"), ".gif"),
        (("conv2d", "arange:4x5x5", "ones:4x4x2x2"), ".bmp"),
        (("conv2d", "arange:2x5x5", "ones:2x2x2x2"), ".jpeg"),
        (("conv2d", "arange:2x2x5x5", "ones:2x2x2x2"), ".wav"),
        (("conv1d", "arange:2x1x9", "1 1"), ".wav"),
        (("conv2d", "arange:1x1x5x5", "ones:2x2"), ".nii"),
        (("conv3d", "arange:2x2x5x5x5", "ones:2x2x1x1x1"), ".nii.gz"),
        (("conv3d", "arange:5x5x5", "ones:2x2x2"), ".png"),
        (("conv1d", "c.npy", "1 1"), ".wav"),
        (("conv2d", "c.npy", "[[1]]"), ".tif"),
        (("conv1d", "c.npy", "1 1"), ".safetensors"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_before_it_is_computed(
    convcli: Convcli, line: tuple[str, ...], suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from convcli.cli.input.engines import EngineOptions

    for package in (WRITERS[suffix].package,):
        if package:
            pytest.importorskip(package)
    np.save("c.npy", np.array([[1j, 2]]))
    never = lambda *_, **__: pytest.fail("computed")  # noqa: E731
    monkeypatch.setattr(EngineOptions, "convolution", lambda _: never)
    result = convcli("run", *line, "-o", f"y{suffix}")
    assert (result.status, result.out) == (2, "")
    assert f"a {suffix} file" in result.err
    assert os.listdir() == ["c.npy"]


def test_every_suffix_is_refused_or_said_or_written(convcli: Convcli) -> None:
    """No suffix that is listed ends in a bug, whatever the array."""
    for suffix, writer in WRITERS.items():
        if writer.package:
            pytest.importorskip(writer.package)
        for array in ("arange:7", "rand:3x4x5", "arange:3x4x5x6", "full:3x3:nan"):
            rank = {"arange:7": 1, "arange:3x4x5x6": 3}.get(array, 2)
            line = ("run", f"conv{rank}d", array, "kernel:identity:1", "-g", "depthwise")
            result = convcli(*line, "-o", f"y{suffix}", "--force")
            assert result.status in (0, 2), result.err
            assert (result.status == 0) == Path(f"y{suffix}").exists(), (suffix, array)
            Path(f"y{suffix}").unlink(missing_ok=True)


def test_an_array_beyond_a_table_is_refused_where_it_stands_alone(convcli: Convcli) -> None:
    line = ("grad", "conv2d", "arange:1x1x3x3", "ones:1x1x2x2", "--input-grad")
    assert convcli(*line, "x.csv").status == 2
    assert convcli(*line, "x.json").status == 0
    assert np.array(json.loads(Path("x.json").read_text())).shape == (1, 1, 3, 3)
    assert set(ALONE_WRITERS) >= set(WRITERS)


def test_a_tsv_file_has_tabs(convcli: Convcli) -> None:
    for line in (RUN, DOCUMENTS["shape"]):
        assert convcli(*line, "-o", "y.tsv", "--force").status == 0
        cells = list(csv.reader(io.StringIO(Path("y.tsv").read_text()), delimiter="\t"))
        assert cells == list(csv.reader(io.StringIO(convcli(*line, "-f", "csv").out)))


def test_map_is_for_pictures(convcli: Convcli) -> None:
    line = ("run", "conv2d", "arange:3x3", "[[1]]", "--map")
    for output in ((), ("-o", "y.npy"), ("-o", "y.json"), ("-o", "-")):
        result = convcli(*line, "linear", *output)
        assert (result.status, result.out) == (2, "")
        assert "--map needs an --output that is a picture" in result.err
    for wrong in ("lineal", "clip:0", "clip:70000", "clip:x", "clip:"):
        assert convcli(*line, wrong, "-o", "y.png").status == 2
    assert "Did you mean linear" in convcli(*line, "lineal", "-o", "y.png").err
    pytest.importorskip("PIL")
    assert "at most 255" in convcli(*line, "clip:4095", "-o", "y.jpg").err
    assert not os.listdir()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_picture_that_nothing_changes_comes_back(
    convcli: Convcli, suffix: str, channels: int, dtype: type
) -> None:
    """16 bits stay 16 bits: through a picture, and through an array of that type."""
    pytest.importorskip("PIL")
    white = np.iinfo(dtype).max
    array = np.random.default_rng(0).integers(0, white + 1, (channels, 6, 5)).astype(dtype)
    np.save("x.npy", array)
    identity = ("kernel:identity:3", "-p", 1, "-g", "depthwise")
    first = convcli("run", "conv2d", "x.npy", *identity, "-o", "a.png")
    assert (first.status, first.err) == (0, "")
    assert convcli("run", "conv2d", "a.png", *identity, "-o", f"b{suffix}").status == 0
    has_colors = dtype is np.uint8 or find_spec("tifffile") is not None
    pages = suffix == ".tif" and channels > 1 and not has_colors
    back = f"b{suffix}:all" if pages else f"b{suffix}"
    assert convcli("run", "conv2d", back, "[[1]]", "-g", "depthwise", "-o", "y.npy").status == 0
    result = np.load("y.npy")
    assert np.array_equal(result.reshape(array.shape), array)


def test_a_black_picture_says_why(convcli: Convcli) -> None:
    pytest.importorskip("PIL")
    result = convcli("run", "conv2d", "rand:8x8", "kernel:sobel-x", "-o", "y.png")
    assert "were rounded" in result.err
    assert "--map linear" in result.err
    mapped = convcli(
        "run", "conv2d", "rand:8x8", "kernel:sobel-x", "-o", "z.png", "--map", "linear"
    )
    assert "is 0 and" in mapped.err
    assert convcli("run", "conv2d", "z.png", "[[1]]", "-o", "z.npy").status == 0
    assert (np.load("z.npy").min(), np.load("z.npy").max()) == (0, 255)


def test_notes_are_said_with_every_form(convcli: Convcli) -> None:
    pytest.importorskip("PIL")
    for asked in ((), ("-q",), ("--json",), ("-f", "csv")):
        result = convcli(
            "run", "conv2d", "arange:3x3:-4", "[[1]]", "-o", "y.png", "--force", *asked
        )
        assert "4 below 0 became 0" in result.err, asked


def test_a_batch_of_layers_is_json_lines(convcli: Convcli) -> None:
    Path("in.jsonl").write_text('{"layer": "conv2d", "input_shape": [5, 5], "kernel_size": 3}\n')
    batch = ("shape", "--batch", "in.jsonl", "-o")
    for name in ("y.csv", "y.json", "y.npy", "y.foo"):
        assert convcli(*batch, name).status == 2, name
    assert convcli(*batch, "y.jsonl").status == 0
    assert json.loads(Path("y.jsonl").read_text())["output"]["shape"] == [3, 3]


def test_two_results_are_not_written_to_one_file(convcli: Convcli) -> None:
    for line in (
        (*GRAD, "-o", "g.npz", "--input-grad", "g.npz"),
        (*GRAD, "--input-grad", "g.npy", "--bias-grad", "./g.npy"),
        (*INIT, "-o", "w.npy", "--bias-output", "w.npy", "--force"),
    ):
        result = convcli(*line)
        assert result.status == 2
        assert "is the file of two results" in result.err
    assert not os.listdir()


def test_files_of_their_own_options_are_checked_before_anything_is_written(
    convcli: Convcli,
) -> None:
    shapes = ("conv2d", "arange:1x1x3x3", "ones:1x1x2x2")
    result = convcli("grad", *shapes, "--input-grad", "x.npy", "--weight-grad", "w.csv")
    assert result.status == 2
    assert "--weight-grad: a .csv file holds rows and columns" in result.err
    assert convcli(*INIT, "--bias-output", "b.png", "-o", "w.npy").status == 2
    assert not os.listdir()


def test_the_gradient_of_a_volume_lies_where_the_volume_lies(convcli: Convcli) -> None:
    nibabel = pytest.importorskip("nibabel")
    affine = np.diag([2.0, 3, 4, 1])
    nibabel.save(nibabel.Nifti1Image(np.ones((4, 5, 6), np.float32), affine), "x.nii")
    line = ("grad", "conv3d", "x.nii", "ones:2x2x2", "-s", 2)
    assert convcli(*line, "--input-grad", "g.nii").status == 0
    assert np.array_equal(nibabel.load("g.nii").affine, affine)
    line = ("run", "conv3d", "x.nii", "ones:2x2x2", "-s", 2)
    result = convcli(*line, "-o", "y.nii.gz")
    assert "voxels of 2x3x4 mm are 4x6x8 mm" in result.err
    expected = affine @ np.array([[2, 0, 0, 0.5], [0, 2, 0, 0.5], [0, 0, 2, 0.5], [0, 0, 0, 1]])
    assert np.allclose(nibabel.load("y.nii.gz").affine, expected)
    same = ("run", "conv3d", "x.nii", "kernel:identity:3", "-p", 1)
    assert convcli(*same, "-o", "z.nii").err == ""
    assert np.array_equal(nibabel.load("z.nii").dataobj, nibabel.load("x.nii").dataobj)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_sound_that_nothing_changes_comes_back(convcli: Convcli, bits: int) -> None:
    frames = np.random.default_rng(0).bytes(40 * 2 * bits // 8)
    with wave.open("x.wav", "wb") as sound:
        sound.setparams((2, bits // 8, 22050, 0, "NONE", ""))
        sound.writeframes(frames)
    line = ("run", "conv1d", "x.wav", "kernel:identity:3", "-p", 1, "-g", "depthwise")
    assert convcli(*line, "-o", "y.wav").err == ""
    with wave.open("y.wav") as sound:
        assert sound.getparams()[:4] == (2, bits // 8, 22050, 40)
        assert sound.readframes(40) == frames
    assert "22050/2 = 11025" in convcli(*line, "-s", 2, "-o", "z.wav").err


def test_a_csv_file_of_more_axes_says_how_it_is_written(convcli: Convcli) -> None:
    line = ("run", "conv2d", "arange:2x3x3", "[[1]]", "-g", "depthwise")
    assert "an array of 3 axes is written number by number" in convcli(*line, "-o", "y.csv").err
    assert convcli(*line, "-f", "csv").err == ""
    assert convcli("run", "conv2d", "arange:3x3", "[[1]]", "-o", "z.csv").err == ""


@pytest.mark.parametrize(
    ("layer", "numbers"),
    [
        ("conv2d", "100 200 300;101 202 303"),
        ("conv2d", "1 234;5 678;9 12"),
        ("conv2d", "0 5 1 5;1 2 3 4"),
        ("conv2d", "1.5 234 3.125;4 5 6"),
        ("conv1d", "1 1000 10"),
        ("conv1d", "1.234 0.5 2"),
    ],
)
def test_a_result_is_read_back_equal(convcli: Convcli, layer: str, numbers: str) -> None:
    result = convcli("run", layer, numbers, "[1]" if layer == "conv1d" else "[[1]]", "--json")
    values = json.loads(result.out)["output"]["values"]
    for suffix in (".csv", ".tsv", ".json"):
        name = f"y{suffix}"
        assert convcli("run", layer, numbers, "1", "-o", name).status == 0
        for decimal in ((), ("--decimal", ".")):
            read = convcli("run", layer, name, "1", "--json", *decimal)
            assert json.loads(read.out)["output"]["values"] == values, (name, decimal, read.err)


@pytest.mark.parametrize("suffix", [".gz", ".json.gz", ".xlsx", ".pt", ".html"])
def test_a_format_does_not_make_a_file_what_it_is_not(convcli: Convcli, suffix: str) -> None:
    for line in (RUN, DOCUMENTS["shape"]):
        assert convcli(*line, "-f", "json", "-o", f"y{suffix}").status == 2
    assert not os.listdir()


def test_a_page_says_that_precision_changes_nothing(convcli: Convcli) -> None:
    line = ("show", "conv1d", "1 2 3", "1 1", "--precision", 2)
    assert "a page keeps every digit" in convcli(*line, "-o", "x.html").err
    assert convcli(*line, "-o", "x.svg", "-q").err == ""


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_pictures_have_their_channels_whatever_the_layout(convcli: Convcli, suffix: str) -> None:
    pytest.importorskip("PIL")
    array = np.arange(3 * 5 * 6, dtype=np.uint8).reshape(5, 6, 3)
    np.save("x.npy", array)
    line = ("run", "conv2d", "x.npy", "kernel:identity:1", "-g", "depthwise", "--layout", "NHWC")
    assert convcli(*line, "-o", f"y{suffix}").status == 0
    assert (
        convcli("run", "conv2d", f"y{suffix}", "[[1]]", "-g", "depthwise", "-o", "z.npy").err == ""
    )
    assert np.array_equal(np.load("z.npy"), np.moveaxis(array, -1, 0))
    assert convcli(*line, "-o", "a.npy").status == 0
    assert np.load("a.npy").shape == (5, 6, 3)


def test_sound_has_its_channels_whatever_the_layout(convcli: Convcli) -> None:
    np.save("x.npy", np.arange(18, dtype=np.int16).reshape(9, 2))
    line = ("run", "conv1d", "x.npy", "kernel:identity:1", "-g", "depthwise", "--layout", "NLC")
    assert convcli(*line, "-o", "y.wav").status == 0
    with wave.open("y.wav") as sound:
        assert (sound.getnchannels(), sound.getnframes()) == (2, 9)


QUIET_LINES = [RUN, INIT, DOCUMENTS["shape"], GRAD, LEARN]


@pytest.mark.parametrize("options", [[], ["--json"], ["-f", "csv"]])
@pytest.mark.parametrize("name", ["S", "s.txt", "s.json", "s.npz", "s.md"])
@pytest.mark.parametrize("line", QUIET_LINES, ids=lambda line: line[0])
def test_quiet_changes_no_file_and_prints_nothing_beside_it(
    line: Sequence[str], name: str, options: list[str], convcli: Convcli
) -> None:
    loud = convcli(*line, *options, "-o", name)
    if loud.status:
        assert convcli(*line, *options, "-q", "-o", name).status == loud.status
        return
    content = Path(name).read_bytes()
    result = convcli(*line, *options, "-q", "-o", name, "--force")
    assert (result.status, result.out) == (0, "")
    assert Path(name).read_bytes() == content


@pytest.mark.parametrize("line", [RUN, INIT])
def test_a_file_without_a_suffix_is_what_stdout_would_be(
    line: Sequence[str], convcli: Convcli
) -> None:
    """`-o -` of a command with one array is an .npy stream, and so is a name without a suffix."""
    for options in ([], ["--json"], ["-f", "csv"]):
        assert convcli(*line, *options, "-o", "S", "--force").status == 0
        assert convcli(*line, *options, "-o", "-").out_bytes == Path("S").read_bytes()


@pytest.mark.parametrize("options", [["-f", "csv"], ["--json"], ["-f", "jsonl"]])
@pytest.mark.parametrize("name", ["o.dat", "o.log", "o.txt", "o"])
def test_quiet_does_not_undo_the_format_of_a_file(
    options: list[str], name: str, convcli: Convcli
) -> None:
    line = ("run", "conv2d", "ones:5x5", "ones:3x3", *options)
    expected = convcli(*line).out
    result = convcli(*line, "-q", "-o", name)
    assert (result.status, result.out) == (0, "")
    assert Path(name).read_text() == expected


def test_a_suffix_of_another_kind_of_file_is_named(convcli: Convcli) -> None:
    result = convcli("run", "conv2d", "ones:5x5", "ones:3x3", "-o", "o.xlsx", "-f", "csv")
    assert result.status == 2
    assert "For another name" not in result.err
    assert "is the name of another kind of file, which is not written" in result.err
    assert result.err.endswith("csv goes into a file that ends in .csv.\n")


@pytest.mark.parametrize(
    ("name", "longest"), [("y.jpg", 65_500), ("y.gif", 65_535), ("y.webp", 16_383)]
)
def test_a_picture_beyond_the_sides_of_its_format_is_refused(
    convcli: Convcli, name: str, longest: int
) -> None:
    pytest.importorskip("PIL")
    channels = 3 if name == "y.webp" else 1
    line = ("run", "conv2d", f"ones:{channels}x{longest + 1}x1", f"ones:{channels}x{channels}x1x1")
    refused = convcli(*line, "-o", name)
    assert (refused.status, Path(name).exists()) == (2, False)
    assert f"at most {longest} pixels" in refused.err
