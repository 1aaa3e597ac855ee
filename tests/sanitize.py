"""The compiled kernel under the address and undefined-behaviour sanitizers: `make sanitize`.

Builds the sources in C with them, and computes random layers beside the tap tables: all number
types, instruction sets, orders in memory and threads; whole numbers, and for winograd.c others. An
error of memory or of C ends the process.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from platform import machine

from convcli.engine.compute.native import build, library

FLAGS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0",
    "PYTHONMALLOC": "malloc",  # so that the sanitizer sees the ends of small arrays
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of each instruction set")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if build.build(Path(folder), FLAGS) is None:
            print("no C compiler with sanitizers: nothing is checked")
            return 0
        command = [*(build.compiler() or []), "-print-file-name=libasan.so"]
        preload = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        wanted = library.LEVELS if build.variants(machine()) == build.X86 else ("",)
        for name in wanted:
            environment = {**os.environ, **OPTIONS, "LD_PRELOAD": preload, library.SWITCH: name}
            program = "import sys; from tests.sanitize import work; work(*sys.argv[1:])"
            numbers = (str(options.seed), str(options.seconds))
            line = [sys.executable, "-c", program, folder, *numbers]
            if subprocess.run(line, env=environment, check=False).returncode:
                print(f"FAILED: python -m tests.sanitize --seed {options.seed} ({name})")
                return 1
    return 0


def work(folder: str, seed: str, seconds: str) -> None:
    """Random layers with the library of a folder, beside the tap tables."""
    library.FOLDER = Path(folder)
    import numpy as np

    from convcli.engine.compute.convolve import convolve, read_tap_tables
    from convcli.engine.compute.native import remembered
    from convcli.engine.compute.operands import operands
    from tests.executor_jobs import vary_sizes
    from tests.random_layers import layer_of_3x3_taps, random_layer

    state = library.native().state
    if not library.native().kernels:
        raise SystemExit(state)
    patch = Patch()
    remembered.WORTH_HELPERS = 0
    until, count, rng = time.monotonic() + float(seconds), 0, random.Random(int(seed))
    packed = 0
    while time.monotonic() < until:
        whole = rng.random() < 0.9
        layer = (
            random_layer(rng, dtype=rng.choice((np.float32, np.float64, np.int64)))
            if whole
            else layer_of_3x3_taps(rng)
        )
        vary_sizes(patch, rng)
        expected = read_tap_tables(operands(*layer))
        x = layer.input
        if rng.random() < 0.3:
            x = np.ascontiguousarray(x[..., ::-1])[..., ::-1]
        for _ in range(2):  # the second time its calls are remembered, and helpers share them
            threads = rng.choice((1, 2, 3))
            found = convolve(layer.spec, x, layer.weight, layer.bias, threads=threads)
            close = np.array_equal if whole else np.allclose
            if not close(found, expected.reshape(found.shape), *(() if whole else (1e-3, 1e-3))):
                raise SystemExit(f"layer {count} of seed {seed}: {layer.spec}, input {x.shape}")
        count += 1
        packed += any(known.copies for known in remembered._layers.values())
    print(f"{state}: {count} layers, the weights of {packed} of them copied by phase")


class Patch:
    """Sets attributes, as pytest's fixture does, without taking them back."""

    def setattr(self, holder: object, name: str, value: object) -> None:
        setattr(holder, name, value)


if __name__ == "__main__":
    sys.exit(main())
