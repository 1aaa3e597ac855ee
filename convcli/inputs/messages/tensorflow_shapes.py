"""What TensorFlow says of sums, reshapes, products, feeds and transposed layers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import class_targets, settings
from convcli.engine.diagnosis.counts import channel_counts
from convcli.engine.diagnosis.meets import joined, summed
from convcli.engine.diagnosis.orders import filled
from convcli.engine.diagnosis.products import linear, view
from convcli.engine.diagnosis.ranks import whole_shape
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.diagnosis.weights import given_weight, vector_of
from convcli.engine.geometry.changes import Change
from convcli.inputs.messages.rows import Row
from convcli.inputs.messages.tensorflow import (
    _NODE,
    _depth,
    _operation,
    _primitive,
    _shapes,
)


def _equal(first: int, second: int, node: str, shapes: str) -> Diagnosis | None:
    """`Dimensions must be equal`: which operation it was decides what they are."""
    operation, found = _operation(node), _shapes(shapes)
    if len(found) < 2:
        return None
    if "MatMul" in operation and len(found[0]) == len(found[1]) == 2:
        rows, got = filled(found[0])
        takes, outs = filled(found[1])
        told = linear(rows, got, takes, outs) if "transpose_b=true" not in node else None
        return told and told._replace(kind="matmul.sizes")
    if operation == "BiasAdd":
        return vector_of("bias", second, first)._replace(kind="bias.shape")
    if operation.startswith(("Conv", "DepthwiseConv")) and "Backprop" not in operation:
        return _depth(first, second, node, shapes)
    if "Backprop" in operation:
        return _transposed_depth(first, second)
    if operation in ("Add", "AddV2", "Sub", "Mul", "RealDiv", "Maximum", "SquaredDifference"):
        return summed(found[0], found[1])._replace(kind="add.sizes")
    return None


def _transposed_depth(input: int, filter: int) -> Diagnosis:
    return channel_counts("conv2d_transpose", filter, input, is_last=True, rebuild="kernel_inputs")


def _broadcast(first: Sequence[int | None], second: Sequence[int | None], **_: Any) -> Diagnosis:
    return summed(first, second)


def _concat(
    node: str, shapes: str, dim: int, first: int, second: int, **_: Any
) -> Diagnosis | None:
    found = [shape for shape in _shapes(shapes.partition("computed")[0]) if shape]
    if "Assign" in node and len(found) >= 2:
        return given_weight("variable", filled(found[0]), filled(found[1]))._replace(
            kind="weight.shape"
        )
    if len(found) < 2:
        return None
    axis = re.search(r"= <(-?\d+)>", shapes)
    return joined(found, int(axis[1]) if axis else None)


def _concat_values(first: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis:
    return joined([first, second])


def _view(size: int, shape: Sequence[int | None], **_: Any) -> Diagnosis:
    return view([-1 if axis is None else axis for axis in shape], size)


def _multiple(size: int, known: int, **_: Any) -> Diagnosis:
    return view((-1, known), size)


def _count(size: int, known: int) -> Diagnosis:
    """A reshape of which the message tells the numbers and not the shape."""
    changes = (Change("flatten_view", "shape", None, {"known": known}),)
    numbers = (*numbers_of("tensor", size=size), *numbers_of("view", known=known))
    return Diagnosis(
        Saying("view.counts", {"size": size, "known": known}), numbers, None, True, changes
    )


def _matmul(first: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis | None:
    if len(first) < 2 or len(second) != 2 or None in (*first, *second):
        return None
    rows = 1
    for size in first[:-1]:
        rows *= size
    return linear(rows, first[-1], *second)._replace(kind="matmul.sizes")


def _sizes(actual: int, computed: int, more: str = "") -> Diagnosis:
    """`Size of out_backprop`: that of the input, and that which the output_shape asks for."""
    told = settings.output_shape(actual, computed)
    stride = re.search(r"stride: (\d+)", more) or re.search(r"strides=\[1, ?(\d+)", more)
    padding = "VALID" if 'padding="VALID"' in more or "padding: VALID" in more else "SAME"
    if not stride or padding != "SAME":
        return told
    step = int(stride[1])
    low, high = (actual - 1) * step + 1, actual * step
    change = Change("output_between", "output_shape", high, {"least": low, "most": high})
    return told._replace(changes=(change, *told.changes))


def _batches(first: int | None = None, second: int | None = None, **_: Any) -> Diagnosis:
    change = Change("output_batch", "output_shape", second, {})
    numbers = (*numbers_of("output_shape", batch=first), *numbers_of("input", batch=second))
    return Diagnosis(Saying("conv_transpose.batch"), numbers, None, True, (change,))


def _feed(input: Sequence[int | None], wants: Sequence[int | None], name: str) -> Diagnosis:
    return whole_shape(name, wants, input, kind="feed")


def _mirrored(before: int, after: int, size: int) -> Diagnosis:
    pad = max(before, after)
    what = Saying("pad.less_than", {"padding": pad, "size": size})
    numbers = (*numbers_of("layer", padding=(before, after)), *numbers_of("input", size=size))
    return Diagnosis(what, numbers, None, True, (Change("padding_within", "padding", size - 1),))


ROWS = (
    Row("tensorflow", "shapes", _equal, (
        f"Dimensions must be equal, but are {{first:int}} and {{second:int}} {_NODE}",
    )),
    Row("tensorflow", "add.sizes", _broadcast, (
        "Incompatible shapes: {first:shape} vs. {second:shape}",
        "required broadcastable shapes at {where:word} {first:shape} vs. {second:shape}",
    )),
    Row("tensorflow", "cat.sizes", _concat, (
        "Dimension {dim:axis} in both shapes must be equal, but are {first:int} and {second:int}. "
        f"Shapes are {{a:shape}} and {{b:shape}}. {_NODE}",
        "Dimension {dim:axis} in both shapes must be equal, but are {first:int} and {second:int} "
        f"{_NODE}",
    )),
    Row("tensorflow", "cat.sizes", _concat_values, (
        "ConcatOp : Dimension {dim:axis} in both shapes must be equal: shape[{i:int}] = "
        "{first:shape} vs. shape[{j:int}] = {second:shape}",
        "ConcatOp : Dimensions of inputs should match: shape[{i:int}] = {first:shape} vs. "
        "shape[{j:int}] = {second:shape}",
        "ConcatOp : Ranks of all input tensors should match: shape[{i:int}] = {first:shape} vs. "
        "shape[{j:int}] = {second:shape}",
    )),
    Row("tensorflow", "view.size", _view, (
        "Cannot reshape a tensor with {size:int} elements to shape {shape:shape}",
    )),
    Row("tensorflow", "view.size", _multiple, (
        "Input to reshape is a tensor with {size:int} values, but the requested shape requires a "
        "multiple of {known:int}",
        "Dimension size must be evenly divisible by {known:int} but is {size:int} for",
    )),
    Row("tensorflow", "view.size", _count, (
        "Input to reshape is a tensor with {size:int} values, but the requested shape has "
        "{known:int}",
    )),
    Row("tensorflow", "matmul.sizes", _matmul, (
        "Matrix size-incompatible: In[0]: {first:shape}, In[1]: {second:shape}",
    )),
    Row("tensorflow", "conv_transpose.output_shape", _sizes, (
        "Size of out_backprop doesn't match computed: actual = {actual:int}, computed = "
        "{computed:int}{more:all}",
    )),
    Row("tensorflow", "conv_transpose.output_shape", _batches, (
        "input and out_backprop must have the same batch size input batch: {first:int} outbackprop "
        "batch: {second:int}",
        "input and out_backprop must have the same batch sizeinput batch: {first:int}outbackprop "
        "batch: {second:int}",
        "input and out_backprop must have the same batch size",
    )),
    Row("tensorflow", "conv_transpose.in_channels", _transposed_depth, (
        "Computed input depth {input:int} doesn't match filter input depth {filter:int}",
    )),
    Row("tensorflow", "conv_transpose.in_channels", lambda **_: settings.plain(
        "conv_transpose.depth", Change("output_depth", "output_shape", None)
    ), (
        "BackpropInput: input depth must be evenly divisible by filter depth",
        "BackpropInput: input and filter must have the same depth",
        "filter and out_backprop must have the same out_depth",
    )),
    Row("tensorflow", "descriptor", _primitive, (
        "ould not create a primitive descriptor for {text:text} [Op:{operation:name}]",
        "ould not create a descriptor for {text:text} [Op:{operation:name}]",
        "ould not create a primitive descriptor for {text:text} in file "
        "tensorflow/core/kernels/mkl/{operation:name}",
        "ould not create a descriptor for {text:text} in file "
        "tensorflow/core/kernels/mkl/{operation:name}",
    )),
    Row("tensorflow", "pad.reflect", _mirrored, (
        "paddings must be less than the dimension size: {before:int}, {after:int} not less than "
        "{size:int}",
        "paddings must be no greater than the dimension size: {before:int}, {after:int} greater "
        "than {size:int}",
    )),
    Row("tensorflow", "loss.shapes", lambda target, output: class_targets.classes(
        "logits", output, target
    ), (
        "`labels.shape` must equal `logits.shape` except for the last dimension. Received: "
        "labels.shape={target:shape} and logits.shape={output:shape}",
    )),
    Row("tensorflow", "bias.shape", lambda bias, input: vector_of("bias", bias[0], input[-1]), (
        "Must provide as many biases as the last dimension of the input tensor: {bias:shape} vs. "
        "{input:shape}",
    )),
    Row("tensorflow", "model.input_shape", _feed, (
        "Cannot feed value of shape {input:shape} for Tensor '{name:name}', which has shape "
        "'{wants:shape}'",
        "Cannot feed value of shape {input:shape} for Tensor u'{name:name}', which has shape "
        "'{wants:shape}'",
        "Cannot feed value of shape {input:shape} for Tensor {name:name}, which has shape "
        "{wants:shape}",
        "Cannot feed value of shape {input:shape} for Tensor \"{name:name}\", which has shape "
        "\"{wants:shape}\"",
    )),
    Row("tensorflow", "loss.shapes", lambda output, target: class_targets.classes(
        "logits", output, target
    ), (
        "logits and labels must be broadcastable: logits_size={output:shape} "
        "labels_size={target:shape}",
        "logits and labels must be same size: logits_size={output:shape} "
        "labels_size={target:shape}",
        "logits and labels must have the same first dimension, got logits shape {output:shape} and "
        "labels shape {target:shape}",
    )),
)  # fmt: skip
