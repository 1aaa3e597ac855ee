"""What each threshold of the executors is worth: `python -m benchmarks.thresholds [NAME...]`.

The thresholds are the constants of `convcli.engine.compute` that stand below a comment that names
this module. One of them at a time is multiplied by `FACTORS`, a fraction or a decimal by `NEAR`.
The layers of both lists of `benchmarks.layers` and of `MORE`, of at most `MOST_GFLOP`, are computed
with it and with the committed value in turns: with the compiled kernel where `--numpy` is not
given. Printed for each factor: the geometric mean of the quotient of the times, over the layers
whose time it changes by more than `NOISE`, and how many those are. Above 1 the factor is slower.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from benchmarks.candidates import spec_of, without_kernel
from benchmarks.layers import LAYERS, OTHERS
from benchmarks.measure import geometric_mean, interleaved, machine
from convcli.engine import compute
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.executors import plans
from convcli.engine.compute.native import calls, parts, remembered, winograd_tiles
from convcli.engine.geometry.cost import cost
from convcli.engine.geometry.spec import ConvSpec

FACTORS = (1 / 8, 1 / 2, 2, 8)
NEAR = (0.8, 0.9, 1.1, 1.25)
MOST_GFLOP = 2.0
NOISE = 0.1
SECONDS = 0.2  # of a layer, a threshold and a factor
# Kernel sizes and channels around the border of the Fourier transform, and transposed layers around
# that of the phases: (channels in, channels out, kernel_size, input size, transposed).
MORE = [
    *((channels, channels, kernel, 256, False) for channels in (1, 4) for kernel in (5, 9, 15, 25)),
    *((1, 1, kernel, 128, True) for kernel in (4, 8, 16)),
    *((channels, 8, 4, 64, True) for channels in (4, 8, 16, 64)),
]
MARK = "benchmarks.thresholds"
CACHES = (calls.call_of, parts.parts_of, winograd_tiles.call_of_tiles, winograd_tiles.plan_of)
CONSTANTS = re.compile(r"[A-Z][A-Z_]*(?:, [A-Z][A-Z_]*)*(?= = )")


class Layer(NamedTuple):
    """A layer with its arrays."""

    spec: ConvSpec
    input: Any
    weight: Any


def thresholds() -> dict[str, ModuleType]:
    """The module of each threshold, by `module.NAME`.

    >>> {"choice.FOURIER_GAIN", "gemm.CACHED_BYTES", "boxes.CACHED_BYTES"} < thresholds().keys()
    True
    """
    found: dict[str, ModuleType] = {}
    folder = Path(compute.__path__[0])
    for path in sorted(folder.rglob("*.py")):
        _, *blocks = path.read_text().split(MARK)
        for block in blocks:
            name = ".".join((compute.__name__, *path.relative_to(folder).with_suffix("").parts))
            for line in block.partition("\n\n")[0].splitlines():
                for constant in (CONSTANTS.match(line) or [""])[0].split(", "):
                    if constant:
                        found[f"{path.stem}.{constant}"] = importlib.import_module(name)
    return found


def layers() -> Iterator[Layer]:
    """The layers of the lists and of `MORE` that are small enough."""
    rng = np.random.default_rng(0)
    shapes = [
        (spec_of(row), tuple(row["input_shape"]))
        for path in (LAYERS, OTHERS)
        for row in json.loads(path.read_text())["layers"]
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


def variants(value: Any) -> Iterator[tuple[str, Any]]:
    """A threshold times each factor; of a table, one entry after the other, or without it."""
    if isinstance(value, dict):
        for key, number in value.items():
            yield from ((f"[{key}] {text}", value | {key: new}) for text, new in variants(number))
    elif isinstance(value, tuple):
        for entry in value:
            yield f"without {entry}", tuple(other for other in value if other != entry)
    elif isinstance(value, float):
        yield from ((f"x {factor:g}", value * factor) for factor in NEAR)
    else:
        yield from ((f"x {factor:g}", max(1, int(value * factor))) for factor in FACTORS)


def quotient(layer: Layer, threshold: tuple[ModuleType, str], value: Any, options: Any) -> float:
    """The time with a changed threshold, divided by the time with the committed one."""
    committed = getattr(*threshold)

    def run_with(value: Any) -> Callable[[], object]:
        def run() -> None:
            if getattr(*threshold) is not value:
                setattr(*threshold, value)
                plans.forget()
                remembered.forget()
                for cached in CACHES:
                    cached.cache_clear()
            convolve(*layer, threads=options.threads)

        return without_kernel(run) if options.numpy else run

    candidates = {"changed": run_with(value), "committed": run_with(committed)}
    try:
        times = interleaved(candidates, SECONDS, threads=options.threads)
    finally:
        setattr(*threshold, committed)
    changed, unchanged = (
        times[name].cpu if options.threads == 1 else times[name].wall for name in candidates
    )
    return changed / unchanged


def main() -> None:
    every = thresholds()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(every)}; all by default")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--numpy", action="store_true", help="without the compiled kernel")
    options = parser.parse_args()
    from threadpoolctl import threadpool_limits

    chosen = list(layers())
    print(f"{len(chosen)} layers, {options.threads} threads, NumPy {np.__version__}")
    with threadpool_limits(options.threads, "blas"):
        for name in options.names or every:
            threshold = (every[name], name.partition(".")[2])
            for text, value in variants(getattr(*threshold)):
                quotients = [quotient(layer, threshold, value, options) for layer in chosen]
                changed = [q for q in quotients if abs(q - 1) > NOISE]
                mean = f"{geometric_mean(changed):.2f}" if changed else "-"
                print(f"{name:36} {text:14} {mean:>5}  {len(changed)} layers", flush=True)
    print(machine())


if __name__ == "__main__":
    main()
