"""Crops of a transposed layer as torch's padding and output_padding, and zeros beside them."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.frameworks.layers import splits
from convcli.inputs.frameworks.padding import Ends


def transposed_padding(
    axes: Sequence[Axis], ends: Sequence[Ends]
) -> tuple[tuple[Ends, ...], tuple[int, ...], tuple[Ends, ...]]:
    """Padding, output_padding, and the zeros that stand around the output.

    `ends` are the crops, below 0 zeros: behind the output, fewer than the stride or the dilation,
    they are output_padding.

    >>> transposed_padding([Axis(3, stride=2)], [(1, 0)])
    (((1, 1),), (1,), ((0, 0),))
    """
    crops, added = splits(ends)
    kept, rest = [], []
    for axis, (before, after) in zip(axes, added, strict=True):
        is_short = after < max(axis.stride, axis.dilation)
        kept.append(after if is_short else 0)
        rest.append((before, 0 if is_short else after))
    evened, kept = _even(axes, crops, kept)
    return evened, tuple(kept), tuple(rest)


def _even(
    axes: Sequence[Axis], crops: Sequence[Ends], kept: Sequence[int]
) -> tuple[tuple[Ends, ...], list[int]]:
    """The same crop with equal sides and output_padding, as torch's layers have it."""
    evened, paddings = [], []
    for axis, (before, after), more in zip(axes, crops, kept, strict=True):
        missing = before - after + more
        if after <= before and missing < max(axis.stride, axis.dilation):
            evened.append((before, before))
            paddings.append(missing)
        else:
            evened.append((before, after))
            paddings.append(more)
    return tuple(evened), paddings


def resized(shape: Shape, ends: Sequence[Ends]) -> Shape:
    """(N, C, *sizes) with more cells at the ends of each axis."""
    if not ends:
        return shape
    sizes = (size + b + a for size, (b, a) in zip(shape[2:], ends, strict=True))
    return Shape((*shape[:2], *sizes))
