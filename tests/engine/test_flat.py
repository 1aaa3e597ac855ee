"""Convolutions of few output channels, whose columns are runs of padded cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.executors import flat
from convcli.engine.compute.executors.flat import Flat
from tests.equal_to_tap_tables import assert_no_number_moves, assert_whole_numbers_are_exact
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
    assert_whole_numbers_are_exact(spec, (3, 16, *sizes), dtype, 4)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_infinities_stay_where_the_tap_tables_put_them(value: float) -> None:
    spec = layer()
    assert_no_number_moves(spec, (2, 16, 6, 6), value, [4, 155])
