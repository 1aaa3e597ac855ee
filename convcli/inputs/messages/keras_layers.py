"""What Keras says of the arguments and windows of its layers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import calls, settings
from convcli.engine.diagnosis.limits import groups, output_padding
from convcli.engine.diagnosis.ranks import layer_axes
from convcli.engine.diagnosis.values import Diagnosis, Saying
from convcli.engine.diagnosis.windows import window_too_large
from convcli.engine.geometry.changes import Change
from convcli.inputs.messages.rows import Row
from convcli.suggestions import closest

PARAMETERS = (
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "data_format",
    "dilation_rate",
    "groups",
    "activation",
    "use_bias",
    "kernel_initializer",
    "bias_initializer",
    "kernel_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "kernel_constraint",
    "bias_constraint",
)
POOL_PARAMETERS = ("pool_size", "strides", "padding", "data_format", "name")
OTHERS = {"Dense": ("units", "activation", "use_bias", "kernel_initializer")}
FOREIGN = {  # names of torch and of Keras 1
    "stride": "strides",
    "dilation": "dilation_rate",
    "dilations": "dilation_rate",
    "out_channels": "filters",
    "nb_filter": "filters",
    "bias": "use_bias",
    "border_mode": "padding",
    "subsample": "strides",
    "kernel": "kernel_size",
    "init": "kernel_initializer",
    "dim_ordering": "data_format",
    "kernel_shape": "kernel_size",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "output_dim": "units",
    "num_filters": "filters",
    "size": "pool_size",
    "out_features": "units",
    "kernel_size": "pool_size",
    "weight_decay": "kernel_regularizer",
}
TORCH = {  # the names of a layer's arguments in torch
    "filters": "out_channels",
    "strides": "stride",
    "dilation_rate": "dilation",
    "pool_size": "kernel_size",
    "units": "out_features",
}
_CONVOLUTIONS = re.compile(r"(?:Separable|Depthwise)?Conv(?:olution)?[123]D(?:Transpose)?$")


def _parameters(layer: str) -> tuple[str, ...]:
    if _CONVOLUTIONS.match(layer):
        return PARAMETERS
    if re.match(r"\w+Pool(?:ing)?[123]D$", layer):
        return POOL_PARAMETERS
    return OTHERS.get(layer, ())


def _unknown(layer: str, arguments: str) -> Diagnosis | None:
    names = _parameters(layer)
    written = re.findall(r"'(\w+)'", arguments)
    if not names or not written:
        return None
    if written[0] in names:  # a class of the same name, of another framework
        return None
    own = FOREIGN.get(written[0])
    found = [own] if own in names else list(closest(written[0], names))
    return calls.unknown_argument(layer, written[0], [name for name in found if name])


def _unknown_call(layer: str, argument: str) -> Diagnosis | None:
    return _unknown(layer, f"'{argument}'")


def _missing(layer: str, arguments: str, **_: Any) -> Diagnosis | None:
    names = re.findall(r"'(\w+)'", arguments)
    if not _parameters(layer) or not names:
        return None
    needed = ("filters", "kernel_size") if _CONVOLUTIONS.match(layer) else tuple(names)
    needed = ("kernel_size",) if layer.startswith("Depthwise") else needed
    return calls.missing_arguments(layer, names, needed)


def _per_axis(argument: str, axes: int, values: str, **_: Any) -> Diagnosis | None:
    numbers = [int(number) for number in re.findall(r"-?\d+", values.partition(", including")[0])]
    name = TORCH.get(argument, argument)
    if "do not satisfy" in values or "unsatisfied" in values:
        bad = [number for number in numbers if number < 1]
        return settings.at_least(name, bad[0] if bad else 0)
    if not numbers:
        return None
    return settings.numbers_per_axis(name, numbers, axes)


def _window(
    input: Sequence[int | None],
    weight: Sequence[int],
    dilation: Sequence[int],
    strides: Sequence[int],
    **_: Any,
) -> Diagnosis | None:
    rank = len(input) - 2
    if len(weight) != rank + 2 or rank < 1:
        return None
    return window_too_large(
        f"Conv{rank}D",
        input,
        weight[:rank],
        dilation=_each(dilation, rank),
        stride=_each(strides, rank),
        outs=weight[-1],
        weight=weight,
    )


def _pool(
    input: Sequence[int | None], window: Sequence[int], strides: Sequence[int], **_: Any
) -> Diagnosis | None:
    rank = len(input) - 2
    if rank < 1:
        return None
    told = window_too_large(
        f"Pooling{rank}D", input, _each(window, rank), stride=_each(strides, rank), is_pool=True
    )
    return told._replace(kind="pool.output_size")


def _each(values: Sequence[int], rank: int) -> tuple[int, ...]:
    return tuple(values) if len(values) == rank else (values[0],) * rank


def _output_padding(padding: Sequence[int], strides: Sequence[int], **_: Any) -> Diagnosis:
    return output_padding(padding, strides, (1,) * len(padding))


def _groups(groups_: int, filters: int) -> Diagnosis:
    return groups("out_channels", filters, groups_)


def _groups_in(groups_: int, channels: int, **_: Any) -> Diagnosis:
    return groups("in_channels", channels, groups_)


def _word_as_padding(**_: Any) -> Diagnosis:
    return settings.plain(
        "conv.padding_word",
        Change("word", "padding", "same"),
        Change("pad_layer", "padding", 1),
        is_sure=False,
        why=Saying("padding_number"),
    )


def channels_unknown() -> Diagnosis:
    """An input whose channels are None."""
    change = Change("input_shape", "shape", (None, None, 3), {"name": "Conv2D"})
    return settings.plain("input.channels_none", change)


def _kernel_rank(weight: Sequence[int], input: Sequence[int | None]) -> Diagnosis:
    rank = len(weight) - 2
    name = f"Conv{rank}D"
    return layer_axes(name, rank + 2, len(input), input, takes=weight[-2], weight=weight)


ROWS = (
    Row("keras", "argument.unknown", _unknown, (
        "Unrecognized keyword arguments passed to {layer:name}: {arguments:rest}",
        "Unrecognized keyword arguments passed to {layer:name} {arguments:rest}",
    )),
    Row("keras", "argument.unknown", _unknown_call, (
        "{layer:keras_class}.__init__() got an unexpected keyword argument '{argument:name}'",
    )),
    Row("keras", "argument.missing", _missing, (
        "{layer:keras_class}.__init__() missing {count:int} required positional argument: "
        "{arguments:rest}",
        "{layer:keras_class}.__init__() missing {count:int} required positional arguments: "
        "{arguments:rest}",
    )),
    Row("keras", "argument.per_axis", _per_axis, (
        "The `{argument:name}` argument must be a tuple of {axes:axis} integers. Received "
        "{same:name}={values:rest}",
        "The `{argument:name}` argument must be a tuple of {axes:axis} integers. Received: "
        "{values:rest}",
    )),
    Row("keras", "conv.padding_string", lambda choices, value: settings.choice(
        "padding", value, re.findall(r"\w+", choices)
    ), (
        "The `padding` argument must be a list/tuple or one of {choices:text}. Received: "
        "{value:name}",
    )),
    Row("keras", "conv.padding_string", _word_as_padding, (
        "keras{before:text}AttributeError: 'int' object has no attribute 'lower'",
        "keras{before:text}AttributeError: 'tuple' object has no attribute 'lower'",
    )),
    Row("keras", "conv.data_format", lambda value, **_: settings.choice(
        "data_format", value, ("channels_last", "channels_first")
    ), (
        "The `data_format` argument must be one of {choices:text}. Received: "
        "data_format={value:name}",
        "The `data_format` argument must be one of {choices:text}. Received: {value:name}",
    )),
    Row("keras", "conv.out_channels", lambda value, **_: settings.at_least(
        "out_channels", int(value)
    ), (
        "Invalid value for argument `filters`. Expected a strictly positive value. Received "
        "filters={value:int}",
        "Invalid value for argument `filters`. Expected a strictly positive value. Received: "
        "{value:int}",
    )),
    Row("keras", "conv.kernel_size", _window, (
        "Computed output size would be zero or negative. Received `inputs shape={input:shape}`, "
        "`kernel shape={weight:shape}`, `dilation_rate={dilation:shape}`, "
        "`strides={strides:shape}`, `padding={padding:name}`",
        "Computed output size would be zero or negative. Received: `inputs shape={input:shape}`, "
        "`kernel shape={weight:shape}`, `dilation_rate={dilation:shape}`, "
        "`strides={strides:shape}`, `padding={padding:name}`",
    )),
    Row("keras", "pool.output_size", _pool, (
        "Computed output size would be zero or negative. Received: `inputs.shape={input:shape}`, "
        "`pool_size={window:shape}`, `strides={strides:shape}`, `padding={padding:name}`",
        "Computed output size would be negative. Received `inputs shape={input:shape}`, "
        "`pool_size={window:shape}`, `strides={strides:shape}`, `padding={padding:name}`",
    )),
    Row("keras", "conv.strides_dilation", settings.strides_and_dilation, (
        "`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: "
        "strides={strides:shape} and dilation_rate={dilation:shape}",
        "strides > 1 not supported in conjunction with dilation_rate > 1. Received: "
        "strides={strides:shape} and dilation_rate={dilation:shape}",
    )),
    Row("keras", "conv_transpose.output_padding", _output_padding, (
        "`output_padding` must be strictly less than `strides` for all dimensions. At dimension "
        "{dim:axis}, `output_padding` is {bad:int} but `strides` is {step:int}. Received: "
        "output_padding={padding:shape}, strides={strides:shape}",
    )),
    Row("keras", "conv_transpose.output_padding", lambda strides, padding, **_: output_padding(
        padding, strides, (1,) * len(padding)
    ), (
        "Stride {strides:shape} must be greater than output padding {padding:shape}",
    )),
    Row("keras", "conv.groups", _groups, (
        "number of filters must be evenly divisible by the number of groups. Received: "
        "groups={groups_:int}, filters={filters:int}",
    )),
    Row("keras", "conv.groups", _groups_in, (
        "number of input channels must be evenly divisible by the number of groups. Received "
        "groups={groups_:int}, but the input has {channels:int} channels",
    )),
    Row("keras", "conv.input_rank", _kernel_rank, (
        "Kernel shape must have the same length as input, but received kernel of shape "
        "{weight:shape} and input of shape {input:shape}",
    )),
    Row("keras", "conv.in_channels", channels_unknown, (
        "channel dimension of the inputs should be defined. Found `None`",
        "channel dimension of the inputs should be defined. The input_shape received is",
        "last dimension of the inputs to `Dense` should be defined. Found `None`",
        "last dimension of the inputs to a Dense layer should be defined. Found None",
    )),
)  # fmt: skip
