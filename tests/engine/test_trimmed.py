"""Regions without the taps that read only padding: which taps, and what they must not change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.work import Job, bias_of_images
from convcli.engine.compute.native import remembered, trimmed
from convcli.engine.compute.native.direct import has_kernels
from convcli.engine.compute.native.trimmed import Trimmed, axis_regions
from convcli.engine.compute.operands import Operands, operands
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad

pytestmark = pytest.mark.skipif(not has_kernels(), reason="no compiled kernel")


@pytest.fixture(autouse=True)
def small_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    remembered.forget()
    for name in ("TRIMMED_PRODUCTS", "LEAST_REGION", "LEAST_KERNELS", "LEAST_KERNELS_OF_A_ROW"):
        monkeypatch.setattr(trimmed, name, 1)
    monkeypatch.setattr(trimmed, "MOST_REGIONS", 9)
    monkeypatch.setattr(trimmed, "TRIMMED_GAIN", 0.06)
    monkeypatch.setattr(trimmed, "LEAST_WIDTH", 1)


def arrays_of(sizes: tuple[int, ...] = (9, 8), dtype: str = "float32", **more: Any) -> Operands:
    options = {"in_channels": 5, "out_channels": 6, "kernel_size": 3, "padding": 3, "dilation": 3}
    spec = ConvSpec.of(dims=len(sizes), **options | more)
    rng = np.random.default_rng(0)
    shapes = ((2, spec.in_channels, *sizes), spec.weight_shape, (spec.out_channels,))
    return operands(spec, *(rng.standard_normal(shape).astype(dtype) for shape in shapes))


def convolved(arrays: Operands, threads: int = 1) -> Any:
    return convolve(arrays.spec, arrays.input, arrays.weight, arrays.bias, threads=threads)


def job_of(arrays: Operands) -> Job:
    shape, groups = arrays.output_shape, arrays.spec.groups
    return Job(
        arrays.spec,
        arrays.input.reshape(len(arrays.input), groups, -1, *arrays.sizes),
        arrays.weight_by_group,
        bias_of_images(arrays.bias, shape[0], groups),
        np.empty((shape[0], groups, shape[1] // groups, *shape[2:]), arrays.dtype),
    )


@pytest.mark.parametrize("kernel_size", [2, 3, 5])
@pytest.mark.parametrize("dilation", [1, 2, 4])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("pad", [Pad(1, 0), Pad(2, 2), Pad(4, 7)])
@pytest.mark.parametrize("size", [5, 12])
def test_regions_are_the_windows_that_meet_the_input_with_the_same_taps(
    kernel_size: int, dilation: int, stride: int, pad: Pad, size: int
) -> None:
    axis = Axis(kernel_size, stride, dilation, pad)
    outputs = axis.output_size(size)
    if outputs < 1:
        return
    taps = [
        [k for k in range(kernel_size) if 0 <= p * stride + k * dilation - pad.before < size]
        for p in range(outputs)
    ]
    regions = axis_regions(axis, size, outputs)
    if not all(taps):
        assert not regions
    for region in regions:
        for j, p in enumerate(range(outputs)[region.outputs]):
            assert taps[p] == list(range(kernel_size)[region.taps])
            cell = region.cells.start + j * stride
            assert cell == p * stride + taps[p][0] * dilation - pad.before
            assert cell + (len(taps[p]) - 1) * dilation < region.cells.stop <= size
    assert sum(trimmed.length(region) for region in regions) in (0, outputs)


@pytest.mark.parametrize(
    ("sizes", "more"),
    [
        ((9, 8), {}),
        ((11,), {"groups": 1, "padding": 2, "dilation": 2}),
        ((7, 9), {"in_channels": 4, "groups": 2, "stride": (2, 1), "padding": (4, 3)}),
        ((6, 5, 7), {"kernel_size": (2, 3, 1), "padding": (1, 2, 0), "dilation": (1, 2, 1)}),
    ],
)
@pytest.mark.parametrize(("dtype", "digits"), [("float32", 2e-6), ("float64", 1e-14)])
def test_they_are_the_whole_layer(
    sizes: tuple[int, ...], more: dict[str, Any], dtype: str, digits: float
) -> None:
    arrays = arrays_of(sizes, dtype, **more)
    assert type(choose(job_of(arrays))) is Trimmed
    expected = read_tap_tables(arrays)
    for threads in (1, 3):
        assert (
            np.abs(convolved(arrays, threads) - expected).max() <= digits * np.abs(expected).max()
        )


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_no_number_stays_where_it_is(value: float) -> None:
    """In the input it meets the taps of its windows; in the weight the padding as well."""
    arrays = arrays_of()
    for name, place in (("input", (0, 2, 4, 0)), ("weight", (3, 1, 0, 2))):
        changed = getattr(arrays, name).copy()
        changed[place] = value
        others = replace(arrays, **{name: changed})
        assert (type(choose(job_of(others))) is Trimmed) == (name == "input")
        assert np.allclose(convolved(others), read_tap_tables(others), atol=1e-5, equal_nan=True)


def test_regions_of_a_row_or_a_column_each_do_not_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    far, large = arrays_of(), arrays_of((17, 17), kernel_size=7, dilation=1)
    for most, expected in ((9, True), (3, False)):
        monkeypatch.setattr(trimmed, "MOST_REGIONS", most)
        assert (type(choose(job_of(large))) is Trimmed) == expected
        assert type(choose(job_of(far))) is Trimmed


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_its_calls_are_remembered_for_finite_weights(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setattr(remembered, "WORTH_HELPERS", 0)
    arrays = arrays_of()
    first = convolved(arrays, threads)
    (layer,) = remembered._layers.values()
    assert layer.for_finite
    assert len(layer.calls) >= 9
    assert np.array_equal(convolved(arrays, threads), first)
    for name, value in (("input", np.nan), ("weight", np.inf), ("weight", -1.0)):
        changed = getattr(arrays, name).copy()
        changed[1, 2, 0, 1] = value
        others = replace(arrays, **{name: changed})
        expected = read_tap_tables(others)
        assert np.allclose(convolved(others, threads), expected, atol=1e-5, equal_nan=True)


def test_what_is_not_padded_with_zeros_is_not_cut() -> None:
    for more in ({"padding": 0}, {"padding_mode": "circular"}):
        assert type(choose(job_of(arrays_of(**more)))) is not Trimmed
