"""Pooling by its definition: windows that fit; with ceil_mode one more that starts in the input."""

from __future__ import annotations

import random

import pytest

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.pooling import AdaptivePool, Pool, pooled_size
from convcli.errors import ConvError
from convcli.inputs.networks.modules import parse_module


def test_sizes_are_the_windows_that_may_be() -> None:
    rng = random.Random(1)
    more = fewer = 0
    for _ in range(4000):
        kernel = rng.randint(1, 6)
        pad = rng.randint(0, kernel // 2)
        axis = Axis(kernel, rng.randint(1, 5), rng.randint(1, 3), Pad(pad, pad))
        size = rng.randint(1, 20)
        starts = range(-pad, size + pad, axis.stride)
        fitting = [start for start in starts if start + axis.extent <= size + pad]
        if fitting:
            assert pooled_size(axis, size, ceil_mode=False) == len(fitting)
        else:
            with pytest.raises(ConvError):
                pooled_size(axis, size, ceil_mode=False)
        following = -pad + len(fitting) * axis.stride
        rest = fitting and fitting[-1] + axis.extent < size + pad  # cells that no window reaches
        if fitting:
            extra = bool(rest and following < size)
            assert pooled_size(axis, size, ceil_mode=True) == len(fitting) + extra, (axis, size)
            more, fewer = more + extra, fewer + bool(rest and not extra)
    assert min(more, fewer) > 100


def test_windows_read_real_cells_only() -> None:
    pool = Pool((Axis(3, 2, 1, Pad(1, 1)),), ceil_mode=True)
    reading = pool.readings(Shape((1, 1, 6)))[0]
    assert reading is not None
    assert [reading.cells((range(o, o + 1),)) for o in range(4)] == [
        (range(2),),
        (range(1, 4),),
        (range(3, 6),),
        (range(5, 6),),
    ]
    assert pool.output_shape(Shape((1, 1, 6))) == (1, 1, 4)


@pytest.mark.parametrize(
    ("kernel", "pad", "legal"),
    [(2, 1, True), (3, 1, True), (3, 2, False), (1, 1, False), (4, 2, True)],
)
def test_padding_is_at_most_half_of_the_kernel(kernel: int, pad: int, legal: bool) -> None:
    layer = parse_module(f"MaxPool1d({kernel}, 1, {pad}, 5)")
    if legal:
        assert layer.layer_for([Shape((1, 1, 40))])
    else:
        with pytest.raises(ConvError, match="at most half of kernel_size"):
            layer.layer_for([Shape((1, 1, 40))])


def test_averages_of_volumes_take_no_window_larger_than_the_input() -> None:
    small = Shape((1, 1, 2, 3, 3))
    largest = parse_module("MaxPool3d(3, 1, 1)").layer_for([small])
    assert largest.output_shape(small) == (1, 1, 2, 3, 3)
    for text in ("AvgPool3d(3, 1, 1)", "LPPool3d(2, 3, 1)"):
        with pytest.raises(ConvError, match="must be at most the input size 2, got 3"):
            parse_module(text).layer_for([small])
    plane = Shape((1, 1, 2, 3))
    assert parse_module("AvgPool2d(3, 1, 1)").layer_for([plane]).output_shape(plane) == plane


def test_adaptive_windows() -> None:
    for size in range(1, 15):
        for outputs in range(1, 15):
            reading = AdaptivePool((outputs,)).readings(Shape((1, 1, size)))[0]
            assert reading is not None
            for o in range(outputs):
                window = range(o * size // outputs, -(-(o + 1) * size // outputs))
                assert reading.window(o) == window
                assert reading.cells((range(o, o + 1),)) == (window,)
    assert AdaptivePool((None, 3)).output_shape(Shape((2, 5, 7, 8))) == (2, 5, 7, 3)
    assert AdaptivePool((0,)).readings(Shape((1, 1, 5))) == (None,)
