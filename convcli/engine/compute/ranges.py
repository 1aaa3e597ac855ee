"""The range of the numbers of an array, without a copy of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array

PART = 2**16  # numbers that are looked at together


class Range(NamedTuple):
    """The smallest and the largest finite number, their mean, and how many are not finite.

    Of complex numbers these are the magnitudes. Without a finite number the first three are None.
    """

    low: Any
    high: Any
    mean: float | None
    not_finite: int


def value_range(array: Array) -> Range:
    """The range of an array.

    >>> found = value_range(np.array([3, 1, 5]))
    >>> int(found.low), int(found.high), found.mean, found.not_finite
    (1, 5, 3.0, 0)
    """
    lows, highs, means = [], [], []
    flags: Any = ["external_loop", "buffered", "zerosize_ok"]
    with np.errstate(all="ignore"):
        parts: Any = np.nditer(array, flags=flags, buffersize=PART)
        for part in parts:
            magnitudes = np.abs(part) if part.dtype.kind == "c" else part
            finite = magnitudes[np.isfinite(magnitudes)]
            if finite.size:
                lows.append(finite.min())
                highs.append(finite.max())
                means.append((_mean(finite), finite.size))
    count = sum(size for _, size in means)
    if not count:
        return Range(None, None, None, array.size)
    mean = sum(mean * (size / count) for mean, size in means)
    return Range(min(lows), max(highs), mean, array.size - count)


def _mean(numbers: Array) -> float:
    mean = float(numbers.mean(dtype=np.float64))
    return mean if np.isfinite(mean) else float((numbers / numbers.size).sum(dtype=np.float64))
