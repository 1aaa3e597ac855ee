"""A file larger than memory, compared with a raw copy and with the same in memory.

python -m benchmarks.streaming --gib 4
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.measure import machine

COPY = """
import os
source, target = os.open("x.npy", os.O_RDONLY), os.open("copy.npy", os.O_CREAT | os.O_WRONLY)
buffer = bytearray(2**23)
while count := os.readv(source, [buffer]):
    os.write(target, memoryview(buffer)[:count])
os.fsync(target)
"""
IN_MEMORY = """
import numpy as np
from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve
x, w = np.load("x.npy"), np.load("w.npy")
spec = ConvSpec.of(
    in_channels=1, out_channels=1, kernel_size=w.shape, padding=w.shape[0] // 2, dims=2
)
np.save("memory.npy", convolve(spec, x, w, threads=2))
"""
INPUT = """
import sys
import numpy as np
rows, side = map(int, sys.argv[1:])
np.save("w.npy", np.random.default_rng(1).random((5, 5), np.float32))
array = np.lib.format.open_memmap("x.npy", "w+", np.float32, (rows, side))
block = np.random.default_rng(0).standard_normal((256, side)).astype(np.float32)
for start in range(0, rows, 256):
    array[start : start + 256] = block[: rows - start]
array.flush()
"""
SIDE = 16384  # numbers in a row


class Used(NamedTuple):
    """Seconds, seconds of CPU, and the most memory that was resident."""

    seconds: float
    cpu: float
    mebibytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gib", type=float, default=1)
    parser.add_argument(
        "--in-memory",
        action="store_true",
        help="also load, compute and save; it takes twice the file in memory",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        os.chdir(folder)
        # in a process of its own, for a child's most memory begins with its parent's
        subprocess.run(
            [sys.executable, "-c", INPUT, str(int(options.gib * 2**30 / SIDE / 4)), str(SIDE)],
            check=True,
        )
        commands = compared(options.in_memory)
        taken: dict[str, list[Used]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                taken[name].append(measured(command))
        for name, runs in taken.items():
            seconds, cpu = (median(column) for column in list(zip(*runs, strict=True))[:2])
            mebibytes = max(run.mebibytes for run in runs)
            figures[name] = {"seconds": seconds, "CPU seconds": cpu, "resident MiB": mebibytes}
            print(
                f"{name:28} {seconds:7.2f} s  {cpu:7.2f} s of CPU  {mebibytes:6.0f} MiB resident",
                flush=True,
            )
        print(machine())
        os.chdir("..")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def compared(in_memory: bool) -> dict[str, list[str]]:
    """The command lines that are measured beside each other."""
    run = (
        f"{sys.executable} -m convcli run conv2d x.npy rand:{{0}}x{{0}} "
        "--padding={1} -o y.npy --force"
    )
    commands = {"raw copy": [sys.executable, "-c", COPY]}
    commands |= {
        f"convcli run, {size}x{size}": run.format(size, size // 2).split() for size in (3, 5)
    }
    commands["the same, ulimit -v 600000"] = [
        "bash",
        "-c",
        f"ulimit -v 600000; exec {run.format(5, 2)}",
    ]
    if in_memory:
        commands["in memory, 5x5"] = [sys.executable, "-c", IN_MEMORY]
    return commands


def measured(command: list[str]) -> Used:
    for made in ("copy.npy", "y.npy", "memory.npy"):
        Path(made).unlink(missing_ok=True)
    os.sync()
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    process = subprocess.Popen(command, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return Used(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
