"""Padding of other frameworks: functions of the axes and the input sizes to (before, after) cells.

Of a transposed layer they are the cells cropped from its whole output,

    full = (size - 1)*stride + extent

where a negative number stands for zeros that are added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcli.engine.geometry.axis import Axis

Ends = tuple[int, int]
Padding = Callable[[Sequence[Axis], Sequence[int]], Sequence[Ends]]


def valid(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
    """No padding."""
    return ((0, 0),) * len(axes)


def explicit(ends: Sequence[Ends]) -> Padding:
    """The padding as it is written: one pair for all axes, or one for each."""
    return lambda axes, sizes: tuple(ends) * (1 if len(ends) == len(axes) else len(axes))


def same_upper(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
    """Padding for ceil(size/stride) outputs, the odd cell after.

    >>> same_upper([Axis(3, stride=2)], [6]), same_lower([Axis(3, stride=2)], [6])
    (((0, 1),), ((1, 0),))
    """
    return tuple(tuple(axis.same_pad(size)) for axis, size in zip(axes, sizes, strict=True))  # type: ignore[misc]


def same_lower(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
    """Padding for ceil(size/stride) outputs, the odd cell before."""
    return tuple((after, before) for before, after in same_upper(axes, sizes))


def causal(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
    """All padding before: an output reads its own cell and earlier ones."""
    return tuple((axis.extent - 1, 0) for axis in axes)


def halves(total: int, *, larger_before: bool = False) -> Ends:
    """Two parts of a total, the larger one after.

    >>> halves(3), halves(3, larger_before=True)
    ((1, 2), (2, 1))
    """
    small, large = total // 2, total - total // 2
    return (large, small) if larger_before else (small, large)


def cropped_to(axis: Axis, size: int, output: int, before: Callable[[int], int] | int = 0) -> Ends:
    """The crop of a transposed layer's whole output to `output` cells.

    `before` is its first part, or a function of what is cropped in all.
    """
    total = axis.cells_under(size) - output
    first = before if isinstance(before, int) else before(total)
    return first, total - first
