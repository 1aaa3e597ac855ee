"""The layers of exercises: what each level draws, small enough to be computed on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.engine.exercises.draws import Draws
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.engine.geometry.spec import ConvSpec


class Range(NamedTuple):
    """What the hyper-parameters of a level are drawn from; one that stands twice is likelier.

    `uneven` is in how many of 10 layers the axes differ, `modes` in how many another padding mode
    than zeros stands.
    """

    ranks: tuple[int, ...]
    kernels: tuple[int, ...]
    strides: tuple[int, ...]
    pads: tuple[int, ...]
    dilations: tuple[int, ...]
    channels: tuple[tuple[int, int, int], ...]  # in, out, groups
    biases: tuple[bool, ...] = (True, False)
    uneven: int = 0
    modes: int = 0


# Layers of which only sizes are asked.
OF_SIZES = {
    "easy": Range(
        (1, 2, 2), (2, 3, 3, 4, 5), (1, 1, 2), (0, 1, 1, 2), (1,),
        ((1, 1, 1), (1, 4, 1), (1, 8, 1), (3, 8, 1), (3, 16, 1)),
    ),
    "medium": Range(
        (1, 2, 2, 2), (3, 4, 5, 7), (1, 2, 2, 3), (0, 1, 2, 3), (1, 1, 2),
        ((3, 8, 1), (3, 16, 1), (4, 6, 2), (8, 8, 1), (16, 32, 1)), uneven=3,
    ),
    "hard": Range(
        (1, 2, 2, 3), (2, 3, 4, 5, 7), (1, 2, 3, 4), (0, 1, 2, 3, 4), (1, 2, 2, 3),
        ((3, 12, 3), (8, 8, 8), (8, 12, 4), (6, 9, 3), (16, 32, 2), (12, 8, 4)), uneven=6,
    ),
}  # fmt: skip
# Layers with numbers: few channels, small kernels.
OF_NUMBERS = {
    "easy": Range(
        (1, 2, 2, 2), (2, 3), (1, 1, 2), (0, 0, 1), (1,), ((1, 1, 1),), biases=(False,)
    ),
    "medium": Range(
        (1, 2, 2, 2), (2, 3, 3), (1, 2, 2), (0, 1, 1), (1, 1, 2),
        ((1, 1, 1), (1, 2, 1), (2, 1, 1)), uneven=2,
    ),
    "hard": Range(
        (1, 2, 2, 2), (2, 2, 3), (1, 2, 2, 3), (0, 1, 1, 2), (1, 2, 2),
        ((2, 2, 1), (2, 2, 2), (4, 2, 2), (2, 4, 2), (2, 1, 1)), uneven=4, modes=3,
    ),
}  # fmt: skip
OUTPUT_PADDINGS = {"easy": (0,), "medium": (0, 0, 1), "hard": (0, 1)}


def draw_layer(draws: Draws, at: Range, transposed: bool = False, rank: int = 0) -> ConvSpec:
    """A layer of these ranges. Raises ConvError where it cannot be, as a large output_padding."""
    rank = rank or draws.one_of(at.ranks)
    uneven = rank > 1 and draws.below(10) < at.uneven
    in_channels, out_channels, groups = draws.one_of(at.channels)
    kernel = _per_axis(draws, at.kernels, rank, uneven)
    stride = _per_axis(draws, at.strides, rank, uneven and draws.below(2) == 0)
    pads = _per_axis(draws, at.pads, rank, uneven and draws.below(2) == 0)
    dilation = draws.one_of(at.dilations)
    spans = [dilation * (taps - 1) for taps in kernel]  # no window is padding alone
    arguments: dict[str, Any] = {
        "kernel_size": kernel,
        "stride": stride,
        "padding": [min(pad, span) for pad, span in zip(pads, spans, strict=True)],
        "dilation": dilation,
    }
    mode = "zeros"
    if draws.below(10) < at.modes and not transposed:
        mode = draws.one_of(TORCH_PADDING_MODES[1:])
    return ConvSpec.of(
        in_channels=in_channels, out_channels=out_channels, groups=groups,
        bias=draws.one_of(at.biases), padding_mode=mode, transposed=transposed, dims=rank,
        **arguments,
    )  # fmt: skip


def with_output_padding(draws: Draws, spec: ConvSpec, level: str) -> ConvSpec:
    """A transposed layer that keeps rows at its end. Raises ConvError where its stride is 1."""
    from dataclasses import replace

    kept = draws.one_of(OUTPUT_PADDINGS[level])
    axes = tuple(replace(axis, output_padding=kept * (axis.stride > 1)) for axis in spec.axes)
    return replace(spec, axes=axes)


def _per_axis(draws: Draws, members: Sequence[int], rank: int, uneven: bool) -> list[int]:
    """A value for each axis, the same one for all unless they are `uneven`."""
    if uneven:
        return [draws.one_of(members) for _ in range(rank)]
    return [draws.one_of(members)] * rank
