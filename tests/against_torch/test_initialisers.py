"""Every scheme draws torch's numbers: to the bit if all are uniform numbers, else to rounding.

The documentation of `init` has a table of these tolerances.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.engine.weights.initialisers import initialise_by
from tests.long_loops import everyday_and_long
from tests.random_layers import random_arguments

BIT_EQUAL: dict[str, dict[str, Any]] = {
    "default": {},
    "uniform": {"a": -0.3, "b": 0.7},
    "xavier_uniform": {"gain": 1.3},
    "kaiming_uniform": {"a": 0.2, "mode": "fan_out"},
    "constant": {"val": 0.25},
    "zeros": {},
    "ones": {},
    "dirac": {},
    "trunc_normal in a tail": {"a": 1.5, "b": 4.0},
    "trunc_normal of 0.29": {"a": 0.0, "b": 0.8},
}
WITHIN_ROUNDING: dict[str, dict[str, Any]] = {
    "normal": {"mean": 0.5, "std": 2.0},
    "xavier_normal": {"gain": 1.3},
    "kaiming_normal": {"nonlinearity": "relu"},
    "trunc_normal": {"std": 0.8, "a": -1.0, "b": 0.5},
    "trunc_normal of 0.32": {"a": 0.0, "b": 0.9},
    "sparse": {"sparsity": 0.4},
}
EPS_OF_THE_SPREAD = 8  # of eps times the largest number
EPS_OF_ORTHOGONAL = 2000  # a QR factorisation is as exact as its matrix is well conditioned


def largest_error(scheme: str, arguments: dict[str, Any], dtype: str, layers: int) -> float:
    """The largest difference from torch over random layers, in eps times the largest weight."""
    import torch

    rng, worst, compared = random.Random(1), 0.0, 0
    name = scheme.split(maxsplit=1)[0]
    while compared < layers:
        try:
            spec = ConvSpec.of(**random_arguments(rng, modes=TORCH_PADDING_MODES))
        except ConvError:
            continue
        compared += 1
        seed = rng.getrandbits(30)
        torch.manual_seed(seed)
        kind = getattr(torch.nn, f"Conv{'Transpose' if spec.transposed else ''}{spec.rank}d")
        given = (spec.in_channels, spec.out_channels, tuple(spec.kernel_size))
        layer = kind(*given, groups=spec.groups, bias=spec.bias, dtype=getattr(torch, dtype))
        weight = layer.weight.data
        if name == "dirac":
            torch.nn.init.dirac_(weight, groups=spec.groups)
        elif name != "default":
            getattr(torch.nn.init, f"{name}_")(
                weight.view(len(weight), -1) if name == "sparse" else weight, **arguments
            )
        drawn = initialise_by(spec, seed, name, arguments, dtype)
        theirs = weight.numpy()
        assert (drawn.bias is None) == (layer.bias is None)
        assert drawn.bias is None or np.array_equal(drawn.bias, layer.bias.detach().numpy())
        scale = float(np.abs(theirs).max()) or 1.0
        worst = max(
            worst, float(np.abs(theirs - drawn.weight).max()) / (scale * float(np.finfo(dtype).eps))
        )
    return worst


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scheme", BIT_EQUAL)
@everyday_and_long("layers", 10, 80)
def test_to_the_bit(scheme: str, dtype: str, layers: int) -> None:
    assert largest_error(scheme, BIT_EQUAL[scheme], dtype, layers) == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scheme", WITHIN_ROUNDING)
@everyday_and_long("layers", 10, 80)
def test_within_rounding(scheme: str, dtype: str, layers: int) -> None:
    error = largest_error(scheme, WITHIN_ROUNDING[scheme], dtype, layers)
    assert error <= EPS_OF_THE_SPREAD


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@everyday_and_long("layers", 10, 80)
def test_orthogonal(dtype: str, layers: int) -> None:
    assert largest_error("orthogonal", {"gain": 1.5}, dtype, layers) <= EPS_OF_ORTHOGONAL
