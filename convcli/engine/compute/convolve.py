"""The output of a layer: the reading of its tap tables."""

from __future__ import annotations

from collections.abc import Hashable
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors import plans
from convcli.engine.compute.executors.threads import Progress, execute
from convcli.engine.compute.executors.work import Job, bias_of_images
from convcli.engine.compute.native.remembered import key_of, remember, remembered
from convcli.engine.compute.operands import Operands, checked_operands, crossed, last_axes
from convcli.engine.compute.separable import factors_of
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import reads_by_tap

# Strides and extents from here on, in cells, are computed tap by tap: executors index blocks.
FAR = 2**31
EXACT_IN_FLOAT32, EXACT_IN_FLOAT64 = 2**24, 2**53  # integers below these bounds are exact


@np.errstate(all="ignore")  # infinities and NaN are results, as in torch
def convolve(
    spec: ConvSpec,
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    threads: int = 1,
    progress: Progress | None = None,
    separable: bool = False,
) -> Array:
    """The output of a convolution or transposed convolution.

        out[n, o, p] = bias[o] + sum over c, k of weight[o, c, k] * input[n, c, taps[p, k]]

    input (N, C_in, *sizes) -> (N, C_out, *out); leading axes may be left out, and are then left out
    of the output. weight (C_out, C_in/groups, *k), transposed (C_in, C_out/groups, *k); bias
    (C_out,). The type is numpy.result_type; integers are exact, in int64; float16 is summed in
    float32 and rounded once. `threads` share large layers; `progress(done, total)` counts the
    parts. Memory beside the arrays: at most 64 MiB, and a copy of the weight. With `separable` the
    kernels are replaced by products of vectors, which differ from them by roundings; separable
    kernels of integers are always computed so, exactly. Raises ConvError if the arrays do not fit
    the layer, or a kernel is not separable. Source: torch.nn.functional.conv2d, conv_transpose2d (a
    cross-correlation: the kernel is not flipped).

    >>> import numpy as np
    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2)
    >>> convolve(spec, np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)).tolist()
    [[19, 25], [37, 43]]
    """
    as_before = not progress and not separable
    key = key_of(spec, input, weight, bias, threads) if as_before else None
    plan = plans.key_of(spec, input, weight, bias, threads) if as_before and not key else None
    found = _computed_as_before(spec, input, weight, bias, key, plan)
    if found is not None:
        return found
    arrays = checked_operands(spec, input, weight, bias)
    far = any(max(axis.stride, axis.extent) > FAR for axis in spec.axes)
    if far or not arrays.input.size or not arrays.weight.size:
        with np.errstate(all="ignore"):
            return arrays.restore(read_tap_tables(arrays.in_one_type()))
    shape, groups = arrays.output_shape, spec.groups
    vectors = factors_of(spec, arrays.weight).vectors if separable else None
    job = Job(
        spec,
        arrays.input.reshape(len(arrays.input), groups, -1, *arrays.sizes),
        arrays.weight_by_group.astype(number_type(arrays), copy=False),
        bias_of_images(arrays.bias, shape[0], groups),
        np.empty((shape[0], groups, spec.out_per_group, *shape[2:]), arrays.dtype),
        threads,
        vectors=vectors,
    )
    execute(job, progress)
    if key is not None:
        remember(key, job, shape)
    if plan is not None:
        plans.remember(plan, job, shape)
    return arrays.restore(job.output.reshape(shape))


def _computed_as_before(
    spec: ConvSpec, input: Any, weight: Any, bias: Any, key: Hashable, plan: Hashable
) -> Array | None:
    """The output by the calls of the compiled kernel, or the plan, that are remembered."""
    if key is not None:
        layer = remembered(key)
        return None if layer is None else layer.compute(input, weight, bias)
    return None if plan is None else plans.computed(plan, spec, input, weight, bias)


def number_type(arrays: Operands) -> np.dtype[Any]:
    """The type that a layer is computed in.

    Integers are computed in floating point as long as that is exact: BLAS has no integer product.
    """
    if arrays.dtype == np.int64:
        if arrays.bound < EXACT_IN_FLOAT32:
            return np.dtype(np.float32)
        return np.dtype(np.float64 if arrays.bound < EXACT_IN_FLOAT64 else np.int64)
    return np.dtype(np.float32) if arrays.dtype == np.float16 else arrays.dtype


@np.errstate(all="ignore")
def read_tap_tables(arrays: Operands) -> Array:
    """The definition: for each tap, its cells times its slice of the weight, added up.

    -> (N, C_out, *out) in the type of the operands, which must have one type.
    """
    spec, weight = arrays.spec, arrays.weight_by_group
    extended = arrays.input_by_group  # (N, groups, C_in/groups, *sizes + 1)
    batch, groups, out_per_group = len(extended), *weight.shape[:2]
    out = np.zeros((batch, groups, out_per_group, *arrays.output_shape[2:]), extended.dtype)
    if arrays.bias is not None:
        out += arrays.bias.reshape(groups, out_per_group, *[1] * spec.rank)
    # Without numbers nothing is read, however many places the tables have.
    reads = reads_by_tap(spec, arrays.sizes) if arrays.input.size and weight.size else ()
    for tap, outputs, cells in reads:
        window = extended[crossed(cells)]  # (N, groups, C_in/groups, *outputs)
        total = weight[last_axes(tap)] @ window.reshape(*window.shape[:3], prod(window.shape[3:]))
        out[crossed(outputs)] += total.reshape(*out.shape[:3], *window.shape[3:])
    return out.reshape(arrays.output_shape)
