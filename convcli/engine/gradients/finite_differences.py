"""Gradients by central differences of outputs: exact with step 1, because the layer is linear."""

from __future__ import annotations

from typing import Any

import numpy as np

from convcli.engine.arrays import Array, Integers
from convcli.engine.compute.comparison import Comparison
from convcli.engine.compute.convolve import read_tap_tables
from convcli.engine.compute.operands import Operands
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.gradients import Gradients, gradient_operands

MOST_ENTRIES = 200  # compared entries of each gradient, evenly spread
ROUNDINGS = 16  # tolerance of floats, in eps times the sum of the magnitudes


def check_by_differences(
    spec: ConvSpec,
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    output_gradient: Any = None,
    gradients: Gradients,
) -> Comparison:
    """Compare gradients with (L(v + 1) - L(v - 1))/2, at `MOST_ENTRIES` entries of each at most.

    L = sum(G * out) is linear in each of input, weight and bias; a step of 1 is exact on integers.
    Arrays as in `gradients`. Raises ConvError if they do not fit the layer.
    """
    arrays, upstream = gradient_operands(spec, input, weight, bias, output_gradient)
    largest, entries, scale = 0.0, 0, 1.0
    with np.errstate(all="ignore"):
        for name in ("input", "weight", *(("bias",) if bias is not None else ())):
            gradient = getattr(gradients, name).reshape(-1)
            for entry in _spread(getattr(arrays, name).size):
                ends = (_loss(arrays, name, entry, step, upstream) for step in (1, -1))
                slope = (next(ends) - next(ends)) / 2
                largest = max(largest, float(abs(slope - gradient[entry])))
                scale = max(scale, float(abs(slope)))
                entries += 1
        if arrays.dtype.kind == "i":
            return Comparison(largest, 0.0, entries=entries)
        noise = float(abs(_loss(arrays, "weight", 0, 0, upstream))) + upstream.size * scale
    tolerance = float(np.finfo(arrays.dtype).eps) * noise * ROUNDINGS
    return Comparison(largest, tolerance, entries=entries)


def _spread(size: int) -> Integers:
    """Up to `MOST_ENTRIES` of 0..size-1, the first and the last among them."""
    if not size:
        return np.zeros(0, np.int64)
    return np.unique(np.linspace(0, size - 1, MOST_ENTRIES).astype(np.int64))


def _loss(arrays: Operands, name: str, entry: int, step: int, upstream: Array) -> Any:
    """sum(G * out) with one entry of the array `name` moved by `step`."""
    moved = getattr(arrays, name).copy()
    if moved.size:
        moved.reshape(-1)[entry] += step
    changed = {
        field: moved if field == name else getattr(arrays, field)
        for field in ("input", "weight", "bias")
    }
    out = read_tap_tables(
        Operands(arrays.spec, **changed, dtype=arrays.dtype, input_rank=arrays.input_rank)
    )
    return (out * upstream).sum().item()
