"""The arrays of a layer, checked and brought to torch's layout and to one number type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import INT64_MAX, Shape, promoted_shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError

NUMBERS_SUMMED = 2**19  # integers that are in memory in a wider type

AS_FLOATS = "Pass one of the arrays as floating-point numbers."

# Bytes of the widest supported number of each NumPy kind: long doubles are wider.
WIDEST = {"b": 8, "i": 8, "u": 8, "f": 8, "c": 16}


@dataclass(frozen=True, slots=True)
class Operands:
    """A layer's arrays in torch's layout.

    input (N, C_in, *sizes), weight as `spec.weight_shape`, bias (C_out,) or None, `dtype` of the
    output, the rank of the caller's input, and for integers an upper bound of every sum.
    """

    spec: ConvSpec
    input: Array
    weight: Array
    bias: Array | None
    dtype: np.dtype[Any]
    input_rank: int
    bound: int = 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """The spatial sizes of the input."""
        return self.input.shape[2:]

    @property
    def output_shape(self) -> Shape:
        """(N, C_out, *out)"""
        return self.spec.output_shape(self.input.shape)

    @property
    def weight_by_group(self) -> Array:
        """The weight as (groups, C_out/groups, C_in/groups, *kernel_size)."""
        return weight_by_group(self.spec, self.weight)

    @property
    def input_by_group(self) -> Array:
        """The input as (N, groups, C_in/groups, *sizes + 1): each axis ends with its zero cell."""
        batch, channels, *sizes = self.input.shape
        grouped = self.input.reshape(batch, self.spec.groups, channels // self.spec.groups, *sizes)
        return np.pad(grouped, [(0, 0)] * 3 + [(0, 1)] * self.spec.rank)

    def in_one_type(self) -> Operands:
        """The same arrays in the type of the output; float16 in float32."""
        compute = np.dtype(np.float32) if self.dtype == np.float16 else self.dtype
        with np.errstate(invalid="ignore"):  # of a NaN that signals
            x, w = (array.astype(compute, copy=False) for array in (self.input, self.weight))
        return replace(
            self,
            input=x,
            weight=w,
            bias=None if self.bias is None else self.bias.astype(compute, copy=False),
        )

    def restore(self, output: Array) -> Array:
        """(N, C_out, *out) in the number type of the output and the rank of the caller's input."""
        if output.dtype != self.dtype:
            with np.errstate(over="ignore", invalid="ignore"):
                output = output.astype(self.dtype)
        return output.reshape(restored_shape(output.shape, self.input_rank))


def operands(spec: ConvSpec, input: Any, weight: Any, bias: Any = None) -> Operands:
    """The checked arrays of a layer, in torch's layout and in one type: see `checked_operands`."""
    return checked_operands(spec, input, weight, bias).in_one_type()


def checked_operands(spec: ConvSpec, input: Any, weight: Any, bias: Any = None) -> Operands:
    """Check the arrays of a layer and bring them to torch's layout, each in its own number type.

    input (N, C_in, *sizes), (C_in, *sizes) or (*sizes); weight `spec.weight_shape`, or without its
    first axis, or one bare kernel; bias (C_out,) or a number. float16 is computed in float32,
    integers in int64; the output's type is `numpy.result_type`, int64 for integers. Raises
    ConvError if a shape or a type does not fit the layer, or if integers could leave int64.
    """
    arrays = [numeric("input", input), numeric("weight", weight)]
    if bias is not None:
        arrays.append(numeric("bias", bias))
    dtype = result_dtype(*arrays)
    if dtype == np.int64:
        for name, array in zip(("input", "weight", "bias"), arrays, strict=False):
            _check_fits_int64(name, array)
    x, w, *rest = arrays
    x = x.reshape(promoted_shape(x.shape, spec.rank, "input"))
    w = w.reshape(promoted_shape(w.shape, spec.rank, "weight"))
    if w.shape != spec.weight_shape:
        rule = f"must have the shape {spec.weight_shape} of the layer's weight"
        raise ConvError("weight.shape", rule, parameter="weight", got=Shape(w.shape))
    spec.output_shape(x.shape)
    b = _bias(spec, rest[0]) if rest else None
    result = Operands(spec, x, w, b, dtype, np.ndim(input))
    return replace(result, bound=_checked_bound(result)) if dtype == np.int64 else result


