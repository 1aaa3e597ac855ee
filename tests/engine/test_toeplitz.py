"""Depthwise layers on small maps: a product for each channel."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors.bands import Bands
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.toeplitz import Toeplitz
from convcli.engine.compute.executors.work import Scratch
from convcli.engine.compute.operands import operands
from tests.executor_jobs import chosen, job_of, numpy_alone
from tests.random_layers import RandomLayer


def depthwise(channels: int = 8, per_channel: int = 1, dims: int = 2, **more: Any) -> ConvSpec:
    more = {"kernel_size": 3, "padding": 1} | more
    return ConvSpec.of(
        in_channels=channels,
        out_channels=channels * per_channel,
        groups=channels,
        dims=dims,
        **more,
    )


def test_the_rule_takes_narrow_depthwise_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy_alone(monkeypatch)
    for spec in (depthwise(), depthwise(stride=2), depthwise(per_channel=3, kernel_size=7)):
        assert chosen(spec, 14, 14) is Toeplitz
        assert chosen(spec, 14, 56) is Bands
    assert chosen(depthwise(2), 14, 14) is Gemm
    assert chosen(depthwise(kernel_size=(3, 1), padding=(1, 0)), 14, 14) is Gemm
    grouped = ConvSpec.of(in_channels=32, out_channels=32, groups=16, kernel_size=3, dims=2)
    assert chosen(grouped, 14, 14) is not Toeplitz


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, (7, 7)),
        ({"kernel_size": 13, "padding": 6}, (7, 7)),
        ({"kernel_size": (1, 5), "padding": (0, 4)}, (3, 1)),
        ({"stride": (2, 3), "padding": 2}, (9, 20)),
        ({"dilation": (3, 2), "padding": 3}, (9, 9)),
        ({"padding": 2, "padding_mode": "reflect"}, (5, 6)),
        ({"padding": 1, "padding_mode": "circular", "per_channel": 3}, (5, 6)),
        ({"dims": 3, "stride": (1, 2, 1), "per_channel": 2}, (4, 5, 6)),
        ({"padding": 40, "kernel_size": 5}, (2, 2)),
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "float32", "complex64"])
def test_it_equals_the_tap_tables(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], sizes: tuple[int, ...], dtype: str
) -> None:
    numpy_alone(monkeypatch)
    spec = depthwise(**options)
    rng = np.random.default_rng(0)
    x, w, b = (
        rng.integers(0, 9, shape).astype(dtype)
        for shape in ((3, 8, *sizes), spec.weight_shape, (spec.out_channels,))
    )
    expected = read_tap_tables(operands(spec, x, w, b))
    for threads in (1, 2):
        found = convolve(spec, x, w, b, threads=threads)
        assert np.array_equal(found, expected)


def test_infinities_stay_where_the_tap_tables_put_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the weight another executor computes; in the input the part falls back to one."""
    numpy_alone(monkeypatch)
    spec = depthwise()
    rng = np.random.default_rng(0)
    x, w = rng.integers(1, 9, (2, 8, 6, 6)).astype(np.float32), np.ones(spec.weight_shape, "f")
    for value in (np.inf, -np.inf, np.nan):
        for array in (x, w):
            changed = array.copy()
            changed.reshape(-1)[[4, 55]] = value
            arrays = (changed, w) if array is x else (x, changed)
            with np.errstate(all="ignore"):
                expected = read_tap_tables(operands(spec, *arrays))
            assert np.array_equal(convolve(spec, *arrays), expected, equal_nan=True)


def test_it_is_not_replaced_by_its_fall_back() -> None:
    """What the finite parts are computed by: a fall-back that fails is not called."""
    spec = depthwise()
    layer = RandomLayer(spec, np.ones((1, 8, 5, 5)), np.ones(spec.weight_shape), None)
    job = replace(job_of(layer, random.Random(0)), threads=1, budget=2**24)
    executor = Toeplitz(job, None)  # type: ignore[arg-type]
    for part in executor.parts():
        executor.compute(part, Scratch())
    assert job.output[0, 0, 0, 2].tolist() == [6, 9, 9, 9, 6]
