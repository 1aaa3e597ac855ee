"""Input sizes that a network accepts and restores, and the output_padding that fixes others."""

from __future__ import annotations

import random

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.input_sizes import restored, tried_sizes
from convcli.engine.network.walk import walk
from convcli.inputs.networks.lists import read_stack

UNET = """enc1: Conv2d(1, 8, 3, padding=1); MaxPool2d(2)
enc2: Conv2d(8, 16, 3, padding=1); MaxPool2d(2)
Conv2d(16, 32, 3, padding=1); up2: ConvTranspose2d(32, 16, 2, stride=2); Concat() <- up2, enc2
Conv2d(32, 16, 3, padding=1); up1: ConvTranspose2d(16, 8, 2, stride=2); Concat() <- up1, enc1
Conv2d(16, 2, 1)"""


def test_sizes_that_survive_a_unet_and_the_output_padding_that_mends_others() -> None:
    nodes = read_stack([UNET]).nodes
    tried = list(tried_sizes(nodes, Shape((1, 1, 8, 8)), range(1, 41)))
    assert [one.size for one in tried if one.comes_back] == list(range(4, 41, 4))
    assert all(one.error for one in tried if one.size % 4)
    for height, width in [(33, 35), (17, 16), (22, 39)]:
        shape = Shape((1, 1, height, width))
        found = restored(nodes, shape)
        assert walk(found.nodes, shape)[-1].output == (1, 2, height, width)
        assert found.output_padding
    assert restored(nodes, Shape((1, 1, 32, 32))).output_padding == {}


def test_output_padding_mends_random_encoder_decoders() -> None:
    rng = random.Random(4)
    for _ in range(300):
        kernels = [(rng.choice((2, 3, 4, 5)), rng.choice((2, 3))) for _ in range(rng.randint(1, 3))]
        encoder = [f"Conv1d(1,1,{k},stride={s},padding={k // 2})" for k, s in kernels]
        decoder = [
            f"ConvTranspose1d(1,1,{k},stride={s},padding={k // 2})" for k, s in reversed(kernels)
        ]
        shape = Shape((1, 1, rng.randint(20, 90)))
        found = restored(read_stack(encoder + decoder).nodes, shape)
        assert walk(found.nodes, shape)[-1].output == shape
