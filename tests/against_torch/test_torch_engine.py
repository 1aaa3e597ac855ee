"""torch as the engine: the same refusals, the same results to rounding, integers exactly."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec
from convcli.backends import torch_engine
from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from tests.random_layers import random_layer

pytestmark = pytest.mark.torch
Convcli = Callable[..., Any]


@pytest.mark.parametrize("dtype", ["int64", "uint8", "float16", "float32", "float64"])
def test_torch_gives_what_numpy_gives(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(7)
    for _ in range(150):
        layer = random_layer(rng, modes=TORCH_PADDING_MODES, dtype=dtype)
        monkeypatch.setattr(torch_engine, "COLUMN_BYTES", rng.choice((1, 1000, 2**28)))
        ours, theirs = convolve(*layer), torch_engine.convolve_with_torch(*layer)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        assert np.array_equal(ours, theirs), layer.spec


def test_large_integers_stay_exact() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    x, w = np.array([2**60, 2**60 + 1, 3]), np.array([1, 1])
    assert torch_engine.convolve_with_torch(spec, x, w).tolist() == [2**61 + 1, 2**60 + 4]


def test_what_numpy_refuses_torch_refuses_alike() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    for arrays in (([1], [1, 1]), ([1, 2], [1, 1, 1]), ([2**62, 2**62], [1, 1])):
        with pytest.raises(ConvError) as ours:
            convolve(spec, *arrays)
        with pytest.raises(ConvError) as theirs:
            torch_engine.convolve_with_torch(spec, *arrays)
        assert (ours.value.code, ours.value.rule) == (theirs.value.code, theirs.value.rule)


def test_a_float64_filter_takes_no_columns_of_the_whole_image(tmp_path: Path) -> None:
    import subprocess

    program = (
        "import re, numpy as np; from convcli import ConvSpec;"
        "from convcli.backends.torch_engine import convolve_with_torch as f;"
        "most = lambda: int(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]);"
        "spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=31, padding=15, dims=2);"
        "f(spec, np.ones((31, 31)), np.ones((31, 31))); before = most();"
        "f(spec, np.ones((600, 800)), np.ones((31, 31))); print(most() - before)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < 2**20  # KiB; the columns of the whole image are 3.5 GiB


def test_the_command_line_takes_torch(convcli: Convcli, tmp_path: Path) -> None:
    arguments = ("run", "conv2d", "arange:5x5", "kernel:sobel-x")
    assert (
        convcli(*arguments, "--engine", "torch", "--json").out == convcli(*arguments, "--json").out
    )


def test_a_device_that_is_not_there_is_told(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    result = convcli(
        "run", "conv2d", "arange:5x5", "ones:2x2", "--engine", "torch", "--device", "cuda"
    )
    assert (result.status, result.out) == (6, "")
    assert "finds no CUDA device" in result.err


def test_cuda_gives_what_numpy_gives() -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("torch finds no CUDA device")
    rng = random.Random(8)
    for _ in range(200):
        layer = random_layer(
            rng, modes=TORCH_PADDING_MODES, dtype=rng.choice(("int64", "float32", "float64"))
        )
        assert np.allclose(
            convolve(*layer),
            torch_engine.convolve_with_torch(*layer, device="cuda"),
            rtol=1e-5,
            atol=1e-5,
        )
