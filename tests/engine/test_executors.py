"""Every executor equals the definition, whatever its block size and the number of threads."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from threading import Event, current_thread
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, number_type, read_tap_tables
from convcli.engine.compute.executors import fourier, gemm, threads
from convcli.engine.compute.executors import transposed_by_product as transposed
from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.fourier import Fourier, fast_size
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.transposed_by_phase import Phases
from convcli.engine.compute.executors.transposed_by_product import Transposed
from convcli.engine.compute.executors.work import (
    THREAD_SCRATCH,
    TOTAL_SCRATCH,
    Executor,
    Job,
    Scratch,
)
from convcli.engine.compute.operands import checked_operands, operands
from tests.random_layers import RandomLayer, random_layer

LAYERS = 600
LAYERS_OF_THE_LONG_LOOP = 10_000
DIGITS = {"float32": 1e-6, "float64": 1e-13}  # the largest error, of the largest sum


@pytest.fixture
def shuffled(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that gives every size that executors are tuned by another value."""

    def shuffle(rng: random.Random) -> None:
        monkeypatch.setattr(gemm, "FULL_RATE_COLUMNS", rng.choice((1, 5, 30, 1024)))
        monkeypatch.setattr(gemm, "CACHED_BYTES", rng.choice((8, 100, 1000, 2**22)))
        monkeypatch.setattr(gemm, "LEAST_COLUMNS", rng.choice((1, 128)))
        monkeypatch.setattr(gemm, "FEW_COLUMNS", rng.choice((0, 48, 1000)))
        monkeypatch.setattr(gemm, "FLAT_ROWS", rng.choice((0, 2, 16, 64)))
        monkeypatch.setattr(transposed, "PRODUCTS", rng.choice((1, 50, 1000, 2**20)))
        monkeypatch.setattr(transposed, "FEW_CELLS", rng.choice((0, 128)))
        monkeypatch.setattr(
            fourier,
            "POINTS",
            {1: rng.choice((8, 16, 4096)), 2: rng.choice((8, 16, 256)), 3: rng.choice((8, 16))},
        )

    return shuffle


