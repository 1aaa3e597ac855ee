"""`run` on files that are computed piece by piece: the same result, little memory, no half file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.cli.commands.run import pieces as streaming
from tests.stepping_program import stepping

Convcli = Callable[..., Any]

LAYERS = [
    ("conv2d", (40, 50), (5, 5), ["-p", "2"]),
    ("conv2d", (1, 3, 40, 50), (4, 3, 3, 3), ["-p", "1:2,0:3", "--padding-mode", "reflect"]),
    (
        "conv2d",
        (2, 4, 31, 20),
        (6, 2, 3, 3),
        ["-p", "3", "--padding-mode", "circular", "-g", "2", "-s", "2,1"],
    ),
    ("conv2d", (2, 40, 50), (3, 2, 3, 2), ["-p", "30", "--padding-mode", "replicate", "-d", "2"]),
    ("conv1d", (3, 1, 700), (1, 1, 9), ["-s", "3"]),
    ("conv3d", (12, 13, 14), (3, 3, 3), ["-p", "1"]),
    (
        "conv_transpose2d",
        (1, 2, 20, 30),
        (2, 3, 4, 3),
        ["-s", "3,2", "-p", "1", "--output-padding", "1"],
    ),
    ("conv2d", (20, 30), (3, 3), ["-p", "25"]),
]


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every .npy input is computed piece by piece, whatever its size."""
    from convcli.cli.input import operands

    monkeypatch.setattr(operands, "PIECES_FROM", 0)
    monkeypatch.setattr(streaming, "PIECE_BYTES", 3000)


@pytest.mark.parametrize("dtype", ["float32", "uint8", "float16", ">f8", "complex64"])
@pytest.mark.parametrize(("layer", "shape", "kernel", "options"), LAYERS)
def test_pieces_make_the_same_file(
    tmp_path: Path,
    convcli: Convcli,
    request: pytest.FixtureRequest,
    layer: str,
    shape: Any,
    kernel: Any,
    options: list[str],
    dtype: str,
) -> None:
    rng = np.random.default_rng(0)
    x, w, y, z = (str(tmp_path / f"{name}.npy") for name in "xwyz")
    np.save(x, rng.integers(0, 9, shape).astype(dtype))
    np.save(
        w,
        rng.integers(-9, 9, kernel).astype(
            np.dtype(dtype).newbyteorder("=") if dtype != "uint8" else np.int32
        ),
    )
    assert convcli("run", layer, x, w, *options, "-o", y).status == 0
    request.getfixturevalue("in_small_pieces")
    assert convcli("run", layer, x, w, *options, "-o", z).status == 0
    whole, in_pieces = np.load(y), np.load(z)
    assert (whole.dtype, os.path.getsize(y)) == (in_pieces.dtype, os.path.getsize(z))
    assert np.array_equal(whole, in_pieces)


def test_pieces_of_a_drawn_layer_and_to_stdout(tmp_path: Path, in_small_pieces: None) -> None:
    x, y = tmp_path / "x.npy", tmp_path / "y.npy"
    np.save(x, np.arange(300 * 7).reshape(1, 1, 300, 7))
    program = [
        sys.executable,
        "-m",
        "convcli",
        "run",
        "Conv2d(1, 2, 3, padding=1)",
        str(x),
        "--seed",
        "3",
        "--max-memory",
        "9K",
    ]
    ran = subprocess.run([*program, "-o", "-"], capture_output=True, check=True)
    subprocess.run([*program, "-o", str(y)], check=True)
    assert ran.stdout == y.read_bytes()
    assert np.load(y).shape == (1, 2, 300, 7)
    assert np.load(y).dtype == np.float32


def test_a_fault_in_the_middle_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, convcli: Convcli, in_small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = tmp_path / "x.npy", tmp_path / "y.npy"
    np.save(x, np.ones((60, 60)))
    y.write_bytes(b"old")
    right, calls = os.pwrite, []

    def full(handle: int, data: Any, offset: int) -> int:
        calls.append(offset)
        if len(calls) == 7:
            raise OSError(28, "No space left on device")
        return right(handle, data, offset)

    monkeypatch.setattr(os, "pwrite", full)
    result = convcli("run", "conv2d", str(x), "ones:3x3", "-o", str(y), "--force")
    assert (result.status, result.out) == (5, "")
    assert "No space left on device" in result.err
    assert (y.read_bytes(), sorted(os.listdir(tmp_path))) == (b"old", ["x.npy", "y.npy"])


def test_a_file_that_stays_too_large_is_refused_with_the_way_out(
    tmp_path: Path, convcli: Convcli
) -> None:
    x = tmp_path / "x.npy"
    np.save(x, np.ones((100, 100)))
    result = convcli("run", "conv2d", str(x), "ones:3x3", "--max-memory", "50K")
    assert (result.status, result.out) == (4, "")
    assert "-o Y.npy" in result.err


LIMITED = """
import re, resource, sys
from pathlib import Path
from convcli.cli.app.main import main
resource.setrlimit(resource.RLIMIT_AS, (600_000 * 1024,) * 2)
status = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
sys.exit(status)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc and RLIMIT_AS as Linux has them")
def test_a_file_of_512_mib_takes_less_than_128_mib_and_600_mb_of_address_space(
    tmp_path: Path,
) -> None:
    x, y = tmp_path / "x.npy", tmp_path / "y.npy"
    array = np.lib.format.open_memmap(x, "w+", np.float32, (8192, 16384))
    array[5, 7] = 1
    array.flush()
    del array
    program = [
        sys.executable,
        "-c",
        LIMITED,
        "run",
        "conv2d",
        str(x),
        "rand:3x3:1",
        "-p",
        "1",
        "-o",
        str(y),
    ]
    ran = subprocess.run(program, capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 128 * 1024
    assert y.stat().st_size == 128 + 4 * 8192 * 16384
    x.unlink()
    y.unlink()


def test_interrupted_in_the_middle_nothing_is_left(tmp_path: Path) -> None:
    x, y = tmp_path / "x.npy", tmp_path / "y.npy"
    np.lib.format.open_memmap(x, "w+", np.float32, (8192, 8192)).flush()
    for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with stepping("run", "conv2d", str(x), "rand:5x5", "-o", str(y)) as steps:
            steps.go_until("pwrite")
            assert len(os.listdir(tmp_path)) <= 2  # x.npy and a temporary file, if that has a name
            steps.process.send_signal(number)
            out, err = steps.process.communicate()  # closes stdin: the program runs on
        assert (err, steps.process.returncode) == (b"", expected)
        assert b"replace" not in out
        assert os.listdir(tmp_path) == ["x.npy"]
