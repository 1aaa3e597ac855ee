"""What Paddle says of norms, transposed layers, reshapes, weights and arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import calls, settings
from convcli.engine.diagnosis.counts import features
from convcli.engine.diagnosis.limits import output_padding
from convcli.engine.diagnosis.meets import joined, summed
from convcli.engine.diagnosis.norms import batch_norm, group_norm
from convcli.engine.diagnosis.products import view
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.messages.rows import Row

KERAS_NAMES = {
    "strides": "stride",
    "dilation_rate": "dilation",
    "filters": "out_channels",
    "num_filters": "out_channels",
    "filter_size": "kernel_size",
    "bias": "bias_attr",
    "num_channels": "in_channels",
    "use_bias": "bias_attr",
}


def _matmul(got: int, takes: int, **_: Any) -> Diagnosis:
    told = features("Linear", takes, (None, got))
    numbers = (*numbers_of("layer", in_features=takes), *numbers_of("input", features=got))
    what = Saying("input.feature_counts", {"name": "Linear", "takes": takes, "got": got})
    changes = told.changes
    if 1 < got < takes and takes % (got * got) == 0:
        flat = Change("flatten", "input", None, {"takes": takes})
        return told._replace(
            what=what,
            numbers=numbers,
            why=Saying("not_flattened", {"takes": takes}),
            is_sure=False,
            changes=(flat, *changes)[:3],
        )
    return told._replace(what=what, numbers=numbers, changes=changes)


def _concatenated(first: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis:
    return joined([first, second], is_last=False)


def _added(first: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis:
    return summed(first, second, is_last=False)


def _output_padding(value: int, limit: int, **_: Any) -> Diagnosis:
    return output_padding((value,), (limit,), (1,))


def _output_size(wanted: Sequence[int], inferred: int, stride: int, **_: Any) -> Diagnosis:
    count = max(1, len(wanted))
    return settings.output_sizes(wanted, (inferred,) * count, (stride,) * count)


def _smaller_output(wanted: Sequence[int], inferred: int, **_: Any) -> Diagnosis:
    count = max(1, len(wanted))
    return settings.output_sizes(wanted, (inferred,) * count, (1,) * count)


def _unknown(layer: str, argument: str) -> Diagnosis | None:
    """Layers of Keras refuse otherwise: a call of `Conv2D` like this is Paddle's."""
    own = KERAS_NAMES.get(argument)
    if own is None or not re.match(r"Conv[123]D(?:Transpose)?$", layer):
        return None
    return calls.unknown_argument(layer, argument, [own])


def _missing(layer: str, arguments: str, **_: Any) -> Diagnosis | None:
    names = re.findall(r"'(\w+)'", arguments)
    if not re.match(r"Conv[123]D(?:Transpose)?$", layer) or "out_channels" not in names:
        return None
    return calls.missing_arguments(layer, names, ("in_channels", "out_channels", "kernel_size"))


def _reflect(size: int, pad: int, **_: Any) -> Diagnosis:
    what = Saying("pad.less_than", {"padding": pad, "size": size})
    numbers = (*numbers_of("layer", padding=pad), *numbers_of("input", size=size))
    changes = (
        Change("padding_within", "padding", size - 1),
        Change("word", "padding_mode", "replicate"),
    )
    return Diagnosis(what, numbers, None, True, changes)


def _receives(name: str, got: Sequence[int], wants: Sequence[int]) -> Diagnosis:
    from convcli.engine.diagnosis.states import Mismatch, loaded

    return loaded([Mismatch(name, Shape(got), Shape(wants))])


