"""Gradients by central differences, which need nothing but the result: exact with step 1, for the map is linear."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import read_tap_tables
from convcli.engine.compute.operands import Operands
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.gradients import Gradients, gradient_operands

MOST_ENTRIES = 200  # of each gradient, evenly spread


class DifferenceCheck(NamedTuple):
    """How far gradients are from differences of results: entries tried, largest difference, what rounding explains."""

    entries: int
    largest_difference: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        return self.largest_difference <= self.tolerance

    def as_data(self) -> dict[str, Any]:
        return self._asdict() | {"agrees": self.agrees}

    def __str__(self) -> str:
        verdict = "agree" if self.agrees else "DISAGREE"
        return f"{self.entries} entries {verdict}; the largest difference is {self.largest_difference:.3g}"


def check_by_differences(
    spec: ConvSpec,
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    output_gradient: Any = None,
    found: Gradients,
) -> DifferenceCheck:
    """Compare gradients with (L(v + 1) - L(v - 1))/2 at up to `MOST_ENTRIES` entries of each variable.

    L = sum(G * out) is linear in each of input, weight and bias, so that a step of 1 is exact on integers.
    """
    arrays, upstream = gradient_operands(spec, input, weight, bias, output_gradient)
    worst, tried, scale = 0.0, 0, 1.0
    with np.errstate(all="ignore"):
        for name in ("input", "weight") + (("bias",) if bias is not None else ()):
            variable, claimed = getattr(arrays, name), getattr(found, name).reshape(-1)
            for entry in (
                np.unique(np.linspace(0, variable.size - 1, MOST_ENTRIES).astype(int))
                if variable.size
                else ()
            ):
                slope = (
                    _loss(arrays, name, entry, 1, upstream)
                    - _loss(arrays, name, entry, -1, upstream)
                ) / 2
                worst = max(worst, float(abs(slope - claimed[entry])))
                scale = max(scale, float(abs(slope)))
                tried += 1
        exact = arrays.dtype.kind == "i"
        noise = (
            0.0
            if exact
            else float(abs(_loss(arrays, "weight", 0, 0, upstream))) + upstream.size * scale
        )
    tolerance = 0.0 if exact else float(np.finfo(arrays.dtype).eps) * noise * 16
    return DifferenceCheck(tried, worst, tolerance)


def _loss(arrays: Operands, name: str, entry: int, step: int, upstream: Array) -> Any:
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
