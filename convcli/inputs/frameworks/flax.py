"""Layers of Flax: linen and nnx."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.jax import transposed_orders, transposed_padding
from convcli.inputs.frameworks.layers import KINDS, Circle, ForeignLayer, PoolKind, PoolRule
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import (
    Ends,
    Padding,
    causal,
    explicit,
    same_lower,
    same_upper,
    valid,
)
from convcli.inputs.frameworks.signatures import Operator


def _around(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
    """((extent - 1)//2, extent//2) cells, of CIRCULAR and REFLECT."""
    return tuple(((axis.extent - 1) // 2, axis.extent // 2) for axis in axes)


_NAMED: dict[str, tuple[Padding, str]] = {
    "SAME": (same_upper, "zeros"),
    "SAME_LOWER": (same_lower, "zeros"),
    "VALID": (valid, "zeros"),
    "CAUSAL": (causal, "zeros"),
    "CIRCULAR": (_around, "circular"),
    "REFLECT": (_around, "reflect"),
}


def _rank(arguments: Arguments) -> int:
    """The number of axes of kernel_size: an integer is a kernel of one axis."""
    kernel = arguments.integers("kernel_size")
    return len(kernel) if isinstance(kernel, tuple) else 1


def _numbers(arguments: Arguments, name: str, rank: int) -> list[Ends]:
    """Padding as numbers: one for all axes, one for each, or pairs."""
    value = arguments[name]
    if isinstance(value, int):
        return [(arguments.integer(name, 0),) * 2] * rank
    if isinstance(value, tuple) and any(isinstance(one, tuple) for one in value):
        listed = [one if isinstance(one, tuple) else (one, one) for one in value]
        return Arguments(
            arguments.framework, arguments.operator, arguments.call, {name: listed}, frozenset()
        ).pairs(name, rank, least=None)
    return [(one, one) for one in arguments.per_axis(name, rank, least=0)]


def _window(arguments: Arguments, rank: int) -> dict[str, Any]:
    window: dict[str, Any] = {"kernel_size": arguments.per_axis("kernel_size", rank)}
    for torch, name in (("stride", "strides"), ("dilation", "kernel_dilation")):
        if arguments.get(name) is not None:
            window[torch] = arguments.per_axis(name, rank)
    window["bias"] = arguments.flag("use_bias")
    window["out_channels"] = arguments.integer(_features(arguments))
    if "in_features" in arguments.values:
        window["in_channels"] = arguments.integer("in_features")
    return window


def _features(arguments: Arguments) -> str:
    return "out_features" if "out_features" in arguments.values else "features"


def _convolution(arguments: Arguments) -> ForeignLayer:
    rank = _rank(arguments)
    window = _window(arguments, rank) | {"groups": arguments.integer("feature_group_count")}
    if arguments.get("input_dilation", 1) not in (1, (1,) * rank):
        raise arguments.unsupported("input_dilation must be 1")
    if isinstance(arguments["padding"], str):
        word = arguments.word("padding", tuple(_NAMED), any_case=True)
        if word == "CAUSAL" and rank != 1:
            raise arguments.refused("causal padding is for kernels of one axis")
        padding, window["padding_mode"] = _NAMED[word]
    else:
        padding = explicit(_numbers(arguments, "padding", rank))
    kernel = arguments["kernel_size"]
    remarks = () if isinstance(kernel, tuple) else (("one_axis", {"kernel": kernel}),)
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        Orders("N*C", "*IO"),
        rank,
        arguments=window,
        padding=padding,
        has_limits=False,
        remarks=remarks,
        empties="any",
    )


def _transposed(arguments: Arguments) -> ForeignLayer:
    rank = _rank(arguments)
    words = ("SAME", "VALID", "CIRCULAR")
    value, is_circle = arguments["padding"], False
    if isinstance(value, str):
        is_circle = arguments.word("padding", words, any_case=True) == "CIRCULAR"
        padding = valid if is_circle else transposed_padding(arguments, rank)
    else:
        pairs = tuple(_numbers(arguments, "padding", rank))
        written = {**arguments.values, "padding": pairs}
        listed = Arguments(
            arguments.framework, arguments.operator, arguments.call, written, arguments.written
        )
        padding = transposed_padding(listed, rank)
    is_transposed = arguments.flag("transpose_kernel")
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        transposed_orders(Orders("N*C", "*IO"), is_transposed=is_transposed),
        rank,
        transposed=True,
        arguments=_window(arguments, rank),
        padding=padding,
        circle=_circle(upper=is_transposed) if is_circle else None,
        empties="any",
    )


def _circle(*, upper: bool) -> Circle:
    """The border and the crops of a transposed layer on a circle.

    Of the whole output, cell i lands at (i + first) modulo size*stride; what lands twice is added.
    So the output is a part of the whole output of an input that goes on around the circle.
    Source: flax.linen.ConvTranspose with CIRCULAR.
    """

    def circle(axes: Sequence[Axis], sizes: Sequence[int]) -> tuple[list[Ends], list[Ends]]:
        borders: list[Ends] = []
        crops: list[Ends] = []
        for axis, size in zip(axes, sizes, strict=True):
            extent, stride, period = axis.extent, axis.stride, size * axis.stride
            missing = -max(extent - stride, 0) % (2 * period)
            first = (missing + (not upper)) // 2 % period
            first -= period if 2 * first > period else 0
            least = -((first + extent - 1) // stride)  # the cells that reach the outputs
            most = (period - 1 - first) // stride
            before, after = max(-least, 0), max(most - size + 1, 0)
            crop = before * stride - first
            whole = axis.cells_under(size + before + after)
            borders.append((before, after))
            crops.append((crop, whole - crop - period))
        return borders, crops

    return circle


def _pool(kind: PoolKind) -> Callable[[Arguments], ForeignLayer]:
    """Windows of stride 1 without strides; an average counts the padding without an argument."""

    def read(arguments: Arguments) -> ForeignLayer:
        kernel = arguments.integers("window_shape")
        rank = len(kernel) if isinstance(kernel, tuple) else 1
        strides = arguments.get("strides")
        if isinstance(arguments["padding"], str):
            words = ("SAME", "SAME_LOWER", "VALID")
            padding = _NAMED[arguments.word("padding", words, any_case=True)][0]
        else:
            padding = explicit(_numbers(arguments, "padding", rank))
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            Orders("N*C"),
            rank,
            "pool",
            arguments={
                "kernel_size": kernel,
                "stride": 1 if strides is None else arguments.per_axis("strides", rank),
            },
            padding=padding,
            pool=PoolRule(kind, counts_padding=arguments.flag("count_include_pad", True)),
            empties="any",
        )

    return read


_TRAINED = (
    "mask~ param_dtype~ precision~ kernel_init~ bias_init~ conv_general_dilated~ promote_dtype~ "
    "rngs~ preferred_element_type~ kernel_metadata~ bias_metadata~ parent~"
)
_CONV = (
    "{} kernel_size strides=1 {} padding='SAME' input_dilation=1 kernel_dilation=1 "
    f"feature_group_count=1 use_bias=True {_TRAINED}"
)
_CONV_TRANSPOSE = (
    "{} kernel_size strides=None {} padding='SAME' kernel_dilation=None use_bias=True "
    f"{_TRAINED} transpose_kernel=False"
)
_POOL = "inputs* window_shape strides=None padding='VALID'"
OPERATORS = {
    "Conv": Operator(_CONV.format("features", ""), _convolution),
    "ConvTranspose": Operator(_CONV_TRANSPOSE.format("features", ""), _transposed),
    "nnx.Conv": Operator(_CONV.format("in_features out_features", "*"), _convolution),
    "nnx.ConvTranspose": Operator(
        _CONV_TRANSPOSE.format("in_features out_features", "*"), _transposed
    ),
    **{
        f"{module}{kind}_pool": Operator(
            _POOL + (" count_include_pad=True" if kind == "avg" else ""),
            _pool(kind),
        )
        for module in ("", "nnx.")
        for kind in KINDS
    },
}
