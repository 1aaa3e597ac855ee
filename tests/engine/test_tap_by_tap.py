"""Convolutions that read much padding: a product for each tap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.executors import tap_by_tap
from convcli.engine.compute.executors.tap_by_tap import TapByTap, reads_of
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from tests.equal_to_tap_tables import assert_no_number_moves, assert_whole_numbers_are_exact
from tests.executor_jobs import chosen, numpy_alone


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy_alone(monkeypatch)


def layer(channels: int = 128, **more: Any) -> ConvSpec:
    options = {"kernel_size": 3, "padding": 9, "dilation": 9, "dims": 2} | more
    return ConvSpec.of(in_channels=channels, out_channels=4, **options)


def test_the_rule_takes_layers_of_many_channels_that_read_much_padding() -> None:
    assert chosen(layer(), 20, 20) is TapByTap
    assert chosen(layer(groups=2, channels=256), 20, 20) is TapByTap
    assert chosen(layer(channels=64), 20, 20) is not TapByTap
    assert chosen(layer(padding=1, dilation=1), 20, 20) is not TapByTap
    assert chosen(layer(padding_mode="circular"), 20, 20) is not TapByTap
    assert chosen(layer(padding=3, dilation=3), 6, 6) is not TapByTap


@pytest.mark.parametrize("pad", [Pad(0, 0), Pad(1, 0), Pad(5, 7)])
@pytest.mark.parametrize("axis", [(3, 1, 2), (4, 3, 1), (2, 2, 3), (1, 2, 1)])
def test_reads_are_the_cells_that_lie_in_the_input(axis: tuple[int, ...], pad: Pad) -> None:
    kernel_size, stride, dilation = axis
    size, some = 9, Axis(kernel_size, stride, dilation, pad)
    count = some.output_size(size)
    for outputs in (slice(0, count), slice(1, max(1, count - 1))):
        for k, read in enumerate(reads_of(some, size, outputs)):
            cells = {p: p * stride + k * dilation - pad.before for p in range(count)[outputs]}
            inside = {p: cell for p, cell in cells.items() if 0 <= cell < size}
            assert list(range(count)[outputs][read.outputs]) == list(inside)
            assert list(range(size)[read.cells]) == list(inside.values())


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, (7, 20)),
        ({"stride": (2, 3), "padding": (12, 9)}, (9, 8)),
        ({"dims": 1, "kernel_size": 5, "padding": 8, "dilation": 4}, (9,)),
        ({"dims": 3, "padding": 2, "dilation": 2, "groups": 2}, (4, 2, 3)),
        ({"padding": 40, "dilation": 1}, (2, 2)),
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "float32", "complex64"])
def test_it_equals_the_tap_tables(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], sizes: tuple[int, ...], dtype: str
) -> None:
    monkeypatch.setattr(tap_by_tap, "LEAST_CHANNELS", 1)
    monkeypatch.setattr(tap_by_tap, "LEAST_SKIPPED", 0)
    spec = layer(6, **options)
    assert chosen(spec, *sizes) is TapByTap
    assert_whole_numbers_are_exact(spec, (3, 6, *sizes), dtype, 9)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_infinities_stay_where_the_tap_tables_put_them(value: float) -> None:
    """In the weight another executor computes: the padding would make NaNs of them."""
    spec = layer()
    assert_no_number_moves(spec, (1, 128, 20, 20), value, [4, 555])
