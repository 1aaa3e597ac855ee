"""Operators of TensorFlow: tf.nn and tf.pad."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Callable, Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import KINDS, ForeignLayer, PoolKind, PoolRule
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import (
    Ends,
    Padding,
    cropped_to,
    explicit,
    same_upper,
    valid,
)
from convcli.inputs.frameworks.signatures import Operator

_NAMED: dict[str, Padding] = {"SAME": same_upper, "VALID": valid}
_EXPLICIT = re.compile(r"\s*EXPLICIT\s*(?P<pairs>[\[(][\[\](),\d\s]*[\])])\s*")
_FORMATS = {
    1: ("NWC", "NCW", "NLC", "NCL"),
    2: ("NHWC", "NCHW"),
    3: ("NDHWC", "NCDHW"),
}
_PAD_MODES = {"CONSTANT": "zeros", "REFLECT": "reflect", "SYMMETRIC": "symmetric"}
_SPATIAL_AXES = 3  # that a layer has at most


def is_channels_last(arguments: Arguments, rank: int | None) -> bool:
    """Whether data_format names the channels last, as it does without one."""
    if arguments.get("data_format") is None:
        return True
    ranks = (rank,) if rank else tuple(_FORMATS)
    names = tuple(name for each in ranks for name in _FORMATS[each])
    return arguments.word("data_format", names).endswith("C")


def _orders(arguments: Arguments, rank: int | None, weight: str | None) -> Orders:
    return Orders("N*C" if is_channels_last(arguments, rank) else "NC*", weight)


def padding_of(arguments: Arguments, rank: int | None) -> Padding:
    """SAME, VALID, or pairs for all axes of X. Raises ConvError for others."""
    value = arguments["padding"]
    pairs = _EXPLICIT.fullmatch(value) if isinstance(value, str) else None
    if isinstance(value, str) and pairs is None:
        return _NAMED[arguments.word("padding", tuple(_NAMED))]
    written: Any = value
    if pairs:
        try:
            written = literal_eval(pairs["pairs"])
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            raise arguments.wrong("padding", "must be EXPLICIT and pairs of integers") from None
    listed = Arguments(
        arguments.framework, arguments.operator, arguments.call, {"padding": written}, frozenset()
    ).pairs("padding", None if rank is None else rank + 2)
    last = is_channels_last(arguments, rank)
    spatial, beside = (listed[1:-1], [listed[0], listed[-1]]) if last else (listed[2:], listed[:2])
    if any(map(any, beside)):
        raise arguments.refused("the padding of the batch and of the channels must be 0")
    return explicit(spatial)


def _convolution(rank: int | None, stride: str = "strides") -> Callable[[Arguments], ForeignLayer]:
    """tf.nn.conv1d, conv2d, conv3d, and convolution, whose rank W or X decides."""

    def read(arguments: Arguments) -> ForeignLayer:
        axes = rank or arguments.rank_of(stride, "dilations") or _listed_rank(arguments)
        window = _window(arguments, axes, stride, "dilations")
        if rank is None and _both(window):
            reason = "convolution takes no strides above 1 together with dilations above 1"
            raise arguments.refused(reason)
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            _orders(arguments, axes, "*IO"),
            axes,
            arguments=window | {"bias": False},
            padding=padding_of(arguments, axes),
            groups_by_weight=True,
        )

    return read


def _listed_rank(arguments: Arguments) -> int | None:
    count = arguments.count("padding")
    return count - 2 if count is not None and count > 2 else None


def _window(arguments: Arguments, rank: int | None, stride: str, dilation: str) -> dict[str, Any]:
    """Stride and dilation by torch's names."""
    window: dict[str, Any] = {}
    for torch, name in (("stride", stride), ("dilation", dilation)):
        if arguments.get(name) is None:
            continue
        if rank is None:
            window[torch] = arguments.integer(name)
        else:
            last = is_channels_last(arguments, rank)
            window[torch] = arguments.spatial(name, rank, channels_last=last)
    return window


def _both(window: dict[str, Any]) -> bool:
    """Whether a stride and a dilation are above 1."""
    return all(
        max(value if isinstance(value, tuple) else (value,)) > 1
        for value in (window.get("stride", 1), window.get("dilation", 1))
    )


def _depthwise(arguments: Arguments) -> ForeignLayer:
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        _orders(arguments, 2, "*IM"),
        2,
        arguments=_window(arguments, 2, "strides", "dilations") | {"bias": False},
        padding=padding_of(arguments, 2),
        multiplier=0,
    )


def _atrous(arguments: Arguments) -> ForeignLayer:
    window = {"dilation": arguments.per_axis("rate", 2), "bias": False}
    padding = _NAMED[arguments.word("padding", tuple(_NAMED))]
    orders = Orders("N*C", "*IO")
    return ForeignLayer(
        arguments.framework, arguments.call, orders, 2, arguments=window, padding=padding
    )


