"""Random numbers of a seed equal torch's to the bit; normal ones to a few last places."""

from __future__ import annotations

import random

import numpy as np
import pytest

from convcli import ConvError, ConvSpec, initialise
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.engine.weights.torch_stream import TorchGenerator
from tests.random_layers import random_arguments

SEEDS = (0, 1, 123, 2**32 + 5, 2**40 + 7)
NORMAL_ULPS = 4


@pytest.mark.parametrize("seed", SEEDS)
def test_uniform_and_integers_to_the_bit(seed: int) -> None:
    import torch

    torch.manual_seed(seed)
    generator = TorchGenerator(seed)
    assert np.array_equal(torch.rand(999).numpy(), generator.uniform((999,)))
    assert np.array_equal(
        torch.rand(999, dtype=torch.float64).numpy(), generator.uniform((999,), dtype=np.float64)
    )
    assert np.array_equal(torch.randint(-5, 12, (999,)).numpy(), generator.integers((999,), -5, 12))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("count", [1, 2, 7, 15, 16, 17, 31, 32, 1001])
def test_normal_within_a_few_units_in_the_last_place(seed: int, count: int) -> None:
    import torch

    torch.manual_seed(seed)
    theirs, ours = torch.randn(count).numpy(), TorchGenerator(seed).normal((count,))
    assert (
        np.max(np.abs(theirs.view(np.int32).astype(np.int64) - ours.view(np.int32))) <= NORMAL_ULPS
    )


def test_default_initialisation_to_the_bit() -> None:
    import torch

    rng = random.Random(1)
    compared = 0
    while compared < 600:
        arguments = random_arguments(rng, modes=TORCH_PADDING_MODES)
        given = {
            name: arguments[name]
            for name in ("in_channels", "out_channels", "kernel_size", "groups", "bias")
        }
        try:
            spec = ConvSpec.of(**arguments)
        except ConvError:
            continue
        layer = getattr(torch.nn, f"Conv{'Transpose' if spec.transposed else ''}{spec.rank}d")
        seed = rng.getrandbits(40)
        for dtype, name in ((torch.float32, np.float32), (torch.float64, np.float64)):
            torch.manual_seed(seed)
            theirs = layer(**given, dtype=dtype)
            weight, bias = initialise(spec, seed, name)
            assert np.array_equal(weight, theirs.weight.detach().numpy())
            assert (bias is None) == (theirs.bias is None)
            assert bias is None or np.array_equal(bias, theirs.bias.detach().numpy())
            compared += 1


def test_run_without_weight_is_torchs_layer(convcli) -> None:  # type: ignore[no-untyped-def]
    import torch

    result = convcli("run", "Conv2d(1, 1, 2)", "arange:1x1x7x7", "--seed", 0, "-o", "-")
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(1, 1, 2)
    theirs = layer(torch.arange(49, dtype=torch.float32).reshape(1, 1, 7, 7)).detach().numpy()
    ours = np.frombuffer(result.out_bytes[-theirs.nbytes :], np.float32).reshape(theirs.shape)
    assert np.allclose(ours, theirs, rtol=1e-6, atol=1e-6)
    assert (
        convcli(
            "run", "Conv2d(2, 3, 3, padding=1)", "randn:1x2x6x6:1", "--seed", 4, "--check", "-q"
        ).status
        == 0
    )
