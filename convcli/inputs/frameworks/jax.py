"""Operators of jax.lax."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import (
    Ends,
    Padding,
    explicit,
    halves,
    same_lower,
    same_upper,
    valid,
)
from convcli.inputs.frameworks.signatures import Operator

_NAMED: dict[str, Padding] = {"SAME": same_upper, "SAME_LOWER": same_lower, "VALID": valid}
_LETTERS = re.compile(r"[A-Z]+")


def _specs(arguments: Arguments) -> tuple[str, str, str] | None:
    """dimension_numbers as letters of lhs, rhs and out; None where they are left out."""
    value = arguments.get("dimension_numbers")
    if value is None:
        return None
    parts = tuple(value.split(",")) if isinstance(value, str) else value
    if (
        not isinstance(parts, tuple)
        or len(parts) != 3
        or not all(isinstance(part, str) and _LETTERS.fullmatch(part) for part in parts)
    ):
        rule = 'must be three texts, like ("NHWC", "HWIO", "NHWC")'
        raise arguments.wrong("dimension_numbers", rule)
    x, w, y = parts
    spatial = sorted(set(x) - set("NC"))
    fits = (
        sorted(x) == sorted(y) == sorted(["N", "C", *spatial])
        and sorted(w) == sorted(["I", "O", *spatial])
        and 1 <= len(spatial) <= 3
    )
    if not fits:
        rule = "must have N, C and I, O once each, and the same letters of 1 to 3 spatial axes"
        raise arguments.wrong("dimension_numbers", rule)
    return x, w, y


def _orders(specs: tuple[str, str, str] | None, default: tuple[str, str]) -> Orders:
    if specs is None:
        return Orders(*default)
    x, w, y = specs
    return Orders(x, w, None if y == x else y)


def _padding(arguments: Arguments, rank: int | None) -> Padding:
    if isinstance(arguments["padding"], str):
        return _NAMED[arguments.word("padding", tuple(_NAMED), any_case=True)]
    return explicit(arguments.pairs("padding", rank, least=None))


def _convolution(arguments: Arguments) -> ForeignLayer:
    """conv_general_dilated; with lhs_dilation it is a transposed layer of the flipped kernel."""
    specs = _specs(arguments)
    rank = _rank(arguments, specs, "window_strides")
    groups = arguments.integer("feature_group_count")
    if arguments.integer("batch_group_count") != 1:
        raise arguments.unsupported("batch_group_count must be 1")
    window = _window(arguments, rank, "window_strides") | {"groups": groups, "bias": False}
    if groups == 1:
        del window["groups"]
    if _dilates_input(arguments):
        return _input_dilated(arguments, rank, specs, window)
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        _orders(specs, ("NC*", "OI*")),
        rank,
        arguments=window,
        padding=_padding(arguments, rank),
        empties="any",
    )


def _rank(arguments: Arguments, specs: tuple[str, str, str] | None, stride: str) -> int | None:
    if specs is not None:
        return len(specs[0]) - 2
    return arguments.rank_of(stride, "rhs_dilation", "lhs_dilation") or arguments.count("padding")


def _window(arguments: Arguments, rank: int | None, stride: str) -> dict[str, Any]:
    window: dict[str, Any] = {}
    for torch, name in (("stride", stride), ("dilation", "rhs_dilation")):
        if arguments.get(name) is not None:
            one = arguments.integers(name)
            window[torch] = one if rank is None else arguments.per_axis(name, rank)
    return window


def _dilates_input(arguments: Arguments) -> bool:
    if arguments.get("lhs_dilation") is None:
        return False
    dilation = arguments.integers("lhs_dilation")
    return max(dilation if isinstance(dilation, tuple) else (dilation,)) > 1


def _input_dilated(
    arguments: Arguments,
    rank: int | None,
    specs: tuple[str, str, str] | None,
    window: dict[str, Any],
) -> ForeignLayer:
    """Zeros between the cells of X: padding p of the dilated input crops extent - 1 - p."""
    if isinstance(arguments["padding"], str):
        raise arguments.refused("lhs_dilation needs padding as pairs of numbers")
    strides = window.pop("stride", 1)
    if max(strides if isinstance(strides, tuple) else (strides,)) > 1:
        raise arguments.unsupported("window_strides and lhs_dilation are both above 1")
    if "groups" in window:
        raise arguments.unsupported("feature_group_count is above 1 together with lhs_dilation")
    stride = arguments.integers("lhs_dilation")
    orders = _orders(specs, ("NC*", "OI*"))
    orders = Orders(orders.input, orders.weight, orders.output, flips=True)
    pairs = arguments.pairs("padding", rank, least=None)
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        orders,
        rank,
        transposed=True,
        arguments=window | {"stride": stride},
        padding=_crops(pairs),
        empties="any",
    )


def _crops(pairs: Sequence[Ends]) -> Padding:
    """The crops of a transposed layer from the padding of its dilated input."""

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> list[Ends]:
        each = tuple(pairs) * (1 if len(pairs) == len(axes) else len(axes))
        return [
            (axis.extent - 1 - before, axis.extent - 1 - after)
            for axis, (before, after) in zip(axes, each, strict=True)
        ]

    return padding


def transposed_crops(word: str) -> Padding:
    """The crops of lax.conv_transpose with SAME or VALID.

        SAME   total = extent + stride - 2, before = extent - 1 if stride > extent - 1,
               else ceil(total/2)
        VALID  total = extent + stride - 2 + max(extent - stride, 0), before = extent - 1

    of the padding of the dilated input. Source: jax.lax._conv_transpose_padding.
    """

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        pairs: list[Ends] = []
        for axis in axes:
            extent, stride = axis.extent, axis.stride
            total = extent + stride - 2
            if word == "VALID":
                total, before = total + max(extent - stride, 0), extent - 1
            else:
                before = extent - 1 if stride > extent - 1 else halves(total)[1]
            pairs.append((before, total - before))
        return _crops(pairs)(axes, sizes)

    return padding


def transposed_padding(arguments: Arguments, rank: int | None) -> Padding:
    """Padding of a transposed layer: SAME, VALID, or pairs around the dilated input."""
    if isinstance(arguments["padding"], str):
        return transposed_crops(arguments.word("padding", ("SAME", "VALID"), any_case=True))
    return _crops(arguments.pairs("padding", rank, least=None))


def _transposed(arguments: Arguments) -> ForeignLayer:
    """conv_transpose: it does not flip the kernel, unlike a transposed layer of torch."""
    specs = _specs(arguments)
    rank = _rank(arguments, specs, "strides")
    orders = _orders(specs, ("N*C", "*IO"))
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        transposed_orders(orders, is_transposed=arguments.flag("transpose_kernel")),
        rank,
        transposed=True,
        arguments=_window(arguments, rank, "strides") | {"bias": False},
        padding=transposed_padding(arguments, rank),
        empties="any",
    )


def transposed_orders(orders: Orders, *, is_transposed: bool) -> Orders:
    """The orders of a kernel (in, out) that is not flipped, or with transpose_kernel (out, in)."""
    weight = orders.weight or ""
    if is_transposed:
        weight = weight.translate(str.maketrans("IO", "OI"))
    return Orders(orders.input, weight, orders.output, flips=not is_transposed)


_CONV = "lhs* rhs* window_strides padding lhs_dilation=None rhs_dilation=None "
_REST = "precision~ preferred_element_type~"
OPERATORS = {
    "conv_general_dilated": Operator(
        f"{_CONV} dimension_numbers=None feature_group_count=1 batch_group_count=1 {_REST} "
        "out_sharding~",
        _convolution,
    ),
    "conv_with_general_padding": Operator(
        f"{_CONV} {_REST} * dimension_numbers=None feature_group_count=1 batch_group_count=1",
        _convolution,
    ),
    "conv": Operator(
        f"lhs* rhs* window_strides padding {_REST} * lhs_dilation=None rhs_dilation=None "
        "dimension_numbers=None feature_group_count=1 batch_group_count=1",
        _convolution,
    ),
    "conv_transpose": Operator(
        "lhs* rhs* strides padding rhs_dilation=None dimension_numbers=None transpose_kernel=False "
        f"{_REST}",
        _transposed,
    ),
}
