"""The engine beside torch, layer by layer: `python -m benchmarks.layers --threads 1 [NAME...]`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

LAYERS = Path(__file__).parent.parent / "tests" / "data" / "layers.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="names or families of layers; all without")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    for library in ("OPENBLAS", "MKL", "OMP"):
        os.environ[f"{library}_NUM_THREADS"] = str(options.threads)  # before NumPy is imported
    rows = list(measured(options))
    families = defaultdict(list)
    for row in rows:
        families[row["family"]].append(row["ratio"])
    from benchmarks.measure import geometric_mean

    means = {family: geometric_mean(ratios) for family, ratios in families.items()}
    means["all"] = geometric_mean(row["ratio"] for row in rows)
    for family, mean in means.items():
        print(f"{family:12} {mean:.2f}")
    if options.json:
        options.json.write_text(
            json.dumps({"threads": options.threads, "dtype": options.dtype, "families": means, "layers": rows}, indent=1)
        )


def measured(options: argparse.Namespace) -> Any:
    import numpy as np
    import torch

    from benchmarks.measure import interleaved
    from convcli.engine.convolve import convolve
    from convcli.engine.cost import cost

    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    rng = np.random.default_rng(0)
    peak = matrix_peak(np, options)
    print(
        f"threads {options.threads}, {options.dtype}, NumPy {np.__version__}, torch {torch.__version__}, NumPy's matrix product {peak:.0f} GFLOP/s"
    )
    for layer in json.loads(LAYERS.read_text())["layers"]:
        if options.names and layer["name"] not in options.names and layer["family"] not in options.names:
            continue
        spec = spec_of(layer)
        x = rng.standard_normal(layer["input_shape"]).astype(options.dtype)
        w = rng.standard_normal(spec.weight_shape).astype(options.dtype)
        theirs = torch_layer(torch, layer, x, w)
        found = interleaved({"ours": lambda: convolve(spec, x, w, threads=options.threads), "torch": theirs})
        giga = 2 * cost(spec, layer["input_shape"]).macs / 1e9
        row = {"name": layer["name"], "family": layer["family"], "gflop": giga, **found, "ratio": found["ours"] / found["torch"]}
        row["of_peak"] = giga / found["ours"] / peak
        print(
            f"{row['name']:16} {giga:8.3f} GFLOP  ours {found['ours'] * 1e3:9.3f} ms  torch {found['torch'] * 1e3:9.3f} ms  "
            f"ratio {row['ratio']:5.2f}  {row['of_peak']:4.0%} of the peak",
            flush=True,
        )
        yield row


def matrix_peak(np: Any, options: argparse.Namespace) -> float:
    """GFLOP/s of NumPy's product of two square matrices that stay in the cache."""
    from benchmarks.measure import interleaved

    a = np.ones((1024, 1024), options.dtype)
    out = np.empty_like(a)
    return 2 * 1024**3 / interleaved({"peak": lambda: np.matmul(a, a, out=out)})["peak"] / 1e9


def spec_of(layer: dict[str, Any]) -> Any:
    from convcli.engine.spec import ConvSpec

    names = ("out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
    return ConvSpec.of(
        in_channels=layer["input_shape"][1],
        transposed="transpose" in layer["layer"],
        dims=len(layer["kernel_size"]),
        output_padding=layer.get("output_padding", 0),
        bias=False,
        **{name: layer[name] for name in names},
    )


def torch_layer(torch: Any, layer: dict[str, Any], x: Any, w: Any) -> Any:
    function = getattr(torch.nn.functional, layer["layer"])
    names = ("stride", "padding", "dilation", "groups", *(["output_padding"] if "output_padding" in layer else []))
    options = {name: layer[name] for name in names}
    data, weight = torch.from_numpy(x), torch.from_numpy(w)
    return lambda: function(data, weight, **options)


if __name__ == "__main__":
    sys.exit(main())
