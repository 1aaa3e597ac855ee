"""Volumes: x, y and z are space; t and the other axes have to be named."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.metadata import SourceMetadata

nibabel = pytest.importorskip("nibabel")


def saved(path: Path, shape: tuple[int, ...], dtype: str = "i2") -> Any:
    array = np.arange(np.prod(shape)).astype(dtype).reshape(shape)
    nibabel.save(nibabel.Nifti1Image(array, np.diag([2.0, 3, 4, 1])), path)
    return array


def read(text: str, rank: int = 3) -> tuple[Any, SourceMetadata, list[str]]:
    notes: list[str] = []
    kept: list[SourceMetadata] = []
    array = read_array(text, "X", rank, note=notes.append, keep=kept.append)
    return array, kept[0], notes


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize(
    ("shape", "member", "rank", "axes", "expected"),
    [
        ((2, 3, 4), "", 3, "XYZ", lambda a: a),
        ((2, 3, 4, 1), "", 3, "XYZ", lambda a: a[..., 0]),
        ((2, 3, 4, 5), ":t=3", 3, "XYZ", lambda a: a[..., 3]),
        ((2, 3, 4, 5), ":t=channels", 3, "CXYZ", lambda a: np.moveaxis(a, 3, 0)),
        ((2, 3, 4, 5), ":T=C", 3, "CXYZ", lambda a: np.moveaxis(a, 3, 0)),
        ((2, 3, 4, 5), ":t=batch", 3, "NCXYZ", lambda a: np.moveaxis(a, 3, 0)[:, None]),
        ((2, 3, 4, 1, 3), ":u=channels", 3, "CXYZ", lambda a: np.moveaxis(a[:, :, :, 0], 3, 0)),
        ((2, 3, 4, 5, 3), ":t=2,u=channels", 3, "CXYZ", lambda a: np.moveaxis(a[..., 2, :], 3, 0)),
        (
            (2, 3, 4, 5, 3), ":t=batch,u=channels", 3, "NCXYZ",
            lambda a: a.transpose(3, 4, 0, 1, 2),
        ),
        ((2, 3, 4), ":z=1", 2, "XY", lambda a: a[..., 1]),
        ((2, 3, 4), ":z=channels", 2, "CXY", lambda a: np.moveaxis(a, 2, 0)),
        ((2, 3, 1), "", 2, "XY", lambda a: a[..., 0]),
        ((2, 3, 4, 5), ":x=1,y=2,z=3", 1, "T", lambda a: a[1, 2, 3]),
        ((2, 3, 4, 5), ":x=0,t=4", 2, "YZ", lambda a: a[0, :, :, 4]),
    ],
)  # fmt: skip
def test_axes(
    suffix: str, shape: Any, member: str, rank: int, axes: str, expected: Any, tmp_path: Path
) -> None:
    path = tmp_path / f"x{suffix}"
    array = saved(path, shape)
    found, metadata, notes = read(f"{path}{member}", rank)
    assert np.array_equal(found, expected(array))
    assert (metadata.suffix, metadata.axes, notes) == (suffix, axes, [])
    assert np.array_equal(metadata.affine, np.diag([2.0, 3, 4, 1]))


@pytest.mark.parametrize(
    ("shape", "rank", "words"),
    [
        ((2, 3, 4, 5), 3, "Write FILE:t=0 for the first of 5, t=channels or t=batch."),
        ((2, 3, 4, 5), 2, "Write FILE:t=0 for the first of 5"),
        ((2, 3, 4), 2, "Write FILE:z=0 for the first of 4, z=channels or z=batch."),
        ((2, 3, 4, 5, 3), 3, "has the axes x, y, z, t, u of 2x3x4x5x3, and the layer has 3 of"),
        ((2, 3, 4, 1, 3), 3, "Write FILE:u=0 for the first of 3"),
    ],
)
def test_x_is_never_taken_for_channels(shape: Any, rank: int, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.nii"
    saved(path, shape)
    with pytest.raises(ConvError) as caught:
        read(str(path), rank)
    assert words in str(caught.value).replace(str(path), "FILE")
    assert caught.value.code == "nifti.axes"


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("t=5", "has 5 entries on axis t, numbered from 0: 2x3x4x5"),
        ("u=0", "has no axis u: 2x3x4x5"),
        ("3", "takes axes behind the colon"),
        ("t=", "takes axes behind the colon"),
        ("t=-1", "takes axes behind the colon"),
        ("t=time", "takes axes behind the colon"),
        ("t=1,t=2", "takes axes behind the colon"),
        ("t=channels,z=channels", "takes axes behind the colon"),
    ],
)
def test_members_that_do_not_exist(member: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.nii"
    saved(path, (2, 3, 4, 5))
    with pytest.raises(ConvError) as caught:
        read(f"{path}:{member}")
    assert words in str(caught.value)
    assert caught.value.code == "nifti.member"


def test_scaled_numbers_are_said(tmp_path: Path) -> None:
    path = tmp_path / "x.nii"
    image = nibabel.Nifti1Image(np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.eye(4))
    image.header.set_slope_inter(0.5, 10)
    image.to_filename(path)
    expected = np.asarray(nibabel.load(path).dataobj)
    found, _, notes = read(str(path))
    assert np.array_equal(found, expected)
    assert found.ravel()[1] != 1
    slope, shift = nibabel.load(path).dataobj.slope, nibabel.load(path).dataobj.inter
    scale = f"{slope:.9g} x stored + {shift:.9g}"
    assert notes == [f"{path}: its numbers are scaled as its header says: {scale}"]


def test_the_proposed_choice_of_axes_reads_the_file(tmp_path: Path) -> None:
    """Each refusal proposes the choice with one axis more, until the file is read."""
    saved(tmp_path / "v.nii", (4, 5, 6, 3))
    path = str(tmp_path / "v.nii")
    asked = [path, f"{path}:t=0", f"{path}:t=0,z=0", f"{path}:t=0,z=0,y=0"]
    for text, proposed in pairwise(asked):
        with pytest.raises(ConvError, match=f"Write {re.escape(proposed)} for the first"):
            read(text, 1)
    assert read(asked[-1], 1)[0].shape == (4,)
