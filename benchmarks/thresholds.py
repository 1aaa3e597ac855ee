"""What each threshold of the executors is worth: `python -m benchmarks.thresholds [NAME...]`.

One threshold at a time is multiplied by `FACTORS`. The layers of `tests/data/layers.json`
and of `MORE`, of at most `MOST_GFLOP`, are computed with it and with the committed value in turns.
Printed for each factor: the geometric mean of the quotient of the times, over the layers whose
time it changes by more than `NOISE`, and how many those are. Above 1 the factor is slower.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from benchmarks.layers import LAYERS, spec_of
from benchmarks.measure import geometric_mean, interleaved
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.executors import choice, fourier, gemm, threads, transposed_by_product
from convcli.engine.geometry.cost import cost
from convcli.engine.geometry.spec import ConvSpec

FACTORS = (1 / 8, 1 / 2, 2, 8)
MOST_GFLOP = 2.0
NOISE = 0.1
SECONDS = 0.2  # of a layer, a threshold and a factor
THRESHOLDS: dict[str, ModuleType] = {
    "FOURIER_TAPS": choice,
    "FOURIER_GAIN": choice,
    "PHASE_TAPS": choice,
    "PHASE_WASTE": choice,
    "POINTS": fourier,
    "EXTENTS": fourier,
    "FULL_RATE_COLUMNS": gemm,
    "CACHED_BYTES": gemm,
    "LEAST_COLUMNS": gemm,
    "FEW_COLUMNS": gemm,
    "FLAT_ROWS": gemm,
    "PRODUCTS": transposed_by_product,
    "FEW_CELLS": transposed_by_product,
    "LEAST_EXTENTS": transposed_by_product,
    "WORTH_THREADS": threads,
}
# Kernel sizes and channels around the border of the Fourier transform, and transposed layers around
# that of the phases: (channels in, channels out, kernel_size, input size, transposed).
MORE = [
    *((channels, channels, kernel, 256, False) for channels in (1, 4) for kernel in (5, 9, 15, 25)),
    *((1, 1, kernel, 128, True) for kernel in (4, 8, 16)),
    *((channels, 8, 4, 64, True) for channels in (4, 8, 16, 64)),
]


class Layer(NamedTuple):
    """A layer with its arrays."""

    spec: ConvSpec
    input: Any
    weight: Any


def layers() -> Iterator[Layer]:
    """The layers of the file and of `MORE` that are small enough."""
    rng = np.random.default_rng(0)
    shapes = [
        (spec_of(row), tuple(row["input_shape"]))
        for row in json.loads(LAYERS.read_text())["layers"]
    ]
    for inputs, outputs, kernel, size, transposed in MORE:
        spec = ConvSpec.of(
            in_channels=inputs,
            out_channels=outputs,
            kernel_size=kernel,
            stride=2 if transposed else 1,
            transposed=transposed,
            bias=False,
            dims=2,
        )
        shapes.append((spec, (1, inputs, size, size)))
    for spec, shape in shapes:
        if 2 * cost(spec, shape).macs <= MOST_GFLOP * 1e9:
            arrays = (rng.standard_normal(shape) for shape in (shape, spec.weight_shape))
            yield Layer(spec, *(array.astype(np.float32) for array in arrays))


def times(value: Any, factor: float) -> Any:
    """A threshold, a number or one for each rank, times a factor."""
    if isinstance(value, dict):
        return {rank: times(number, factor) for rank, number in value.items()}
    return max(1, int(value * factor))


def quotient(layer: Layer, name: str, factor: float, threads: int) -> float:
    """The time with a changed threshold, divided by the time with the committed one."""
    module = THRESHOLDS[name]
    committed = getattr(module, name)

    def run_with(value: Any) -> Callable[[], object]:
        def run() -> None:
            setattr(module, name, value)
            convolve(*layer, threads=threads)

        return run

    try:
        medians = interleaved(
            {"changed": run_with(times(committed, factor)), "committed": run_with(committed)},
            SECONDS,
        )
    finally:
        setattr(module, name, committed)
    return medians["changed"] / medians["committed"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(THRESHOLDS)}; all by default")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    from threadpoolctl import threadpool_limits

    chosen = list(layers())
    print(f"{len(chosen)} layers, {options.threads} threads, NumPy {np.__version__}")
    with threadpool_limits(options.threads, "blas"):
        for name in options.names or THRESHOLDS:
            for factor in FACTORS:
                quotients = [quotient(layer, name, factor, options.threads) for layer in chosen]
                changed = [q for q in quotients if abs(q - 1) > NOISE]
                mean = f"{geometric_mean(changed):.2f}" if changed else "-"
                print(f"{name:18} x {factor:<6g} {mean:>5}  {len(changed)} layers", flush=True)


if __name__ == "__main__":
    main()
