"""What a layer takes beside its arrays is bounded, whatever its kernel, stride and channels."""

from __future__ import annotations

import random
import tracemalloc
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.executors import exchanged, pool, work
from convcli.engine.compute.executors.summed import Summed
from tests.executor_jobs import chosen, numpy_alone
from tests.random_layers import random_layer

MIB = 2**20

# in_channels, out_channels, kernel_size, other arguments, input (N, *sizes), number type
EXTREME_LAYERS: dict[str, tuple[int, int, Any, dict[str, Any], tuple[int, ...], str]] = {
    "many channels and a large kernel": (64, 16, 15, {"padding": 7}, (1, 80, 80), "float32"),
    "a large kernel in 3-D": (16, 8, 7, {"padding": 3}, (1, 20, 20, 20), "float32"),
    "a kernel of 9 million taps": (1, 1, 3001, {"padding": 1500}, (1, 3, 3), "uint8"),
    "a long kernel, integers": (1, 2, 1_400_001, {"padding": 700_000}, (1, 5), "int16"),
    "a long kernel": (1, 1, 1_400_001, {"padding": 700_000}, (1, 200_000), "float32"),
    "cells copied by a padding mode": (
        1, 2, 700_001, {"padding": 350_000, "padding_mode": "replicate"}, (1, 31), "uint8",
    ),
    "a far dilation": (8, 4, 3, {"padding": 300, "dilation": 300}, (1, 600, 600), "float32"),
    "a far dilation, float16": (4, 4, 3, {"dilation": 300}, (1, 1000, 1000), "float16"),
    "a far stride": (64, 8, 3, {"stride": 100, "padding": 1}, (1, 600, 600), "float16"),
    "many channels in": (100_000, 2, 3, {"padding": 1}, (1, 4, 4), "float32"),
    "many images": (2, 2, 221_323, {"padding": 110_661, "groups": 2}, (20, 148), "uint8"),
    "few rows of a long row": (1, 1, 31, {"padding": 15}, (1, 4, 100_000), "int16"),
    "a transposed kernel beyond its input": (
        1, 1, 601, {"stride": 2, "transposed": True}, (1, 16, 16), "float64",
    ),
    "a transposed kernel as its input": (1, 1, 60, {"transposed": True}, (1, 59, 59), "float64"),
    "a transposed kernel, dilated": (
        1, 1, 63, {"transposed": True, "dilation": 30}, (1, 59, 59), "float64",
    ),
    "a long transposed kernel": (
        4, 1, 800_001, {"transposed": True, "stride": 2, "dilation": 3}, (1, 37), "uint8",
    ),
    "a transposed layer of integers": (
        8, 1, 1, {"transposed": True, "stride": 3}, (1, 1_500_000), "uint8",
    ),
    "one number stamped far": (1, 64, 2, {"transposed": True, "stride": 2}, (3, 78_520), "uint8"),
    "small maps under large separable kernels": (
        3000, 3000, 31, {"padding": 15, "groups": 3000}, (2, 4, 4), "int32",
    ),
    "a far separable kernel": (1, 1, 15, {"dilation": 90}, (1, 1500, 1500), "uint8"),
    "a separable kernel of 9 million taps": (1, 1, 3001, {"padding": 30}, (1, 2950, 2950), "int8"),
}  # fmt: skip
OF_NUMPY: dict[str, tuple[int, int, Any, dict[str, Any], tuple[int, ...], str]] = {
    "small maps of many channels": (
        20_000, 20_000, 3, {"padding": 1, "groups": 20_000}, (1, 20, 20), "float32",
    ),
    "narrow maps under a tall kernel": (
        8, 16, (30_001, 15), {"padding": (15_000, 7), "groups": 8}, (1, 40, 20), "float64",
    ),
    "large weights of three taps": (600, 500, 3, {"padding": 1}, (1, 30, 30), "float32"),
    "channels under three taps, with a NaN": (64, 64, 3, {"padding": 1}, (1, 90, 90), "float32"),
    "small maps of many channels, with a NaN": (
        20_000, 20_000, 3, {"padding": 1, "groups": 20_000}, (1, 20, 20), "float32",
    ),
    "long rows under three taps": (64, 64, 3, {"padding": 1}, (1, 24, 3000), "float64"),
    "a volume of wide planes": (1, 2, 5, {"padding": 2}, (1, 40, 300, 300), "uint8"),
    "long narrow maps": (16, 16, 5, {"padding": 2, "groups": 16}, (2, 60_000, 8), "float16"),
}  # fmt: skip


