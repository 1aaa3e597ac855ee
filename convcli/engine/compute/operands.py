"""The arrays of a layer, checked and brought to (N, C, *sizes): promotion of rank, number types, the int64 bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry.shapes import INT64_MAX, Shape, promoted_shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError

Array = NDArray[Any]

AS_FLOATS = "Give one of the arrays as floating-point numbers."


@dataclass(frozen=True, slots=True)
class Operands:
    """A layer's arrays in torch's layout.

    input (N, C_in, *sizes), weight as `spec.weight_shape`, bias (C_out,) or None, `dtype` of the result, the number of
    axes that the caller's input had, and for integers the most that a sum can reach.
    """

    spec: ConvSpec
    input: Array
    weight: Array
    bias: Array | None
    dtype: np.dtype[Any]
    given_rank: int
    bound: int = 0

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.input.shape[2:]

    @property
    def output_shape(self) -> Shape:
        return self.spec.output_shape(self.input.shape)

    @property
    def weight_by_group(self) -> Array:
        """The weight as (groups, C_out/groups, C_in/groups, *kernel_size), from either of torch's two layouts."""
        first, second, *kernel = self.weight.shape
        grouped = self.weight.reshape(self.spec.groups, first // self.spec.groups, second, *kernel)
        return grouped.swapaxes(1, 2) if self.spec.transposed else grouped

    @property
    def input_by_group(self) -> Array:
        """The input as (N, groups, C_in/groups, *sizes + 1), a copy with the zero cell of each axis at its end."""
        batch, channels, *sizes = self.input.shape
        grouped = self.input.reshape(batch, self.spec.groups, channels // self.spec.groups, *sizes)
        return np.pad(grouped, [(0, 0)] * 3 + [(0, 1)] * self.spec.rank)

    def in_one_type(self) -> Operands:
        """The same arrays in the type of the result, and float16 in float32."""
        compute = np.dtype(np.float32) if self.dtype == np.float16 else self.dtype
        x, w = (array.astype(compute, copy=False) for array in (self.input, self.weight))
        return replace(
            self,
            input=x,
            weight=w,
            bias=None if self.bias is None else self.bias.astype(compute, copy=False),
        )

    def restore(self, output: Array) -> Array:
        """(N, C_out, *out) in the number type and the rank that went in."""
        with np.errstate(over="ignore", invalid="ignore"):
            return output.astype(self.dtype, copy=False).reshape(
                restored_shape(output.shape, self.given_rank)
            )


def operands(spec: ConvSpec, input: Any, weight: Any, bias: Any = None) -> Operands:
    """The arrays of a layer, checked, in torch's layout and in one type: see `given_operands`."""
    return given_operands(spec, input, weight, bias).in_one_type()


def given_operands(spec: ConvSpec, input: Any, weight: Any, bias: Any = None) -> Operands:
    """Check the arrays of a layer and bring them to torch's layout, each in its own number type.

    input (N, C_in, *sizes), (C_in, *sizes) or (*sizes); weight `spec.weight_shape`, or without its first axis, or one
    bare kernel; bias (C_out,) or a number. float16 is computed in float32 and integers in int64; the result's type is
    `numpy.result_type`, int64 for integers. Raises ConvError where shapes or types do not fit the layer, or where
    integers could leave int64.
    """
    given = [numeric("input", input), numeric("weight", weight)]
    if bias is not None:
        given.append(numeric("bias", bias))
    dtype = result_dtype(*given)
    if dtype == np.int64:
        for name, array in zip(("input", "weight", "bias"), given, strict=False):
            _check_fits_int64(name, array)
    x, w, *rest = given
    x = x.reshape(promoted_shape(x.shape, spec.rank, "input"))
    w = w.reshape(promoted_shape(w.shape, spec.rank, "weight"))
    if w.shape != spec.weight_shape:
        rule = f"must have the shape {spec.weight_shape} of the layer's weight"
        raise ConvError("weight.shape", rule, parameter="weight", got=Shape(w.shape))
    spec.output_shape(x.shape)
    b = _bias(spec, rest[0]) if rest else None
    result = Operands(spec, x, w, b, dtype, np.ndim(input))
    return replace(result, bound=_checked_bound(result)) if dtype == np.int64 else result


def running_sums(values: Sequence[Any], dtype: np.dtype[Any]) -> list[Any]:
    """The sum after each value: Python integers, or floats that are added in double precision and rounded to `dtype`."""
    if dtype.kind == "i" and all(isinstance(value, int) for value in values):
        return list(accumulate(values))
    with np.errstate(all="ignore"):
        return [dtype.type(total) for total in accumulate(value.item() for value in values)]


def wide_sum(values: Sequence[Any], dtype: np.dtype[Any]) -> Any:
    """The last of the running sums, 0 of `dtype` where there is nothing to add."""
    return running_sums(values, dtype)[-1] if values else 0 if dtype.kind == "i" else dtype.type(0)


def crossed(indices: Sequence[Array]) -> Any:
    """The index that takes these places of the last axes, each with each."""
    return (..., *np.ix_(*indices))


def at(place: Iterable[Any]) -> Any:
    """The index of one place, or of a box, of the last axes."""
    return (..., *place)


def result_dtype(*arrays: Array) -> np.dtype[Any]:
    """The result's type: numpy.result_type, and int64 where everything is an integer."""
    dtype = np.result_type(*arrays)
    return (
        np.dtype(np.int64)
        if dtype.kind in "biu" or all(a.dtype.kind in "biu" for a in arrays)
        else dtype
    )


def numeric(name: str, value: Any) -> Array:
    """The value as an array of numbers; raises ConvError where it is none."""
    array = np.asarray(value)
    if array.dtype.kind not in "biufc" or array.dtype.itemsize > (
        16 if array.dtype.kind == "c" else 8
    ):
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
    """The largest magnitude among integers."""
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0


def _check_fits_int64(name: str, array: Array) -> None:
    if largest(array) > INT64_MAX:
        raise ConvError(
            "int64.bound",
            "holds integers beyond int64",
            parameter=name,
            got=largest(array),
            hint=AS_FLOATS,
        )


def _checked_bound(operands: Operands) -> int:
    """The worst sum at some output, max|x| * sum|w| + |b|; integers where it could leave int64 are refused."""
    weight = operands.weight_by_group.reshape(operands.spec.out_channels, -1).astype(
        np.int64, copy=False
    )
    exact = (
        weight if largest(weight) * max(weight.shape[1], 1) <= INT64_MAX else weight.astype(object)
    )
    biases = [0] * len(weight) if operands.bias is None else operands.bias.tolist()
    most = largest(operands.input)
    bound = max(
        most * total + abs(b)
        for total, b in zip(abs(exact).sum(axis=1).tolist(), biases, strict=True)
    )
    if bound > INT64_MAX:
        rule = f"the sums of these integers could reach max|x| * sum|w| + |b| = {bound}, beyond int64's {INT64_MAX}"
        raise ConvError("int64.bound", rule, parameter="input", hint=AS_FLOATS)
    return int(bound)
