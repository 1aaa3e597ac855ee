"""Layers of whole numbers, and with infinities, beside the reading of their tap tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.operands import operands


def assert_whole_numbers_are_exact(
    spec: ConvSpec, input_shape: Sequence[int], dtype: str, below: int
) -> None:
    """Random integers from 0 on, on one thread and on two."""
    rng = np.random.default_rng(0)
    x, w, b = (
        rng.integers(0, below, shape).astype(dtype)
        for shape in (input_shape, spec.weight_shape, (spec.out_channels,))
    )
    expected = read_tap_tables(operands(spec, x, w, b))
    for threads in (1, 2):
        assert np.array_equal(convolve(spec, x, w, b, threads=threads), expected)


def assert_no_number_moves(
    spec: ConvSpec, input_shape: Sequence[int], value: float, places: list[int]
) -> None:
    """Ones with an infinity or a NaN at some places: of the input, then of the weight."""
    x, w = np.ones(input_shape, np.float32), np.ones(spec.weight_shape, np.float32)
    for array in (x, w):
        changed = array.copy()
        changed.reshape(-1)[places] = value
        arrays = (changed, w) if array is x else (x, changed)
        with np.errstate(all="ignore"):
            expected = read_tap_tables(operands(spec, *arrays))
        assert np.array_equal(convolve(spec, *arrays), expected, equal_nan=True)
