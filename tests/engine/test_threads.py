"""Threads share the parts of a layer, report progress, and stay within their memory."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from math import prod
from threading import Event, Thread, current_thread
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import gemm, pool, threads
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.plans import planned
from convcli.engine.compute.executors.work import (
    THREAD_SCRATCH,
    TOTAL_SCRATCH,
    Job,
    Scratch,
    shared_out,
)
from convcli.engine.compute.native.library import native
from convcli.engine.compute.native.parts import parts_of
from convcli.engine.compute.operands import operands
from convcli.engine.compute.tiles import tile_shape
from tests.executor_jobs import numpy_alone, vary_sizes
from tests.random_layers import random_layer


def test_threads_share_the_parts_of_random_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(4)
    monkeypatch.setattr(threads, "WORTH_THREADS", 0)
    for _ in range(500):
        layer = random_layer(rng)
        vary_sizes(monkeypatch, rng)
        found = convolve(*layer, threads=rng.choice((2, 3, 5)))
        assert np.array_equal(found, read_tap_tables(operands(*layer)).reshape(found.shape))


@pytest.mark.parametrize("count", [1, 3])
def test_progress_moves_from_the_first_part_to_the_last(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    numpy_alone(monkeypatch)
    monkeypatch.setattr(threads, "WORTH_THREADS", 0)
    monkeypatch.setattr(gemm, "CACHED_BYTES", 1)
    monkeypatch.setattr(gemm, "FULL_RATE_COLUMNS", 1)
    monkeypatch.setattr(gemm, "LEAST_COLUMNS", 1)
    spec = ConvSpec.of(in_channels=1, out_channels=40, kernel_size=3, dims=1)
    reports: list[tuple[int, int]] = []
    convolve(
        spec,
        np.ones((1, 1, 30)),
        np.ones(spec.weight_shape),
        threads=count,
        progress=lambda done, total: reports.append((done, total)),
    )
    done, totals = zip(*reports, strict=True)
    assert set(totals) == {totals[0]}
    assert totals[0] >= 3
    assert list(done) == sorted(done)
    assert done[-1] == totals[-1]
    if count == 1:
        assert done == tuple(range(1, totals[0] + 1))


def test_an_error_in_a_part_ends_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    computed, dropped, of_the_test = [], Event(), current_thread()
    drop = threads._Queue.drop_the_rest

    def failing(self: Gemm, part: Any, scratch: Scratch) -> None:
        computed.append(part)
        if current_thread() is of_the_test:
            raise MemoryError
        dropped.wait(0.1)

    def dropping(parts: Any) -> None:
        drop(parts)
        dropped.set()

    numpy_alone(monkeypatch)
    monkeypatch.setattr(threads._Queue, "drop_the_rest", dropping)
    monkeypatch.setattr(threads, "WORTH_THREADS", 0)
    monkeypatch.setattr(Gemm, "compute", failing)
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=1, dims=1)
    with pytest.raises(MemoryError):
        convolve(spec, np.ones((100, 1, 3000)), np.ones((1, 1, 1)), threads=3)
    assert len(computed) <= 3


@pytest.mark.parametrize("count", range(1, 65))
def test_the_scratch_of_all_threads_stays_within_its_total(count: int) -> None:
    of_one = threads.scratch_of_a_thread(count)
    assert 0 < of_one <= THREAD_SCRATCH
    assert count * of_one <= TOTAL_SCRATCH
    assert of_one == THREAD_SCRATCH or (count + 1) * of_one > TOTAL_SCRATCH - count


@pytest.mark.parametrize("count", [1, 24])
def test_a_job_gets_the_scratch_of_its_threads(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    jobs: list[Job] = []
    monkeypatch.setattr(threads, "planned", lambda job: jobs.append(job) or planned(job))
    spec = ConvSpec.of(in_channels=8, out_channels=8, kernel_size=3, dims=2)
    convolve(spec, np.ones((8, 300, 300)), np.ones(spec.weight_shape), threads=count)
    (job,) = jobs
    assert (job.threads, job.budget) == (count, threads.scratch_of_a_thread(count))


MEMORY = """
import re
from pathlib import Path
import numpy as np
from convcli.engine.compute.convolve import convolve

def most_memory():  # KiB, of this program: ru_maxrss begins with its parent's
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])

from convcli.engine.geometry.spec import ConvSpec
spec = ConvSpec.of({arguments})
x, w = np.ones({shape}, {dtype!r}), np.ones(spec.weight_shape, {dtype!r})
convolve(spec, np.ones({small}, {dtype!r}), w, threads=2)  # the libraries' own memory
before = most_memory()
y = convolve(spec, x, w, threads=2)
print(most_memory() - before - y.nbytes // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc as Linux has it")
@pytest.mark.parametrize(
    ("channels", "kernel_size", "more", "batch", "sizes", "dtype"),
    [
        ((1, 1), 31, "padding=15", 1, (2160, 3840), "float64"),
        ((1, 1), 7, "padding=3", 1, (2160, 3840), "uint8"),
        ((64, 64), 3, "padding=1", 1, (256, 256), "float32"),
        ((16, 16), 3, "padding=1", 1, (64, 64, 64), "float32"),
        ((1, 1), 5, "padding=2", 1, (64, 256, 256), "float32"),
        ((2048, 8), 9, "groups=1", 1, (40, 40), "float32"),
        ((64, 32), 4, "stride=2, transposed=True", 4, (90, 90), "float32"),
        ((1, 1), 31, "stride=2, transposed=True", 1, (700, 700), "float32"),
    ],
)
def test_beside_input_and_output_it_takes_at_most_64_mib(
    channels: tuple[int, int],
    kernel_size: int,
    more: str,
    batch: int,
    sizes: tuple[int, ...],
    dtype: str,
) -> None:
    arguments = (
        f"in_channels={channels[0]}, out_channels={channels[1]}, kernel_size={kernel_size}, "
        f"dims={len(sizes)}, {more}"
    )
    shape, small = (batch, channels[0], *sizes), (1, channels[0], *[kernel_size] * len(sizes))
    program = MEMORY.format(arguments=arguments, shape=shape, small=small, dtype=dtype)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) <= 64 * 1024


