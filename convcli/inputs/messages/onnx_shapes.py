"""What ONNX says of the shapes and attributes of a graph, and ONNX Runtime of other nodes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from convcli.engine.diagnosis import calls, settings
from convcli.engine.diagnosis.joins import added, concatenated, other_axes
from convcli.engine.diagnosis.limits import padding_limit
from convcli.engine.diagnosis.norms import batch_norm
from convcli.engine.diagnosis.products import linear, view
from convcli.engine.diagnosis.ranks import layer_axes
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.diagnosis.weights import vector_of
from convcli.engine.geometry.changes import Change
from convcli.inputs.messages.rows import Row

ARGUMENTS = {
    "pads": "padding",
    "strides": "stride",
    "dilations": "dilation",
    "kernel_shape": "kernel_size",
}

NAMES = {  # of other frameworks
    "padding": "pads",
    "pad": "pads",
    "stride": "strides",
    "dilation": "dilations",
    "groups": "group",
    "kernel_size": "kernel_shape",
    "kernel": "kernel_shape",
}


def _gemm(weight: Sequence[int], got: int, outs: int) -> Diagnosis | None:
    if len(weight) != 2:
        return None
    takes = weight[0] if weight[1] == outs else weight[1]
    told = linear(1, got, takes, outs)
    what = Saying("input.feature_counts", {"name": "Gemm", "takes": takes, "got": got})
    numbers = tuple(number for number in told.numbers if number.name not in ("rows", "input"))
    changes = tuple(change._replace(output=None) for change in told.changes)
    return told._replace(what=what, numbers=numbers, changes=changes)


def _matmul(**_: Any) -> Diagnosis:
    change = Change("multiply_shapes", "input")
    return Diagnosis(Saying("matmul.unknown"), (), None, True, (change,))


def _added(first: int, second: int, **_: Any) -> Diagnosis:
    """`{first} by {second}`: the sizes of an axis that the message does not tell."""
    channels = min(first, second) >= 64 and (first % 32 == 0 and second % 32 == 0)
    told = added(second, first, 1 if channels else 2)
    what = Saying("add.unknown_axis", {"first": second, "second": first})
    numbers = (*numbers_of("a", size=second), *numbers_of("b", size=first))
    return told._replace(what=what, numbers=numbers, is_sure=False)


def _concatenated(axis: int, first: int, second: int) -> Diagnosis:
    """`Axis 2 has mismatched dimensions of 60 and 61`: the later tensor has the first number."""
    return concatenated(second, first, joined=None, differing=axis)


def _merged(inferred: int, declared: int, dim: int, **_: Any) -> Diagnosis:
    return concatenated(declared, inferred, joined=None, differing=dim)


def _attribute(name: str) -> Diagnosis:
    argument = ARGUMENTS.get(name, name)
    what = Saying("onnx.attribute_size", {"attribute": name})
    if name == "kernel_shape":
        change = Change("kernel_of_weight", argument)
    else:
        example = {"pads": (1,) * 4, "strides": (2, 2), "dilations": (2, 2)}.get(name, (1, 1))
        change = Change("axes_argument", argument, example, {"attribute": name, "open": True})
    return Diagnosis(what, numbers_of("layer", argument=name), None, True, (change,))


def _unknown(argument: str, layer: str) -> Diagnosis:
    own = NAMES.get(argument)
    return calls.unknown_argument(layer, argument, [] if own is None else [own])


def _missing(layer: str, argument: str, **_: Any) -> Diagnosis:
    return calls.missing_arguments(layer, [argument], [f"{argument}=..."])


def _reshape(sizes: Sequence[int], shape: Sequence[int]) -> Diagnosis:
    return view(shape, prod(sizes))


def _unified(first: int, second: int, operation: str) -> Diagnosis | None:
    if operation == "BatchNormalization":
        return batch_norm(second, first)._replace(kind="batch_norm.num_features")
    if operation in ("Gemm", "MatMul"):
        return _gemm((first, 0), second, 0)
    return None


ROWS = (
    Row("onnxruntime", "argument.unknown", _unknown, (
        "Unrecognized attribute: {argument:name} for operator {layer:name}",
    )),
    Row("onnxruntime", "argument.missing", _missing, (
        'In Node, ("{node:text}", {layer:name}, {more:text}Required attribute '
        "'{argument:name}' is missing",
    )),
    Row("onnxruntime", "batch_norm.num_features", lambda got, **_: settings.plain(
        "batch_norm.other_channels", Change("norm_vectors", "num_features", got), of="input",
        channels=got,
    ), (
        "Invalid input {name:name}: 0th dimension != {got:int}",
    )),
    Row("onnxruntime", "instance_norm.num_features", lambda features, got: vector_of(
        "InstanceNormalization", features, got
    ), (
        "size of scale != input channel count {features:int} vs. {got:int}",
    )),
    Row("onnxruntime", "linear.in_features", _gemm, (
        "GEMM: Dimension mismatch, W: {weight:shape} K: {got:int} N:{outs:int}",
    )),
    Row("onnxruntime", "matmul.sizes", _matmul, (
        "MatMul dimension mismatch",
        "matmul_helper.h:{line:int} Compute MatMul dimension mismatch",
        "Incompatible dimensions for matrix multiplication",
    )),
    Row("onnxruntime", "add.sizes", _added, (
        "Attempting to broadcast an axis by a dimension other than 1. {first:int} by {second:int}",
    )),
    Row("onnxruntime", "cat.sizes", _concatenated, (
        "Non concat axis dimensions must match: Axis {axis:axis} has mismatched dimensions of "
        "{first:int} and {second:int}",
    )),
    Row("onnxruntime", "cat.sizes", _merged, (
        "(op_type:Concat, node name: {node:text}): [ShapeInferenceError] Can't merge shape info. "
        "Both inferred and declared dimension have values but they differ. "
        "Inferred={inferred:int} Declared={declared:int} Dimension={dim:axis}",
        "Op (Concat) [ShapeInferenceError] Can't merge shape info. Both source and target "
        "dimension have values but they differ. Source={inferred:int} Target={declared:int} "
        "Dimension={dim:axis}",
        "Op (Concat) [ShapeInferenceError] Can't merge shape info. Both inferred and declared "
        "dimension have values but they differ. Inferred={inferred:int} Declared={declared:int} "
        "Dimension={dim:axis}",
    )),
    Row("onnxruntime", "cat.rank", lambda at, second, first: other_axes(first, second), (
        "All inputs to Concat must have same rank. Input {at:int} has rank {second:axis} != "
        "{first:int}",
    )),
    Row("onnxruntime", "linear.input_rank", lambda at, wants, got: layer_axes(
        "Gemm", wants, got, kind="dense", is_last=False
    ), (
        "Input {at:int} expected to have rank {wants:axis} but has rank {got:axis}",
    )),
    Row("onnxruntime", "argument.positive", lambda name: settings.at_least(
        ARGUMENTS.get(name) or name, 0, 0 if name == "pads" else 1
    ), (
        "Attribute {name:name} must only contain positive values",
        "Attribute {name:name} must not contain negative values",
    )),
    Row("onnxruntime", "bias.shape", lambda features, channels: vector_of(
        "bias", features[0], channels
    )._replace(kind="bias.shape"), (
        "Bias: {features:shape} num_output_channels: {channels:int}",
    )),
    Row("onnxruntime", "argument.per_axis", _attribute, (
        "Attribute {name:name} has incorrect size",
    )),
    Row("onnxruntime", "shapes", lambda operation, first, second, **_: _unified(
        first, second, operation
    ), (
        "Op ({operation:name}) [ShapeInferenceError] Dimension mismatch in unification between "
        "{first:int} and {second:int}",
        "(op_type:{operation:name}, node name: {node:text}): [ShapeInferenceError] Dimension "
        "mismatch in unification between {first:int} and {second:int}",
    )),
    Row("onnxruntime", "view.size", _reshape, (
        "cannot be reshaped to the requested shape. Input shape:{sizes:shape}, requested "
        "shape:{shape:shape}",
    )),
    Row("onnxruntime", "pad.reflect", lambda pad, most, axis, input: padding_limit(
        (pad, pad), axis, input
    ), (
        "Pad reflect: pre-pad ({pad:int}) exceeds maximum allowed ({most:int}) for axis "
        "{axis:axis}. Input shape:{input:shape}",
        "Pad reflect: post-pad ({pad:int}) exceeds maximum allowed ({most:int}) for axis "
        "{axis:axis}. Input shape:{input:shape}",
    )),
    Row("onnxruntime", "pool.output_size", lambda: settings.plain(
        "window.negative", Change("pad_more", "padding", None, {"rank": 2}),
        Change("larger_than_kernel", "input"),
    ), (
        "Calculated output dimension is negative. Check kernel_shape, pads, strides and dilations",
    )),
    Row("onnxruntime", "pool.padding", lambda: settings.plain(
        "pool.pad_kernel", Change("pad_less", "padding", None)
    ), (
        "Pad should be smaller than kernel",
    )),
)  # fmt: skip
