"""The engine beside torch and others, layer by layer.

python -m benchmarks.layers [--threads 2] [--layers FILE]... [NAME...]

Both ways to compute stand beside each other: the compiled kernel, and NumPy alone. The figure of a
layer is the CPU time of the calling thread, and with several threads the wall time; a ratio is that
divided by torch's. The last line is the geometric mean of the families, each of which counts once.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.candidates import COMPILED, NUMPY, OURS, candidates, spec_of, versions
from benchmarks.measure import Times, geometric_mean, interleaved, machine
from convcli.engine.compute.native.library import native
from convcli.engine.geometry.cost import cost

LAYERS = Path(__file__).parent.parent / "tests" / "data" / "layers.json"
OTHERS = Path(__file__).parent / "other_layers.json"
MEAN = "mean of families"


def main() -> None:
    options = parsed_options()
    from threadpoolctl import threadpool_limits

    before = machine()
    with threadpool_limits(options.threads, "blas"):
        rows = list(measured(options))
    lists = {file: [row for row in rows if row["list"] == file] for file in files_of(rows)}
    for name, of_list in lists.items():
        print_families(name, of_list)
    if len(lists) > 1:
        print_families("all lists", rows)
    after = machine()
    load = " to ".join(f"{state['load']:.1f}" for state in (before, after) if state["load"])
    print(f"{before['processor']}, {before['cores']} cores, load {load}; {native().state}")
    if options.threads > 1 and max(before["load"] or 0, after["load"] or 0) > options.threads:
        print("Others used the cores: the times of several threads mean little.")
    if options.json:
        figures = {
            "threads": options.threads,
            "dtype": options.dtype,
            "machine": before | {"load": [before["load"], after["load"]]},
            "kernel": native().state,
            "versions": versions(),
            "families": means_of(rows),
            "lists": {name: means_of(of_list) for name, of_list in lists.items()},
            "layers": rows,
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def parsed_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="names or families of layers; all without")
    parser.add_argument(
        "--layers", type=Path, action="append", help="a list of layers; both lists without"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--native", action="store_true", help="the compiled kernel alone")
    parser.add_argument("--numpy", action="store_true", help="NumPy alone")
    parser.add_argument("--torch", action="store_true", help="beside torch alone")
    parser.add_argument("--seconds", type=float, default=1.5, help="about so many for a layer")
    parser.add_argument("--json", type=Path, help="write the figures here")
    return parser.parse_args()


def chosen_layers(options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of the list, and the layer."""
    for path in options.layers or (LAYERS, OTHERS):
        for layer in json.loads(path.read_text())["layers"]:
            if not options.names or {layer["name"], layer["family"]} & set(options.names):
                yield path.name, layer


def measured(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    import torch

    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    rng = np.random.default_rng(0)
    peak = matrix_peak(options)
    print(f"{options.threads} threads, {options.dtype}, {native().state}")
    print(f"NumPy's product of 1024x1024 matrices: {peak:.0f} GFLOP/s")
    unwanted = {COMPILED} if options.numpy else {NUMPY} if options.native else set()
    for file, layer in chosen_layers(options):
        spec = spec_of(layer)
        x = rng.standard_normal(layer["input_shape"]).astype(options.dtype)
        w = rng.standard_normal(spec.weight_shape).astype(options.dtype)
        every = candidates(layer, x, w, options.threads)
        every = {name: run for name, run in every.items() if name not in unwanted}
        if options.torch:
            every = {name: run for name, run in every.items() if name in (*OURS, "torch")}
        agree(layer["name"], every)
        times = interleaved(every, options.seconds, threads=options.threads)
        yield row_of(file, layer, times, options.threads, peak)


def agree(layer: str, every: dict[str, Any]) -> None:
    """Stop where candidates compute different layers."""
    expected = np.asarray(every["torch"]())
    for name, run in every.items():
        y = np.asarray(run()).reshape(expected.shape)
        if not np.allclose(y, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max()):
            raise SystemExit(f"{layer}: {name} and torch differ")


def row_of(
    file: str, layer: dict[str, Any], times: dict[str, Times], threads: int, peak: float
) -> dict[str, Any]:
    """The figures of a layer, which are printed as well."""
    giga = 2 * cost(spec_of(layer), layer["input_shape"]).macs / 1e9
    counted = {name: time.cpu if threads == 1 else time.wall for name, time in times.items()}
    ratios = {name: counted[name] / counted["torch"] for name in OURS if name in counted}
    cpu = {name: times[name].cpu / times["torch"].cpu for name in ratios}
    of_peak = {name: giga / counted[name] / peak for name in ratios}
    columns = "  ".join(
        f"{name} {ratio:5.2f} {of_peak[name]:4.0%}" for name, ratio in ratios.items()
    )
    milliseconds = "  ".join(f"{name} {seconds * 1e3:.3f}" for name, seconds in counted.items())
    print(f"{layer['name']:18} {giga:7.3f} GFLOP  {columns}  ms: {milliseconds}", flush=True)
    return {
        "name": layer["name"],
        "family": layer["family"],
        "list": file,
        "gflop": giga,
        "seconds": {name: {"cpu": time.cpu, "wall": time.wall} for name, time in times.items()},
        "ratio": ratios,
        "ratio of CPU time": cpu,
        "of_peak": of_peak,
    }


def measured_ones(rows: Iterable[dict[str, Any]]) -> list[str]:
    """The columns: with the compiled kernel and without, where both were measured."""
    return [name for name in OURS if all(name in row["ratio"] for row in rows)]


def files_of(rows: Iterable[dict[str, Any]]) -> list[str]:
    """The lists that the layers are of, in their order."""
    return list(dict.fromkeys(row["list"] for row in rows))


def means_of(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The means of the families in each column."""
    return {ours: family_means(rows, ours) for ours in measured_ones(rows)}


def family_means(
    rows: Iterable[dict[str, Any]], ours: str, figure: str = "ratio"
) -> dict[str, float]:
    """The geometric mean of each family, and that of these."""
    families: dict[str, list[float]] = {}
    for row in rows:
        families.setdefault(row["family"], []).append(row[figure][ours])
    means = {family: geometric_mean(ratios) for family, ratios in families.items()}
    return means | {MEAN: geometric_mean(means.values())}


def print_families(title: str, rows: list[dict[str, Any]]) -> None:
    columns = {ours: family_means(rows, ours) for ours in measured_ones(rows)}
    print(f"\n{title + ', of torch':30}" + "".join(f"{ours:>10}" for ours in columns))
    for family in next(iter(columns.values())):
        print(f"{family:30}" + "".join(f"{means[family]:10.2f}" for means in columns.values()))


def matrix_peak(options: argparse.Namespace) -> float:
    """GFLOP/s of NumPy's product of two square matrices that stay in the cache."""
    a = np.ones((1024, 1024), options.dtype)
    out = np.empty_like(a)
    times = interleaved({"peak": lambda: np.matmul(a, a, out=out)}, threads=options.threads)["peak"]
    return 2 * 1024**3 / (times.cpu if options.threads == 1 else times.wall) / 1e9


if __name__ == "__main__":
    main()
