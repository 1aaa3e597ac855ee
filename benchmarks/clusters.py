"""Runs on 1 to 1,000 workers and 1 GB to 100 TB, simulated; and real runs on this machine.

python -m benchmarks.clusters             the simulation, from what a core of this machine does
python -m benchmarks.clusters --macs 1e10 --read 2e9 --written 1e9     of another one
python -m benchmarks.clusters --real      also real runs, compared with 1, 2 and 4 workers
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
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks.simulated_cluster import Costs, Machines, Simulated, simulate
from convcli.cli.commands.run.store_plan import BLOCKS_PER_WORKER
from convcli.engine.compute.blocks import Blocks, plan_blocks
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.executors.threads import blas_on_one_thread
from convcli.engine.compute.units import UnitGrid
from convcli.engine.geometry.cost import cost
from convcli.engine.geometry.spec import ConvSpec
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.plain_chunks import PlainReader, plain_chunks, write_chunk

KERNEL, CHUNK, ITEM = 5, 128, 4
SIZES = {"1 GB": 1e9, "10 GB": 1e10, "100 GB": 1e11, "1 TB": 1e12, "10 TB": 1e13, "100 TB": 1e14}
WORKERS = (1, 2, 10, 100, 1000)
SCHEDULER, WORKER = 0.0009, 0.0014  # seconds for an empty task, measured on a quiet machine
STORE, LINK = 100e9, 1.25e9  # bytes a second of the store, and of the network of a worker
MEMORY = 2**29  # bytes of a block


class Rates(NamedTuple):
    """What a core does in a second of its time, with chunks of float32 that have a checksum."""

    macs: float  # multiply-adds under 5x5x5
    read: float  # bytes
    written: float  # bytes


def spec_of_kernel() -> ConvSpec:
    return ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=KERNEL, padding=KERNEL // 2, dims=3
    )


def blocks_of(size: float, workers: int) -> Blocks:
    """The plan of a cube of so many bytes in chunks of 128 a side, as `run` makes it."""
    side = round((size / ITEM) ** (1 / 3))
    shape, chunk = (1, side, side, side), (1, *(CHUNK,) * 3)
    least = ITEM * (CHUNK + KERNEL - 1) ** 3
    most = max(min(MEMORY, int(size) // (BLOCKS_PER_WORKER * workers)), least)
    return plan_blocks(spec_of_kernel(), shape, chunk, UnitGrid(shape, chunk), ITEM, most)


def costs_of(blocks: Blocks, rates: Rates) -> Costs:
    """What a block takes: its multiply-adds, and the bytes that it fetches and writes."""
    side = blocks.input_shape[-1]
    macs = cost(blocks.spec, (1, *blocks.input_shape)).macs
    fetched, written = blocks.fetched_cells * ITEM, side**3 * ITEM
    cpu = macs / rates.macs + fetched / rates.read + written / rates.written
    return Costs(cpu / blocks.total, (fetched + written) / blocks.total, SCHEDULER, WORKER)


def measured_rates(tries: int = 7) -> Rates:
    """What a core of this machine does, as a worker does it: the lower quartile of the times."""
    import zarr
    from zarr.codecs import Crc32cCodec

    spec, numbers = spec_of_kernel(), np.random.default_rng(0)
    weight = numbers.random(spec.weight_shape, np.float32)
    with tempfile.TemporaryDirectory() as name:
        place = StorePlace(os.path.join(name, "x.zarr"), "")
        array = zarr.create_array(
            place.root, shape=(2 * CHUNK,) * 3, chunks=(CHUNK,) * 3, dtype="f4",
            compressors=Crc32cCodec(),
        )  # fmt: skip
        chunks = plain_chunks(place, array)
        if chunks is None:
            raise SystemExit("no package for crc32c is installed")
        x = numbers.standard_normal((1, 1, *array.shape), np.float32)
        reader, whole = PlainReader(chunks), tuple(slice(0, n) for n in array.shape)

        def write() -> None:
            for at in np.ndindex(2, 2, 2):
                box = tuple(slice(i * CHUNK, (i + 1) * CHUNK) for i in at)
                write_chunk(chunks, at, x[(0, 0, *box)])

        write()
        with blas_on_one_thread():
            seconds = [
                quartile(work, tries)
                for work in (lambda: convolve(spec, x, weight), lambda: reader.read(whole), write)
            ]
    done = (cost(spec, x.shape).macs, x.nbytes, x.nbytes)
    return Rates(*(amount / taken for amount, taken in zip(done, seconds, strict=True)))


def quartile(work: Callable[[], Any], tries: int) -> float:
    """The lower quartile of the CPU seconds of this thread."""
    taken = []
    for _ in range(tries):
        begun = time.thread_time()
        work()
        taken.append(time.thread_time() - begun)
    return sorted(taken)[tries // 4]


def simulated(size: float, workers: int, rates: Rates) -> dict[str, Any]:
    """A run of so many bytes on so many workers."""
    blocks = blocks_of(size, workers)
    costs = costs_of(blocks, rates)
    ran = simulate(blocks.total, costs, Machines(workers, bandwidth=STORE, of_worker=LINK))
    ideal = blocks.total * costs.cpu_of_unit / workers
    return {
        "chunks": blocks.grid.total, "blocks": blocks.total, "tasks": ran.tasks,
        "seconds": ran.seconds, "efficiency": ideal / ran.seconds,
        "scheduler": ran.scheduler, "scheduler_share": ran.scheduler / ran.seconds,
        "store_bytes": blocks.total * costs.bytes_of_unit,
        "fetched_again": blocks.fetched_cells / blocks.input_shape[-1] ** 3,
        "limit": limit_of(ran, ideal), "outstanding": ran.most_outstanding,
        "scheduler_of_chunks": blocks.grid.total * SCHEDULER,
    }  # fmt: skip


def limit_of(ran: Simulated, ideal: float) -> str:
    """What a run waits for most."""
    if ran.scheduler > 0.5 * ran.seconds:
        return "scheduler"
    if ran.waiting_for_store > 0.2 * (ran.waiting_for_store + ran.computing):
        return "store"
    return "cores" if ideal > 0.7 * ran.seconds else "few blocks"


def duration(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def amount(count: float) -> str:
    for unit, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e6:.0f} MB"


def print_table(rates: Rates) -> list[dict[str, Any]]:
    header = ("size", "workers", "blocks", "tasks", "time", "of ideal", "limit", "store bytes",
              "scheduler", "its load", "a task a chunk")  # fmt: skip
    print(("| {} " * len(header) + "|").format(*header))
    print("| --- " * len(header) + "|")
    rows = []
    for name, size in SIZES.items():
        for workers in WORKERS:
            row = simulated(size, workers, rates)
            rows.append({"size": name, "workers": workers, **row})
            cells = (
                name, workers, f"{row['blocks']:,}", f"{row['tasks']:,}", duration(row["seconds"]),
                f"{row['efficiency']:.0%}", row["limit"], amount(row["store_bytes"]),
                duration(row["scheduler"]), f"{row['scheduler_share']:.1%}",
                duration(row["scheduler_of_chunks"]),
            )  # fmt: skip
            print(("| {} " * len(header) + "|").format(*cells), flush=True)
    return rows


MAKE = """
import sys
import numpy as np
import zarr
side = int(sys.argv[1])
x = zarr.create_array(
    "x.zarr", shape=(side,) * 3, chunks=(128,) * 3, dtype="f4", compressors=None
)
block = np.random.default_rng(0).standard_normal((128, side, side), np.float32)
for start in range(0, side, 128):
    x[start : start + 128] = block
