"""Gradients as layers: both are convolutions, which the executors compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.operands import Operands, last_axes
from convcli.engine.compute.tiles import AxisTile, PaddedCells, read_cells
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import NO_PAD
from convcli.engine.geometry.spec import ConvSpec


def adjoint(spec: ConvSpec, sizes: Sequence[int]) -> ConvSpec | None:
    """The layer that maps G to dL/dx, (N, C_out, *out) -> (N, C_in, *sizes), with the same weight.

    It is the transposed convolution of a convolution, and the convolution of a transposed one. None
    if there is no such layer: for padding modes that copy cells, and for a transposed layer whose
    output_padding is not smaller than its stride. Raises ConvError if `sizes` do not fit. Source:
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=3, stride=2, dims=1)
    >>> adjoint(spec, (6,)).axes[0].output_padding
    1
    """
    if spec.padding_mode != "zeros":
        return None
    outputs = spec.output_sizes(sizes)
    if not spec.transposed:
        axes = tuple(map(Axis.returning, spec.axes, sizes, outputs))
    elif any(axis.output_padding >= axis.stride for axis in spec.axes):
        return None  # a convolution of `outputs` would have more outputs than there are `sizes`
    else:
        axes = tuple(replace(axis, output_padding=0) for axis in spec.axes)
    return ConvSpec(
        spec.out_channels, spec.in_channels, axes, spec.groups, False, "zeros", not spec.transposed
    )


def input_gradient(arrays: Operands, upstream: Array) -> Array | None:
    """dL/dx (N, C_in, *sizes) for G (N, C_out, *out): the adjoint layer's output on G.

    The gradients of copied cells are added to those of the cells that they copy. None if the layer
    has no adjoint.
    """
    spec, sizes = arrays.spec, arrays.sizes
    copies = spec.padding_mode != "zeros"
    if copies:
        sizes = tuple(size + sum(axis.pad) for size, axis in zip(sizes, spec.axes, strict=True))
        spec = _without_padding(spec)
    back = adjoint(spec, sizes)
    if back is None:
        return None
    gradient = convolve(back, upstream, arrays.weight)
    for d, (size, axis) in enumerate(zip(arrays.sizes, arrays.spec.axes, strict=True)):
        if copies and any(axis.pad):
            place: Any = (*[slice(None)] * (2 + d), _padded_cells(arrays.spec, d, size).indices())
            shape = (*gradient.shape[: 2 + d], size, *gradient.shape[3 + d :])
            folded = np.zeros(shape, gradient.dtype)
            np.add.at(folded, place, gradient)
            gradient = folded
    return gradient


def weight_gradient(arrays: Operands, upstream: Array) -> Array:
    """dL/dW in the weight's shape: a convolution whose kernel is G and whose channels are images.

        dL/dW[o, c, k] = sum over n, p of G[n, o, p] * input[n, c, p*stride + k*dilation - before]

    For a transposed layer, input and G change places.
    """
    spec, read, kernel = arrays.spec, arrays.input, upstream
    if spec.padding_mode != "zeros":
        tile = tuple(
            AxisTile(slice(0), _padded_cells(spec, d, size)) for d, size in enumerate(arrays.sizes)
        )
        read, spec = read_cells(read, tile), _without_padding(spec)
    if spec.transposed:
        read, kernel = upstream, arrays.input
    axes = tuple(
        Axis(size, axis.dilation, axis.stride, axis.pad)
        for axis, size in zip(spec.axes, kernel.shape[2:], strict=True)
    )
    batch, groups, taps = len(read), spec.groups, tuple(map(slice, spec.kernel_size))
    layer = ConvSpec(batch, kernel.shape[1] // groups, axes, 1, False)
    by_group = []
    for inputs, outputs in zip(
        np.split(read, groups, axis=1), np.split(kernel, groups, axis=1), strict=True
    ):
        # (C_in/groups, C_out/groups, *k and more)
        products = convolve(layer, inputs.swapaxes(0, 1), outputs.swapaxes(0, 1))
        by_group.append(products[last_axes(taps)].swapaxes(0, 1))
    return np.concatenate(by_group)


def _without_padding(spec: ConvSpec) -> ConvSpec:
    return replace(
        spec, axes=tuple(replace(axis, pad=NO_PAD) for axis in spec.axes), padding_mode="zeros"
    )


def _padded_cells(spec: ConvSpec, d: int, size: int) -> PaddedCells:
    """The cells of the whole padded axis."""
    pad = spec.axes[d].pad
    return PaddedCells(-pad.before, size + pad.after, size, spec.padding_mode)
