"""Random layers with random arrays, for identities and comparisons: seeded and small."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcli import ConvSpec
from convcli.engine.proof import random_layers
from convcli.engine.proof.random_layers import random_arguments

__all__ = ["RandomLayer", "integers", "random_arguments", "random_layer"]


class RandomLayer(NamedTuple):
    spec: ConvSpec
    input: NDArray[Any]
    weight: NDArray[Any]
    bias: NDArray[Any] | None


def random_layer(
    rng: random.Random, *, asymmetric: bool = True, dtype: Any = np.float64, **fixed: Any
) -> RandomLayer:
    """A layer that fits on its input; every number is a small integer, so that sums are exact."""
    spec, shape = random_layers.random_layer(rng, asymmetric=asymmetric, **fixed)
    bias = integers(rng, (spec.out_channels,), dtype) if spec.bias else None
    return RandomLayer(
        spec, integers(rng, shape, dtype), integers(rng, spec.weight_shape, dtype), bias
    )


def integers(
    rng: random.Random, shape: tuple[int, ...], dtype: Any = np.int64, most: int = 9
) -> NDArray[Any]:
    """Small integers, as `dtype`."""
    return np.random.default_rng(rng.getrandbits(32)).integers(-most, most + 1, shape).astype(dtype)


def layer_of_3x3_taps(rng: random.Random, dtype: Any = np.float32) -> RandomLayer:
    """A layer of two or three axes, the last two of 3x3 taps, without strides; its numbers are
    those of a normal distribution.
    """
    rank = rng.choice((2, 3))
    groups = rng.choice((1, 1, 2))
    spec = ConvSpec.of(
        dims=rank,
        in_channels=groups * rng.choice((1, 7, 16, 20, 32, 48)),
        out_channels=groups * rng.randint(1, 40),
        kernel_size=(*((rng.randint(1, 3),) if rank == 3 else ()), 3, 3),
        dilation=tuple(rng.randint(1, 4) for _ in range(rank)),
        padding=tuple(rng.randint(0, 6) for _ in range(rank)),
        groups=groups,
    )
    shape = (rng.randint(1, 3), spec.in_channels, *(rng.randint(9, 20) for _ in range(rank)))
    numbers = np.random.default_rng(rng.getrandbits(32))
    shapes = (shape, spec.weight_shape, (spec.out_channels,))
    return RandomLayer(spec, *(numbers.standard_normal(one).astype(dtype) for one in shapes))
