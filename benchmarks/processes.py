"""Whole processes, from the shell's point of view: `python -m benchmarks.processes [--families]`.

Start-up compared with an empty Typer app and a bare NumPy script, in CPU time of the process: lower
quartiles of interleaved rounds. With --families, also every layer on .npy files, in wall time,
compared with the script that a person would write with torch.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.candidates import functional_names, spec_of
from benchmarks.layers import LAYERS, MEAN
from benchmarks.measure import Times, child_seconds, geometric_mean, lower_quartile, machine

EMPTY_APP = "import typer\napp = typer.Typer()\n@app.command()\ndef main(): pass\napp()\n"
NUMPY_SCRIPT = """
import numpy as np
x, w = np.load("x.npy"), np.load("w.npy")
windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
np.save("y.npy", np.einsum("hwab,ab->hw", windows, w))
"""
TORCH_SCRIPT = """
import numpy as np, torch
x, w = torch.from_numpy(np.load("x.npy")), torch.from_numpy(np.load("w.npy"))
with torch.no_grad():
    y = torch.nn.functional.{layer}(x, w, **{options})
np.save("y.npy", y.numpy())
"""
# What each command is compared with.
COMPARED = {
    "empty Typer app": ("convcli shape -q", "convcli shape"),
    "bare NumPy script": ("convcli run -q", "convcli run", "convcli run -o"),
    "convcli run -o": ("torch script",),
}
CONVCLI = [sys.executable, "-c", "from convcli.program import entry; entry()"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", action="store_true")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        figures: dict[str, Any] = {"machine": machine(), "start": start_up(options.rounds)}
        if options.families:
            figures["families"] = families()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def start_up(rounds: int) -> dict[str, Any]:
    import numpy as np

    rng = np.random.default_rng(0)
    np.save("x.npy", rng.standard_normal((32, 32)).astype(np.float32))
    np.save("w.npy", rng.standard_normal((3, 3)).astype(np.float32))
    shape = [*CONVCLI, "shape", "conv2d", "1x3x224x224", "-c", "64", "-k", "7"]
    run = [*CONVCLI, "run", "conv2d", "x.npy", "w.npy"]
    torch_script = TORCH_SCRIPT.format(layer="conv2d", options="{}").replace(
        "(x, w,", "(x[None, None], w[None, None],"
    )
    taken = lower_quartiles(
        {
            "python -c pass": [sys.executable, "-c", "pass"],
            "empty Typer app": [sys.executable, "-c", EMPTY_APP],
            "convcli shape -q": [*shape, "-q"],
            "convcli shape": shape,
            "bare NumPy script": [sys.executable, "-c", NUMPY_SCRIPT],
            "convcli run": run,
            "convcli run -q": [*run, "-q"],
            "convcli run -o": [*run, "-o", "y.npy", "--force"],
            "torch script": [sys.executable, "-c", torch_script],
        },
        rounds,
    )
    for name, used in taken.items():
        print(f"{name:20} {used.cpu * 1e3:8.1f} ms of CPU {used.wall * 1e3:8.1f} ms")
    ratios = {
        f"{name} / {other}": taken[name].cpu / taken[other].cpu
        for other, names in COMPARED.items()
        for name in names
    }
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
    milliseconds = {name: {"cpu": 1e3 * u.cpu, "wall": 1e3 * u.wall} for name, u in taken.items()}
    return {"ratios of CPU time": ratios, "milliseconds": milliseconds}


def families() -> dict[str, float]:
    """How many times longer the torch script takes, family by family."""
    import numpy as np

    rng, found = np.random.default_rng(0), defaultdict(list)
    for layer in json.loads(LAYERS.read_text())["layers"]:
        spec = spec_of(layer)
        np.save("x.npy", rng.standard_normal(layer["input_shape"]).astype(np.float32))
        np.save("w.npy", rng.standard_normal(spec.weight_shape).astype(np.float32))
        taken = lower_quartiles({"ours": command_of(layer), "torch": script_of(layer)}, 3)
        ratio = taken["torch"].wall / taken["ours"].wall
        found[layer["family"]].append(ratio)
        print(
            f"{layer['name']:16} ours {taken['ours'].wall:6.2f} s  "
            f"torch script {taken['torch'].wall:6.2f} s  {ratio:5.1f} times faster",
            flush=True,
        )
    means = {family: geometric_mean(ratios) for family, ratios in found.items()}
    means[MEAN] = geometric_mean(means.values())
    for family, mean in means.items():
        print(f"{family:12} {mean:.1f} times faster")
    return means


def command_of(layer: dict[str, Any]) -> list[str]:
    """The command that computes the layer on x.npy and w.npy."""
    per_axis = ("stride", "padding", "dilation")
    options = [f"--{name}={','.join(map(str, layer[name]))}" for name in per_axis]
    options.append(f"--groups={layer['groups']}")
    return [*CONVCLI, "run", layer["layer"], "x.npy", "w.npy", *options, "-o", "y.npy", "--force"]


def script_of(layer: dict[str, Any]) -> list[str]:
    """The script that a person would write with torch for the same."""
    options = {name: layer[name] for name in functional_names(layer)}
    return [sys.executable, "-c", TORCH_SCRIPT.format(layer=layer["layer"], options=options)]


def lower_quartiles(commands: dict[str, list[str]], rounds: int) -> dict[str, Times]:
    """The CPU and wall seconds of each command, taken in turns, as a user's shell starts it."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    }
    environment["PYTHONPATH"] = str(Path(__file__).parent.parent)
    taken: dict[str, list[Times]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, command in commands.items():
            before, start = child_seconds(), time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
            wall, cpu = time.perf_counter() - start, child_seconds() - before
            if round_:  # the first round writes bytecode and fills caches
                taken[name].append(Times(cpu, wall))
    return {
        name: Times(*(lower_quartile(column) for column in zip(*used, strict=True)))
        for name, used in taken.items()
    }


if __name__ == "__main__":
    main()
