"""A layer whose calls are remembered gives what a new one would."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from convcli import ConvError, ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import choice
from convcli.engine.compute.native import remembered
from convcli.engine.compute.native.library import native
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
