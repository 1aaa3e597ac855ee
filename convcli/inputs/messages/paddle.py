"""What Paddle says of the input of its convolutions, from version 1.8 to 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import settings
from convcli.engine.diagnosis.inputs import Layer, layer_channels
from convcli.engine.diagnosis.layers import spec_of_weight
from convcli.engine.diagnosis.limits import groups
from convcli.engine.diagnosis.orders import last
from convcli.engine.diagnosis.ranks import layer_axes
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.messages.rows import Row

PARAMETERS = (
    "in_channels",
    "out_channels",
    "kernel_size",
    "stride",
    "padding",
    "dilation",
    "groups",
    "padding_mode",
    "weight_attr",
    "bias_attr",
    "data_format",
)


def _channels(
    input: Sequence[int], weight: Sequence[int], groups_: int = 1, order: str = "NCHW", **_: Any
) -> Diagnosis | None:
    return _layer(input, weight, groups_, order, transposed=False)


def _transposed(
    input: Sequence[int], weight: Sequence[int], order: str = "NCHW", **_: Any
) -> Diagnosis | None:
    return _layer(input, weight, 1, order, transposed=True)


def _layer(
    input: Sequence[int], weight: Sequence[int], groups_: int, order: str, *, transposed: bool
) -> Diagnosis | None:
    """A layer whose message shows a Conv1D as a Conv2D of height, or width, 1."""
    if len(input) != len(weight) or len(input) < 3:
        return None
    is_last = order.rstrip(".").endswith("C")
    shape, kernel = tuple(input), tuple(weight)
    line = _one_axis(shape, kernel, is_last)
    if line is not None:
        shape, kernel = line
    spec = spec_of_weight(kernel, groups_, transposed=transposed)
    name = f"Conv{len(kernel) - 2}D{'Transpose' if transposed else ''}"
    layer = Layer(name, spec.in_channels, is_last, spec, weight=kernel)
    told = layer_channels(layer, shape)
    if told.why is not None and told.why.key in ("channels_last", "channels_first"):
        word = {3: ("NLC", "NCL"), 4: ("NHWC", "NCHW"), 5: ("NDHWC", "NCDHW")}[len(shape)]
        first = told.changes[0]
        change = Change("data_format", "data_format", word[int(is_last)], {}, None)
        output = first.output
        if isinstance(output, Shape) and not is_last:
            change = change._replace(output=last(output))
        told = told._replace(changes=(change, *told.changes)[:3])
    if transposed:
        told = told._replace(kind="conv_transpose.in_channels")
    return told


def _one_axis(
    input: tuple[int, ...], weight: tuple[int, ...], is_last: bool
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """(N, C, L) and (O, I, k) of a Conv1D, which the message shows with an axis of 1."""
    if len(input) != 4 or is_last:
        return None
    for axis in (2, 3):
        if input[axis] == 1 and weight[axis] == 1 and weight[5 - axis] > 1:
            return (
                tuple(size for at, size in enumerate(input) if at != axis),
                tuple(size for at, size in enumerate(weight) if at != axis),
            )
    return None


def _axes(input: Sequence[int], weight: Sequence[int] | None = None, **_: Any) -> Diagnosis:
    rank = len(weight) - 2 if weight is not None else 2
    if weight is not None and len(input) == 4 and len(weight) < 4:
        change = Change("weight_axis", "weight", None, {"wants": len(input)})
        what = Saying("conv.ranks", {"input": len(input), "weight": len(weight)})
        numbers = (
            *numbers_of("input", input=Shape(input)),
            *numbers_of("weight", weight=Shape(weight)),
        )
        return Diagnosis(what, numbers, Saying("weight_lacks_axis"), False, (change,))
    takes = weight[1] if weight is not None else None
    return layer_axes(
        f"Conv{rank}D", rank + 2, len(input), input, takes=takes, weight=weight, is_last=False
    )


def _wanted(wants: int, input: Sequence[int]) -> Diagnosis:
    return layer_axes(f"Conv{wants - 2}D", wants, len(input), input, is_last=False)


def _pool_axes(input: Sequence[int], **_: Any) -> Diagnosis:
    return layer_axes("Pool2D", 4, len(input), input, is_last=False, kind="pool")._replace(
        kind="pool.input_rank"
    )


ROWS = (
    Row("paddle", "conv.in_channels", _channels, (
        "number of input's channels should be equal to filter's channels * groups for Op(Conv). "
        "But received: the input's channels is {got:int}, the input's shape is {input:shape}; the "
        "filter's channels is {filter:int}, the filter's shape is {weight:shape}; the groups is "
        "{groups_:int}, the data_format is {order:name}",
        "number of input channels should be equal to filter channels * groups for Op(Conv). But "
        "received: the input's channels is {got:int}, the input's shape is {input:shape}; the "
        "filter's channels is {filter:int}, the filter's shape is {weight:shape}; the groups is "
        "{groups_:int}, the data_format is {order:name}",
        "number of input's channels should be equal to filter's channels * groups for Op(Conv). "
        "But received: the input's channels is {got:int}, the input's shape is {input:shape}; the "
        "filter's channels is {filter:int}, the filter's shape is {weight:shape}; the groups is "
        "{groups_:int}",
        "number of input channels should be equal to filter channels * groups for Op(Conv). But "
        "received: the input's channels is {got:int}, the input's shape is {input:shape}; the "
        "filter's channels is {filter:int}, the filter's shape is {weight:shape}; the groups is "
        "{groups_:int}",
    )),
    Row("paddle", "conv_transpose.in_channels", _transposed, (
        "number of input channels should be equal to filter channels for Op(conv_transpose). But "
        "received: the input's channels is [{got:int}], the shape of input is {input:shape}, the "
        "filter's channels is [{filter:int}], the shape of filter is {weight:shape}. The "
        "data_format is {order:name}",
    )),
    Row("paddle", "conv.groups", lambda channels, input, groups_: groups(
        "in_channels", channels, groups_
    ), (
        "channel of input must be divisible by groups,received: the channel of input is "
        "{channels:int}, the shape of input is paddle.Size({input:shape}), the groups is "
        "{groups_:int}",
        "channel of input must be divisible by groups,received: the channel of input is "
        "{channels:int}, the shape of input is {input:shape}, the groups is {groups_:int}",
    )),
    Row("paddle", "conv.groups", lambda channels, weight, groups_: groups(
        "out_channels", channels, groups_
    ), (
        "number of output's channels (filter's first dimension) of Op(Conv) should be divided by "
        "groups. But received: the output channels is {channels:int}, the filter's shape is "
        "{weight:shape}, the groups is {groups_:int}",
        "number of filters must be divisible by groups,received: the number of filters is "
        "{channels:int}, the shape of weight is {weight:shape}, the groups is {groups_:int}",
    )),
    Row("paddle", "conv.input_rank", _axes, (
        "input's dimension and filter's dimension of Op(Conv) should be equal. But received: the "
        "input's shape is {input:shape}, the input's dimension is {got:int}; the filter's shape is "
        "{weight:shape}, the filter's dimension is {axes:axis}",
        "input of Op(Conv) should be a 4-D or 5-D Tensor. But received: input's dimension is "
        "{got:int}, input's shape is {input:shape}",
        "input of Op(conv_transpose) should be 4-D or 5-D Tensor. But received: the shape of input "
        "is {input:shape}, the dimension of input is {got:int}",
    )),
    Row("paddle", "conv.input_rank", _wanted, (
        "Input x should be {wants:axis}D tensor, but received x with the shape of "
        "paddle.Size({input:shape})",
        "Input x should be {wants:axis}D tensor, but received x with the shape of {input:shape}",
    )),
    Row("paddle", "pool.input_rank", _pool_axes, (
        "input of Op(pool) should be 4-D or 5-D Tensor. But received: {got:axis}-D Tensor and it's "
        "shape is {input:shape}",
    )),
    Row("paddle", "conv.stride", lambda value: settings.at_least("stride", value), (
        "stride of Op(Conv) should be larger than 0, but received stride is {value:int}",
    )),
    Row("paddle", "conv.dilation", lambda value: settings.at_least("dilation", value), (
        "dilation of Op(Conv) should be larger than 0, but received dilation is {value:int}",
    )),
    Row("paddle", "pool.stride", lambda value: settings.at_least("stride", value), (
        "stride of PoolOutputSize shall not be 0, but received {value:int}",
    )),
    Row("paddle", "conv.padding", lambda values: settings.at_least("padding", min(values), 0), (
        "Invalid padding, all value should be larger than or equal to 0, but received: "
        "{values:shape}",
    )),
    Row("paddle", "conv.padding_string", lambda value: settings.choice(
        "padding", value, ("SAME", "VALID")
    ), (
        "Unknown padding: '{value:name}'. It can only be 'SAME' or 'VALID'",
    )),
    Row("paddle", "conv.data_format", lambda value, **_: settings.choice(
        "data_format", value, ("NCHW", "NHWC", "NCL", "NLC", "NCDHW", "NDHWC")
    ), (
        "data_format must be one of {choices:text}, but got data_format='{value:name}'",
        "Attr(data_format) should be 'NCHW' or 'NHWC'. Received Attr(data_format): {value:name}",
    )),
)  # fmt: skip
