"""Layers of Keras 3, on the backend TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolKind, PoolRule
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import Ends, Padding, causal, explicit, same_upper, valid
from convcli.inputs.frameworks.signatures import Operator
from convcli.inputs.frameworks.tensorflow import crop

_NAMED: dict[str, Padding] = {"valid": valid, "same": same_upper, "causal": causal}


def _input(arguments: Arguments) -> str:
    """The layout of X; channels_last without data_format."""
    if arguments.get("data_format") is None:
        return "N*C"
    word = arguments.word("data_format", ("channels_last", "channels_first"), any_case=True)
    return "N*C" if word == "channels_last" else "NC*"


def _padding(arguments: Arguments, *words: str) -> str:
    return arguments.word("padding", words, any_case=True)


def _window(arguments: Arguments, rank: int) -> dict[str, Any]:
    return {
        "kernel_size": arguments.per_axis("kernel_size", rank),
        "stride": arguments.per_axis("strides", rank),
        "dilation": arguments.per_axis("dilation_rate", rank),
        "bias": arguments.flag("use_bias"),
    }


def _refuse_both(arguments: Arguments, window: dict[str, Any]) -> None:
    if max(window["stride"]) > 1 and max(window["dilation"]) > 1:
        reason = "strides {strides} above 1 together with dilation_rate {rates} above 1"
        strides, rates = window["stride"], window["dilation"]
        raise arguments.refused(reason, strides=strides, rates=rates)


def _activation(arguments: Arguments) -> str | None:
    value = arguments.get("activation")
    return None if value in (None, "linear") else str(value)


def _convolution(rank: int) -> Callable[[Arguments], ForeignLayer]:
    words = ("valid", "same", "causal") if rank == 1 else ("valid", "same")

    def read(arguments: Arguments) -> ForeignLayer:
        window = _window(arguments, rank)
        _refuse_both(arguments, window)
        filters, groups = arguments.integer("filters"), arguments.integer("groups")
        if filters % groups:
            reason = "filters {filters} must be divisible by groups {groups}"
            raise arguments.refused(reason, filters=filters, groups=groups)
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            Orders(_input(arguments), "*IO"),
            rank,
            arguments=window | {"out_channels": filters, "groups": groups},
            padding=_NAMED[_padding(arguments, *words)],
            activation=_activation(arguments),
        )

    return read


def _transposed(rank: int) -> Callable[[Arguments], ForeignLayer]:
    def read(arguments: Arguments) -> ForeignLayer:
        window = _window(arguments, rank)
        _refuse_both(arguments, window)
        word = _padding(arguments, "valid", "same")
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            Orders(_input(arguments), "*OI"),
            rank,
            transposed=True,
            arguments=window | {"out_channels": arguments.integer("filters")},
            padding=_crops(arguments, rank, word),
            activation=_activation(arguments),
        )

    return read


def _crops(arguments: Arguments, rank: int, word: str) -> Padding:
    """The crop of a transposed layer, from the size of its output.

    output_padding None: size*stride, without padding `same` + max(extent - stride, 0); else
    (size - 1)*stride + extent + output_padding, with `same` - 2*(extent//2).
    """
    kept: Sequence[int] | None = None
    if arguments.get("output_padding") is not None:
        kept = arguments.per_axis("output_padding", rank, least=0)
        strides = arguments.per_axis("strides", rank)
        for more, stride in zip(kept, strides, strict=True):
            if more >= stride:
                reason = "output_padding {more} must be less than strides {stride}"
                raise arguments.refused(reason, more=more, stride=stride)

    def output_size(d: int, axis: Axis, size: int) -> int:
        if kept is None:
            more = max(axis.extent - axis.stride, 0) if word == "valid" else 0
            return size * axis.stride + more
        cropped = 2 * (axis.extent // 2) if word == "same" else 0
        return axis.cells_under(size) + kept[d] - cropped

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> list[Ends]:
        return [
            crop(arguments, axis, size, output_size(d, axis, size), word)
            for d, (axis, size) in enumerate(zip(axes, sizes, strict=True))
        ]

    return padding


def _depthwise(rank: int) -> Callable[[Arguments], ForeignLayer]:
    def read(arguments: Arguments) -> ForeignLayer:
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            Orders(_input(arguments), "*IM"),
            rank,
            arguments=_window(arguments, rank),
            padding=_NAMED[_padding(arguments, "valid", "same")],
            multiplier=arguments.integer("depth_multiplier"),
            activation=_activation(arguments),
        )

    return read


def _separable(rank: int) -> Callable[[Arguments], ForeignLayer]:
    """A depthwise layer without bias, and a convolution with kernel 1."""

    def read(arguments: Arguments) -> ForeignLayer:
        first = _depthwise(rank)(arguments)
        _refuse_both(arguments, dict(first.arguments))
        words = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
        second = ForeignLayer(
            arguments.framework,
            arguments.call,
            Orders(first.orders.input, "*IO"),
            rank,
            arguments={
                "out_channels": arguments.integer("filters"),
                "kernel_size": (1,) * rank,
                "bias": arguments.flag("use_bias"),
            },
            activation=_activation(arguments),
        )
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            first.orders,
            rank,
            arguments={**first.arguments, "bias": False},
            padding=_NAMED[_padding(arguments, *words)],
            multiplier=first.multiplier,
            then=second,
        )

    return read


def _pool(rank: int, kind: PoolKind) -> Callable[[Arguments], ForeignLayer]:
    """Windows on `same` divide by the cells inside the input; strides are those of the window."""

    def read(arguments: Arguments) -> ForeignLayer:
        kernel = arguments.per_axis("pool_size", rank)
        strides = arguments.get("strides")
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            Orders(_input(arguments)),
            rank,
            "pool",
            arguments={
                "kernel_size": kernel,
                "stride": kernel if strides is None else arguments.per_axis("strides", rank),
            },
            padding=_NAMED[_padding(arguments, "valid", "same")],
            pool=PoolRule(kind),
            empties="zero" if kind == "avg" else None,
        )

    return read


def _zero_padding(rank: int) -> Callable[[Arguments], ForeignLayer]:
    def read(arguments: Arguments) -> ForeignLayer:
        value = arguments["padding"]
        is_pair = rank == 1 and isinstance(value, tuple)
        if is_pair:
            before, after = arguments.spatial("padding", 2, least=0)
            pairs: list[Ends] = [(before, after)]
        elif isinstance(value, tuple) and any(isinstance(one, tuple) for one in value):
            pairs = arguments.pairs("padding", rank)
        else:
            pairs = [(number, number) for number in arguments.per_axis("padding", rank, least=0)]
        orders = Orders(_input(arguments))
        return ForeignLayer(
            arguments.framework, arguments.call, orders, rank, "pad", padding=explicit(pairs)
        )

    return read


_TRAINED = (
    "kernel_initializer~ bias_initializer~ kernel_regularizer~ bias_regularizer~ "
    "activity_regularizer~ kernel_constraint~ bias_constraint~ input_shape~ batch_input_shape~ "
    "trainable~ input_dim~ depthwise_initializer~ depthwise_regularizer~ depthwise_constraint~ "
    "pointwise_initializer~ pointwise_regularizer~ pointwise_constraint~ autocast~"
)
_CONV = (
    "filters kernel_size strides=1 padding='valid' data_format=None dilation_rate=1 groups=1 "
    f"activation=None use_bias=True {_TRAINED}"
)
_CONV_TRANSPOSE = (
    "filters kernel_size strides=1 padding='valid' output_padding=None data_format=None "
    f"dilation_rate=1 activation=None use_bias=True {_TRAINED}"
)
_DEPTHWISE = (
    "kernel_size strides=1 padding='valid' depth_multiplier=1 data_format=None dilation_rate=1 "
    f"activation=None use_bias=True {_TRAINED}"
)
_SEPARABLE = (
    "filters kernel_size strides=1 padding='valid' data_format=None dilation_rate=1 "
    f"depth_multiplier=1 activation=None use_bias=True {_TRAINED}"
)
_POOL = "pool_size=2 strides=None padding='valid' data_format=None input_shape~"
_PAD = "padding={} data_format=None input_shape~"
OPERATORS = {
    **{f"Conv{r}D": Operator(_CONV, _convolution(r)) for r in (1, 2, 3)},
    **{f"Convolution{r}D": Operator(_CONV, _convolution(r)) for r in (1, 2, 3)},
    **{f"Conv{r}DTranspose": Operator(_CONV_TRANSPOSE, _transposed(r)) for r in (1, 2, 3)},
    **{f"DepthwiseConv{r}D": Operator(_DEPTHWISE, _depthwise(r)) for r in (1, 2)},
    **{f"SeparableConv{r}D": Operator(_SEPARABLE, _separable(r)) for r in (1, 2)},
    **{f"{n}{r}D": Operator(_POOL, _pool(r, "max")) for n in ("MaxPooling", "MaxPool")
       for r in (1, 2, 3)},
    **{f"{n}{r}D": Operator(_POOL, _pool(r, "avg")) for n in ("AveragePooling", "AvgPool")
       for r in (1, 2, 3)},
    **{f"ZeroPadding{r}D": Operator(_PAD.format(1), _zero_padding(r)) for r in (1, 2, 3)},
}  # fmt: skip