def _transposed(rank: int) -> Callable[[Arguments], ForeignLayer]:
    def read(arguments: Arguments) -> ForeignLayer:
        word = arguments.word("padding", tuple(_NAMED))
        output = arguments.integers("output_shape")
        sizes, channels = _output_sizes(arguments, output, rank)
        window = _window(arguments, rank, "strides", "dilations") | {"bias": False}
        if channels is not None:
            window["out_channels"] = channels
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            _orders(arguments, rank, "*OI"),
            rank,
            transposed=True,
            arguments=window,
            padding=transposed_padding(arguments, word, sizes),
        )

    return read


def _output_sizes(
    arguments: Arguments, output: int | tuple[int, ...], rank: int
) -> tuple[tuple[int, ...], int | None]:
    """The spatial sizes of an output_shape, and its channels."""
    numbers = output if isinstance(output, tuple) else (output,)
    if len(numbers) == rank:
        return numbers, None
    if len(numbers) != rank + 2:
        raise arguments.wrong("output_shape", f"must be {rank + 2} integers")
    if is_channels_last(arguments, rank):
        return numbers[1:-1], numbers[-1]
    return numbers[2:], numbers[1]


def transposed_padding(arguments: Arguments, word: str, outputs: Sequence[int]) -> Padding:
    """The crops that make these sizes; TensorFlow wants the forward layer to make the input's."""

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> list[Ends]:
        return [
            crop(arguments, axis, size, output, word)
            for axis, size, output in zip(axes, sizes, outputs, strict=True)
        ]

    return padding


def crop(arguments: Arguments, axis: Axis, size: int, output: int, word: str) -> Ends:
    """What is cropped from the whole output of a transposed layer for `output` cells.

        SAME   before = max(full - output, 0)//2        VALID  before = 0

    Raises ConvError unless the convolution of `output` cells has `size` outputs.
    """
    is_same = word.upper() == "SAME"
    forward = -(-output // axis.stride) if is_same else axis.windows_on(output)
    if forward != size:
        reason = (
            "the convolution of its output has {forward} cells on an axis, not the {size} of X "
            "(output {output}, kernel {kernel}, stride {stride}, padding {word})"
        )
        raise arguments.refused(
            reason, forward=forward, size=size, output=output, kernel=axis.extent,
            stride=axis.stride, word=word,
        )  # fmt: skip
    before = (lambda total: max(total, 0) // 2) if is_same else 0
    return cropped_to(axis, size, output, before)


def _pool(rank: int | None, kind: PoolKind) -> Callable[[Arguments], ForeignLayer]:
    def read(arguments: Arguments) -> ForeignLayer:
        axes = rank or arguments.rank_of("ksize", "strides", beside=2)
        last = is_channels_last(arguments, axes)

        def window(name: str) -> Any:
            if axes is None:
                return arguments.integer(name)
            return arguments.spatial(name, axes, channels_last=last)

        return ForeignLayer(
            arguments.framework,
            arguments.call,
            _orders(arguments, axes, None),
            axes,
            "pool",
            arguments={"kernel_size": window("ksize"), "stride": window("strides")},
            padding=padding_of(arguments, axes),
            pool=PoolRule(kind),
            empties="zero" if kind == "avg" else None,
        )

    return read


def _pad(arguments: Arguments) -> ForeignLayer:
    """tf.pad: pairs of all axes; with five, or four, those of the batch and the channels are 0."""
    mode = _PAD_MODES[arguments.word("mode", tuple(_PAD_MODES), any_case=True)]
    if arguments["constant_values"] != 0:
        raise arguments.unsupported("constant_values must be 0")
    pairs = arguments.pairs("paddings")
    orders = Orders("*")
    if len(pairs) > _SPATIAL_AXES:
        if any(pairs[0]) or any(pairs[-1]) or len(pairs) > _SPATIAL_AXES + 2:
            raise arguments.unsupported("at most three axes are padded, between batch and channels")
        pairs, orders = pairs[1:-1], Orders("N*C")
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        orders,
        len(pairs),
        "pad",
        arguments={"padding_mode": mode},
        padding=explicit(pairs),
    )


_CONV = "input* filters* {} padding data_format=None dilations=None name~"
_CONV_TRANSPOSE = "input* filters* output_shape strides padding='SAME' data_format=None "
_POOL = "input* ksize strides padding data_format=None name~"
OPERATORS = {
    "nn.conv1d": Operator(_CONV.format("stride"), _convolution(1, "stride")),
    **{f"nn.conv{r}d": Operator(_CONV.format("strides"), _convolution(r)) for r in (2, 3)},
    "nn.convolution": Operator(
        "input* filters* strides=None padding='VALID' data_format=None dilations=None name~",
        _convolution(None),
    ),
    "nn.depthwise_conv2d": Operator(
        "input* filter* strides padding data_format=None dilations=None name~", _depthwise
    ),
    "nn.atrous_conv2d": Operator("value* filters* rate padding name~", _atrous),
    **{
        f"nn.conv{rank}d_transpose": Operator(
            _CONV_TRANSPOSE + "dilations=None name~", _transposed(rank)
        )
        for rank in (1, 2, 3)
    },
    **{
        f"nn.{kind}_pool{rank or ''}{'d' if rank else ''}": Operator(_POOL, _pool(rank, kind))
        for kind in KINDS
        for rank in (1, 2, 3, None)
    },
    "pad": Operator("tensor* paddings mode='CONSTANT' constant_values=0 name~", _pad),
}
