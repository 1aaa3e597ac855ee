"""What Keras says of the input of a layer or a model, from version 1 to 3."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.engine.diagnosis import class_targets
from convcli.engine.diagnosis.counts import features
from convcli.engine.diagnosis.inputs import Layer, layer_channels
from convcli.engine.diagnosis.meets import joined, summed
from convcli.engine.diagnosis.products import view
from convcli.engine.diagnosis.ranks import layer_axes, whole_shape
from convcli.engine.diagnosis.values import Diagnosis, numbers_of
from convcli.engine.diagnosis.weights import vector_of
from convcli.inputs.messages.rows import Row

LEADS = (
    "of layer {layer:word} is incompatible with the layer: ",
    "of layer {layer:word} is incompatible with the layer: : ",
    "is incompatible with layer {layer:word}: ",
)
CLASSES = {  # how Keras names a layer by its class: conv2d, conv2d_1, conv2d_2, ...
    "dense": ("Dense", "dense"),
    "flatten": ("Flatten", "flatten"),
    "batch_normalization": ("BatchNormalization", "norm"),
    "group_normalization": ("GroupNormalization", "norm"),
    "layer_normalization": ("LayerNormalization", "norm"),
    "lstm": ("LSTM", "rnn"),
    "gru": ("GRU", "rnn"),
    "simple_rnn": ("SimpleRNN", "rnn"),
    "bidirectional": ("Bidirectional", "rnn"),
    "sequential": ("Sequential", "model"),
    "functional": ("Functional", "model"),
    "model": ("Model", "model"),
}
_CONVOLUTION = re.compile(
    r"(?P<lead>separable_|depthwise_)?conv(?P<rank>\dd)(?P<back>_transpose)?$"
)
_POOLING = re.compile(
    r"(?P<global>global_)?(?P<kind>max|average)_pooling(?P<rank>\dd)$|"
    r"(?P<other>up_sampling|zero_padding|cropping)(?P<other_rank>\dd)$"
)


class Named(NamedTuple):
    """A layer by its name: how it is called in sentences, its class, and the sort of layer."""

    text: str
    class_name: str
    sort: str


def named(name: str) -> Named:
    """The layer of a name that Keras gave it, as far as the name tells.

    >>> named("'conv2d_12'"), named("my_conv")
    (Named(text='Conv2D (conv2d_12)', class_name='Conv2D', sort='conv'), \
Named(text='my_conv', class_name='', sort=''))
    """
    name = name.strip("'\"`:")
    base = re.sub(r"_\d+$", "", name).rpartition("/")[2]
    class_name, sort = CLASSES.get(base, ("", ""))
    found = _CONVOLUTION.match(base)
    if found:
        lead = (found["lead"] or "").strip("_").capitalize()
        class_name = f"{lead}Conv{found['rank'].upper()}{'Transpose' if found['back'] else ''}"
        sort = "conv"
    pool = _POOLING.match(base)
    if pool:
        words = f"{'Global' if pool['global'] else ''}{(pool['kind'] or '').capitalize()}Pooling"
        if pool["other"]:
            words = "".join(word.capitalize() for word in pool["other"].split("_"))
        class_name, sort = f"{words}{(pool['rank'] or pool['other_rank']).upper()}", "pool"
    return Named(f"{class_name} ({name})" if class_name else name, class_name, sort)


def _axis_value(
    layer: str, axis: int, takes: int, input: Sequence[int | None], **_: Any
) -> Diagnosis | None:
    told = _by_axis(layer, axis, takes, input)
    return told and told._replace(numbers=(*told.numbers, *numbers_of("message", axis=axis)))


def _by_axis(layer: str, axis: int, takes: int, input: Sequence[int | None]) -> Diagnosis | None:
    found = named(layer)
    got = input[axis] if -len(input) <= axis < len(input) else None
    if not takes:
        return (
            None
            if got is None
            else layer_channels(
                Layer(found.text, takes, rebuild="input_shape", is_last=axis == -1), input
            )._replace(changes=(), why=None)
        )
    if found.sort == "norm" and got is not None:
        told = vector_of(found.text, takes, got)
        return told._replace(kind="batch_norm.num_features")
    if found.sort in ("dense", "rnn") or len(input) == 2:
        told = features(found.text, takes, input, rebuild="rebuild", is_dense=found.sort != "model")
        return told._replace(kind="linear.in_features")
    is_last = axis in (-1, len(input) - 1)
    if len(input) < 3:
        return None
    told = layer_channels(Layer(found.text, takes, is_last, rebuild="input_shape"), input)
    return told._replace(kind="conv.in_channels")


def _axes(
    layer: str, wants: int, got: int, input: Sequence[int | None] | None = None, **_: Any
) -> Diagnosis:
    found = named(layer)
    kind = {"conv": "conv", "pool": "pool", "dense": "dense", "flatten": "flatten", "rnn": "rnn"}
    sort = kind.get(found.sort, "model")
    if input is not None and len(input) != got:
        input = None
    told = layer_axes(found.text, wants, got, input, kind=sort)
    return told._replace(
        kind={"dense": "linear.input_rank", "pool": "pool.input_rank"}.get(sort, "conv.input_rank")
    )


def _at_least(layer: str, **fields: Any) -> Diagnosis:
    told = _axes(layer, **fields)
    return told._replace(
        what=told.what._replace(key=f"{told.what.key.removesuffix('_least')}_least")
    )


def _model(
    wants: Sequence[int | None], input: Sequence[int | None], layer: str = "model", **_: Any
) -> Diagnosis:
    return whole_shape(named(layer).text, wants, input)


def _checked_shape(
    name: str, wants: Sequence[int | None], input: Sequence[int | None], kind: str, **_: Any
) -> Diagnosis:
    """`Error when checking input`: both shapes lack the batch, unless the array's has it."""
    if wants[:1] == (None,) and kind.strip() != "target":
        return whole_shape(name, wants, input)
    lead = (None,) if len(input) >= len(wants) or not wants else ()
    wanted, got = ((None, *wants), (*lead, *input)) if lead else ((None, *wants), tuple(input))
    if kind.strip() == "target":
        return _target(name, wanted, got)
    return whole_shape(name, wanted, got)


