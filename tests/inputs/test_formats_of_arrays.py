from __future__ import annotations

from pathlib import Path

import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.formats import FORMATS, split_member


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


@pytest.mark.parametrize("folder", ["x.npy", "x.png", "data"])
def test_a_folder_is_called_a_folder(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    with pytest.raises(ConvError, match="is a folder, not a file") as caught:
        read_array(str(tmp_path / folder), "X", 1)
    assert caught.value.code == "array.suffix"
