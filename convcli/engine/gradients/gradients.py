"""Gradients of a layer: the cells that the output reads, contracted in the other two ways."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.displays import displayed
from convcli.engine.arrays import Array
from convcli.engine.compute.operands import (
    AS_FLOATS,
    Operands,
    crossed,
    largest,
    last_axes,
    numeric,
    operands,
    result_dtype,
    weight_of_groups,
)
from convcli.engine.geometry.shapes import INT64_MAX, Shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import reads_by_tap
from convcli.engine.gradients.as_layers import input_gradient, weight_gradient
from convcli.errors import ConvError


@displayed
class Gradients(NamedTuple):
    """dL/dx, dL/dW and dL/db of a layer, each in the shape of its variable."""

    input: Array
    weight: Array
    bias: Array


@np.errstate(all="ignore")
def gradients(
    spec: ConvSpec, input: Any, weight: Any, bias: Any = None, *, output_gradient: Any = None
) -> Gradients:
    """The gradients of L = sum(G * out); the output gradient G is ones by default.

        dL/dx[n, c, taps[p, k]] += sum over o of weight[o, c, k] * G[n, o, p]
        dL/dW[o, c, k] = sum over n, p of G[n, o, p] * input[n, c, taps[p, k]]
        dL/db[o] = sum over n, p of G[n, o, p]

    Arrays as in `convolve`; G is (N, C_out, *out), or has the rank of the output. -> gradients in
    the shapes of the caller's input and weight, and (C_out,). The type is numpy.result_type;
    integers are exact. Raises ConvError if an array does not fit. Source: torch.autograd.

    >>> import numpy as np
    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> of = gradients(spec, np.array([1, 2, 3]), np.array([10, 1]))
    >>> of.input.tolist(), of.weight.tolist(), of.bias.tolist()
    ([10, 11, 1], [3, 5], [2])
    """
    arrays, upstream = gradient_operands(spec, input, weight, bias, output_gradient)
    parts = _by_layers(arrays, upstream) or contract_tap_tables(arrays, upstream)
    of_input, of_weight, of_bias = (part.astype(arrays.dtype) for part in parts)
    return Gradients(
        of_input.reshape(np.shape(input)), of_weight.reshape(np.shape(weight)), of_bias
    )


def _by_layers(arrays: Operands, upstream: Array) -> tuple[Array, Array, Array] | None:
    """The gradients by the executors.

    None if no layer has them, if an array is empty, or if it holds an infinity, which times the
    zeros of a layer's padding is NaN.
    """
    if not all(
        array.size and np.isfinite(array).all() for array in (arrays.input, arrays.weight, upstream)
    ):
        return None
    of_input = input_gradient(arrays, upstream)
    return (
        None
        if of_input is None
        else (of_input, weight_gradient(arrays, upstream), _summed(upstream))
    )


def _summed(upstream: Array) -> Array:
    return np.asarray(upstream.sum(axis=(0, *range(2, upstream.ndim)), dtype=upstream.dtype))


@np.errstate(all="ignore")
def gradient_operands(
    spec: ConvSpec, input: Any, weight: Any, bias: Any, output_gradient: Any
) -> tuple[Operands, Array]:
    """The operands of a layer, and G as (N, C_out, *out), all in one type; ones if G is None.

    Raises ConvError if an array does not fit, or if integers could leave int64.
    """
    if output_gradient is None:
        arrays = operands(spec, input, weight, bias)
        return arrays, np.ones(arrays.output_shape, arrays.input.dtype)
    gradient = numeric("output_gradient", output_gradient)
    others = [
        numeric(name, array)
        for name, array in (("input", input), ("weight", weight), ("bias", bias))
        if array is not None
    ]
    input = others[0].astype(result_dtype(gradient, *others), copy=False)
    arrays = operands(spec, input, weight, bias)
    shape = arrays.output_shape
    free = len(shape) - gradient.ndim
    if gradient.size != prod(shape) or tuple(gradient.shape) != tuple(shape)[free:]:
        written = restored_shape(shape, min(arrays.input_rank, len(shape)))
        rule = f"must have the shape {written} of the output"
        got = Shape(gradient.shape)
        raise ConvError("output_gradient.shape", rule, parameter="output_gradient", got=got)
    upstream = gradient.reshape(shape).astype(arrays.input.dtype, copy=False)
    if arrays.dtype.kind == "i":
        _check_bound(arrays, upstream)
    return arrays, upstream


def _check_bound(arrays: Operands, upstream: Array) -> None:
    """Raise ConvError if the worst gradient, terms * largest factors, is beyond int64."""
    outputs, taps = prod(upstream.shape[2:]), prod(arrays.spec.kernel_size)
    copies = 1 if arrays.spec.padding_mode == "zeros" else outputs
    to_a_cell = taps * arrays.spec.out_per_group * copies
    terms = {"weight": (arrays.input, len(upstream) * outputs), "input": (arrays.weight, to_a_cell)}
    for name, (factors, count) in terms.items():
        bound = largest(upstream) * max(largest(factors), 1) * count
        if bound > INT64_MAX:
            rule = f"the gradient of the {name} could reach {bound}, beyond int64's {INT64_MAX}"
            raise ConvError("int64.bound", rule, parameter="output_gradient", hint=AS_FLOATS)


@np.errstate(all="ignore")
def contract_tap_tables(arrays: Operands, upstream: Array) -> tuple[Array, Array, Array]:
    """The definition: dL/dx, dL/dW and dL/db from the tap tables.

    For each tap, its cells are contracted with G; G times the weight is added to the cells, twice
    to a cell that two taps read.
    """
    spec, weight = arrays.spec, arrays.weight_by_group
    extended = arrays.input_by_group  # (N, groups, C_in/groups, *sizes + 1)
    # (N, groups, C_out/groups, *out)
    grouped = upstream.reshape(len(extended), *weight.shape[:2], *upstream.shape[2:])
    dtype = np.result_type(extended, weight, upstream)
    back, of_weight = np.zeros(extended.shape, dtype), np.zeros(weight.shape, dtype)
    # Without numbers nothing is read, however many places the tables have.
    numbers = arrays.input.size and weight.size and upstream.size
    for tap, outputs, cells in reads_by_tap(spec, arrays.sizes) if numbers else ():
        window, reaching = extended[crossed(cells)], grouped[crossed(outputs)]
        places = prod(window.shape[3:])
        flat = reaching.reshape(*reaching.shape[:3], places)  # (N, groups, C_out/groups, places)
        products = flat @ window.reshape(*window.shape[:3], places).swapaxes(2, 3)
        of_weight[last_axes(tap)] = products.sum(axis=0)
        to_cells = (weight[last_axes(tap)].swapaxes(1, 2) @ flat).reshape(window.shape)
        np.add.at(back, crossed(cells), to_cells)
    real = back[crossed([np.arange(size) for size in arrays.sizes])]
    of_input = real.reshape(arrays.input.shape)
    return of_input, weight_of_groups(spec, of_weight), _summed(upstream)
