"""An .npy file read and written box by box."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from convcli import ConvError
from convcli.inputs.files.npy_file import NpyFile, begin_npy, byte_runs, write_box


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "u1", ">i2", "<c16"])
def test_boxes_of_a_file_are_boxes_of_the_array(tmp_path: Path, dtype: str, order: str) -> None:
    rng = random.Random(0)
    array = np.asarray(np.arange(2 * 3 * 5 * 7).reshape(2, 3, 5, 7) % 101, dtype, order=order)
    np.save(tmp_path / "x.npy", array)
    file = NpyFile(str(tmp_path / "x.npy"), "X")
    assert (file.shape, file.dtype) == (array.shape, np.dtype(dtype).newbyteorder("="))
    for _ in range(100):
        starts = [rng.randrange(size) for size in array.shape]
        box = tuple(
            slice(start, rng.randint(start, size))
            for start, size in zip(starts, array.shape, strict=True)
        )
        found = file.read(box)
        assert found.dtype.isnative
        assert np.array_equal(found, array[box])


def test_positions_out_of_order_come_back_in_theirs(tmp_path: Path) -> None:
    array = np.arange(40).reshape(5, 8)
    np.save(tmp_path / "x.npy", array)
    rows, columns = np.array([4, 0, 1, 0]), np.array([7, 6, 0])
    assert np.array_equal(
        NpyFile(str(tmp_path / "x.npy"), "X").read((rows, columns)), array[np.ix_(rows, columns)]
    )


def test_a_file_seen_in_another_shape_and_type(tmp_path: Path) -> None:
    array = np.arange(6).reshape(2, 3)
    np.save(tmp_path / "x.npy", array)
    file = NpyFile(str(tmp_path / "x.npy"), "X").reshape((1, 1, 2, 3)).astype(np.float32)
    found = file.read((slice(0, 1), slice(0, 1), slice(1, 2), slice(0, 3)))
    assert (found.dtype, found.tolist()) == (np.float32, [[[[3, 4, 5]]]])


@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_of_another_length_than_its_header_says_is_refused(
    tmp_path: Path, change: int
) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.arange(6))
    data = path.read_bytes()
    path.write_bytes(data[:change] if change < 0 else data + b"x")
    with pytest.raises(ConvError, match="48 bytes") as caught:
        NpyFile(str(path), "X")
    assert caught.value.kind == "data"


def test_a_file_that_shrinks_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.arange(1000))
    file = NpyFile(str(path), "X")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ConvError, match="was truncated"):
        file.read((slice(0, 1000),))


def test_boxes_written_make_the_file_that_np_save_makes(tmp_path: Path) -> None:
    array = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
    with (tmp_path / "y.npy").open("wb") as stream:
        offset = begin_npy(stream.fileno(), array.shape, array.dtype)
        for n in range(2):
            for rows in (slice(2, 4), slice(0, 2)):
                box = (slice(n, n + 1), slice(0, 3), rows, slice(0, 5))
                write_box(stream.fileno(), offset, array.shape, box, array[box])
    np.save(tmp_path / "expected.npy", array)
    assert (tmp_path / "y.npy").read_bytes() == (tmp_path / "expected.npy").read_bytes()


def test_whole_last_axes_are_one_stretch() -> None:
    assert list(byte_runs((4, 5, 6), (slice(1, 3), slice(0, 5), slice(0, 6)), 4)) == [(120, 240)]
    assert list(byte_runs((), (), 8)) == [(0, 8)]
