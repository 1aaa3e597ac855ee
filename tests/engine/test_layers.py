"""Layers beside convolutions and pooling: what they refuse, and which cells they read."""

from __future__ import annotations

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import Cells
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.walk import Step, seen_by_unit, walk
from convcli.errors import ConvError
from convcli.inputs.networks.kinds import KINDS
from convcli.inputs.networks.lists import read_stack
from convcli.inputs.networks.modules import parse_module

PLANE = (1, 4, 6, 8)
OWN = ((range(2, 3),), (range(5, 6),))
ROW, COLUMN, ALL = (OWN[0], (range(8),)), ((range(6),), OWN[1]), ((range(6),), (range(8),))

# one layer of each class of layers: its text, and an input that it fits on
EXAMPLES: dict[str, tuple[str, tuple[int, ...]]] = {
    "Convolution": ("Conv2d(4, 6, 3, groups=2)", PLANE),
    "Pool": ("LPPool2d(2, 3)", PLANE),
    "AdaptivePool": ("AdaptiveMaxPool2d(2)", PLANE),
    "PadLayer": ("CircularPad2d(1)", PLANE),
    "Upsample": ("UpsamplingNearest2d(scale_factor=2)", PLANE),
    "PixelShuffle": ("PixelShuffle(2)", PLANE),
    "Unfold": ("Unfold(3)", PLANE),
    "Fold": ("Fold((4, 5), 2)", (1, 12, 12)),
    "Normalisation": ("BatchNorm2d(4)", PLANE),
    "LayerNorm": ("RMSNorm(8)", PLANE),
    "Linear": ("LazyLinear(3)", PLANE),
    "Flatten": ("Flatten()", PLANE),
    "Unflatten": ("Unflatten(1, (2, -1))", PLANE),
    "Softmax": ("LogSoftmax(1)", PLANE),
    "PReLU": ("PReLU()", PLANE),
    "GLU": ("GLU(1)", PLANE),
    "Elementwise": ("Add() <- input, input", PLANE),
    "Concat": ("Concat() <- input, input", PLANE),
    "Pointwise": ("ReLU()", PLANE),
}


def steps_of(text: str, *shape: int) -> list[Step]:
    return walk(read_stack([text]).nodes, Shape(shape))


def seen(text: str) -> tuple[Cells, ...]:
    return seen_by_unit(steps_of(text, *PLANE), 0, (2, 5), Shape(PLANE)).cells


def test_every_kind_builds_its_class() -> None:
    assert {kind.layer.__name__ for kind in KINDS} == set(EXAMPLES)
    for name, (text, shape) in EXAMPLES.items():
        assert type(steps_of(text, *shape)[0].layer).__name__ == name


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_layer_keeps_its_promises(name: str) -> None:
    """Readings of the output's sizes, counts, and a mirror that restores the input's shape."""
    text, shape = EXAMPLES[name]
    (step,) = steps_of(text, *shape)
    layer: Layer = step.layer
    if step.readings is not None:
        assert [reading and reading.outputs for reading in step.readings] == list(step.output[2:])
        assert [reading and reading.size for reading in step.readings] == list(shape[2:])
    assert step.parameters >= 0
    assert layer.bias_additions(step.output) >= 0
    tools = layer.tool_counts(step.output, *step.inputs)
    macs = layer.macs(step.output, *step.inputs) + layer.bias_additions(step.output)
    assert all(number is None or macs + number >= 0 for number in tools or ())
    back = layer.mirrored(step.output, *step.inputs)
    assert back is None or back.output_shape(step.output) == shape


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("ReLU()", OWN),
        ("Softmax(dim=1)", OWN),
        ("Softmax(dim=2)", COLUMN),
        ("Softmax(dim=-1)", ROW),
        ("Softmax2d()", OWN),
        ("LayerNorm(8)", ROW),
        ("LayerNorm([6, 8])", ALL),
        ("LayerNorm([4, 6, 8])", ALL),
        ("BatchNorm2d(4)", OWN),
        ("InstanceNorm2d(4)", ALL),
        ("GroupNorm(2, 4)", ALL),
        ("GLU(1)", OWN),
        ("PReLU(4)", OWN),
    ],
)
def test_cells_that_layers_of_one_shape_read(text: str, cells: tuple[Cells, ...]) -> None:
    assert seen(text) == cells


def test_cubic_resizing_reads_four_cells() -> None:
    (step,) = steps_of("Upsample(scale_factor=2, mode='bicubic')", 1, 1, 9, 9)
    reading = step.readings[0] if step.readings else None
    assert reading is not None
    assert [list(reading.window(output)) for output in (7, 8)] == [[1 + 1, 3, 4, 5], [2, 3, 4, 5]]


@pytest.mark.parametrize(("windows", "fits"), [(11, False), (12, True), (13, False), (24, False)])
def test_fold_takes_the_windows_that_unfold_makes(windows: int, fits: bool) -> None:
    text = "Fold((4, 5), kernel_size=(2, 2))"
    if fits:
        assert steps_of(text, 1, 12, windows)[0].output == (1, 3, 4, 5)
        return
    with pytest.raises(ConvError, match=r"needs an input \(N, C\*4, 12\), got 1x12x") as caught:
        steps_of(text, 1, 12, windows)
    assert caught.value.code == "input.fold"


@pytest.mark.parametrize("scale", ["1e19", "3e9"])
def test_sizes_have_a_limit(scale: str) -> None:
    with pytest.raises(ConvError, match=r"2\^63 - 1") as caught:
        steps_of(f"Upsample(scale_factor={scale})", 1, 1, 9_000_000_000)
    assert caught.value.code == "shape.most"
    assert steps_of("Upsample(scale_factor=1e9)", 1, 1, 9_000_000_000)[0].output[2] == 9 * 10**18


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("Conv2d(4, 4, 3)", True),
        ("Conv2d(4, 4, 3); GroupNorm(2, 4); MaxPool2d(2)", True),
        ("Unflatten(1, (2, 2))", False),
        ("Conv2d(4, 4, 3); GLU(-1); Conv2d(4, 4, 2)", False),
    ],
)
def test_units_say_whether_their_cells_are_exact(text: str, exact: bool) -> None:
    steps = steps_of(text.partition(";")[0] if "Unflatten" in text else text, *PLANE)
    unit = (0,) * (len(steps[-1].output) - 2)
    assert seen_by_unit(steps, len(steps) - 1, unit, Shape(PLANE)).is_exact is exact


def test_a_builder_says_what_is_missing() -> None:
    with pytest.raises(ConvError, match="Unfold needs kernel_size"):
        parse_module("Unfold()").layer_for([Shape(PLANE)])
