"""Random chains of layers that keep one channel, as people would write them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import Step, walk
from convcli.errors import ConvError
from convcli.inputs.networks.lists import read_stack

LARGEST = 3000  # cells of an axis, and 100 times that in all


class RandomStack(NamedTuple):
    texts: tuple[str, ...]
    shape: Shape
    steps: list[Step]


def random_stack(
    rng: random.Random, *, plain: bool = False, modes: Sequence[str] = tuple(PADDING_MODES)
) -> RandomStack:
    """A chain of one to six layers, and an input that fits; `plain`: zero-padded convolutions only.

    `modes` are the padding modes of the convolutions.
    """
    while True:
        rank = rng.choice((1, 1, 2, 2, 3))
        texts = tuple(
            _convolution(rng, rank, "zeros") if plain else _layer(rng, rank, modes)
            for _ in range(rng.randint(1, 6))
        )
        shape = Shape((1, 1, *(rng.randint(4, 24 if rank < 3 else 9) for _ in range(rank))))
        try:
            steps = walk(read_stack(texts).nodes, shape)
        except ConvError:
            continue
        sizes = steps[-1].output[2:]
        if (
            max(max(step.output[2:]) for step in steps) <= LARGEST
            and len(sizes) * max(sizes) ** len(sizes) < 100 * LARGEST
        ):
            return RandomStack(texts, shape, steps)


def _per_axis(rng: random.Random, rank: int, low: int, high: int) -> Any:
    return (
        rng.randint(low, high)
        if rng.random() < 0.5
        else tuple(rng.randint(low, high) for _ in range(rank))
    )


def _convolution(rng: random.Random, rank: int, mode: str) -> str:
    kernel, stride, padding, dilation = (
        _per_axis(rng, rank, *ends) for ends in ((1, 4), (1, 3), (0, 2), (1, 3))
    )
    options = f"stride={stride}, padding={padding}, dilation={dilation}, padding_mode='{mode}'"
    return f"Conv{rank}d(1, 1, {kernel}, {options})"


def _layer(rng: random.Random, rank: int, modes: Sequence[str]) -> str:
    linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[rank]
    kind = rng.random()
    if kind < 0.4:
        return _convolution(rng, rank, rng.choice(modes))
    if kind < 0.6:
        stride = rng.randint(1, 3)
        kernel, padding, dilation = (
            _per_axis(rng, rank, *ends) for ends in ((1, 4), (0, 1), (1, 2))
        )
        kept = rng.randint(0, stride - 1)
        options = f"stride={stride}, padding={padding}, dilation={dilation}, output_padding={kept}"
        return f"ConvTranspose{rank}d(1, 1, {kernel}, {options})"
    if kind < 0.7:
        stride = _per_axis(rng, rank, 1, 3)
        kernel, ceil_mode = rng.randint(2, 3), rng.random() < 0.5
        return f"AvgPool{rank}d({kernel}, stride={stride}, padding=1, ceil_mode={ceil_mode})"
    if kind < 0.75:
        return f"AdaptiveAvgPool{rank}d({_per_axis(rng, rank, 1, 6)})"
    if kind < 0.8:
        pads = tuple(rng.randint(0, 2) for _ in range(2 * rank))
        return f"{rng.choice(('Zero', 'Reflection', 'Replication', 'Circular'))}Pad{rank}d({pads})"
    if kind < 0.95:
        mode, corners = rng.choice(
            (("nearest", ""), ("nearest-exact", ""), (linear, ""), (linear, ", align_corners=True"))
        )
        return f"Upsample(scale_factor={rng.choice((2, 3, 1.5, 0.5))}, mode='{mode}'{corners})"
    return "ReLU()"