def job_of(layer: RandomLayer, rng: random.Random) -> Job:
    arrays, groups = operands(*layer), layer.spec.groups
    shape = arrays.output_shape
    return Job(
        layer.spec,
        arrays.input.reshape(len(arrays.input), groups, -1, *arrays.sizes),
        arrays.weight_by_group,
        None if arrays.bias is None else arrays.bias.reshape(groups, -1),
        np.empty((shape[0], groups, shape[1] // groups, *shape[2:]), arrays.dtype),
        threads=rng.choice((1, 2, 3)),
        budget=rng.choice((8, 1000, 2**24)),
    )


def executors(job: Job) -> Iterator[Executor]:
    """Every executor that can compute a job."""
    if job.spec.transposed:
        yield Transposed(job)
        if np.isfinite(job.weight).all():  # they are not chosen otherwise
            yield Phases(job, Gemm)
            yield Phases(job, lambda of_phase: Fourier(of_phase, Gemm(of_phase)))
    else:
        yield Gemm(job)
        if np.isfinite(job.weight).all():
            yield Fourier(job, Gemm(job))


def is_exact(executor: Executor) -> bool:
    return not isinstance(executor, Fourier) and not (
        isinstance(executor, Phases) and any(map(is_fourier, executor.executors))
    )


def is_fourier(executor: Executor) -> bool:
    return isinstance(executor, Fourier)


def test_every_executor_equals_the_tap_tables_on_random_layers(shuffled: Any) -> None:
    rng, scratch = random.Random(3), Scratch()
    for number in range(LAYERS):
        layer = random_layer(rng)
        expected = read_tap_tables(operands(*layer))
        shuffled(rng)
        job = job_of(layer, rng)
        job.output[...] = np.nan
        for executor in executors(job):
            parts = list(executor.parts())
            rng.shuffle(parts)
            for part in parts:
                executor.compute(part, scratch)
            found = job.output.reshape(expected.shape)
            same = (
                np.array_equal(found, expected)
                if is_exact(executor)
                else np.allclose(found, expected, atol=1e-9)
            )
            assert same, (
                f"layer {number}: {type(executor).__name__} on {layer.spec}, input {layer.input.shape}"
            )


def test_threads_share_the_parts_of_random_layers(
    shuffled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(4)
    monkeypatch.setattr(threads, "WORTH_THREADS", 0)
    for _ in range(500):
        layer = random_layer(rng)
        shuffled(rng)
        found = convolve(*layer, threads=rng.choice((2, 3, 5)))
        assert np.array_equal(found, read_tap_tables(operands(*layer)).reshape(found.shape))


@pytest.mark.parametrize("count", [1, 3])
def test_progress_moves_from_the_first_part_to_the_last(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
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
    monkeypatch.setattr(threads, "choose", lambda job: jobs.append(job) or choose(job))
    spec = ConvSpec.of(in_channels=8, out_channels=8, kernel_size=3, dims=2)
    convolve(spec, np.ones((8, 200, 200)), np.ones(spec.weight_shape), threads=count)
    (job,) = jobs
    assert (job.threads, job.budget) == (count, threads.scratch_of_a_thread(count))


@pytest.mark.parametrize(
    "dtype",
    ["uint8", "int16", "int64", "float16", "float32", "float64", "complex64", "complex128", "bool"],
)
def test_every_number_type_equals_the_tap_tables(dtype: str) -> None:
    rng = random.Random(5)
    for _ in range(150):
        layer = random_layer(rng, dtype=dtype)
        expected = read_tap_tables(operands(*layer))
        found = convolve(*layer)
        assert np.array_equal(found, expected.astype(found.dtype).reshape(found.shape))


@pytest.mark.parametrize(
    ("most", "computed_in"),
    [(2**8, "float32"), (2**12, "float64"), (2**27, "int64")],
    ids=["float32", "float64", "int64"],
)
def test_integers_are_exact_in_the_narrowest_type_that_holds_them(
    most: int, computed_in: str
) -> None:
    spec = ConvSpec.of(in_channels=4, out_channels=3, kernel_size=3, padding=1, dims=2)
    rng = np.random.default_rng(0)
    x, w, b = (
        rng.integers(most // 2, most, shape) for shape in ((1, 4, 9, 9), spec.weight_shape, (3,))
    )
    assert number_type(checked_operands(spec, x, w, b)) == computed_in
    assert np.array_equal(convolve(spec, x, w, b), read_tap_tables(operands(spec, x, w, b)))


def test_the_bound_itself_is_exact() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    for edge in (2**24, 2**53):
        for last in (-2, -1, 0, 1):
            x, w = np.array([edge // 2, edge // 2 + last]), np.array([1, 1])
            assert convolve(spec, x, w).tolist() == [edge + last]


def test_infinities_and_nans_stay_where_the_tap_tables_put_them(shuffled: Any) -> None:
    rng = random.Random(6)
    for _ in range(500):
        layer = random_layer(rng)
        for array in (layer.input, layer.weight):
            if rng.random() < 0.7:
                array.reshape(-1)[rng.randrange(array.size)] = rng.choice((np.inf, -np.inf, np.nan))
        with np.errstate(all="ignore"):
            expected = read_tap_tables(operands(*layer))
        shuffled(rng)
        job = job_of(layer, rng)
        for executor in executors(job):
            for part in executor.parts():
                with np.errstate(all="ignore"):
                    executor.compute(part, Scratch())
            found = job.output.reshape(expected.shape)
            same = np.array_equal if is_exact(executor) else np.allclose
            assert same(found, expected, equal_nan=True), (
                f"{type(executor).__name__} on {layer.spec}"
            )


def test_one_nan_under_a_large_kernel_reaches_its_window_only() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=31, padding=15, dims=2)
    x, w = np.random.default_rng(0).standard_normal((2, 300, 300)).astype(np.float32)
    w = w[:31, :31]
    x[150, 150] = np.nan
    assert np.isnan(convolve(spec, x, w)).sum() == 31 * 31


def test_integers_are_exact_under_a_large_kernel() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=31, padding=15, dims=2)
    rng = np.random.default_rng(0)
    for most in (2, 2**10, 2**20):
        x, w = rng.integers(-most, most, (120, 130)), rng.integers(-most, most, (31, 31))
        assert np.array_equal(convolve(spec, x, w), read_tap_tables(operands(spec, x, w))[0, 0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exponent", range(0, 61, 3))
def test_a_large_number_under_a_large_kernel_does_not_show_outside_its_window(
    dtype: str, exponent: int
) -> None:
    """Whatever its size, outputs that do not read it keep the digits of the direct sum."""
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=31, dims=2)
    rng = np.random.default_rng(0)
    x, w = rng.uniform(1, 2, (150, 150)), rng.uniform(-1, 1, (31, 31))
    x, w = x.astype(dtype), w.astype(dtype)
    assert chosen(spec, 150, 150) is Fourier
    x[100, 100] = 2.0**exponent
    found = convolve(spec, x, w)
    exact = read_tap_tables(operands(spec, x.astype(float), w.astype(float)))[0, 0]
    outside = np.ones(found.shape, bool)
    outside[70:101, 70:101] = False
    error = np.abs(found - exact)[outside].max() / np.abs(exact[outside]).max()
    assert error < DIGITS[dtype]
    assert found[100, 100] == pytest.approx(exact[100, 100], rel=1e-5)


def test_numbers_of_an_even_range_are_transformed_and_others_are_not() -> None:
    """The guard: it is neither always open, which would cost digits, nor always closed."""
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=31, dims=2)
    layer = RandomLayer(spec, np.ones((1, 1, 99, 99)), np.ones(spec.weight_shape), None)
    for dtype, most in (("float32", 2.0**24), ("float64", 2.0**12)):
        job = job_of(
            RandomLayer(spec, *(a.astype(dtype) for a in layer[1:3]), None), random.Random()
        )
        fourier = Fourier(job, Gemm(job))
        block = np.ones(1000)
        for largest, even in ((1, True), (most, True), (2 * most, False), (np.inf, False)):
            block[500] = largest
            assert fourier._has_even_range(block) is even
        assert fourier._has_even_range(np.zeros(1000))
        assert not fourier._has_even_range(np.full(1000, np.nan))


@pytest.mark.parametrize("options", [{"stride": 2**62}, {"dilation": 2**62, "padding": 2**61}])
def test_strides_and_dilations_of_any_size(options: dict[str, int]) -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1, **options)
    x, w = np.array([1, 2, 3]), np.array([10, 1])
    assert convolve(spec, x, w).tolist() == read_tap_tables(operands(spec, x, w)).ravel().tolist()


def test_float32_keeps_its_digits_whatever_the_executor() -> None:
    rng = np.random.default_rng(1)
    for channels, kernel, groups in ((32, 3, 1), (8, 5, 8), (2, 41, 2), (1, 35, 1)):
        spec = ConvSpec.of(
            in_channels=channels,
            out_channels=channels,
            kernel_size=kernel,
            padding=kernel // 2,
            groups=groups,
            dims=2,
        )
        x = rng.standard_normal((1, channels, 80, 80)).astype(np.float32)
        w = rng.standard_normal(spec.weight_shape).astype(np.float32)
        exact = convolve(spec, x.astype(np.float64), w.astype(np.float64))
        error = np.abs(convolve(spec, x, w) - exact).max() / np.abs(exact).max()
        assert error < 1e-6 * np.sqrt(kernel**2 * channels / groups)


def chosen(spec: ConvSpec, *sizes: int, batch: int = 1) -> type:
    rng = random.Random(0)
    layer = RandomLayer(
        spec,
        np.ones((batch, spec.in_channels, *sizes), np.float32),
        np.ones(spec.weight_shape, np.float32),
        None,
    )
    return type(choose(job_of(layer, rng)))


def test_the_rule_picks_by_kernel_and_direction() -> None:
    one = {"in_channels": 1, "out_channels": 1, "dims": 2}
    assert chosen(ConvSpec.of(kernel_size=3, **one), 300, 300) is Gemm
    assert chosen(ConvSpec.of(kernel_size=31, **one), 300, 300) is Fourier
    assert chosen(ConvSpec.of(kernel_size=3, stride=2, transposed=True, **one), 30, 30) is Phases
    assert chosen(ConvSpec.of(kernel_size=4, transposed=True, **one), 1, 1) is Transposed
    narrowing = ConvSpec.of(
        in_channels=8, out_channels=4, kernel_size=4, stride=2, dims=2, transposed=True
    )
    assert chosen(narrowing, 30, 30) is Transposed


@pytest.mark.parametrize("least", range(1, 500))
def test_fast_sizes_are_even_and_have_small_factors(least: int) -> None:
    size = fast_size(least)
    rest = size
    for prime in (2, 3, 5, 7, 11):
        while rest % prime == 0:
            rest //= prime
    assert rest == 1
    assert size % 2 == 0
    assert least <= size <= least + 40


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
    import subprocess

    arguments = f"in_channels={channels[0]}, out_channels={channels[1]}, kernel_size={kernel_size}, dims={len(sizes)}, {more}"
    shape, small = (batch, channels[0], *sizes), (1, channels[0], *[kernel_size] * len(sizes))
    program = MEMORY.format(arguments=arguments, shape=shape, small=small, dtype=dtype)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) <= 64 * 1024
