"""Random layers: both directions, all modes and ranks, groups, dilation, asymmetric padding."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from convcli.engine.geometry.padding import PADDING_MODES, TORCH_PADDING_MODES
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError

LARGE_SHARE = 0.05  # of the cases of `random_case`


def random_layer(
    rng: random.Random,
    *,
    asymmetric: bool = True,
    modes: Sequence[str] = tuple(PADDING_MODES),
    **fixed: Any,
) -> tuple[ConvSpec, Shape]:
    """A small layer, and the shape (N, C_in, *sizes) of an input that fits.

    `modes` are the padding modes to draw from, `fixed` arguments of `ConvSpec.of` that are not
    random.

    >>> spec, shape = random_layer(random.Random(0), dims=2)
    >>> spec.rank, len(shape)
    (2, 4)
    """
    while True:
        try:
            spec = ConvSpec.of(**random_arguments(rng, asymmetric=asymmetric, modes=modes, **fixed))
            sizes = [rng.randint(1, 9 if spec.rank < 3 else 6) for _ in range(spec.rank)]
            shape = Shape((rng.choice((1, 1, 2)), spec.in_channels, *sizes))
            spec.output_shape(shape)
        except ConvError:
            continue
        return spec, shape


def random_arguments(
    rng: random.Random,
    *,
    asymmetric: bool = False,
    modes: Sequence[str] = tuple(PADDING_MODES),
    **fixed: Any,
) -> dict[str, Any]:
    """Arguments of `ConvSpec.of`, likely to be legal."""
    rank = fixed.get("dims", rng.choice((1, 2, 2, 3)))
    transposed = fixed.get("transposed", rng.random() < 0.4)
    groups = rng.choice((1, 1, 1, 2, 3))
    most = 2 if rank == 3 else 3

    def per_axis(low: int, high: int) -> Any:
        return (
            rng.randint(low, high)
            if rng.random() < 0.3
            else tuple(rng.randint(low, high) for _ in range(rank))
        )

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
        "padding_mode": "zeros" if transposed else rng.choice(modes),
        "output_padding": per_axis(0, 2) if transposed and rng.random() < 0.5 else 0,
        "transposed": transposed,
        "dims": rank,
    } | fixed


def random_case(seed: int) -> tuple[ConvSpec, dict[str, str]]:
    """A layer that torch has too, and its arrays as generators: integers or normal numbers.

    >>> spec, arrays = random_case(0)
    >>> sorted(arrays)
    ['input', 'weight']
    """
    rng = random.Random(seed)
    if rng.random() > LARGE_SHARE:
        spec, shape = random_layer(rng, modes=TORCH_PADDING_MODES)
    else:
        spec, shape = large_layer(rng)
    kind, limits = rng.choice((("randint", ":-9:10"), ("randn", "")))
    shapes = {"input": shape, "weight": spec.weight_shape}
    if spec.bias:
        shapes["bias"] = Shape((spec.out_channels,))
    return spec, {
        name: f"{kind}:{each}:{rng.getrandbits(16)}{limits}" for name, each in shapes.items()
    }


def large_layer(rng: random.Random) -> tuple[ConvSpec, Shape]:
    """A layer whose kernel is so large that it is computed by the Fourier transform."""
    rank, groups = rng.choice((1, 2)), rng.choice((1, 2))
    kernel, size = (
        (rng.randint(200, 400), rng.randint(500, 4000))
        if rank == 1
        else (rng.randint(17, 40), rng.randint(60, 120))
    )
    transposed, padding = rng.random() < 0.3, rng.randint(0, kernel // 2)
    spec = ConvSpec.of(
        in_channels=groups,
        out_channels=groups,
        groups=groups,
        kernel_size=kernel,
        padding=padding,
        transposed=transposed,
        dims=rank,
    )
    return spec, Shape((1, groups, *[size] * rank))
