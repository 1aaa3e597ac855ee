"""`run --separable`: what it says, what it refuses, and where it works."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Result

GAUSSIAN = "kernel:gaussian:5:1.0"
RUN = ("run", "conv2d", "x.npy")


@pytest.fixture(autouse=True)
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.random.default_rng(0).random((40, 50), np.float32))


def test_it_says_how_far_the_product_is_from_the_kernel(convcli: Callable[..., Result]) -> None:
    whole = convcli(*RUN, GAUSSIAN, "-o", "whole.npy")
    assert "separable" not in whole.err
    found = convcli(*RUN, GAUSSIAN, "--separable", "-o", "y.npy")
    assert found.status == 0
    assert "--separable: 5 + 5 taps in place of 25; the kernel differs from their" in found.err
    assert np.allclose(np.load("y.npy"), np.load("whole.npy"), rtol=1e-6)
    exact = convcli(*RUN, "kernel:sobel-x", "--separable", "-q")
    assert "3 + 3 taps in place of 9; the kernel is their product exactly" in exact.err


def test_another_kernel_is_refused_with_its_distance(convcli: Callable[..., Result]) -> None:
    found = convcli(*RUN, "1. 2; 3 4", "--separable", "-o", "y.npy")
    assert found.status == 3
    assert "differs from the kernel by 0." in found.err
    assert "rank 2, and not 1" in found.err
    assert not Path("y.npy").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("run", "conv1d", "1 2 3", "1 2"), "at least two axes"),
        (("run", "Conv2d(3, 2, 3)", "ones:3x8x8"), "one input channel for each group"),
        (("run", "ConvTranspose2d(1, 1, 3)", "ones:1x8x8"), "transposed"),
        (("run", "tf.keras.layers.MaxPool2D(2)", "ones:1x8x8x1"), "is none"),
        ((*RUN, GAUSSIAN, "--engine", "torch"), "needs --engine numpy"),
        ((*RUN, GAUSSIAN, "-o", "y.zarr", "--workers", "1"), "workers compute kernels whole"),
    ],
)
def test_where_it_does_not_work_it_says_so(
    convcli: Callable[..., Result], line: tuple[str, ...], words: str
) -> None:
    if "y.zarr" in line:
        pytest.importorskip("zarr")
    found = convcli(*line, "--separable")
    assert found.status == 2
    assert words in found.err


def test_it_works_piece_by_piece_and_on_many_files(convcli: Callable[..., Result]) -> None:
    convcli(*RUN, GAUSSIAN, "-p", 2, "--separable", "-o", "whole.npy")
    pieces = convcli(*RUN, GAUSSIAN, "-p", 2, "--separable", "-o", "y.npy", "--max-memory", "20KB")
    assert pieces.status == 0
    assert np.allclose(np.load("y.npy"), np.load("whole.npy"), rtol=1e-6)
    many = convcli(
        "run", "conv2d", GAUSSIAN, "-p", 2, "--separable", "--each", "x.npy", "--out-dir", "out"
    )
    assert many.status == 0
    assert np.array_equal(np.load("out/x.npy"), np.load("whole.npy"))


def test_it_works_into_stores_and_resume_compares_it(convcli: Callable[..., Result]) -> None:
    zarr = pytest.importorskip("zarr")
    convcli(*RUN, GAUSSIAN, "-p", 2, "--separable", "-o", "whole.npy")
    stored = convcli(*RUN, GAUSSIAN, "-p", 2, "--separable", "-o", "y.zarr")
    assert stored.status == 0, stored.err
    assert "taps in place of 25" in stored.err
    assert np.allclose(zarr.open("y.zarr", mode="r")[:], np.load("whole.npy"), rtol=1e-6)
    other = convcli(*RUN, GAUSSIAN, "-p", 2, "-o", "y.zarr", "--resume")
    assert other.status != 0
    assert "separable" in other.err


@pytest.mark.parametrize(
    ("x", "w"),
    [
        (
            "100000000 200000000; 300000000 400000000",
            "1000000007 1000000009; 1000000009 1000000011",
        ),
        ("1000000000 2000000000; 3000000000 4000000000", "60000001 60000002; 60000002 60000003"),
        ("2 -4; 4 9", "42407094 42407095; 42407095 42407096"),
        ("1 2; 3 4", "1000000007000003 1000000009000001; 1000000009000007 1000000011000005"),
    ],
)
def test_integers_that_are_nearly_a_product_are_refused(
    convcli: Callable[..., Result], x: str, w: str
) -> None:
    found = convcli("run", "conv2d", x, w, "--separable", "-q")
    assert (found.status, found.out) == (3, "")
    assert "one of integers exactly" in found.err


@pytest.mark.parametrize(
    ("x", "w"),
    [
        ("1 2 3; 4 5 6", "1e300 2e300; 2e300 4e300"),
        ("1 2 3; 4 5 6", "1e155 3e155; 2e155 6e155"),
        ("1 2 3; 4 5 6", "1e-300 2e-300; 2e-300 4e-300"),
        ("1 2 3; 4 5 6", "1e300 0; 0 0"),
        ("1 2; 4 inf", "1 1e-17; 1e-17 0"),
        ("1 2; 4 inf", "1 0; 0 1e-300"),
        ("0 0 5; 0 0 0; 0 0 7", "-1. 0 1; -2 0 2; -1 0 1"),
        ("3e300 3e300; 3e300 3e300", "0.5; 0.5"),
    ],
)
def test_large_and_small_numbers_are_those_of_the_whole_kernel(
    convcli: Callable[..., Result], x: str, w: str
) -> None:
    whole, separate = (
        convcli("run", "conv2d", x, w, "-q", *more) for more in ((), ("--separable",))
    )
    assert (whole.status, separate.status) == (0, 0)
    read = [json.loads(found.out) for found in (whole, separate)]
    a, b = (np.array(values, dtype=float) for values in read)
    assert np.allclose(a, b, rtol=1e-13, atol=0, equal_nan=True)
