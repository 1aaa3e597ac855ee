"""The engine beside torch, layer by layer: `python -m benchmarks.layers --threads 1 [NAME...]`."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.measure import geometric_mean, interleaved
from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.cost import cost
from convcli.engine.geometry.spec import ConvSpec

LAYERS = Path(__file__).parent.parent / "tests" / "data" / "layers.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="names or families of layers; all without")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    from threadpoolctl import threadpool_limits

    with threadpool_limits(options.threads, "blas"):
        rows = list(measured(options))
    families = defaultdict(list)
    for row in rows:
        families[row["family"]].append(row["ratio"])
    means = {family: geometric_mean(ratios) for family, ratios in families.items()}
    means["all"] = geometric_mean(row["ratio"] for row in rows)
    for family, mean in means.items():
        print(f"{family:12} {mean:.2f}")
    if options.json:
        options.json.write_text(
            json.dumps(
                {
                    "threads": options.threads,
                    "dtype": options.dtype,
                    "families": means,
                    "layers": rows,
                },
                indent=1,
            )
        )


def measured(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    import numpy as np
    import torch

    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    rng = np.random.default_rng(0)
    peak = matrix_peak(np, options)
    print(
        f"{options.threads} threads, {options.dtype}, "
        f"NumPy {np.__version__}, torch {torch.__version__}"
    )
    print(f"NumPy's product of 1024x1024 matrices: {peak:.0f} GFLOP/s")
    for layer in json.loads(LAYERS.read_text())["layers"]:
        if (
            options.names
            and layer["name"] not in options.names
            and layer["family"] not in options.names
        ):
            continue
        spec = spec_of(layer)
        x = rng.standard_normal(layer["input_shape"]).astype(options.dtype)
        w = rng.standard_normal(spec.weight_shape).astype(options.dtype)
        found = interleaved(candidates(torch, layer, spec, x, w, options.threads))
        giga = 2 * cost(spec, layer["input_shape"]).macs / 1e9
        row = {"name": layer["name"], "family": layer["family"], "gflop": giga, **found}
        row |= {"ratio": found["ours"] / found["torch"], "of_peak": giga / found["ours"] / peak}
        times = "  ".join(f"{name} {seconds * 1e3:.3f} ms" for name, seconds in found.items())
        print(
            f"{row['name']:16} {giga:7.3f} GFLOP  ratio {row['ratio']:5.2f}  "
            f"{row['of_peak']:4.0%} of that  {times}",
            flush=True,
        )
        yield row


def candidates(
    torch: Any, layer: dict[str, Any], spec: ConvSpec, x: Any, w: Any, threads: int
) -> dict[str, Callable[[], object]]:
    """Ours, torch's, and, for a filter over one channel, the libraries that people filter with."""
    every: dict[str, Callable[[], object]] = {
        "ours": lambda: convolve(spec, x, w, threads=threads),
        "torch": torch_layer(torch, layer, x, w),
    }
    same_size = (
        x.shape == tuple(spec.output_shape(x.shape))
        and spec.weight_shape[:2] == (1, 1)
        and not spec.transposed
    )
    if same_size and all(axis.stride == axis.dilation == 1 for axis in spec.axes):
        plane, kernel = x[0, 0], w[0, 0]
        with suppress(ImportError):
            import scipy.ndimage
            import scipy.signal

            every["scipy.signal"] = lambda: scipy.signal.correlate(plane, kernel, mode="same")
            every["scipy.ndimage"] = lambda: scipy.ndimage.correlate(plane, kernel, mode="constant")
        with suppress(ImportError):
            import cv2

            cv2.setNumThreads(threads)
            if spec.rank == 2:
                every["OpenCV"] = lambda: cv2.filter2D(
                    plane, -1, kernel, borderType=cv2.BORDER_CONSTANT
                )
    return every


def matrix_peak(np: Any, options: argparse.Namespace) -> float:
    """GFLOP/s of NumPy's product of two square matrices that stay in the cache."""
    a = np.ones((1024, 1024), options.dtype)
    out = np.empty_like(a)
    return 2 * 1024**3 / interleaved({"peak": lambda: np.matmul(a, a, out=out)})["peak"] / 1e9


def spec_of(layer: dict[str, Any]) -> ConvSpec:
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
    names = (
        "stride",
        "padding",
        "dilation",
        "groups",
        *(["output_padding"] if "output_padding" in layer else []),
    )
    options = {name: layer[name] for name in names}
    data, weight = torch.from_numpy(x), torch.from_numpy(w)
    return lambda: function(data, weight, **options)


if __name__ == "__main__":
    main()
