"""Memory of a layer besides input, weight and output, in MiB: `python -m benchmarks.memory`.

Each layer has a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

from benchmarks.layers import LAYERS, OTHERS

PROGRAM = """
import json, re, sys
from pathlib import Path
import numpy as np
from benchmarks.candidates import spec_of
from convcli.engine.compute.convolve import convolve
most = lambda: int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])  # KiB
layer = json.loads(sys.argv[1])
spec = spec_of(layer)
x, w = np.ones(layer["input_shape"], sys.argv[2]), np.ones(spec.weight_shape, sys.argv[2])
small = [1, layer["input_shape"][1], *[axis.extent for axis in spec.axes]]
convolve(spec, np.ones(small, sys.argv[2]), w, threads=2)
before = most()
y = convolve(spec, x, w, threads=2)
print(max(0, most() - before - y.nbytes // 1024))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    taken = {}
    lists = (json.loads(path.read_text())["layers"] for path in (LAYERS, OTHERS))
    for layer in chain.from_iterable(lists):
        command = [sys.executable, "-c", PROGRAM, json.dumps(layer), options.dtype]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        taken[layer["name"]] = int(ran.stdout) / 1024
    for name, mebibytes in sorted(taken.items(), key=lambda item: -item[1])[:10]:
        print(f"{name:16} {mebibytes:6.1f} MiB")
    print(f"the most of {len(taken)} layers: {max(taken.values()):.1f} MiB")
    if options.json:
        options.json.write_text(json.dumps(taken, indent=1))


if __name__ == "__main__":
    main()
