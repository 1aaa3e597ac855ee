"""Pooling equals its definition, window by window, and looks at no more taps than cells."""

from __future__ import annotations

import random

import numpy as np
import pytest

from convcli.engine.compute.windows import pool
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad


def defined(input: np.ndarray, axis: Axis, outputs: int, kind: str, count_padding: bool) -> list:
    """The pooled numbers of one axis, tap by tap."""
    size, results = len(input), []
    for out in range(outputs):
        start = out * axis.stride - axis.pad.before
        places = [start + tap * axis.dilation for tap in range(axis.kernel_size)]
        cells = [int(input[place]) for place in places if 0 <= place < size]
        if kind == "max":
            results.append(max(cells, default=np.iinfo(np.int64).min))
            continue
        counted = sum(place < size + axis.pad.after for place in places)
        results.append(sum(cells) / max(counted if count_padding else len(cells), 1))
    return results


@pytest.mark.parametrize("seed", range(200))
def test_windows_are_those_of_the_definition(seed: int) -> None:
    rng = random.Random(seed)
    axis = Axis(
        rng.randint(1, 9), rng.randint(1, 4), rng.randint(1, 4),
        Pad(rng.randint(0, 5), rng.randint(0, 5)),
    )  # fmt: skip
    input = np.array([rng.randint(-9, 9) for _ in range(rng.randint(1, 8))])
    outputs = rng.randint(1, 5)
    for kind, counts in (("max", False), ("avg", False), ("avg", True)):
        found = pool(input, [axis], [outputs], kind, count_padding=counts)
        assert found.tolist() == pytest.approx(defined(input, axis, outputs, kind, counts))


def test_a_window_of_any_size_reads_the_cells_that_there_are() -> None:
    input = np.array([3, 1, 4, 1, 5])
    for size in (2**31, 2**62):
        axis = Axis(size, stride=2, pad=Pad(2**30, 2**30))
        assert pool(input, [axis], [2], "max").tolist() == [5, 5]
        assert pool(input, [axis], [2], "avg").tolist() == [2.8, 2.8]
    far = Axis(2**40, dilation=2**20)
    assert pool(input, [far], [3], "max").tolist() == [3, 1, 4]
