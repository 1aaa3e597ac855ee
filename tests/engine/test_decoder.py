"""Decoders that mirror an encoder."""

from __future__ import annotations

import random

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.decoder import mirror
from convcli.engine.network.walk import Step, walk
from convcli.errors import ConvError
from convcli.inputs.networks.lists import read_stack
from tests.random_stacks import random_stack


def steps_of(text: str, *shape: int) -> list[Step]:
    return walk(read_stack([text]).nodes, Shape(shape))


def test_the_mirror_gives_back_every_shape() -> None:
    rng = random.Random(5)
    mirrored = 0
    for _ in range(600):
        texts, shape, steps = random_stack(rng)
        if any(word in text for text in texts for word in ("Adaptive", "Upsample")) or texts == (
            "ReLU()",
        ) * len(texts):
            continue
        back = walk(mirror(steps), steps[-1].output)
        assert back[-1].output == shape, texts
        mirrored += 1
    assert mirrored > 150


def test_a_mirror_in_words() -> None:
    encoder = (
        "Conv2d(1,8,5,stride=2); BatchNorm2d(8); ReLU(); MaxPool2d(3,stride=2,ceil_mode=True); "
        "Flatten(); Linear(288,10)"
    )
    back = walk(mirror(steps_of(encoder, 1, 1, 28, 28)), Shape((1, 10)))
    kinds = [type(step.layer).__name__ for step in back]
    assert kinds == [
        "Linear",
        "Unflatten",
        "Convolution",
        "Normalisation",
        "Pointwise",
        "Convolution",
    ]
    assert back[-1].output == (1, 1, 28, 28)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Add() <- input, input", "mirror.branches"),
        ("Upsample(scale_factor=2)", "mirror.layer"),
        ("ReLU()", "mirror.empty"),
    ],
)
def test_what_has_no_mirror(text: str, code: str) -> None:
    with pytest.raises(ConvError) as caught:
        mirror(steps_of(text, 1, 1, 8, 8))
    assert caught.value.code == code
