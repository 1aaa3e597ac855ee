"""NumPy as the judge of its own calls, and what SciPy, OpenCV and others do beyond the records."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from convcli.cli.input.foreign_operands import arranged
from convcli.engine.compute.convolve import convolve
from convcli.errors import ConvError
from convcli.inputs.frameworks.calls import foreign_layer
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.resolved import resolve


def made_up(shape: tuple[int, ...], factor: int = 7, start: int = 3, modulus: int = 11) -> Any:
    return ((factor * np.arange(np.prod(shape)) + start) % modulus - modulus // 2).reshape(shape)


def read(text: str) -> ForeignLayer:
    layer = foreign_layer(text)
    assert layer is not None
    return layer


def run(text: str, x: Any, w: Any = None, **options: Any) -> Any:
    resolved = resolve(read(text), x.shape, None if w is None else w.shape, options, bias=False)
    arrays = arranged(resolved, text, x, w)
    if resolved.spec is None:
        return arrays.windows()
    return arrays.result(convolve(resolved.spec, arrays.input, arrays.weight))


@pytest.mark.parametrize("name", ["convolve", "correlate"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_numpy_computes_the_same(name: str, mode: str) -> None:
    for size, taps in product(range(1, 8), repeat=2):
        x, w = made_up((size,)), made_up((taps,), 5, 1, 7)
        expected = getattr(np, name)(x, w, mode)
        assert np.array_equal(run(f"numpy.{name}(mode={mode!r})", x, w), expected), (size, taps)


@pytest.mark.parametrize(
    "arguments",
    [
        "(2, 3), 'edge'", "(5, 0), 'wrap'", "(9, 9), 'reflect'", "(9, 7), 'symmetric'",
        "(1, 2), 'linear_ramp'", "(1, 2), 'maximum'", "(2, 2), mode='reflect', reflect_type='odd'",
        "2, 'constant', constant_values=7", "(1, 2), 'mean', stat_length=2",
    ],
)  # fmt: skip
def test_numpy_pads_the_same(arguments: str) -> None:
    x = made_up((4,))
    expected = eval(f"np.pad(x, {arguments})")
    assert np.array_equal(run(f"np.pad(x, {arguments})", x), expected)


def test_what_numpy_does_not_take_is_refused_in_its_words() -> None:
    with pytest.raises(ConvError, match="NumPy refuses"):
        run("np.pad(pad_width=1, mode='maximum', stat_length=-1)", made_up((4,)))


# Computed by SciPy 1.17.1 and OpenCV 4.14.
@pytest.mark.parametrize(
    ("text", "x", "w", "expected"),
    [
        ("scipy.ndimage.correlate(mode='mirror')", np.arange(4).reshape(2, 2), np.ones((5, 5), int),
         [[30, 35], [40, 45]]),
        ("scipy.ndimage.correlate1d(axis=0)", np.arange(16).reshape(4, 4), np.array([1, 2, 1]),
         [[4, 8, 12, 16], [16, 20, 24, 28], [32, 36, 40, 44], [44, 48, 52, 56]]),
        ("scipy.ndimage.correlate()", np.array([200, 200], np.uint8), np.array([1, 1]), [144, 144]),
        ("cv2.filter2D(ddepth=-1)", np.full((2, 2), 200, np.uint8), np.ones((1, 2)),
         [[255, 255], [255, 255]]),
        ("cv2.filter2D(ddepth=-1)", np.array([[1, 2]], np.uint8), np.array([[0.5]]), [[0, 1]]),
    ],
)  # fmt: skip
def test_borders_axes_and_types(text: str, x: Any, w: Any, expected: Any) -> None:
    result = run(text, x, w)
    assert result.tolist() == expected
    assert result.dtype == x.dtype


def test_one_kernel_serves_every_channel_of_an_image() -> None:
    x, w = made_up((4, 5, 3)), made_up((3, 3), 5, 1, 7)
    planes = [run("cv2.filter2D(anchor=(0, 2))", x[..., c], w) for c in range(3)]
    assert np.array_equal(run("cv2.filter2D(anchor=(0, 2))", x, w), np.stack(planes, -1))


def test_groups_of_openvino_stand_in_front() -> None:
    x, w = made_up((1, 4, 5, 5)), made_up((2, 3, 2, 3, 3), 5, 1, 7)
    whole = run("openvino.GroupConvolution(pads_begin=[1, 1], pads_end=[1, 1])", x, w)
    halves = [
        run("openvino.Convolution(pads_begin=1, pads_end=1)", x[:, 2 * g : 2 * g + 2], w[g])
        for g in range(2)
    ]
    assert np.array_equal(whole, np.concatenate(halves, 1))


@pytest.mark.parametrize(
    ("text", "shape", "said"),
    [
        ("scipy.ndimage.correlate()", (2, 3, 4, 5), "4 spatial axes"),
        ("scipy.ndimage.correlate(origin=2)", (5,), "origin must be -1 to 1"),
        ("scipy.ndimage.correlate(cval=1.0, mode='constant')", (5,), "cval other than 0"),
        ("cv2.filter2D(anchor=(3, 0))", (5, 5), "anchor"),
        ("cv2.filter2D(borderType='BORDER_WARP')", (5, 5), "BORDER_WRAP"),
        ("paddle.nn.functional.conv2d(padding=[[1, 0], [0, 0], [1, 1], [1, 1]])", (1, 1, 5, 5),
         "batch and of the channels"),
        ("paddle.nn.functional.conv2d(padding=[1])", (1, 1, 5, 5), "not 2 or 4"),
        ("mxnet.nd.Convolution(pad=(0,), layout='NHWC')", (1, 5, 5, 1), "NHWC"),
        ("matlab.conv2(shape='valid')", (2, 2), "empty"),
        ("F.conv2d(padding='same', stride=2)", (1, 1, 5, 5), "stride 1"),
    ],
)  # fmt: skip
def test_what_is_refused_has_a_reason(text: str, shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(ConvError, match=said):
        resolve(read(text), shape, None, {"kernel_size": 3, "out_channels": 1})
