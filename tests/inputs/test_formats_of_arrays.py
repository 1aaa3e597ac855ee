from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.formats import FORMATS, split_member
from convcli.inputs.networks.onnx_models import file_of


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_has_a_reader(suffix: str) -> None:
    assert callable(FORMATS[suffix].read())


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("x.npz:a", ("x.npz", "a")),
        ("X.NPZ:a", ("X.NPZ", "a")),
        (r"C:\data\x.npz:layer.0:w", (r"C:\data\x.npz", "layer.0:w")),
        (r"c:\x.npz", (r"c:\x.npz", "")),
        (r"\\?\C:\x.tif:3", (r"\\?\C:\x.tif", "3")),
        ("x.tif:3", ("x.tif", "3")),
        ("x.csv:2..5", ("x.csv", "2..5")),
        ("x.csv:time", ("x.csv", "time")),
        ("brain.nii.gz:t=3", ("brain.nii.gz", "t=3")),
        ("x.npz:", ("x.npz", "")),
        ("arange:3x3", ("arange:3x3", "")),
        ("kernel:gaussian:5", ("kernel:gaussian:5", "")),
    ],
)
def test_a_colon_behind_a_suffix_divides(text: str, split: tuple[str, str]) -> None:
    assert split_member(text) == split


def test_of_several_colons_the_path_that_exists_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert split_member("a.csv:b.csv:c") == ("a.csv", "b.csv:c")
    Path("a.csv:b.csv").write_text("1")
    assert split_member("a.csv:b.csv:c") == ("a.csv:b.csv", "c")
    assert split_member("a.csv:b.csv") == ("a.csv:b.csv", "")


@pytest.mark.parametrize("path", ["x.npy", "x.json"])
def test_a_file_of_one_array_has_no_members(path: str, tmp_path: Path) -> None:
    file = tmp_path / path
    file.write_text("[1, 2]")
    suffix = file.suffix
    with pytest.raises(
        ConvError, match=rf"holds one array; nothing may follow \{suffix}"
    ) as caught:
        read_array(f"{file}:1", "X", 1)
    assert str(caught.value).endswith(f"Write {file}.")


@pytest.mark.parametrize(
    ("text", "member", "expected"),
    [
        ('{"a": [[1, 2]]}', "a", [[1, 2]]),
        ('{"a": [[1, 2]], "name": "[3]", "n": 1}', "", [[1, 2]]),
        ('\n{"net": {"w": [1.5, "nan"], "b": [2]}}', "net.b", [2]),
        ('{"layers": [{"w": [1]}, {"w": [9007199254740993]}]}', "layers.1.w", [2**53 + 1]),
        ('{"schema": 1, "command": "run", "x": {"shape": [1], "values": [5]}}', "", [5]),
    ],
)
def test_arrays_in_objects_of_json(text: str, member: str, expected: Any, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    assert read_array(f"{file}:{member}" if member else str(file), "X", 1).tolist() == expected


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('{"a": [1], "b": [[2]]}', "array.member", "holds the arrays a (1), b (1x1)"),
        ('{"a": 1}', "array.member", "holds no arrays"),
        ('{"a.b": [1], "a": {"b": [2]}}', "array.member", "has 'a.b' twice"),
        ('{"a": [1]', "literal.syntax", "is no JSON: Expecting ','"),
        ('{"a": [1]} x', "literal.syntax", "is no JSON: Extra data"),
        ('{"a": [1e400]}', "literal.range", "'1e400' is beyond float64"),
        ('{"a": [[1, 2], [3]]}', "literal.ragged", "is ragged"),
        ('{"a": ' * 50 + "1" + "}" * 50, "literal.deep", "more than 32 deep"),
        ('{"a": ' + "[" * 100_000, "literal.deep", "more than 32 deep"),
        ('{"' + "a" * 300 + '": [1]}', "array.member", "a path of more than 200 characters"),
    ],
)
def test_objects_of_json_that_are_refused(text: str, code: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ConvError) as caught:
        read_array(str(tmp_path / "x.json"), "X", 1)
    assert (caught.value.code, caught.value.kind) == (code, "data")
    assert words in str(caught.value)


@pytest.mark.parametrize("folder", ["x.npy", "x.png", "data"])
def test_a_folder_is_called_a_folder(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    with pytest.raises(ConvError, match="is a folder, not a file") as caught:
        read_array(str(tmp_path / folder), "X", 1)
    assert caught.value.code == "array.suffix"


@pytest.mark.parametrize("name", ["x.onnx", "folder.onnx"])
def test_a_missing_model_is_missing_without_onnx_too(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(ConvError) as caught:
        file_of(str(tmp_path / name))
    rule = "is a folder, not a file" if "folder" in name else "cannot be read: No such file"
    assert rule in str(caught.value)
    assert caught.value.code == "layers.unreadable"


def test_the_members_of_an_archive_are_listed_with_shapes(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, **{"conv1.weight": np.ones((2, 1, 3, 3)), "conv1.bias": np.ones(2), "t": 3})
    with pytest.raises(ConvError) as caught:
        read_array(f"{path}:bias", "X", 1)
    assert str(caught.value) == (
        f"X holds the arrays conv1.bias (2), conv1.weight (2x1x3x3), t (one number),"
        f" got '{path}:bias'. Write {path}:conv1.bias."
    )


def test_many_members_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, **{f"layer{i}": np.ones(i) for i in range(30)})
    with pytest.raises(ConvError) as caught:
        read_array(f"{path}:layer31", "X", 1)
    assert " and 18 more" in str(caught.value)
    assert "layer1 (1), layer3 (3)" in str(caught.value)
