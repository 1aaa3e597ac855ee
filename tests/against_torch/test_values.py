"""Results equal torch's: random layers of integer-valued float64, compared exactly."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from convcli import convolve
from convcli.backends.oracle import compare_with_torch, torch_convolve
from convcli.engine.geometry.padding import PADDING_MODES
from tests.long_loops import first_part_everyday
from tests.random_layers import RandomLayer, random_layer

LAYERS = 20_000
PARTS = 20


@first_part_everyday("part", PARTS)
def test_random_layers_equal_torch_exactly(part: int) -> None:
    rng = random.Random(part)
    kinds = set()
    for _ in range(LAYERS // PARTS):
        layer = random_layer(rng)
        ours, theirs = convolve(*layer), torch_convolve(*layer)
        assert ours.shape == theirs.shape, layer
        assert np.array_equal(ours, theirs), layer.spec
        kinds.add((layer.spec.rank, layer.spec.transposed, layer.spec.padding_mode))
    assert len(kinds) == 3 * (len(PADDING_MODES) + 1)  # three ranks: each mode, and transposed


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128", "float16"])
def test_other_types_agree_within_rounding(dtype: str) -> None:
    rng, numbers = random.Random(3), np.random.default_rng(3)
    for _ in range(60):
        layer = random_layer(rng, dtype=np.dtype(dtype))
        noisy = RandomLayer(
            layer.spec, *(None if a is None else _noisy(a, numbers) for a in layer[1:])
        )  # type: ignore[arg-type]
        ours = convolve(*noisy)
        assert ours.dtype == dtype
        assert compare_with_torch(*noisy, output=ours).agrees, layer.spec


def _noisy(array: Any, numbers: np.random.Generator) -> Any:
    return (array * numbers.uniform(0.5, 1.5, array.shape)).astype(array.dtype)


def test_a_wrong_result_does_not_agree() -> None:
    layer = random_layer(random.Random(5), dtype=np.float32)
    wrong = convolve(*layer)
    wrong.flat[0] += 1
    assert not compare_with_torch(*layer, output=wrong).agrees


def test_infinite_weights_meet_padding_as_in_torch() -> None:
    rng = random.Random(8)
    for _ in range(50):
        layer = random_layer(rng)
        layer.weight.flat[0] = np.inf
        assert np.array_equal(convolve(*layer), torch_convolve(*layer), equal_nan=True), layer.spec
