"""Numbers that torch 2.13.0 printed, so that a machine without torch has an independent judge."""

from __future__ import annotations

import numpy as np

from convcli import ConvSpec, initialise
from convcli.engine.random_numbers import TorchGenerator


def test_uniform_numbers_are_torchs() -> None:
    """torch.manual_seed(0); torch.rand(3), and then torch.rand(3, dtype=torch.float64)"""
    generator = TorchGenerator(0)
    assert generator.uniform((3,)).round(4).tolist() == np.array([0.4963, 0.7682, 0.0885], np.float32).tolist()
    assert generator.uniform((3,), dtype=np.float64).round(4).tolist() == [0.0562, 0.0726, 0.1716]


def test_integers_are_torchs() -> None:
    """torch.manual_seed(0); torch.randint(0, 10, (10,))"""
    assert TorchGenerator(0).integers((10,), 0, 10).tolist() == [4, 9, 3, 0, 3, 9, 7, 3, 7, 3]


def test_normal_numbers_are_torchs_few_and_many() -> None:
    """torch.manual_seed(0); torch.randn(3), and torch.randn(17)"""
    assert TorchGenerator(0).normal((3,)).round(4).tolist() == np.array([1.5410, -0.2934, -2.1788], np.float32).tolist()
    many = [-1.1258, -1.6959, 0.5667, 0.7935, 0.5988, -1.5551, -0.3414, 1.8530, 0.4681, -0.5855, -0.1734, 0.1835, 1.3894, 1.5863]
    assert np.allclose(TorchGenerator(0).normal((17,))[:14], many, rtol=0, atol=1e-4)


def test_the_default_initialisation_is_torchs() -> None:
    """torch.manual_seed(0); nn.Conv2d(1, 1, 2)"""
    weight, bias = initialise(ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2), seed=0)
    assert weight.dtype == np.float32
    assert np.allclose(weight.ravel(), [-0.0037, 0.2682, -0.4115, -0.3680], rtol=0, atol=5e-5)
    assert bias is not None
    assert np.allclose(bias, [-0.1926], rtol=0, atol=5e-5)


def test_a_layer_without_inputs_or_bias() -> None:
    weight, bias = initialise(ConvSpec.of(in_channels=0, out_channels=2, kernel_size=2, bias=False, dims=1), seed=1)
    assert weight.shape == (2, 0, 2)
    assert bias is None
