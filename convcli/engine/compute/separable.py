"""Separable kernels: kernels that are the outer product of a vector for each axis."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.operands import weight_by_group
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError

Vectors = tuple[Array, ...]  # for each axis (groups, C_out/groups, kernel_size)

TOLERANCE = 16  # roundings of the largest weight by which a product may differ from its kernel
SWEEPS = 4  # of the least squares, which only polish the first guess
LARGEST = 2.0**62  # products of int64 stay below
RANKED = 2**18  # weights of the largest matrix whose rank an error tells


class Factors(NamedTuple):
    """The vectors of all kernels, and how far their products are from the kernels.

    `deviation` is the largest difference, divided by the largest weight of the kernel.
    """

    vectors: Vectors
    deviation: float


def exact_factors(weight: Array) -> Vectors | None:
    """The vectors of whole numbers whose products are the kernels; None where there are none.

    weight (groups, C_out/groups, 1, *k), of whole numbers in any type below 2^63. Vectors are
    divided by their greatest common divisor, the last one takes what is left.

    >>> exact_factors(np.array([[[[[-2, 0, 2], [-4, 0, 4]]]]]))
    (array([[[-1, -2]]]), array([[[ 2,  0, -2]]]))
    >>> exact_factors(np.array([[[[[0, 1], [1, 0]]]]])) is None
    True
    """
    groups, per_group, _, *kernel = weight.shape
    kernels = weight.reshape(-1, *kernel).astype(np.int64)
    every = np.arange(len(kernels))
    pivots, fibres = _fibres(kernels)
    vectors, places = [], []
    for fibre, place in zip(fibres, pivots, strict=True):
        vectors.append(fibre // np.maximum(np.gcd.reduce(fibre, axis=1), 1)[:, None])
        places.append(vectors[-1][every, place])
    values = kernels[(every, *pivots)]
    # In whole numbers the product at the pivot divides its weight; floats keep it from overflow.
    rough = np.prod([np.abs(at).astype(float) for at in places], axis=0)
    if (rough > np.abs(values).astype(float)).any():
        return None
    at_pivot = np.prod(places, axis=0)
    scale = values // np.where(at_pivot, at_pivot, 1)
    vectors[-1] = vectors[-1] * scale[:, None]
    largest = np.prod([np.abs(vector).max(axis=1).astype(float) for vector in vectors], axis=0)
    if (largest > LARGEST).any() or not np.array_equal(_products(vectors), kernels):
        return None
    return tuple(vector.reshape(groups, per_group, -1) for vector in vectors)


def factors_of(spec: ConvSpec, weight: Any) -> Factors:
    """The vectors of a layer's kernels, for a layer that is computed with them on request.

    weight as `spec.weight_shape`. Raises ConvError where the layer has no separable kernels, where
    a kernel is farther from every product than its type rounds, or, of integers, is no product.
    """
    _check_layer(spec)
    grouped = weight_by_group(spec, np.asarray(weight).reshape(spec.weight_shape))
    if grouped.dtype.kind not in "iubf" or not np.isfinite(grouped).all():
        rule = "needs a kernel of finite real numbers"
        raise ConvError("separable.kernel", rule, parameter="separable", kind="data")
    exact = _exact(grouped)
    if exact is not None:
        return Factors(exact, 0.0)
    groups, per_group, _, *kernel = grouped.shape
    # powers of two, so that no product overflows
    exponents = np.frexp(np.abs(grouped.astype(float)).max(axis=tuple(range(2, grouped.ndim))))[1]
    exponents = exponents.reshape(-1, *[1] * len(kernel))
    kernels = np.ldexp(grouped.reshape(-1, *kernel).astype(float), -exponents)
    if grouped.dtype.kind != "f":
        raise _not_separable(kernels, grouped.dtype)
    dtype = grouped.dtype if grouped.dtype.itemsize > 2 else np.dtype(np.float32)
    vectors = _nearest(kernels)
    vectors[-1] = np.ldexp(vectors[-1], exponents.reshape(-1, 1))
    vectors = [vector.astype(dtype) for vector in vectors]
    last = np.ldexp(vectors[-1].astype(float), -exponents.reshape(-1, 1))
    products = _products([*(vector.astype(float) for vector in vectors[:-1]), last])
    axes = tuple(range(1, kernels.ndim))
    largest = np.abs(kernels).max(axis=axes)
    deviations = np.abs(products - kernels).max(axis=axes) / np.where(largest, largest, 1)
    worst = int(np.nan_to_num(deviations, nan=np.inf).argmax())
    if not deviations[worst] <= TOLERANCE * float(np.finfo(grouped.dtype).eps):
        raise _not_separable(kernels, grouped.dtype, worst, float(deviations[worst]))
    return Factors(
        tuple(vector.reshape(groups, per_group, -1) for vector in vectors), float(deviations[worst])
    )


def _exact(weight: Array) -> Vectors | None:
    """The vectors of whole numbers, also of those that are stored as floats."""
    if weight.dtype.kind != "f":
        return exact_factors(weight)
    dtype = weight.dtype if weight.dtype.itemsize > 2 else np.dtype(np.float32)
    bound = 2 ** (np.finfo(dtype).nmant + 1)  # whole numbers below are exact
    if (np.abs(weight) >= bound).any() or (weight != np.rint(weight)).any():
        return None
    found = exact_factors(weight.astype(np.int64))
    return None if found is None else tuple(vector.astype(dtype) for vector in found)


def _check_layer(spec: ConvSpec) -> None:
    """Raises ConvError for layers whose kernels are not separated."""
    per_group = spec.in_channels // spec.groups
    if spec.rank < 2:
        rule = f"needs a kernel of at least two axes, and this one has {spec.rank}"
    elif spec.transposed:
        rule = "works for convolutions, and this layer is transposed"
    elif per_group > 1:
        rule = (
            f"needs one input channel for each group, and a kernel of this layer sums {per_group}: "
            "a sum of outer products is none"
        )
    else:
        return
    hint = "Leave out `separable`."
    raise ConvError("separable.layer", rule, parameter="separable", hint=hint)


def _not_separable(
    kernels: Array, dtype: Any, worst: int = 0, deviation: float | None = None
) -> ConvError:
    """The refusal of a kernel; without a deviation, of integers that are no product exactly."""
    kernel = kernels[worst]
    which = "the kernel" if len(kernels) == 1 else f"the kernel of output channel {worst}"
    rank = ""
    if kernel.ndim == 2 and kernel.size <= RANKED:
        rank = f"; as a matrix it has rank {int(np.linalg.matrix_rank(kernel))}, and not 1"
    rule = "needs kernels that are an outer product of one vector for each axis: "
    if deviation is None:
        rule += f"one of integers exactly, and not all kernels of this layer are{rank}"
    else:
        rule += (
            f"the nearest one that was found differs from {which} by {deviation:.2g} of its "
            f"largest weight, and {dtype.name} rounds at {float(np.finfo(dtype).eps):.1g}{rank}"
        )
    hint = "Leave out `separable`: the kernel is then summed whole."
    return ConvError("separable.kernel", rule, parameter="separable", hint=hint, kind="data")


def _fibres(kernels: Array) -> tuple[tuple[Array, ...], list[Array]]:
    """The place of the largest number of each kernel, and the numbers through it along each axis.

    kernels (n, *k) -> (n,) for each axis, (n, k_d) for each axis
    """
    flat = np.abs(kernels).reshape(len(kernels), -1)
    places = np.unravel_index(flat.argmax(axis=1), kernels.shape[1:])
    every, found = np.arange(len(kernels))[:, None], []
    for d, size in enumerate(kernels.shape[1:]):
        index = [place[:, None] for place in places]
        index[d] = np.arange(size)[None]
        found.append(kernels[(every, *index)])
    return places, found


def _products(vectors: list[Array]) -> Array:
    """The outer product of each kernel's vectors: (n, k_d) for each axis -> (n, *k)"""
    product = vectors[0]
    for vector in vectors[1:]:
        product = product[..., None] * vector.reshape(len(vector), *[1] * (product.ndim - 1), -1)
    return product


def _nearest(kernels: Array) -> list[Array]:
    """The vectors whose product is nearest to each kernel, in least squares.

    The magnitudes of all but the last sum to 1: no sum of a pass exceeds the largest cell.
    """
    vectors, rank = _fibres(kernels)[1], kernels.ndim - 1
    for _ in range(SWEEPS):
        for d in range(rank):
            total = kernels
            for e in reversed(range(rank)):
                if e != d:  # axes behind e are summed but for d
                    shape = [1] * total.ndim
                    shape[0], shape[1 + e] = vectors[e].shape
                    total = (total * vectors[e].reshape(shape)).sum(axis=1 + e)
            squares = prod(
                (np.square(vectors[e]).sum(axis=1) for e in range(rank) if e != d), start=1.0
            )
            vectors[d] = total / np.where(squares, squares, 1)[:, None]
        for d in range(rank - 1):
            length = np.abs(vectors[d]).sum(axis=1)[:, None]
            vectors[d] = vectors[d] / np.where(length, length, 1)
            vectors[-1] = vectors[-1] * length
    return vectors
