from __future__ import annotations

import random
from math import prod

import numpy as np
import pytest

from convcli import ConvSpec, cost, trace
from convcli.inputs.text.layer import parse_layer
from tests.random_layers import random_layer


@pytest.mark.parametrize(
    ("layer", "shape", "parameters", "macs"),
    [
        ("Conv2d(3, 64, 7, stride=2, padding=3)", (1, 3, 224, 224), 9472, 118013952),
        ("Conv2d(3, 96, 11, stride=4)", (1, 3, 227, 227), 34944, 105415200),  # AlexNet
        ("Conv2d(32, 32, 3, padding=1, groups=32)", (1, 32, 112, 112), 320, 3612672),
        ("ConvTranspose2d(4, 2, 2, stride=2)", (1, 4, 5, 5), 34, 800),
    ],
)
def test_known_layers(layer: str, shape: tuple[int, ...], parameters: int, macs: int) -> None:
    price = cost(parse_layer(layer, {}).alone(), shape)
    assert (price.parameters, price.macs) == (parameters, macs)


def test_macs_are_the_terms_of_the_worked_sums() -> None:
    """In a convolution padding counts too; in a transposed one also what the padding crops."""
    rng = random.Random(1)
    for _ in range(100):
        layer = random_layer(rng, dtype=np.int64)
        terms = sum(len(worked.terms) for worked in trace(*layer))
        price = cost(layer.spec, layer.input.shape)
        uncropped = not any(sum(axis.pad) for axis in layer.spec.axes)
        if not layer.spec.transposed or uncropped:
            assert terms == price.macs
        else:
            assert terms <= price.macs


def test_operations_count_the_bias() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=2, dims=1)
    price = cost(spec, (3, 1, 5))
    assert (price.macs, price.bias_adds, price.operations) == (48, 24, 120)


def test_the_factors_multiply_to_the_numbers_and_a_bias_is_counted_once() -> None:
    rng = random.Random(2)
    for _ in range(300):
        layer = random_layer(rng)
        price, output = (
            cost(layer.spec, layer.input.shape),
            prod(layer.spec.output_shape(layer.input.shape)),
        )
        assert (prod(price.weight_factors), prod(price.mac_factors)) == (price.weights, price.macs)
        assert price.weights == layer.weight.size
        assert (price.biases, price.bias_adds) == (
            (layer.spec.out_channels, output) if layer.spec.bias else (0, 0)
        )
