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