@pytest.fixture
def no_scratch() -> None:
    """Threads keep their scratch memory: begin without any."""
    work._of_thread.__dict__.clear()
    pool.pool.cache_clear()


@pytest.mark.usefixtures("no_scratch")
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("name", [*EXTREME_LAYERS, *OF_NUMPY])
def test_beside_its_arrays_a_layer_takes_at_most_64_mib(
    monkeypatch: pytest.MonkeyPatch, name: str, count: int
) -> None:
    if name in OF_NUMPY:
        numpy_alone(monkeypatch)
    layers = EXTREME_LAYERS | OF_NUMPY
    in_channels, out_channels, kernel_size, more, (images, *sizes), dtype = layers[name]
    spec = ConvSpec.of(
        in_channels=in_channels,
        out_channels=out_channels,
        kernel_size=kernel_size,
        dims=len(sizes),
        **more,
    )
    x = np.ones((images, in_channels, *sizes), dtype)
    w = np.full(spec.weight_shape, 1 if dtype[0] in "iu" else 0.1, dtype)
    if name.endswith("a NaN"):
        x.reshape(-1)[x.size // 2] = np.nan
    tracemalloc.start()
    try:
        y = convolve(spec, x, w, threads=count)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    copy_of_weight = w.size * max(4, w.itemsize)
    assert taken - y.nbytes - copy_of_weight <= 64 * MIB


@pytest.mark.parametrize("name", ["transposed", "convolution"])
def test_a_layer_of_much_scratch_is_a_sum_of_layers(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    numpy_alone(monkeypatch)
    one = {"in_channels": 1, "out_channels": 1, "dims": 2}
    if name == "transposed":
        assert chosen(ConvSpec.of(kernel_size=60, transposed=True, **one), 59, 59) is Summed
        assert chosen(ConvSpec.of(kernel_size=20, transposed=True, **one), 59, 59) is not Summed
    else:
        spec = ConvSpec.of(kernel_size=3, dilation=300, padding=300, **one)
        assert chosen(spec, 3000, 3000) is Summed


def test_a_kernel_larger_than_its_input_changes_places_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = {"in_channels": 1, "out_channels": 1, "dims": 2, "transposed": True}
    assert chosen(ConvSpec.of(kernel_size=150, stride=2, **one), 4, 4) is not Summed
    rng = random.Random(2)
    monkeypatch.setattr(exchanged, "EXCHANGED_TAPS", 1)
    for _ in range(300):
        layer = random_layer(rng)
        if layer.spec.transposed:
            found = convolve(*layer)
            monkeypatch.setattr(exchanged, "EXCHANGED_TAPS", 2**60)
            assert np.array_equal(convolve(*layer), found)
            monkeypatch.setattr(exchanged, "EXCHANGED_TAPS", 1)


def test_a_layer_within_another_one_has_memory_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a signal's handler computes one, here between the copy of the cells and the product."""
    numpy_alone(monkeypatch)
    spec = ConvSpec.of(dims=2, in_channels=70, out_channels=70, kernel_size=5, padding=2)
    rng = np.random.default_rng(0)
    x, other, w = (
        rng.standard_normal(shape).astype(np.float32)
        for shape in ((1, 70, 30, 30), (1, 70, 30, 30), spec.weight_shape)
    )
    expected, padded, inside = convolve(spec, x, w), work.Job.padded, [False]

    def padded_and_interrupted(job: work.Job, part: work.Part, scratch: work.Scratch) -> Any:
        block = padded(job, part, scratch)
        if not inside[0]:
            inside[0] = True
            convolve(spec, other, w)
        return block

    monkeypatch.setattr(work.Job, "padded", padded_and_interrupted)
    assert np.array_equal(convolve(spec, x, w), expected)
    assert inside[0]