def _target(name: str, wants: Sequence[int | None], got: Sequence[int | None]) -> Diagnosis:
    return class_targets.classes(name, wants, got)


def _checked_axes(
    name: str, wants: int, input: Sequence[int | None], kind: str, **_: Any
) -> Diagnosis:
    if kind.strip() == "target":
        return class_targets.target_axes(name, wants, input)
    return layer_axes(name, wants, len(input), input, kind="model")


def _concatenated(shapes: Sequence[Sequence[int | None]], **_: Any) -> Diagnosis | None:
    return joined(shapes) if len(shapes) > 1 else None


def _merged(first: Sequence[int | None], second: Sequence[int | None], **_: Any) -> Diagnosis:
    """Keras prints the shapes of a merge without the batch axis."""
    return summed(first, second, has_batch=False)


def _reshape(input: Sequence[int | None], target: Sequence[int], **_: Any) -> Diagnosis | None:
    if None in input:
        return None
    size = 1
    for axis in input:
        size *= axis or 0
    told = view(target, size)
    return told._replace(kind="view.size")


def _all(*tails: str, leads: Sequence[str] = LEADS) -> tuple[str, ...]:
    return tuple(lead + tail for lead in leads for tail in tails)


_VALUE = "expected axis {axis:axis} of input shape to have value {takes:int}"
ROWS = (
    Row("keras", "conv.in_channels", _axis_value, _all(
        f"{_VALUE}, but received input with shape {{input:shape}}",
        f"{_VALUE} but received input with shape {{input:shape}}",
        f"{_VALUE} but got shape {{input:shape}}",
        f"{_VALUE} but received input with shape of {{input:shape}}",
        f"{_VALUE}, but got shape {{input:shape}}",
    )),
    Row("keras", "conv.input_rank", _at_least, _all(
        "expected min_ndim={wants:axis}, found ndim={got:axis}. Full shape received: {input:shape}",
        "expected min_ndim={wants:axis}, found ndim={got:axis}",
    )),
    Row("keras", "conv.input_rank", _axes, _all(
        "expected ndim={wants:axis}, found ndim={got:axis}. Full shape received: {input:shape}",
        "expected ndim={wants:axis}, found ndim={got:axis}",
        "expected ndim={wants:axis}, got ndim={got:axis}",
        "expected max_ndim={wants:axis}, found ndim={got:axis}. Full shape received: {input:shape}",
        "expected max_ndim={wants:axis}, found ndim={got:axis}",
    )),
    Row("keras", "model.input_shape", _model, _all(
        "expected shape={wants:shape}, found shape={input:shape}",
    )),
    Row("keras", "model.input_shape", _model, (
        "Expected shape {wants:shape}, but input has incompatible shape {input:shape}",
        "Model was constructed with shape {wants:shape} for input {tensor:text}, but it was called "
        "on an input with incompatible shape {input:shape}",
        "Layer model expected {count:int} input(s), with shape {wants:shape}, got {input:shape}",
    )),
    Row("keras", "model.input_shape", _checked_shape, (
        "Error when checking {kind:text}: expected {name:name} to have shape {wants:shape} but got "
        "array with shape {input:shape}",
        "Error when checking model {kind:name}: expected {name:name} to have shape {wants:shape} "
        "but got array with shape {input:shape}",
    )),
    Row("keras", "conv.input_rank", _checked_axes, (
        "Error when checking {kind:text}: expected {name:name} to have {wants:axis} dimensions, "
        "but got array with shape {input:shape}",
        "Error when checking model {kind:name}: expected {name:name} to have {wants:int} "
        "dimensions, but got array with shape {input:shape}",
    )),
    Row("keras", "cat.sizes", _concatenated, (
        "`Concatenate` layer requires inputs with matching shapes except for the concat axis. Got "
        "inputs shapes: {shapes:shapes}",
        "`Concatenate` layer requires inputs with matching shapes except for the concatenation "
        "axis. Received: input_shape={shapes:shapes}",
        "`Concatenate` layer requires inputs with matching shapes except for the concat axis. "
        "Received: input_shape={shapes:shapes}",
        "`Concatenate` layer requires inputs with matching shapes except for the concat axis: "
        "input_shape={shapes:shapes}",
        "can only merge layers with matching output shapes except for the concat axis. Layer "
        "shapes: {shapes:shapes}",
    )),
    Row("keras", "add.sizes", _merged, (
        "Inputs have incompatible shapes. Received shapes {first:shape} and {second:shape}",
        "Operands could not be broadcast together with shapes {first:shape} {second:shape}",
        "Operands could not be broadcast together with shapes {first:shape} and {second:shape}",
        "Cannot broadcast shape, the failure dim has value {one:int}, which cannot be broadcasted "
        "to {other:int}. Input shapes are: {first:shape} and {second:shape}.",
    )),
    Row("keras", "view.size", _reshape, (
        "total size of the tensor must be unchanged. Received: input_shape={input:shape}, "
        "target_shape={target:shape}",
        "total size of the tensor must be unchanged, however, the input size cannot by divided by "
        "the specified dimensions in target_shape. Received: input_shape={input:shape}, "
        "target_shape={target:shape}",
        "total size of new array must be unchanged, input_shape = {input:shape}, output_shape = "
        "{target:shape}",
    )),
)  # fmt: skip