ROWS = (
    Row("paddle", "linear.in_features", _matmul, (
        "In operator matmul, the [{dim:axis}] dimension of Input(X) must be equal to the "
        "[{of:int}] dimension of Input(Y). But receiving the [{same:int}]dimension of Input(X) is "
        "[{got:int}], and the [{other:int}] dimension of Input(Y) is [{takes:int}]",
        "Input X's width should be equal to the Y's height, but received X's shape: "
        "[{rows:int}, {got:int}],Y's shape: [{takes:int}, {outs:int}]",
        "Input X's width should be equal to the Y's height, but received X's shape: "
        "[{rows:int}, {got:int}], Y's shape: [{takes:int}, {outs:int}]",
    )),
    Row("paddle", "cat.sizes", _concatenated, (
        "dimension of input[{at:int}] and input[{other:int}] is expected to be equal.But received "
        "input[{i:int}]'s shape = {first:shape}, input[{j:int}]'s shape = {second:shape}",
        "dimension of input[{at:int}] and input[{other:int}] is expected to be equal. But received "
        "input[{i:int}]'s shape = {first:shape}, input[{j:int}]'s shape = {second:shape}",
        "shape of input[{at:int}] and input[{other:int}] is expected to be equal.But received "
        "input[{i:int}]'s shape = {first:shape}, input[{j:int}]'s shape = {second:shape}",
    )),
    Row("paddle", "add.sizes", _added, (
        "Operands could not be broadcast together with the shape of X = {first:shape} and the "
        "shape of Y = {second:shape}",
    )),
    Row("paddle", "batch_norm.num_features", batch_norm, (
        "the shape of scale must equal to [{got:int}]But received: the shape of scale is "
        "[{features:int}]",
        "the shape of scale must equal to [{got:int}] But received: the shape of scale is "
        "[{features:int}]",
        "the shape of bias must equal to [{got:int}]But received: the shape of bias is "
        "[{features:int}]",
    )),
    Row("paddle", "group_norm.groups", group_norm, (
        "divisible by num_groups, but got input channel is {channels:int} and num_groups is "
        "{groups:int}",
    )),
    Row("paddle", "argument.per_axis", lambda argument, axes, values: settings.numbers_per_axis(
        argument, values, axes
    ), (
        "The {argument:name}'s length must be {axes:axis}. Received: {values:shape}",
    )),
    Row("paddle", "conv_transpose.output_padding", _output_padding, (
        "received output_padding[i]:{value:int} >= std::max(strides[i], dilations_[i]):{limit:int}",
    )),
    Row("paddle", "conv_transpose.output_size", _output_size, (
        "But received output_size = [{wanted:shape}], whose dim {dim:axis} is not less than the "
        "inferred output size ({inferred:int}) + stride ({stride:int})",
    )),
    Row("paddle", "conv_transpose.output_size", _smaller_output, (
        "But received output_size = [{wanted:shape}], whose dim {dim:axis} is less than the "
        "inferred output size [{inferred:int}]",
    )),
    Row("paddle", "view.size", view, (
        "X's size = {size:int}, 'shape' is {shape:shape}",
    )),
    Row("paddle", "pad.reflect", _reflect, (
        "in reflect mode, but received depth({size:int}) and {name:name}({pad:int})",
    )),
    Row("paddle", "weight.shape", lambda got, wants, name: _receives(name, got, wants), (
        "{name:name} receives a shape {got:shape}, but the expected shape is {wants:shape}",
    )),
    Row("paddle", "weight.shape", lambda wants, got, name: _receives(name, got, wants), (
        "Variable Shape not match, Variable [ {name:name} ] need tensor with shape "
        "paddle.Size({wants:shape}) but load set tensor with shape paddle.Size({got:shape})",
        "Variable Shape not match, Variable [ {name:name} ] need tensor with shape {wants:shape} "
        "but load set tensor with shape {got:shape}",
    )),
    Row("paddle", "argument.unknown", _unknown, (
        "{layer:paddle_class}.__init__() got an unexpected keyword argument '{argument:name}'",
    )),
    Row("paddle", "argument.missing", _missing, (
        "{layer:paddle_class}.__init__() missing {count:int} required positional arguments: "
        "{arguments:rest}",
    )),
)  # fmt: skip
