"""A thousand pictures in one process, compared with a start for each: `python -m benchmarks.each`.

CPU seconds of the processes. Starts are counted on a sample, and the rest is their multiple.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = [sys.executable, "-m", "convcli", "run", "conv2d"]
LAYER = ["kernel:gaussian:5:1", "-p", "2", "--padding-mode", "replicate"]
SIDE = 256  # pixels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--sample", type=int, default=50)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_pictures(options.files)
        figures = measure(options.files, options.sample)
    for name, value in figures.items():
        print(f"{name:32} {value:8.3f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def make_pictures(count: int) -> None:
    """Smooth pictures with a little noise, as photographs compress."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    os.mkdir("photos")
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    for number in range(count):
        waves = 128 + 90 * np.sin(x / rng.uniform(9, 40)) * np.cos(y / rng.uniform(9, 40))
        pixels = np.clip(waves + rng.normal(0, 3, waves.shape), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(f"photos/{number:04}.png")


def measure(files: int, sample: int) -> dict[str, float]:
    """CPU and wall seconds of all files, by one process and by as many as there are files."""
    each = ["--each", "photos/*.png", "--out-dir"]
    figures = {}
    for jobs in ("1", "2"):
        cpu, wall = taken([*PROGRAM, *LAYER, *each, f"out{jobs}", "--jobs", jobs])
        figures |= {f"each, {jobs} jobs: CPU s": cpu, f"each, {jobs} jobs: wall s": wall}
    cpu, wall = 0.0, 0.0
    for number in range(sample):
        name = f"{number:04}.png"
        more = taken([*PROGRAM, f"photos/{name}", *LAYER, "-o", name])
        cpu, wall = cpu + more[0], wall + more[1]
    figures |= {
        "starts: CPU s": cpu * files / sample,
        "starts: wall s": wall * files / sample,
        "CPU, starts / each": cpu * files / sample / figures["each, 1 jobs: CPU s"],
    }
    return figures


def taken(command: list[str]) -> tuple[float, float]:
    """The CPU and wall seconds of a command."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    } | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall


if __name__ == "__main__":
    main()