@pytest.mark.parametrize(
    ("shares", "threads", "expected"),
    [
        ((1, 1, 1, 1), 2, [1, 1, 1, 1]),  # a part each
        ((1, 1, 1), 2, [2, 2, 2]),  # three parts cannot be shared by two
        ((80, 10, 10), 2, [2, 1, 1]),
        ((10, 80, 10), 4, [4, 1, 1]),  # the largest first
        ((1, 1, 1, 1), 16, [4, 4, 4, 4]),
        ((1, 1), 1, [1, 1]),
        ((0, 0), 3, [1, 1]),
    ],
)
def test_jobs_that_are_computed_together_share_the_threads(
    shares: tuple[int, ...], threads: int, expected: list[int]
) -> None:
    jobs = []
    for share in shares:
        spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=1, dims=1)
        x = np.ones((1, 1, 1, 40 * share))
        jobs.append(Job(spec, x, np.ones((1, 1, 1, 1)), None, x.copy(), threads))
    assert [job.threads for job in shared_out(jobs)] == expected


@pytest.mark.skipif(not native().kernels, reason="the kernel is not built")
@pytest.mark.parametrize("threads", [2, 4, 8])
@pytest.mark.parametrize(
    ("channels", "groups", "sizes"),
    [((16, 256), 1, (14, 14)), ((16, 192), 1, (18, 17)), ((32, 32), 1, (70, 70)),
     ((960, 960), 960, (7, 7)), ((26 * 8, 26 * 8), 26, (14, 14)), ((8, 16), 1, (30, 31, 29))],
)  # fmt: skip
def test_every_thread_has_as_many_parts_of_nearly_the_same_size(
    channels: tuple[int, int], groups: int, sizes: tuple[int, ...], threads: int
) -> None:
    spec = ConvSpec.of(
        in_channels=channels[0], out_channels=channels[1], groups=groups, kernel_size=3,
        padding=1, dims=len(sizes),
    )  # fmt: skip
    by_group = (1, groups, channels[1] // groups, *sizes)
    input_shape = (1, groups, channels[0] // groups, *sizes)
    weight_shape = (groups, channels[1] // groups, channels[0] // groups, *spec.kernel_size)
    parts = parts_of(spec, input_shape, weight_shape, by_group, 4, threads, 2**24, False)
    assert parts is not None
    outputs = [
        (part.groups.stop - part.groups.start)
        * len(range(channels[1] // groups)[part.channels])
        * prod(tile_shape(part.tile))
        for part in parts
    ]
    assert sum(outputs) == prod(by_group)
    assert -(-len(parts) // threads) * max(outputs) * threads <= 1.4 * sum(outputs)


def large_layer() -> tuple[ConvSpec, np.ndarray, np.ndarray]:
    spec = ConvSpec.of(in_channels=8, out_channels=16, kernel_size=3, padding=1, dims=2)
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 9, (4, 8, 40, 40)).astype(np.float32)
    return spec, x, rng.integers(-9, 9, spec.weight_shape).astype(np.float32)


def test_without_more_threads_those_that_there_are_compute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numpy_alone(monkeypatch)
    monkeypatch.setattr(threads, "WORTH_THREADS", 0)
    expected = convolve(*large_layer())
    for there in range(3):
        started = iter(range(there))

        def start(self: Thread, started: Any = started, begin: Any = Thread.start) -> None:
            if next(started, None) is None:
                raise RuntimeError("can't start new thread")
            begin(self)

        pool.pool.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(Thread, "start", start)
            assert np.array_equal(convolve(*large_layer(), threads=4), expected)
    assert np.array_equal(convolve(*large_layer(), threads=4), expected)


INTERRUPTED = """
import threading
import numpy as np
from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.executors import threads
threads.WORTH_THREADS = 0
start = threading.Thread.start
def interrupted(self):
    start(self)
    raise KeyboardInterrupt
threading.Thread.start = interrupted
spec = ConvSpec.of(in_channels=8, out_channels=16, kernel_size=3, padding=1, dims=2)
x, w = np.ones((4, 8, 40, 40)), np.ones(spec.weight_shape)
for _ in range(3):
    try:
        convolve(spec, x, w, threads=3)
    except KeyboardInterrupt:
        print("interrupted")
threading.Thread.start = start
print(np.array_equal(convolve(spec, x, w, threads=3), convolve(spec, x, w)))
"""


def test_a_process_ends_after_interrupts_while_threads_start() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        env={**os.environ, "CONVCLI_NATIVE": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout == "interrupted\n" * 3 + "True\n"
