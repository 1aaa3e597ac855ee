"""Gradients equal torch's autograd: random layers of integer-valued float64, compared exactly."""

from __future__ import annotations

import random

import numpy as np

from convcli.backends.oracle import torch_gradients
from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.gradients.gradients import gradients
from tests.long_loops import first_part_everyday
from tests.random_layers import integers, random_layer

LAYERS = 2000


@first_part_everyday("part", 4)
def test_gradients_equal_autograd_exactly(part: int) -> None:
    rng = random.Random(part)
    kinds = set()
    for _ in range(LAYERS // 4):
        layer = random_layer(rng)
        upstream = integers(rng, layer.spec.output_shape(layer.input.shape), np.float64)
        ours = gradients(*layer, output_gradient=upstream)
        theirs = torch_gradients(*layer, output_gradient=upstream)
        for found, expected in zip(ours, theirs, strict=True):
            assert found.shape == expected.shape
            assert np.array_equal(found, expected), layer.spec
        kinds.add((layer.spec.rank, layer.spec.transposed, layer.spec.padding_mode))
    assert len(kinds) == 3 * (len(PADDING_MODES) + 1)
