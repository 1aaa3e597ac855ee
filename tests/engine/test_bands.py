"""Depthwise layers and filters: products of bands of rows."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import bands
from convcli.engine.compute.executors.bands import Bands
from convcli.engine.compute.executors.work import Scratch
from convcli.engine.compute.operands import operands
from tests.equal_to_tap_tables import assert_no_number_moves, assert_whole_numbers_are_exact
from tests.executor_jobs import chosen, job_of, numpy_alone
from tests.random_layers import RandomLayer


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy_alone(monkeypatch)


def layer(channels: int = 4, per_channel: int = 1, **more: Any) -> ConvSpec:
    more = {"kernel_size": 3, "padding": 1, "dims": 2} | more
    return ConvSpec.of(
        in_channels=channels, out_channels=channels * per_channel, groups=channels, **more
    )


def test_the_rule_takes_one_input_channel_and_long_rows() -> None:
    for spec in (layer(), layer(1), layer(stride=2), layer(per_channel=3, kernel_size=7)):
        assert chosen(spec, 14, 56) is Bands
    for other in (layer(kernel_size=(1, 3)), layer(per_channel=13), layer(dilation=2)):
        assert chosen(other, 14, 56) is not Bands
    assert chosen(layer(), 14, 20) is not Bands


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, (9, 7)),
        ({"per_channel": 3, "kernel_size": (5, 2)}, (9, 7)),
        ({"kernel_size": (17, 3), "padding": (8, 1)}, (7, 6)),
        ({"kernel_size": 9, "padding": 12}, (2, 3)),
        ({"stride": (2, 3), "padding": 2}, (14, 20)),
        ({"stride": (3, 1), "dilation": (1, 2), "padding": (0, 2)}, (12, 8)),
        ({"stride": (1, 2), "kernel_size": (2, 5), "dilation": (1, 3), "padding": 5}, (6, 11)),
        ({"stride": 3, "kernel_size": 4, "padding_mode": "replicate"}, (11, 10)),
        ({"padding": 2, "padding_mode": "reflect"}, (5, 6)),
        ({"padding": 4, "padding_mode": "circular", "kernel_size": (7, 3)}, (5, 6)),
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "float32", "complex64"])
@pytest.mark.parametrize("part_bytes", [1, 900, 2**23])
def test_it_equals_the_tap_tables(
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    sizes: tuple[int, ...],
    dtype: str,
    part_bytes: int,
) -> None:
    monkeypatch.setattr(bands, "LEAST_WIDTH", 1)
    monkeypatch.setattr(bands, "PART_BYTES", part_bytes)
    monkeypatch.setattr("convcli.engine.compute.executors.toeplitz.WIDEST", 0)
    spec = layer(**options)
    assert chosen(spec, *sizes) is Bands
    assert_whole_numbers_are_exact(spec, (2, 4, *sizes), dtype, 4)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_infinities_stay_where_the_tap_tables_put_them(value: float) -> None:
    """In the weight another executor computes; in the input the part falls back to one."""
    spec = layer()
    assert_no_number_moves(spec, (2, 4, 9, 30), value, [4, 25])


def test_numbers_whose_squares_overflow_are_computed() -> None:
    spec = layer()
    x, w = np.full((1, 4, 9, 30), 1e38, "f"), np.ones(spec.weight_shape, "f")
    w[:, :, 1] = 0
    assert np.array_equal(convolve(spec, x, w), read_tap_tables(operands(spec, x, w)))


def test_it_is_not_replaced_by_its_fall_back() -> None:
    """What the finite parts are computed by: a fall-back that fails is not called."""
    spec = layer(8)
    some = RandomLayer(spec, np.ones((1, 8, 7, 5)), np.ones(spec.weight_shape), None)
    job = replace(job_of(some, random.Random(0)), threads=1, budget=2**24)
    executor = Bands(job, None)  # type: ignore[arg-type]
    for part in executor.parts():
        executor.compute(part, Scratch())
    assert job.output[0, 0, 0, 2].tolist() == [6, 9, 9, 9, 6]
