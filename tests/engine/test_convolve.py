"""Identities that hold whatever torch says, on integers, exactly."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec, convolve
from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.gradients.as_layers import adjoint
from tests.random_layers import integers, random_layer

LAYERS = 150


def layer_of(seed: int, **fixed: Any) -> Any:
    return [
        random_layer(random.Random(seed * 1000 + n), dtype=np.int64, **fixed) for n in range(LAYERS)
    ]


def naive(spec: ConvSpec, x: Any, w: Any, b: Any) -> Any:
    """The sum of products over the explicitly padded input, in plain loops."""
    mode: Any = PADDING_MODES[spec.padding_mode].numpy
    padded = np.pad(x, [(0, 0), (0, 0), *(axis.pad for axis in spec.axes)], mode=mode)
    out = np.zeros(spec.output_shape(x.shape), np.int64)
    per_group = spec.out_channels // spec.groups
    for n, o, *place in product(*map(range, out.shape)):
        group = o // per_group
        window = padded[n, group * w.shape[1] : (group + 1) * w.shape[1]]
        for axis, at in zip(spec.axes, place, strict=True):
            start = at * axis.stride
            window = np.moveaxis(window, 1, -1)[..., start : start + axis.extent : axis.dilation]
        out[(n, o, *place)] = (window * w[o]).sum() + (0 if b is None else b[o])
    return out


def test_a_convolution_is_a_sum_over_a_sliding_window() -> None:
    for layer in layer_of(1, transposed=False):
        assert np.array_equal(convolve(*layer), naive(*layer)), layer.spec


def test_a_transposed_convolution_is_the_adjoint_with_the_same_weight() -> None:
    rng = random.Random(2)
    for layer in layer_of(2, transposed=False, padding_mode="zeros", bias=False):
        spec, x, w, _ = layer
        y_sizes = spec.output_sizes(x.shape[2:])
        # the cells behind the last window: (size + before + after - extent) modulo the stride
        left_over = tuple(
            (size + sum(axis.pad) - axis.extent) % axis.stride
            for size, axis in zip(x.shape[2:], spec.axes, strict=True)
        )
        back = ConvSpec.of(
            in_channels=spec.out_channels,
            out_channels=spec.in_channels,
            kernel_size=spec.kernel_size,
            stride=[axis.stride for axis in spec.axes],
            dilation=[axis.dilation for axis in spec.axes],
            padding=[axis.pad for axis in spec.axes],
            output_padding=left_over,
            groups=spec.groups,
            bias=False,
            transposed=True,
        )
        assert back == adjoint(spec, x.shape[2:])
        v = integers(rng, (len(x), spec.out_channels, *y_sizes))
        assert (convolve(spec, x, w) * v).sum() == (x * convolve(back, v, w)).sum()


def test_only_output_padding_beyond_the_stride_leaves_a_transposed_layer_without_an_adjoint() -> (
    None
):
    without = 0
    for spec, x, *_ in layer_of(6, transposed=True):
        back = adjoint(spec, x.shape[2:])
        beyond = any(axis.output_padding >= axis.stride for axis in spec.axes)
        assert (back is None) == beyond, spec
        assert back is None or back.output_sizes(spec.output_sizes(x.shape[2:])) == x.shape[2:]
        without += beyond
    assert without


def test_groups_are_a_concatenation() -> None:
    for layer in layer_of(3):
        spec, x, w, b = layer
        whole = convolve(spec, x, w, b)
        parts = []
        for g in range(spec.groups):
            single = ConvSpec(
                spec.in_channels // spec.groups,
                spec.out_channels // spec.groups,
                spec.axes,
                1,
                spec.bias,
                spec.padding_mode,
                spec.transposed,
            )
            parts.append(
                convolve(
                    single,
                    np.split(x, spec.groups, 1)[g],
                    np.split(w, spec.groups, 0)[g],
                    None if b is None else np.split(b, spec.groups)[g],
                )
            )
        assert np.array_equal(whole, np.concatenate(parts, 1))


def test_a_signal_is_an_image_of_height_one() -> None:
    for layer in layer_of(4, dims=1):
        spec, x, w, b = layer
        flat = type(spec.axes[0])(1)
        image = ConvSpec(
            spec.in_channels,
            spec.out_channels,
            (flat, *spec.axes),
            spec.groups,
            spec.bias,
            spec.padding_mode,
            spec.transposed,
        )
        assert np.array_equal(
            convolve(spec, x, w, b), convolve(image, x[:, :, None], w[:, :, None], b)[:, :, 0]
        )


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5])
def test_symmetric_padding_is_a_circle_of_the_input_and_its_mirror_image(kernel_size: int) -> None:
    """The half-sample symmetry of the DCT-II: x, then x reversed, over and over."""
    rng = random.Random(8)
    for size in range(2, 9):
        x, w = integers(rng, (size,)), integers(rng, (kernel_size,))
        for before, after in product(range(size + 1), repeat=2):
            if size + before + after < kernel_size:
                continue
            spec = ConvSpec.of(
                in_channels=1,
                out_channels=1,
                kernel_size=kernel_size,
                padding=[(before, after)],
                padding_mode="symmetric",
            )
            circle = np.concatenate([x, x[::-1]])
            places = range(-before, size + after)
            around = np.array([circle[place % len(circle)] for place in places])
            assert convolve(spec, x, w).tolist() == np.correlate(around, w, "valid").tolist()


def test_the_result_is_linear_in_the_input_and_in_the_weight() -> None:
    rng = random.Random(5)
    for layer in layer_of(5, bias=False):
        spec, x, w, _ = layer
        x2, w2 = integers(rng, x.shape), integers(rng, w.shape)
        assert np.array_equal(
            convolve(spec, 2 * x + x2, w), 2 * convolve(spec, x, w) + convolve(spec, x2, w)
        )
        assert np.array_equal(
            convolve(spec, x, 3 * w - w2), 3 * convolve(spec, x, w) - convolve(spec, x, w2)
        )


def test_the_rows_of_output_padding_hold_the_bias_alone() -> None:
    spec = ConvSpec.of(
        in_channels=1,
        out_channels=1,
        kernel_size=2,
        stride=3,
        output_padding=2,
        transposed=True,
        dims=1,
    )
    assert convolve(spec, np.array([1, 2]), np.array([1, 1]), np.array([9])).tolist() == [
        10,
        10,
        9,
        11,
        11,
        9,
        9,
    ]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((2, 1, 4, 4), (2, 1, 2, 2)),
        ((1, 4, 4), (1, 2, 2)),
        ((4, 4), (2, 2)),
        ((1, 1, 4, 4), (1, 1, 2, 2)),
    ],
)
def test_results_come_back_in_the_rank_that_went_in(
    shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, dims=2)
    assert convolve(spec, np.ones(shape), np.ones((3, 3))).shape == expected


def test_a_bare_plane_with_several_kernels_gets_a_channel_axis() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=4, kernel_size=3, dims=2)
    assert convolve(spec, np.ones((5, 5)), np.ones((4, 1, 3, 3))).shape == (4, 3, 3)


def test_padding_is_cells_of_zero_and_a_gap_is_no_cell() -> None:
    """0 * inf is nan where a convolution reads padding, as in torch.

    A transposed layer multiplies inputs only.
    """
    weight = np.array([np.inf, 1.0])
    padded = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, padding=1, dims=1)
    assert np.array_equal(
        convolve(padded, np.ones(2), weight), [np.nan, np.inf, np.inf], equal_nan=True
    )
    spread = ConvSpec.of(
        in_channels=1,
        out_channels=1,
        kernel_size=2,
        stride=3,
        output_padding=1,
        transposed=True,
        dims=1,
    )
    assert convolve(spread, np.ones(2), weight).tolist() == [np.inf, 1, 0, np.inf, 1, 0]


def test_the_callers_arrays_are_not_touched() -> None:
    spec, x, w, b = random_layer(random.Random(7), bias=True)
    before = x.copy(), w.copy(), b.copy()  # type: ignore[union-attr]
    for array in (x, w, b):
        array.flags.writeable = False  # type: ignore[union-attr]
    convolve(spec, x, w, b)
    assert all(np.array_equal(old, new) for old, new in zip(before, (x, w, b), strict=True))