def weight_by_group(spec: ConvSpec, weight: Array) -> Array:
    """A weight as (groups, C_out/groups, C_in/groups, *k), from either of torch's layouts.

    A convolution's weight is (C_out, C_in/groups, *kernel_size), a transposed convolution's
    (C_in, C_out/groups, *kernel_size).
    """
    first, second, *kernel = weight.shape
    grouped = weight.reshape(spec.groups, first // spec.groups, second, *kernel)
    return grouped.swapaxes(1, 2) if spec.transposed else grouped


def weight_of_groups(spec: ConvSpec, grouped: Array) -> Array:
    """The inverse of `weight_by_group`: torch's layout, `spec.weight_shape`."""
    layout = grouped.swapaxes(1, 2) if spec.transposed else grouped
    return layout.reshape(spec.weight_shape)


def exact_product(x: Any, w: Any, dtype: np.dtype[Any]) -> tuple[Any, Any, Any]:
    """Two factors and their product: Python integers if `dtype` holds integers, else as they are.

    >>> exact_product(np.int64(2), np.int64(3), np.dtype(np.int64))
    (2, 3, 6)
    """
    if dtype.kind == "i":
        x, w = int(x), int(w)
    return x, w, x * w


def running_sums(values: Sequence[Any], dtype: np.dtype[Any]) -> list[Any]:
    """The sum after each value, without an overflow or a rounding between two values.

    Python integers, or floats added in double precision, each sum rounded to `dtype`.
    """
    if dtype.kind == "i" and all(isinstance(value, int) for value in values):
        return list(accumulate(values))
    with np.errstate(all="ignore"):
        return [dtype.type(total) for total in accumulate(value.item() for value in values)]


def wide_sum(values: Sequence[Any], dtype: np.dtype[Any]) -> Any:
    """The last of the running sums; 0 of `dtype` if there is no value."""
    return running_sums(values, dtype)[-1] if values else 0 if dtype.kind == "i" else dtype.type(0)


def crossed(indices: Sequence[Array]) -> Any:
    """The index (..., i, j, ...) that takes these places of the last axes, each with each."""
    return (..., *np.ix_(*indices))


def last_axes(index: Iterable[Any]) -> Any:
    """The index (..., *index) of one place, or of a box, of the last axes."""
    return (..., *index)


def result_dtype(*arrays: Array) -> np.dtype[Any]:
    """The output's type: numpy.result_type, and int64 if all arrays hold integers."""
    dtype = np.result_type(*arrays)
    return (
        np.dtype(np.int64)
        if dtype.kind in "biu" or all(a.dtype.kind in "biu" for a in arrays)
        else dtype
    )


def numeric(name: str, value: Any) -> Array:
    """The value as an array of numbers. Raises ConvError if its type is not supported."""
    array = np.asarray(value)
    if array.dtype.itemsize > WIDEST.get(array.dtype.kind, -1):
        rule = "must hold integers, float16/32/64 or complex64/128"
        raise ConvError(f"{name}.dtype", rule, parameter=name, got=str(array.dtype), kind="data")
    return array


def _bias(spec: ConvSpec, bias: Array) -> Array:
    flat = bias.reshape(-1)
    if flat.shape != (spec.out_channels,):
        rule = f"needs one number for each of the {spec.out_channels} output channels"
        raise ConvError("bias.shape", rule, parameter="bias", got=Shape(bias.shape))
    return flat


def largest(array: Array) -> int:
    """The largest magnitude in an array of integers; 0 if it is empty."""
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0


def _check_fits_int64(name: str, array: Array) -> None:
    if largest(array) > INT64_MAX:
        least = int(array.min())
        lowest = least < -INT64_MAX
        rule = f"must hold int64 integers between -{INT64_MAX} and {INT64_MAX}"
        got = least if lowest else largest(array)
        raise ConvError("int64.bound", rule, parameter=name, got=got, hint=AS_FLOATS)


def _sums_of_magnitudes(kernels: Array) -> Iterator[int]:
    """sum|w| of each kernel of (groups, C_out/groups, ...), a few numbers of them at a time."""
    fits = largest(kernels) * prod(kernels.shape[2:]) <= INT64_MAX
    exact = np.dtype(np.int64 if fits else object)
    rows = max(1, NUMBERS_SUMMED // max(1, prod(kernels.shape[2:])))
    for group in kernels:
        for first in range(0, len(group), rows):
            some = group[first : first + rows]
            totals, longest = [0] * len(some), 1 + int(np.argmax(some.shape[1:]))
            pieces = max(1, -(-some.size // NUMBERS_SUMMED))
            for piece in np.array_split(some, pieces, axis=longest):
                sums = np.abs(piece.astype(exact)).reshape(len(some), -1).sum(axis=1)
                totals = [total + int(more) for total, more in zip(totals, sums, strict=True)]
            yield from totals


def _checked_bound(operands: Operands) -> int:
    """The worst sum at any output, max|x| * sum|w| + |b|.

    Raises ConvError if that is beyond int64.
    """
    kernels, count = operands.weight_by_group, operands.spec.out_channels
    biases = [0] * count if operands.bias is None else operands.bias.tolist()
    most, totals = largest(operands.input), _sums_of_magnitudes(kernels)
    bound = max(most * total + abs(b) for total, b in zip(totals, biases, strict=True))
    if bound > INT64_MAX:
        sums = f"max|x| * sum|w| + |b| = {bound}"
        rule = f"the sums of these integers could reach {sums}, beyond int64's {INT64_MAX}"
        raise ConvError("int64.bound", rule, parameter="input", hint=AS_FLOATS)
    return int(bound)
