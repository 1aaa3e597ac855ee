"""Random layers between stores: the same bytes in one process, in processes and on a cluster.

python -m tests.cluster --layers 1000
"""

from __future__ import annotations

import argparse
import io
import os
import random
import shutil
import sys
import tempfile
import time
import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import zarr

from convcli import convolve
from convcli.cli.app.main import main as convcli
from convcli.cli.commands.run import stores
from convcli.cli.commands.run.teams import Team
from convcli.cli.output.streams import Streams
from convcli.distribution import dask
from convcli.distribution.dispatch import distribute
from convcli.distribution.local import Processes
from convcli.distribution.stores import StoreJob
from convcli.distribution.task import Job, Report, Tally, Work, run_batch
from convcli.engine.compute.batches import Batch
from convcli.inputs.files.stores.outputs import begin
from convcli.inputs.files.stores.tasks import StoreTask
from tests.cluster_processes import running_cluster
from tests.random_layers import RandomLayer, random_layer

EPSILONS = 4  # of a floating-point result, by sum |w| * max |x|
TOGETHER = 100  # layers that are one run
DTYPES = (np.int16, np.int64, np.float16, np.float32, np.float64)


@dataclass(frozen=True)
class Chain:
    """Several jobs as one: their units one after the other, opened when they are reached."""

    run_id: str
    jobs: tuple[StoreJob, ...]

    def open(self) -> Work:
        ends = tuple(accumulate(job.task.blocks.total for job in self.jobs))
        return ChainWork(self, ends, {})


@dataclass
class ChainWork:
    chain: Chain
    ends: tuple[int, ...]
    opened: dict[int, Any]
    reader = ""

    def compute(self, first: int, stop: int, proceed: Callable[[], bool]) -> Tally:
        tally = Tally()
        while first < stop:
            which = bisect_right(self.ends, first)
            begun = self.ends[which - 1] if which else 0
            if which not in self.opened:
                self.opened[which] = self.chain.jobs[which].open()
            end = min(stop, self.ends[which])
            part = self.opened[which].compute(first - begun, end - begun, proceed)
            tally, first = tally.plus(part), end
        return tally


class Here:
    """An executor that computes each batch in this process when it is awaited."""

    slots = 1

    def __init__(self, job: Job) -> None:
        self.job, self.waiting = job, []  # type: ignore[var-annotated]

    def workers(self) -> Sequence[str]:
        return ["here"]

    def submit(self, batch: Batch, attempt: int, avoid: object) -> None:
        self.waiting.append(batch)

    def completed(self) -> Report:
        return run_batch(self.job, self.waiting.pop(0), "here")

    def stop(self) -> None:
        pass


def words_of(rng: random.Random, folder: Path, layer: RandomLayer) -> list[str]:
    """A layer as a command between stores with random chunks, shards and formats."""
    spec = layer.spec
    chunks = tuple(rng.randint(1, size) for size in layer.input.shape)
    format = rng.choice([2, 3])
    is_sharded = format == 3 and rng.random() < 0.4
    shards = tuple(chunk * rng.randint(1, 3) for chunk in chunks) if is_sharded else None
    x = zarr.create_array(
        str(folder / "x.zarr"), shape=layer.input.shape, chunks=chunks, dtype=layer.input.dtype,
        zarr_format=format, shards=shards, config={"write_empty_chunks": True},
    )  # fmt: skip
    x[...] = layer.input
    np.save(folder / "w.npy", layer.weight)
    words = ["run", f"conv{'_transpose' * spec.transposed}{spec.rank}d"]
    words += [str(folder / "x.zarr"), str(folder / "w.npy"), "-o", str(folder / "one.zarr")]
    words += ["-s", ",".join(str(axis.stride) for axis in spec.axes)]
    words += ["-d", ",".join(str(axis.dilation) for axis in spec.axes)]
    words += ["-p", ",".join(f"{axis.pad.before}:{axis.pad.after}" for axis in spec.axes)]
    words += ["-g", str(spec.groups), "--padding-mode", spec.padding_mode]
    if spec.transposed:
        words += ["--output-padding", ",".join(str(axis.output_padding) for axis in spec.axes)]
    if layer.bias is not None:
        np.save(folder / "b.npy", layer.bias)
        words += ["--bias", str(folder / "b.npy")]
    chunk = [rng.randint(1, 6) for _ in spec.axes]
    words += ["--chunks", ",".join(map(str, chunk))]
    if format == 3 and rng.random() < 0.3:
        words += ["--shards", ",".join(str(2 * n) for n in chunk)]
    return words


