"""Convolution of two arrays as NumPy, SciPy and MATLAB name it: full, same and valid.

All three are parts of the full overlap, whose entries are

    full = size + taps - 1

Entry e reads the cells e - (taps - 1) ... e, so a part is a padding by zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.padding import Ends, Padding


class Part(NamedTuple):
    """The entries of the full overlap from `start` on, `outputs` of them."""

    start: int
    outputs: int


def around(size: int, taps: int, part: Part) -> Ends:
    """The padding whose outputs are a part of the full overlap of `size` cells and `taps` taps.

    >>> around(5, 3, Part(0, 7)), around(5, 3, Part(1, 5)), around(5, 3, Part(2, 3))
    ((2, 2), (1, 1), (0, 0))
    """
    before = taps - 1 - part.start
    return before, part.outputs + taps - 1 - size - before


def full(size: int, taps: int) -> Part:
    """Every entry."""
    return Part(0, size + taps - 1)


def valid(size: int, taps: int) -> Part:
    """The entries where the shorter array lies within the longer one, whichever that is."""
    return Part(min(size, taps) - 1, abs(size - taps) + 1)


def padding_of(part: Callable[[int, int], Part]) -> Padding:
    """The padding of each axis for a part of its full overlap."""

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        return tuple(
            around(size, axis.kernel_size, part(size, axis.kernel_size))
            for axis, size in zip(axes, sizes, strict=True)
        )

    return padding
