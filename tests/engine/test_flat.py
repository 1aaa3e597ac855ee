"""Convolutions of few output channels, whose columns are runs of padded cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import flat
from convcli.engine.compute.executors.flat import Flat
from convcli.engine.compute.operands import operands
from tests.executor_jobs import chosen, numpy_alone


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy_alone(monkeypatch)


def layer(**more: Any) -> ConvSpec:
    options = {"kernel_size": 3, "padding": 1, "groups": 4, "dims": 2} | more
    return ConvSpec.of(in_channels=16, out_channels=16, **options)


def test_the_rule_takes_few_channels_and_short_rows() -> None:
    assert chosen(layer(), 14, 28) is Flat
    assert chosen(layer(groups=1, padding_mode="circular"), 14, 14) is Flat
    for other in (layer(stride=2), layer(kernel_size=5), layer(padding=6, dilation=6)):
        assert chosen(other, 14, 14) is not Flat
    assert chosen(layer(), 14, 56) is not Flat


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, (7, 5)),
        ({"groups": 1, "padding": 0}, (6, 9)),
        ({"padding": (0, 2), "kernel_size": (1, 3)}, (4, 8)),
        ({"padding": 2, "dilation": 2, "padding_mode": "reflect"}, (6, 9)),
        ({"dims": 3, "kernel_size": 2, "groups": 8}, (3, 4, 5)),
        ({"dims": 3, "kernel_size": (3, 1, 3), "padding": (1, 0, 1)}, (2, 1, 4)),
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "float32", "complex64"])
@pytest.mark.parametrize("part_bytes", [1, 2000, 2**23])
def test_it_equals_the_tap_tables(
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    sizes: tuple[int, ...],
    dtype: str,
    part_bytes: int,
) -> None:
    monkeypatch.setattr(flat, "PART_BYTES", part_bytes)
    monkeypatch.setattr(flat, "MOST_CELLS", 9)
    spec = layer(**options)
    assert chosen(spec, *sizes) is Flat
    rng = np.random.default_rng(0)
    x, w, b = (
        rng.integers(0, 4, shape).astype(dtype)
        for shape in ((3, 16, *sizes), spec.weight_shape, (16,))
    )
    expected = read_tap_tables(operands(spec, x, w, b))
    for threads in (1, 2):
        assert np.array_equal(convolve(spec, x, w, b, threads=threads), expected)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_infinities_stay_where_the_tap_tables_put_them(value: float) -> None:
    spec = layer()
    x, w = np.ones((2, 16, 6, 6), "f"), np.ones(spec.weight_shape, "f")
    for array in (x, w):
        changed = array.copy()
        changed.reshape(-1)[[4, 155]] = value
        arrays = (changed, w) if array is x else (x, changed)
        with np.errstate(all="ignore"):
            expected = read_tap_tables(operands(spec, *arrays))
        assert np.array_equal(convolve(spec, *arrays), expected, equal_nan=True)
