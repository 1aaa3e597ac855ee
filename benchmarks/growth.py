"""How time grows with the outputs, over five decades: `python -m benchmarks.growth`.

Lower quartiles of CPU time; a slope of 1 is proportional growth.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.measure import interleaved
from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.spec import ConvSpec

CASES = {
    "image 3x3": ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=2),
    "image 31x31": ConvSpec.of(in_channels=1, out_channels=1, kernel_size=31, padding=15, dims=2),
    "16 channels 3x3": ConvSpec.of(
        in_channels=16, out_channels=16, kernel_size=3, padding=1, dims=2
    ),
    "transposed 4x4 stride 2": ConvSpec.of(
        in_channels=16, out_channels=16, kernel_size=4, stride=2, padding=1, dims=2, transposed=True
    ),
}
CELLS = [10**exponent for exponent in (2, 3, 4, 5, 6, 7)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rng, figures = np.random.default_rng(0), {}
    for name, spec in CASES.items():
        w = rng.standard_normal(spec.weight_shape).astype(np.float32)
        rows = []
        for cells in CELLS:
            side = max(
                2, round((cells / spec.out_channels) ** 0.5) // (2 if spec.transposed else 1)
            )
            x = rng.standard_normal((1, spec.in_channels, side, side)).astype(np.float32)
            outputs = int(np.prod(spec.output_shape(x.shape)))
            times = interleaved({"ours": lambda: convolve(spec, x, w)}, 0.5)["ours"]  # noqa: B023
            rows.append((outputs, times.cpu))
        logs = np.log([row for row in rows if row[0] >= 1000])
        slope = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])
        upper = float(np.polyfit(logs[-3:, 0], logs[-3:, 1], 1)[0])
        figures[name] = {"rows": rows, "slope": slope, "slope of the last three": upper}
        times = "  ".join(f"{outputs:.0e}: {seconds * 1e3:.3g} ms" for outputs, seconds in rows)
        print(f"{name:24} slope {slope:.2f}, of the last three {upper:.2f}   {times}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
