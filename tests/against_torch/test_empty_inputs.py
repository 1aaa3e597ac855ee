"""Layers on an input without cells on an axis: they are refused where torch refuses them."""

from __future__ import annotations

import warnings

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.networks.modules import parse_module

LAYERS = (
    "MaxPool2d(2, padding=1)", "AvgPool2d(2, padding=1)", "LPPool2d(2, 2)", "AdaptiveAvgPool2d(2)",
    "AdaptiveMaxPool2d(2)", "Upsample(scale_factor=2)", "ZeroPad2d(1)", "ReflectionPad2d(1)",
    "ReplicationPad2d(1)", "CircularPad2d(1)", "PixelShuffle(1)",
)  # fmt: skip


@pytest.mark.torch
@pytest.mark.parametrize("sizes", [(1, 1, 0, 4), (1, 1, 4, 0), (1, 0, 4, 4), (0, 1, 4, 4)])
@pytest.mark.parametrize("text", LAYERS)
def test_an_empty_axis_is_refused_where_torch_refuses_it(text: str, sizes: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    module = eval(f"torch.nn.{text}", {"torch": torch})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = tuple(module(torch.zeros(sizes)).shape)
    except RuntimeError:
        wanted = None
    try:
        shape = tuple(parse_module(text).layer_for([Shape(sizes)]).output_shape(Shape(sizes)))
    except ConvError:
        shape = None
    assert shape == wanted
