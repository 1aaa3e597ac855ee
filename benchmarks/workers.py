"""Workers beside streaming and beside dask's map_overlap, and what a scheduler has to do.

python -m benchmarks.workers --gib 2        seconds of the ways, interleaved
python -m benchmarks.workers --scheduler    CPU and memory for 100 and for 10,000 chunks
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.cluster_processes import running_cluster

MAKE = """
import sys
import numpy as np
import zarr
depth, side = map(int, sys.argv[1:])
shape, numbers = (depth, side, side), np.random.default_rng(0)
options = {"shape": shape, "chunks": (128,) * 3, "dtype": "f4", "compressors": None}
x = zarr.create_array("x.zarr", **options)
plain = np.lib.format.open_memmap("x.npy", "w+", np.float32, shape)
for start in range(0, depth, 128):
    block = numbers.standard_normal((128, side, side), np.float32)
    x[start : start + 128] = plain[start : start + 128] = block
plain.flush()
np.save("w.npy", numbers.random((1, 1, 5, 5, 5), np.float32))
"""
OVERLAP = """
import dask.array as da
import numpy as np
from distributed import Client, LocalCluster
from scipy.ndimage import correlate

if __name__ == "__main__":
    with LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster):
            w = np.load("w.npy")[0, 0]
            x = da.from_zarr("x.zarr")
            y = da.map_overlap(
                lambda block: correlate(block, w, mode="constant"), x,
                depth=2, boundary=0, dtype=x.dtype,
            )
            y.to_zarr("overlap.zarr", overwrite=True)
"""
CONVCLI = [sys.executable, "-m", "convcli", "run", "conv3d"]
WAYS = {
    "streaming, 2 threads": [*CONVCLI, "x.npy", "w.npy", "-p", "2", "-o", "y.npy", "--threads", "2",
                             "--force"],
    "one process, 2 threads": [*CONVCLI, "x.zarr", "w.npy", "-p", "2", "-o", "one.zarr", "--force",
                               "--threads", "2"],
    "2 workers": [*CONVCLI, "x.zarr", "w.npy", "-p", "2", "-o", "y.zarr", "--force",
                  "--workers", "2"],
    "map_overlap, scipy": [sys.executable, "overlap.py"],
}  # fmt: skip


def measure(words: list[str], folder: Path) -> dict[str, float]:
    """Seconds and seconds of CPU of a command and its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    load, start = os.getloadavg()[0], time.perf_counter()
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu": cpu, "load": load}


def ways(gib: float, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Each way in turn, so that noise affects all alike."""
    side = 1024 if gib >= 1 else 512
    depth = max(128, round(gib * 2**30 / 4 / side**2 / 128) * 128)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-c", MAKE, str(depth), str(side)], cwd=folder, check=True)
        (folder / "overlap.py").write_text(OVERLAP)
        for number in range(rounds):
            for way, words in WAYS.items():
                found[way].append(measure(words, folder))
                print(number, way, found[way][-1], flush=True)
                for result in ("y.npy", "y.zarr", "one.zarr", "overlap.zarr"):
                    shutil.rmtree(folder / result, ignore_errors=True)
                    (folder / result).unlink(missing_ok=True)
    own = median(run["seconds"] for run in found["2 workers"])
    for way, runs in found.items():
        other = median(run["seconds"] for run in runs)
        print(f"2 workers / {way}: {own / other:.2f}")
    return found


def cpu_of(process: int) -> float:
    """Seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process: int) -> float:
    """MB of memory that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


CLIENT = """
import json, resource, sys
from convcli.cli.app.main import main
status = main(sys.argv[1:])
usage = resource.getrusage(resource.RUSAGE_SELF)
cpu = usage.ru_utime + usage.ru_stime
# ru_maxrss would be that of the process that started this one.
lines = [line.split() for line in open("/proc/self/status")]
kib = next(int(words[1]) for words in lines if words[0] == "VmHWM:")
sys.stderr.write(json.dumps([status, cpu, kib * 1024 / 1e6]))
"""


def scheduler_load() -> dict[str, Any]:
    """What scheduler and client take for 100 and for 10,000 chunks of 64 x 64."""
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_cluster(folder / "cluster") as cluster:
            for count in (100, 10_000):
                results[str(count)] = _load_of(count, folder, cluster)
                print(count, "chunks", results[str(count)], flush=True)
    few, many = results["100"], results["10000"]
    print(f"scheduler: {many['scheduler_cpu'] / 10_000 * 1000:.3f} ms a chunk of 10,000")
    grown = {key: many[key] - few[key] for key in ("scheduler_mb", "client_mb")}
    print(f"growth from 100 to 10,000 chunks: {grown}")
    return results


def _load_of(count: int, folder: Path, cluster: Any) -> dict[str, float]:
    import numpy as np
    import zarr

    side = 64 * round(count**0.5)
    x = zarr.create_array(
        str(folder / f"{count}.zarr"), shape=(side, side), chunks=(64, 64), dtype="f4",
        compressors=None,
    )  # fmt: skip
    x[...] = np.random.default_rng(0).standard_normal((side, side), np.float32)
    words = [
        "run",
        "conv2d",
        str(folder / f"{count}.zarr"),
        "ones:1x1x3x3",
        "-p",
        "1",
        "--chunks=64",
    ]
    words += ["-o", str(folder / f"y{count}.zarr"), "--scheduler-file", str(cluster.file)]
    before, start = cpu_of(cluster.scheduler.pid), time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", CLIENT, *words], check=True, stderr=subprocess.PIPE, text=True
    )
    seconds = time.perf_counter() - start
    status, cpu, memory = json.loads(ran.stderr.splitlines()[-1])
    return {
        "status": status, "seconds": seconds, "client_cpu": cpu, "client_mb": memory,
        "scheduler_cpu": cpu_of(cluster.scheduler.pid) - before,
        "scheduler_mb": resident(cluster.scheduler.pid), "load": os.getloadavg()[0],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gib", type=float)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--scheduler", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results: dict[str, Any] = {}
    if options.gib:
        results["ways"] = ways(options.gib, options.rounds)
    if options.scheduler:
        results["scheduler"] = scheduler_load()
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
