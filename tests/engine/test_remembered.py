"""A layer whose calls are remembered gives what a new one would."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import choice, transposed_by_phase
from convcli.engine.compute.native import interleaved, remembered
from convcli.engine.compute.native.library import native
from convcli.engine.compute.native.packing import Packing
from convcli.engine.compute.operands import operands
from tests.random_layers import random_layer

pytestmark = pytest.mark.skipif(not native().kernels, reason="the kernel is not built")

SPEC = ConvSpec.of(in_channels=2, out_channels=3, kernel_size=3, padding=1, bias=True, dims=2)


def arrays(seed: int, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    remembered.forget()


def test_other_numbers_of_the_same_shapes_on_random_layers() -> None:
    rng = random.Random(0)
    for _ in range(300):
        layer = random_layer(rng, dtype=rng.choice(("float32", "float64")))
        for seed in range(3):
            whole = np.random.default_rng(seed).integers(-9, 9, layer.input.shape)
            changed = layer._replace(input=whole.astype(layer.input.dtype))
            expected = read_tap_tables(operands(*changed))
            assert np.array_equal(convolve(*changed).ravel(), expected.ravel())
    assert len(remembered._layers) > 30


def test_infinities_and_nan_where_finite_numbers_were() -> None:
    x, w, b = arrays(0, (1, 2, 9, 9), SPEC.weight_shape, (3,))
    convolve(SPEC, x, w, b)
    x[0, 0, 4, 4], w[0, 0, 0, 0] = np.nan, np.inf
    expected = read_tap_tables(operands(SPEC, x, w, b))
    found = convolve(SPEC, x, w, b)
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert np.array_equal(np.isinf(found), np.isinf(expected))


def test_large_kernels_follow_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "FOURIER_GAIN_COMPILED", 1)
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=31, padding=15, bias=False, dims=2
    )
    x, w = arrays(0, (1, 1, 200, 200), spec.weight_shape)
    convolve(spec, x, w)
    assert not remembered._layers  # by Fourier transform, unless a weight is infinite
    w[0, 0, 0, 0] = np.inf
    convolve(spec, x, w)
    assert not remembered._layers


@pytest.mark.parametrize("change", ["type", "order", "rank", "mode", "threads", "bias"])
def test_what_differs_is_computed_anew(change: str) -> None:
    x, w, b = arrays(1, (2, 2, 6, 6), SPEC.weight_shape, (3,))
    convolve(SPEC, x, w, b)
    spec, more = SPEC, {}
    if change == "type":
        x, w, b = x.astype(np.float64), w.astype(np.float64), b.astype(np.float64)
    elif change == "order":
        x = np.asfortranarray(x)
    elif change == "rank":
        x = x[0]
    elif change == "mode":
        spec = replace(SPEC, padding_mode="circular")
    elif change == "threads":
        more = {"threads": 2}
    else:
        b = None
    expected = read_tap_tables(operands(spec, x, w, b))
    assert np.allclose(convolve(spec, x, w, b, **more), expected.reshape(-1, 3, 6, 6), atol=1e-5)


TRANSPOSED = [
    ((9,), {"kernel_size": 4, "stride": 2, "padding": 1}),
    ((7,), {"kernel_size": 16, "stride": 8, "padding": 4, "batch": 3}),
    ((5,), {"kernel_size": 40, "stride": 20, "padding": 3}),  # more phases than are interleaved
    ((8, 8), {"kernel_size": 4, "stride": 2, "padding": 1, "in_channels": 70, "batch": 5}),
    ((7, 5), {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}),
    ((7, 6), {"kernel_size": 3, "stride": 2, "groups": 2, "batch": 2}),
    ((6, 9), {"kernel_size": 5, "stride": (3, 2), "dilation": (1, 3), "padding": (2, 4)}),
    ((6, 9), {"kernel_size": (2, 3), "stride": (1, 3), "groups": 2}),
    ((6, 5), {"kernel_size": (2, 6), "stride": (3, 2), "padding": 1}),  # a kernel below its stride
    ((6, 5), {"kernel_size": (6, 2), "stride": (2, 3)}),
    ((9, 8), {"kernel_size": 3, "padding": 1}),
    ((9, 8), {"kernel_size": 4, "stride": 2, "groups": 4, "in_channels": 4, "out_channels": 4}),
    ((3, 4, 5), {"kernel_size": 4, "stride": 2, "padding": 1, "out_channels": 20}),
    ((3, 1, 4), {"kernel_size": 2, "stride": (1, 2, 4), "output_padding": (0, 1, 2)}),
    ((1, 1), {"kernel_size": 4, "batch": 3, "groups": 2}),
    ((1,), {"kernel_size": 5, "stride": 3}),
    ((1, 1), {"kernel_size": 4, "padding": 1}),
]  # fmt: skip


def transposed_layer(
    sizes: tuple[int, ...], options: dict[str, Any], dtype: str
) -> tuple[ConvSpec, list[np.ndarray]]:
    """A layer and two inputs, two weights and a bias of whole numbers."""
    given = {"in_channels": 6, "out_channels": 10, "bias": True, "transposed": True, **options}
    batch = given.pop("batch", 1)
    spec = ConvSpec.of(dims=len(sizes), **given)
    rng, shape = np.random.default_rng(0), (batch, spec.in_channels, *sizes)
    shapes = (shape, shape, spec.weight_shape, spec.weight_shape, (spec.out_channels,))
    return spec, [rng.integers(-9, 9, shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("few", [0, 10**9])
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("sizes", "options"), TRANSPOSED)
def test_phases_are_the_tap_tables(
    monkeypatch: pytest.MonkeyPatch,
    sizes: tuple[int, ...],
    options: dict[str, Any],
    dtype: str,
    threads: int,
    few: int,
) -> None:
    monkeypatch.setattr(remembered, "WORTH_HELPERS", 0)
    monkeypatch.setattr(transposed_by_phase, "FEW_OUTPUTS", few)
    for bytes_together in (1, 1000, 2**18):
        remembered.forget()
        monkeypatch.setattr(interleaved, "INTERLEAVED_BYTES", bytes_together)
        spec, (x, other_x, w, other_w, b) = transposed_layer(sizes, options, dtype)
        for layer in ((x, w, b), (x, w, b), (other_x, other_w, -b), (x, other_w, b)):
            expected = read_tap_tables(operands(spec, *layer))
            assert np.array_equal(convolve(spec, *layer, threads=threads), expected)


def test_which_transposed_layers_are_remembered() -> None:
    counts = []
    for sizes, options in TRANSPOSED:
        remembered.forget()
        spec, (x, _, w, _, b) = transposed_layer(sizes, options, "float32")
        convolve(spec, x, w, b)
        counts.append(len(remembered._layers))
    assert counts == [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize(("sizes", "options"), TRANSPOSED)
def test_what_is_no_number_stays_where_the_tap_tables_put_it(
    sizes: tuple[int, ...], options: dict[str, Any], value: float
) -> None:
    spec, (x, _, w, _, b) = transposed_layer(sizes, options, "float64")
    convolve(spec, x, w, b)
    for name in ("input", "weight", "both"):
        changed = [array.copy() for array in (x, w)]
        for array in changed[: 1 if name == "input" else 2][name == "weight" :]:
            array[(0, -1, *[0] * len(sizes))] = value
        expected = read_tap_tables(operands(spec, *changed, b))
        for threads in (1, 2):
            found = convolve(spec, *changed, b, threads=threads)
            assert np.array_equal(found, expected, equal_nan=True)


def test_another_weight_is_copied_anew_for_each_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transposed_by_phase, "FEW_OUTPUTS", 0)
    spec, (x, _, w, _, b) = transposed_layer(*TRANSPOSED[3], "float32")
    convolve(spec, x, w, b)
    (layer,) = remembered._layers.values()
    assert layer.copies >= w.size
    assert len(layer.packing)
    assert not convolve(spec, x, 0 * w, 0 * b).any()


@pytest.mark.parametrize("parts", [1, 2, 7, 100])
def test_copies_of_weights_are_those_of_numpy(parts: int) -> None:
    whole = np.random.default_rng(0).standard_normal((2, 11, 9, 4, 5)).astype("f4")
    for weight in (whole, np.asfortranarray(whole), whole[:, ::2, ::-1]):
        phases = [
            (slice(row, None, 2), slice(column, None, -3)) for row in (0, 1) for column in (4, 3, 2)
        ]
        packing = Packing(weight, phases, parts)
        found = packing.of_phases(packing.copied(weight))
        for copies, phase in zip(found, phases, strict=True):
            assert np.array_equal(copies, weight[(..., *phase)])


def test_refusals_are_those_of_a_new_layer() -> None:
    x, w, b = arrays(2, (1, 2, 6, 6), SPEC.weight_shape, (3,))
    convolve(SPEC, x, w, b)
    for wrong in ((x[:, :1], w, b), (x, w[:, :, :2], b), (x, w, b[:2])):
        with pytest.raises(ConvError):
            convolve(SPEC, *(np.ascontiguousarray(array) for array in wrong))


def test_threads_of_the_caller_have_memory_of_their_own() -> None:
    x, w, b = arrays(3, (1, 2, 40, 40), SPEC.weight_shape, (3,))
    expected = convolve(SPEC, x, w, b)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: convolve(SPEC, x, w, b), range(200)):
            assert np.array_equal(found, expected)


def test_the_number_of_layers_is_bounded() -> None:
    for size in range(3, 3 + 2 * remembered.MOST_LAYERS):
        convolve(SPEC, *arrays(0, (1, 2, 3, size), SPEC.weight_shape))
        assert len(remembered._layers) <= remembered.MOST_LAYERS
