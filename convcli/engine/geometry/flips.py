"""The flip of a kernel: a layer correlates, and with the kernel read backwards it convolves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.engine.geometry.shapes import Position


def flipped(weight: Any, rank: int) -> Any:
    """The weight (..., *kernel), read backwards along its last `rank` axes.

    flipped[..., t] = weight[..., kernel_size - 1 - t]

    >>> import numpy as np
    >>> flipped(np.array([1, 2, 3]), 1).tolist()
    [3, 2, 1]
    """
    return weight[(..., *(slice(None, None, -1),) * rank)]


def flipped_tap(tap: Sequence[int], kernel_size: Sequence[int]) -> Position:
    """The index in a kernel of what stands at `tap` of its flip.

    >>> flipped_tap((0, 1), (3, 2))
    (2, 0)
    """
    return Position(size - 1 - index for index, size in zip(tap, kernel_size, strict=True))
