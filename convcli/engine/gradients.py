"""Gradients of a layer: the same cells that the result reads, contracted the other two ways."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.operands import AS_FLOATS, Array, Operands, at, crossed, largest, numeric, operands, result_dtype
from convcli.engine.shapes import Shape
from convcli.engine.spec import LARGEST, Axis, ConvSpec
from convcli.engine.taps import reads_by_tap
from convcli.errors import ConvError


class Gradients(NamedTuple):
    """dL/dx, dL/dW and dL/db of a layer, each in the shape of what it is the gradient of."""

    input: Array
    weight: Array
    bias: Array


def gradients(spec: ConvSpec, input: Any, weight: Any, bias: Any = None, *, output_gradient: Any = None) -> Gradients:
    """The gradients of L = sum(G * out) for an output gradient G, ones where none is given.

        dL/dx[n, c, taps[p, k]] += sum over o of weight[o, c, k] * G[n, o, p]
        dL/dW[o, c, k] = sum over n, p of G[n, o, p] * input[n, c, taps[p, k]]
        dL/db[o] = sum over n, p of G[n, o, p]

    Arrays as in `convolve`; G is (N, C_out, *out), or in the rank of the result. -> gradients in the shapes that input
    and weight came in, and (C_out,). The type is numpy.result_type; integers are exact. Raises ConvError where an array
    does not fit. Source: torch.autograd.

    >>> import numpy as np
    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> found = gradients(spec, np.array([1, 2, 3]), np.array([10, 1]))
    >>> found.input.tolist(), found.weight.tolist(), found.bias.tolist()
    ([10, 11, 1], [3, 5], [2])
    """
    arrays, upstream = gradient_operands(spec, input, weight, bias, output_gradient)
    with np.errstate(all="ignore"):
        of_input, of_weight, of_bias = (found.astype(arrays.dtype) for found in contract_tap_tables(arrays, upstream))
    return Gradients(of_input.reshape(np.shape(input)), of_weight.reshape(np.shape(weight)), of_bias)


def gradient_operands(spec: ConvSpec, input: Any, weight: Any, bias: Any, output_gradient: Any) -> tuple[Operands, Array]:
    """The operands of a layer, and G as (N, C_out, *out), ones where it is None, all in one type.

    Raises ConvError where the shape of G is not the output's, or integers could leave int64.
    """
    given = None if output_gradient is None else numeric("output_gradient", output_gradient)
    if given is not None:
        others = [
            numeric(name, array) for name, array in (("input", input), ("weight", weight), ("bias", bias)) if array is not None
        ]
        input = others[0].astype(result_dtype(given, *others), copy=False)
    arrays = operands(spec, input, weight, bias)
    shape = arrays.output_shape
    if given is None:
        return arrays, np.ones(shape, arrays.input.dtype)
    if given.size != prod(shape) or tuple(given.shape) != tuple(shape)[len(shape) - given.ndim :]:
        rule = f"must have the shape {shape} of the output"
        raise ConvError("output_gradient.shape", rule, parameter="output_gradient", got=Shape(given.shape))
    upstream = given.reshape(shape).astype(arrays.input.dtype, copy=False)
    if arrays.dtype.kind == "i":
        _check_bound(arrays, upstream)
    return arrays, upstream


def _check_bound(arrays: Operands, upstream: Array) -> None:
    """Refuse integers whose worst gradient, the number of terms times the largest factors, could leave int64."""
    outputs, taps = prod(upstream.shape[2:]), prod(arrays.spec.kernel_size)
    to_a_cell = taps * arrays.spec.out_channels // arrays.spec.groups * (1 if arrays.spec.padding_mode == "zeros" else outputs)
    terms = {"weight": (arrays.input, len(upstream) * outputs), "input": (arrays.weight, to_a_cell)}
    for name, (factors, count) in terms.items():
        bound = largest(upstream) * max(largest(factors), 1) * count
        if bound > LARGEST:
            rule = f"the gradient of the {name} could reach {bound}, beyond int64's {LARGEST}"
            raise ConvError("int64.bound", rule, parameter="output_gradient", hint=AS_FLOATS)


def contract_tap_tables(arrays: Operands, upstream: Array) -> tuple[Array, Array, Array]:
    """The definition: for each tap, the cells that it reads are contracted with G, and G, times the weight, goes back to
    the cells; a cell that two taps read gets both."""
    spec, weight = arrays.spec, arrays.weight_by_group
    extended = arrays.input_by_group  # (N, groups, C_in/groups, *sizes + 1)
    grouped = upstream.reshape(len(extended), *weight.shape[:2], *upstream.shape[2:])  # (N, groups, C_out/groups, *out)
    dtype = np.result_type(extended, weight, upstream)
    back, of_weight = np.zeros(extended.shape, dtype), np.zeros(weight.shape, dtype)
    for tap, outputs, cells in reads_by_tap(spec, arrays.sizes):
        window, reaching = extended[crossed(cells)], grouped[crossed(outputs)]
        places = prod(window.shape[3:])
        flat = reaching.reshape(*reaching.shape[:3], places)  # (N, groups, C_out/groups, places)
        of_weight[at(tap)] = (flat @ window.reshape(*window.shape[:3], places).swapaxes(2, 3)).sum(axis=0)
        to_cells = (weight[at(tap)].swapaxes(1, 2) @ flat).reshape(window.shape)
        np.add.at(back, crossed(cells), to_cells)
    real = back[crossed([np.arange(size) for size in arrays.sizes])]
    layout = of_weight.swapaxes(1, 2) if spec.transposed else of_weight
    summed = upstream.sum(axis=(0, *range(2, upstream.ndim)), dtype=upstream.dtype)
    return real.reshape(arrays.input.shape), layout.reshape(arrays.weight.shape), summed


def adjoint(spec: ConvSpec, sizes: Sequence[int]) -> ConvSpec | None:
    """The layer that takes G to dL/dx with the very same weight array: a transposed convolution for a convolution, and
    the other way round. None where torch has no such layer: for padding modes that copy cells, and where more cells at
    the end go unread than output_padding can keep. Source: Dumoulin and Visin, "A guide to convolution arithmetic", 2016.

    >>> adjoint(ConvSpec.of(in_channels=1, out_channels=2, kernel_size=3, stride=2, dims=1), (6,)).axes[0].output_padding
    1
    """
    if spec.padding_mode != "zeros":
        return None
    outputs = spec.output_sizes(sizes)
    kept = [
        0 if spec.transposed else size - ((out - 1) * axis.stride - sum(axis.pad) + axis.extent)
        for axis, size, out in zip(spec.axes, sizes, outputs, strict=True)
    ]
    axes = tuple(Axis(a.kernel_size, a.stride, a.dilation, a.pad, rest) for a, rest in zip(spec.axes, kept, strict=True))
    try:
        back = ConvSpec(spec.out_channels, spec.in_channels, axes, spec.groups, False, "zeros", not spec.transposed)
        return back if back.output_sizes(outputs) == tuple(sizes) else None
    except ConvError:
        return None
