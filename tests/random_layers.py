"""Random layers for identities and comparisons: seeded, small, of every kind."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcli import ConvError, ConvSpec
from convcli.engine.padding import PADDING_MODES


class RandomLayer(NamedTuple):
    spec: ConvSpec
    input: NDArray[Any]
    weight: NDArray[Any]
    bias: NDArray[Any] | None


def random_layer(rng: random.Random, *, asymmetric: bool = True, dtype: Any = np.float64, **fixed: Any) -> RandomLayer:
    """A layer that fits on its input; every number is a small integer, so that sums are exact."""
    while True:
        try:
            return _attempt(rng, asymmetric, dtype, fixed)
        except ConvError:
            continue


def random_arguments(rng: random.Random, *, asymmetric: bool = False, **fixed: Any) -> dict[str, Any]:
    """Arguments of a layer, likely to be legal."""
    rank = fixed.get("dims", rng.choice((1, 2, 2, 3)))
    transposed = fixed.get("transposed", rng.random() < 0.4)
    groups = rng.choice((1, 1, 1, 2, 3))
    most = 2 if rank == 3 else 3

    def per_axis(low: int, high: int) -> Any:
        return rng.randint(low, high) if rng.random() < 0.3 else tuple(rng.randint(low, high) for _ in range(rank))

    padding: Any = per_axis(0, 3)
    if asymmetric and rng.random() < 0.4:
        padding = tuple((rng.randint(0, 3), rng.randint(0, 3)) for _ in range(rank))
    elif not transposed and rng.random() < 0.1:
        padding = rng.choice(("same", "valid"))
    return {
        "in_channels": groups * rng.randint(1, most),
        "out_channels": groups * rng.randint(1, most),
        "kernel_size": per_axis(1, 4 if rank < 3 else 3),
        "stride": per_axis(1, 3) if rng.random() < 0.6 else 1,
        "padding": padding,
        "dilation": per_axis(1, 3) if rng.random() < 0.5 else 1,
        "groups": groups,
        "bias": rng.random() < 0.5,
        "padding_mode": "zeros" if transposed else rng.choice(PADDING_MODES),
        "output_padding": per_axis(0, 2) if transposed and rng.random() < 0.5 else 0,
        "transposed": transposed,
        "dims": rank,
    } | fixed


def _attempt(rng: random.Random, asymmetric: bool, dtype: Any, fixed: dict[str, Any]) -> RandomLayer:
    arguments = random_arguments(rng, asymmetric=asymmetric, **fixed)
    spec = ConvSpec.of(**arguments)
    sizes = [rng.randint(1, 9 if spec.rank < 3 else 6) for _ in range(spec.rank)]
    shape = (rng.choice((1, 1, 2)), spec.in_channels, *sizes)
    spec.output_shape(shape)
    bias = integers(rng, (spec.out_channels,), dtype) if spec.bias else None
    return RandomLayer(spec, integers(rng, shape, dtype), integers(rng, spec.weight_shape, dtype), bias)


def integers(rng: random.Random, shape: tuple[int, ...], dtype: Any = np.int64, most: int = 9) -> NDArray[Any]:
    """Small integers, as `dtype`."""
    return np.random.default_rng(rng.getrandbits(32)).integers(-most, most + 1, shape).astype(dtype)
