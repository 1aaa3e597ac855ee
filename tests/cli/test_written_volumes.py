"""A result of a NIfTI file lies where its windows lie: in space, and in time.

The numbers of the input are the places of its voxels, in millimetres. The mean of a window is then
the place of its centre, which is where the file of the result has to put the voxel.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

nibabel = pytest.importorskip("nibabel")
Convcli = Callable[..., Any]
SIZES = (6, 5, 7, 4)
AFFINE = np.array([[-2.0, 0, 0.1, 90], [0, 0.2, 3, -126], [0.3, -2.5, 0, 72], [0, 0, 0, 1]])
STEP, START = 2.5, 10.0  # seconds of time


def places(affine: Any, sizes: Any) -> Any:
    """(x, y, z, 3): the place of each voxel."""
    voxels = np.stack(np.meshgrid(*map(np.arange, sizes), indexing="ij"), axis=-1)
    return voxels @ affine[:3, :3].T + affine[:3, 3]


@pytest.fixture(autouse=True)
def _files(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """x.nii (x, y, z, t, 3) of places, and t.nii (x, y, z, t) of times."""
    monkeypatch.chdir(tmp_path)
    where = np.repeat(places(AFFINE, SIZES[:3])[:, :, :, None], SIZES[3], axis=3)
    when = np.broadcast_to(START + STEP * np.arange(SIZES[3]), SIZES)
    for name, array in (("x.nii", where), ("t.nii", when)):
        image = nibabel.Nifti1Image(array, AFFINE)
        image.set_sform(AFFINE, 4)
        image.set_qform(None, 0)
        image.header.set_xyzt_units("mm", "sec")
        image.header.set_zooms((*image.header.get_zooms()[:3], STEP, *[1] * (array.ndim - 4)))
        image.header["toffset"] = START
        nibabel.save(image, name)


LAYERS = {
    "same": ((3,), "-p 1"),
    "valid": ((3,), ""),
    "even": ((2,), ""),
    "stride": ((3,), "-s 2"),
    "dilation": ((2,), "-d 2"),
    "padded": ((3,), "-s 2 -p 1"),
}


MEMBERS = {
    "t=0,u=channels": 3,
    "z=2,t=1,u=channels": 2,
    "y=3,t=1,u=c": 2,
    "x=5,t=1,u=c": 2,
    "x=1,z=4,t=1,u=c": 1,
    "x=1,y=4,t=1,u=c": 1,
    "t=batch,u=channels": 3,
    "t=batch,z=1,u=channels": 2,
    "z=batch,t=3,u=channels": 2,
    "x=batch,t=3,u=channels": 2,
    "x=batch,t=3,z=2,u=channels": 1,
    "x=4,u=channels": 3,  # y, z and time
}
SOME = ("t=0,u=channels", "z=2,t=1,u=channels", "x=1,z=4,t=1,u=c")


def inner(array: Any) -> Any:
    """Without the border, where windows read zeros."""
    return array[tuple(slice(1, -1) if size > 2 else slice(None) for size in array.shape[:3])]


@pytest.mark.parametrize(
    ("member", "layer"),
    [(member, "stride") for member in MEMBERS]
    + [(member, layer) for member in SOME for layer in LAYERS if layer != "stride"],
)
def test_a_voxel_stands_at_the_centre_of_its_window(
    convcli: Convcli, member: str, layer: str
) -> None:
    (size,), options = LAYERS[layer]
    rank = MEMBERS[member]
    kernel = f"full:3x1{f'x{size}' * rank}:{size**-rank!r}"
    line = ("run", f"conv{rank}d", f"x.nii:{member}", kernel, "-g", 3, *options.split())
    assert convcli(*line, "-o", "y.nii.gz").status == 0
    image = nibabel.load("y.nii.gz")
    found = np.asarray(image.dataobj)
    assert found.shape[-1] == 3
    found = found.reshape(*found.shape[:3], -1, 3)
    expected = places(image.affine, found.shape[:3])[:, :, :, None]
    right = np.isclose(found, expected, atol=1e-4).all(axis=(-2, -1))
    assert right.size
    assert (inner(right) if "-p" in options else right).all()
    assert int(image.header["sform_code"]) == 4  # the space that the input names


@pytest.mark.parametrize("member", SOME)
def test_a_transposed_layer_turns_the_map_round(convcli: Convcli, member: str) -> None:
    """With the middle tap alone, output 2*i is input i."""
    rank = MEMBERS[member]
    middle = np.zeros((3, 1, *[3] * rank))
    middle[(..., *[1] * rank)] = 1
    np.save("w.npy", middle)
    line = ("run", f"conv_transpose{rank}d", f"x.nii:{member}", "w.npy", "-g", 3, "-s", 2, "-p", 1)
    assert convcli(*line, "-o", "y.nii").status == 0
    image = nibabel.load("y.nii")
    even = (slice(None, None, 2),) * 3
    found = np.asarray(image.dataobj).reshape(*image.shape[:3], 3)[even]
    assert np.allclose(found, places(image.affine, image.shape[:3])[even], atol=1e-4)


@pytest.mark.parametrize(
    ("line", "times"),
    [
        (("conv1d", "t.nii:x=1,y=2,z=3", "full:2:0.5"), [11.25, 13.75, 16.25]),
        (("conv1d", "t.nii:x=1,y=2,z=3", "full:2:0.5", "-s", "2"), [11.25, 16.25]),
        (("conv3d", "t.nii:z=3", "full:3x3x2:0.05555555555555555"), [11.25, 13.75, 16.25]),
        (("conv2d", "t.nii:x=0,t=batch", "[[1.0]]"), [10, 12.5, 15, 17.5]),
        (("conv3d", "t.nii:t=channels", "ones:4x1x1x1x1", "-g", "4"), [10, 12.5, 15, 17.5]),
        (("conv3d", "t.nii:t=2", "[[[1.0]]]"), [15]),
    ],
)
def test_times_follow_the_layer(convcli: Convcli, line: Any, times: list[float]) -> None:
    assert convcli("run", *line, "-o", "y.nii").status == 0
    image = nibabel.load("y.nii")
    assert np.allclose(np.asarray(image.dataobj).reshape(-1, len(times))[0], times)
    step = image.header.get_zooms()[3] if len(image.shape) > 3 else 0
    assert np.allclose(float(image.header["toffset"]) + step * np.arange(len(times)), times)


def test_a_slice_keeps_its_place_without_a_word(convcli: Convcli) -> None:
    affine = np.diag([2.0, 3, 4, 1])
    nibabel.save(nibabel.Nifti1Image(np.ones((6, 5, 4), np.int16), affine), "v.nii")
    nibabel.save(nibabel.Nifti1Image(np.ones((6, 5, 1), np.int16), affine), "flat.nii")
    for text, depth in (("v.nii:z=2", 8), ("flat.nii", 0)):
        assert convcli("run", "conv2d", text, "1", "-o", "z.nii", "-q", "--force").err == ""
        image = nibabel.load("z.nii")
        assert image.shape == (6, 5, 1)
        assert np.array_equal(image.affine[:3, :3], affine[:3, :3])
        assert image.affine[:3, 3].tolist() == [0, 0, depth]
        back = convcli("run", "conv2d", "z.nii", "1", "-o", "again.nii", "-q", "--force")
        assert (back.status, back.err) == (0, "")
        assert np.array_equal(nibabel.load("again.nii").affine, image.affine)


def test_what_a_layer_mixes_is_said(convcli: Convcli) -> None:
    line = ("run", "conv2d", "t.nii:z=channels,t=0", "ones:2x7x1x1", "-o", "y.nii")
    assert "mixes axis z of the input, which is its channels: the file stands at the middle" in (
        convcli(*line).err
    )
    image = nibabel.load("y.nii")
    assert image.shape == (6, 5, 1, 2)
    assert np.allclose(image.affine[:3, 3], (AFFINE @ [0, 0, 3, 1])[:3])
    line = ("run", "conv3d", "t.nii:t=channels", "ones:2x4x1x1x1", "-o", "z.nii")
    assert "mixes axis t of the input, which is its channels: the step of 2.5" in convcli(*line).err
    assert nibabel.load("z.nii").header.get_zooms()[3] == 1


@pytest.mark.parametrize("member", ["z=channels,t=1", "z=3,t=1", "z=batch,t=1", "t=c,x=2"])
def test_a_gradient_lies_where_its_input_lies(convcli: Convcli, member: str) -> None:
    channels = {"z=channels,t=1": 7, "t=c,x=2": 4}.get(member, 1)
    weight = f"ones:2x{channels}x2x2"
    line = ("grad", "conv2d", f"t.nii:{member}", weight, "-s", 2, "--input-grad", "g.nii")
    result = convcli(*line)
    assert (result.status, result.err) == (0, "")
    image = nibabel.load("g.nii")
    at = (2 if "x=2" in member else 0, 0, 3 if "z=3" in member else 0)
    assert np.allclose(image.affine[:3, :3], AFFINE[:3, :3])
    assert np.allclose(image.affine[:3, 3], (AFFINE @ [*at, 1])[:3])
    assert image.shape[0] == (1 if "x=2" in member else 6)
    assert image.shape[2] == (1 if "z=3" in member else 7)


def test_both_matrices_of_a_header_follow(convcli: Convcli) -> None:
    image = nibabel.Nifti1Image(np.ones((6, 6, 6), np.float32), None)
    turned = np.array([[0, -2.0, 0, 5], [2, 0, 0, 6], [0, 0, 2, 7], [0, 0, 0, 1]])
    image.set_qform(turned, 1)
    image.set_sform(np.diag([2.0, 2, 2, 1]), 3)
    nibabel.save(image, "q.nii")
    assert convcli("run", "conv3d", "q.nii", "ones:2x2x2", "-s", 2, "-o", "y.nii").status == 0
    steps = np.diag([2.0, 2, 2, 1])
    steps[:3, 3] = 0.5
    header = nibabel.load("y.nii").header
    for (matrix, code), start, expected in (
        (header.get_sform(coded=True), np.diag([2.0, 2, 2, 1]), 3),
        (header.get_qform(coded=True), turned, 1),
    ):
        assert np.allclose(matrix, start @ steps, atol=1e-5)
        assert code == expected


def test_the_unit_of_the_header_is_that_of_the_note(convcli: Convcli) -> None:
    image = nibabel.Nifti1Image(np.ones((6, 6, 6), np.float32), np.diag([5.0, 5, 5, 1]))
    image.header.set_xyzt_units("micron")
    nibabel.save(image, "u.nii")
    result = convcli("run", "conv3d", "u.nii", "ones:2x2x2", "-s", 2, "-o", "y.nii")
    assert "voxels of 5x5x5 um are 10x10x10 um" in result.err


@pytest.mark.parametrize(
    "line",
    [
        ("run", "conv3d", "d.nii:t=0", "ones:1x1x1"),
        ("run", "conv3d", "d.nii:t=channels", "ones:2x2x2x2x2", "-s", "2"),
        ("run", "conv_transpose3d", "d.nii:t=batch", "ones:1x1x2x2x2", "-s", "3"),
        ("run", "conv2d", "d.nii:z=1,t=1", "[[1.0]]"),
    ],
    ids=lambda line: line[2],
)
@pytest.mark.parametrize(("field", "at", "value", "words"), [
    ("srow_x", 0, np.nan, "the affine of the input leads to no places in space"),
    ("srow_x", 0, 0.0, "the affine of the input leads to no places in space"),
    ("srow_y", 3, np.inf, "the affine of the input leads to no places in space"),
    ("pixdim", 1, np.nan, "the qform of the input leads to no places in space"),
    ("pixdim", 2, -1.0, ""),  # which nibabel mends
    ("pixdim", 0, 7.0, ""),
    ("quatern_b", None, 1e30, "the qform of the input leads to no places in space"),
    ("qoffset_z", None, np.nan, "the qform of the input leads to no places in space"),
    ("pixdim", 4, -1.0, "the step of -1 on axis t of the input is no length: it is taken as 1"),
    ("pixdim", 4, np.nan, "the step of nan on axis t of the input is no length"),
    ("xyzt_units", None, 255, ""),
])  # fmt: skip
def test_damage_of_a_header_is_said_and_not_passed_on(
    convcli: Convcli, line: Any, field: str, at: int | None, value: Any, words: str
) -> None:
    image = nibabel.Nifti1Image(np.ones((4, 4, 3, 2), np.int16), np.diag([2.0, 3, 4, 1]))
    image.set_sform(image.affine, 1)
    image.set_qform(image.affine, 1)
    image.header.set_zooms((2, 3, 4, 1.5))
    header = image.header
    data = bytearray(image.to_bytes())
    if at is None:
        header[field] = value
    else:
        header[field][at] = value
    data[: len(header.binaryblock)] = header.binaryblock
    Path("d.nii").write_bytes(data)
    result = convcli(*line, "-o", "y.nii")
    assert result.status == 0
    assert words in result.err
    written = nibabel.load("y.nii")
    assert np.isfinite(written.affine).all()
    assert np.isfinite(written.header.get_qform()).all()
    assert (np.array(written.header.get_zooms()) >= 0).all()
    again = convcli("run", "conv3d", "y.nii" + ":t=0" * (written.ndim > 3), "[[[1]]]", "-o",
                    "again.nii")  # fmt: skip
    assert (again.status, again.err) == (0, "")
