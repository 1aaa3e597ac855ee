"""Every executor equals the definition, whatever its block size and the number of threads."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, number_type, read_tap_tables
from convcli.engine.compute.executors.bands import Bands
from convcli.engine.compute.executors.fourier import Fourier
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.transposed_by_phase import Phases
from convcli.engine.compute.executors.transposed_by_product import Transposed
from convcli.engine.compute.executors.work import (
    Scratch,
)
from convcli.engine.compute.operands import checked_operands, operands
from tests.executor_jobs import chosen, executors, is_exact, job_of, numpy_alone, vary_sizes
from tests.long_loops import everyday_and_long
from tests.random_layers import RandomLayer, random_layer


@everyday_and_long("layers", 400, 10_000)
def test_every_executor_equals_the_tap_tables_on_random_layers(
    monkeypatch: pytest.MonkeyPatch, layers: int
) -> None:
    rng, scratch = random.Random(3), Scratch()
    for number in range(layers):
        layer = random_layer(rng)
        expected = read_tap_tables(operands(*layer))
        vary_sizes(monkeypatch, rng)
        job = job_of(layer, rng)
        job.output[...] = np.nan
        for executor in executors(job, rng):
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
            kind = type(executor).__name__
            assert same, f"layer {number}: {kind} on {layer.spec}, input {layer.input.shape}"


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


def test_infinities_and_nans_stay_where_the_tap_tables_put_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(6)
    for _ in range(500):
        layer = random_layer(rng)
        for array in (layer.input, layer.weight):
            if rng.random() < 0.7:
                array.reshape(-1)[rng.randrange(array.size)] = rng.choice((np.inf, -np.inf, np.nan))
        with np.errstate(all="ignore"):
            expected = read_tap_tables(operands(*layer))
        vary_sizes(monkeypatch, rng)
        job = job_of(layer, rng)
        for executor in executors(job, rng):
            for part in executor.parts():
                with np.errstate(all="ignore"):
                    executor.compute(part, Scratch())
            found = job.output.reshape(expected.shape)
            same = np.array_equal if is_exact(executor) else np.allclose
            assert same(found, expected, equal_nan=True), (
                f"{type(executor).__name__} on {layer.spec}"
            )


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


def test_the_rule_picks_by_kernel_and_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy_alone(monkeypatch)
    one = {"in_channels": 1, "out_channels": 1, "dims": 2}
    assert chosen(ConvSpec.of(kernel_size=3, **one), 300, 300) is Bands
    assert chosen(ConvSpec.of(kernel_size=3, in_channels=64, out_channels=96, dims=1), 300) is Gemm
    assert chosen(ConvSpec.of(kernel_size=31, **one), 300, 300) is Fourier
    assert chosen(ConvSpec.of(kernel_size=3, stride=2, transposed=True, **one), 30, 30) is Phases
    assert chosen(ConvSpec.of(kernel_size=4, transposed=True, **one), 1, 1) is Transposed
    narrowing = ConvSpec.of(
        in_channels=8, out_channels=4, kernel_size=4, stride=2, dims=2, transposed=True
    )
    assert chosen(narrowing, 30, 30) is Transposed


@pytest.mark.parametrize("threads", [1, 2])
def test_a_kernel_far_beyond_its_input_is_not_cut_into_tiles_that_repeat_it(threads: int) -> None:
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=255, stride=2, dims=2, transposed=True
    )
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 1, 5, 5)), rng.standard_normal((1, 1, 255, 255))
    arrays = checked_operands(spec, x, w, None)
    job = replace(
        job_of(RandomLayer(spec, x, w, None), random.Random(0)), threads=threads, budget=2**24
    )
    assert len(list(Transposed(job).parts())) == 1
    assert np.allclose(convolve(spec, x, w), read_tap_tables(arrays))