def drawn(rng: random.Random) -> RandomLayer:
    """A layer whose floats are no integers, so that the order of sums can be seen."""
    layer = random_layer(rng, dtype=rng.choice(DTYPES))
    if layer.input.dtype.kind != "f":
        return layer
    numbers = np.random.default_rng(rng.getrandbits(32))

    def normal(array: Any) -> Any:
        return numbers.normal(size=array.shape).astype(array.dtype)

    bias = None if layer.bias is None else normal(layer.bias)
    return RandomLayer(layer.spec, normal(layer.input), normal(layer.weight), bias)


def compute_here(words: Sequence[str]) -> StoreTask:
    """Run the command in this process, and return the work that it did."""
    tasks: list[StoreTask] = []

    @contextmanager
    def here(*_: Any, **__: Any) -> Iterator[Team]:
        def begin_here(job: Job) -> Here:
            tasks.append(job.task)  # type: ignore[attr-defined]
            return Here(job)

        yield Team(1, None, begin_here)

    errors = io.StringIO()
    with mock.patch.object(stores, "team_of", here):
        status = convcli(list(words), Streams(None, io.StringIO(), errors))
    if status:
        raise AssertionError(f"{' '.join(words)}: exit {status}: {errors.getvalue()}")
    return tasks[0]


def at_another_place(task: StoreTask, name: str) -> StoreJob:
    """The same work into a store beside the one of the task, which is made."""
    root = str(Path(task.output.place.root).with_name(name))
    output = replace(task.output, place=task.output.place._replace(root=root))
    begin(output, {"run": task.run_id, "complete": False})
    return StoreJob(replace(task, output=output))


def differences(first: Path, second: Path) -> Iterator[str]:
    """The chunks that differ between two stores."""
    for path in sorted(first.rglob("*")):
        other = second / path.relative_to(first)
        is_chunk = path.is_file() and path.name not in ("zarr.json", ".zarray", ".zattrs")
        if is_chunk and (not other.is_file() or path.read_bytes() != other.read_bytes()):
            yield str(path.relative_to(first))


def error_of(layer: RandomLayer, found: Any) -> str | None:
    """How a stored result differs from the one in memory, beyond rounding."""
    expected = convolve(*layer)
    if (found.dtype, found.shape) != (expected.dtype, expected.shape):
        return f"{found.dtype}, {found.shape} in place of {expected.dtype}, {expected.shape}"
    if expected.dtype.kind != "f":
        return None if np.array_equal(found, expected) else "integers differ"
    size = float(np.abs(layer.weight).sum(dtype=np.float64)) * float(np.abs(layer.input).max())
    size += 0.0 if layer.bias is None else float(np.abs(layer.bias).max())
    largest = float(np.abs(found.astype(np.float64) - expected.astype(np.float64)).max(initial=0))
    allowed = EPSILONS * float(np.finfo(expected.dtype).eps) * size
    return None if largest <= allowed else f"differs by {largest}, more than {allowed}"


def check_layers(rng: random.Random, count: int, folder: Path, client: Any) -> list[str]:
    """The faults of so many layers, computed on every way."""
    layers, tasks, faults = [], [], []
    for number in range(count):
        inside = folder / str(number)
        inside.mkdir()
        layer = drawn(rng)
        layers.append(layer)
        tasks.append(compute_here(words_of(rng, inside, layer)))
    for name in ("workers.zarr", "cluster.zarr"):
        jobs = tuple(at_another_place(task, name) for task in tasks)
        chain = Chain(uuid.uuid4().hex, jobs)
        units = sum(task.blocks.total for task in tasks)
        is_local = name == "workers.zarr"
        executor = Processes(chain, 2) if is_local else dask.Cluster(client, chain)
        distribute(executor, units)
    for layer, task in zip(layers, tasks, strict=True):
        one = Path(task.output.place.root)
        error = error_of(layer, zarr.open_array(str(one), mode="r")[...])
        faults += [] if error is None else [f"{layer.spec}: {error}"]
        for name in ("workers.zarr", "cluster.zarr"):
            faults += [
                f"{layer.spec}: {name} {key}" for key in differences(one, one.with_name(name))
            ]
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="convcli-cluster-"))
    begun, done = time.monotonic(), 0
    faults: list[str] = []
    try:
        with (
            running_cluster(folder / "cluster") as cluster,
            dask.connected(cluster.address) as client,
        ):
            while done < options.layers:
                count = min(TOGETHER, options.layers - done)
                inside = folder / "layers"
                inside.mkdir()
                rng = random.Random(f"{options.seed}-{done}")
                faults += check_layers(rng, count, inside, client)
                shutil.rmtree(inside)
                done += count
                seconds = time.monotonic() - begun
                print(f"{done} layers, {len(faults)} faults, {seconds:.0f} s", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(*faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main())