np.save("w.npy", np.random.default_rng(1).random((1, 1, 5, 5, 5), np.float32))
"""


def real_run(folder: Path, workers: int) -> tuple[float, float, int]:
    """Seconds, seconds of CPU, and blocks of a run on so many processes."""
    words = ["run", "conv3d", "x.zarr", "w.npy", "-p", "2", "-o", "y.zarr", "--force", "--json"]
    words += ["--workers", str(workers)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "convcli", *words], cwd=folder, check=True, capture_output=True
    )
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, json.loads(ran.stdout)["blocks"]


def compare(side: int, rounds: int) -> dict[str, Any]:
    """Real runs on 1, 2 and 4 processes, and what the simulation says from their CPU."""
    counts = (1, 2, 4)
    measured: dict[int, list[tuple[float, float, int]]] = {count: [] for count in counts}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-c", MAKE, str(side)], cwd=folder, check=True)
        start = min(real_run_of_nothing(folder) for _ in range(3))
        for _ in range(rounds):
            for count in counts:
                measured[count].append(real_run(folder, count))
    cores = len(os.sched_getaffinity(0))
    result: dict[str, Any] = {"side": side, "cores": cores, "load": os.getloadavg()[0]}
    for count in counts:
        seconds = median(run[0] for run in measured[count])
        cpu, blocks = measured[count][0][1], measured[count][0][2]
        cpu_of_block = (median(run[1] for run in measured[count]) - start) / blocks
        costs = Costs(cpu_of_block, 0.0, scheduler=0.0001, worker=0.0002, start=start)
        told = simulate(blocks, costs, Machines(count, cores=cores)).seconds
        result[str(count)] = {"seconds": seconds, "cpu": cpu, "blocks": blocks, "simulated": told}
        print(
            f"{count} workers: {seconds:.2f} s, {cpu:.2f} s of CPU, {blocks} blocks; "
            f"simulated {told:.2f} s",
            flush=True,
        )
    return result


def real_run_of_nothing(folder: Path) -> float:
    """Seconds to start: a run whose result is one small chunk."""
    start = time.perf_counter()
    words = ["run", "conv3d", "ones:8x8x8", "ones:1x1x1", "-o", "n.zarr", "--force", "--workers=1"]
    subprocess.run([sys.executable, "-m", "convcli", *words], cwd=folder, check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    for name in Rates._fields:
        parser.add_argument(f"--{name}", type=float, help="a second of a core")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    asked = {name: getattr(options, name) for name in Rates._fields if getattr(options, name)}
    rates = Rates(**asked) if len(asked) == len(Rates._fields) else measured_rates()
    rates = rates._replace(**asked)
    print(", ".join(f"{name} {value:.3g} a second" for name, value in rates._asdict().items()))
    results: dict[str, Any] = {"rates": rates._asdict(), "simulated": print_table(rates)}
    if options.real:
        results["real"] = compare(options.side, options.rounds)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
