"""What torch says of tensors, recurrent layers and targets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import calls, limits, losses, others, tensors, types
from convcli.engine.diagnosis.products import linear
from convcli.engine.diagnosis.values import Diagnosis
from convcli.inputs.messages.rows import Row
from convcli.inputs.messages.torch_types import kind_of

MODES = {"reflect", "replicate", "circular", "constant"}


def _axis(low: int, high: int, dim: int) -> Diagnosis:
    return tensors.axis_out_of_range(high + 1, dim)


def _expanded(target: Sequence[int], sizes: Sequence[int], dim: int, **_: Any) -> Diagnosis:
    return tensors.expanded(target, sizes, dim)


def _stacked(first: Sequence[int], second: Sequence[int], at: int, **_: Any) -> Diagnosis:
    return tensors.stacked(first, second, at)


def _vector(rows: int, takes: int, got: int, **_: Any) -> Diagnosis:
    return linear(1, got, takes, rows)


def _subscript(size: int, seen: int, **_: Any) -> Diagnosis:
    return tensors.products(seen, size)


def _lengths(first: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis | None:
    return tensors.products(first[0], second[0]) if len(first) == len(second) == 1 else None


def _unpacked(at: int, type: str) -> Diagnosis:
    """The weight of a layer is made with `empty(out_channels, in_channels, *kernel_size)`."""
    names = {1: "out_channels", 2: "in_channels"}
    return calls.wrong_type("the layer", names.get(at, "kernel_size"), type)


def _negative(shape: Sequence[int], **_: Any) -> Diagnosis | None:
    at = next((at for at, size in enumerate(shape) if size < 0), None)
    if at is None or len(shape) < 3:
        return None
    name = ("out_channels", "in_channels")[at] if at < 2 else "kernel_size"
    return limits.non_positive(name, shape[at])


def _device(other: str, expected: str) -> Diagnosis:
    return types.devices(expected, other)


def _cropped(input: str, output: str) -> Diagnosis | None:
    sizes, outs = ([int(n) for n in re.findall(r"-?\d+", text)] for text in (input, output))
    return others.pad_crops(sizes, outs) if len(sizes) == len(outs) else None


def _upsample(sizes: Sequence[int], given: str, **_: Any) -> Diagnosis:
    return others.upsample_sizes(sizes, _numbers(given), "size")


def _scale(sizes: Sequence[int], given: str, **_: Any) -> Diagnosis:
    return others.upsample_sizes(sizes, _numbers(given), "scale_factor")


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(
        float(number) if "." in number else int(number)
        for number in re.findall(r"-?\d+(?:\.\d+)?", text)
    )


def _upsample_mode(got: int, mode: str, **_: Any) -> Diagnosis:
    return others.upsample_mode(got, mode)


def _indices(wanted: str, type: str) -> Diagnosis:
    return types.index_type(kind_of(type).dtype or type)


ROWS = (
    Row("torch", "stack.sizes", _stacked, (
        "stack expects each tensor to be equal size, but got {first:shape} at entry {zero:int} and "
        "{second:shape} at entry {at:int}",
        "invalid argument 0: Sizes of tensors must match except in dimension {joined:axis}. Got "
        "{first:shape} and {second:shape} at entry {at:int}",
    )),
    Row("torch", "expand.sizes", _expanded, (
        "The expanded size of the tensor ({size:int}) must match the existing size ({own:int}) at "
        "non-singleton dimension {dim:axis}. Target sizes: {target:shape}. Tensor sizes: "
        "{sizes:shape}",
    )),
    Row("torch", "axis.range", _axis, (
        "Dimension out of range (expected to be in range of [{low:axis}, {high:axis}], but got "
        "{dim:axis})",
    )),
    Row("torch", "input.empty", lambda input, dim, **_: tensors.empty_axis(input, dim), (
        "Expected input to have non-zero size for non-batch dimensions, but input has sizes "
        "{input:shape} with dimension {dim:axis} being empty",
        "Expected input to have non-zero size for non-batch dimensions, but got sizes "
        "{input:shape} with dimension {dim:axis} being empty",
    )),
    Row("torch", "linear.in_features", _vector, (
        "size mismatch, got input ({rows:int}), mat ({height:int}x{takes:int}), vec ({got:int})",
    )),
    Row("torch", "matmul.lengths", _subscript, (
        "einsum(): subscript {letter:name} has size {size:int} for operand {at:int} which does not "
        "broadcast with previously seen size {seen:int}",
    )),
    Row("torch", "matmul.lengths", _lengths, (
        "inconsistent tensor size, expected tensor {first:shape} and src {second:shape} to have "
        "the same number of elements",
    )),
    Row("torch", "conv.bias", lambda weight, outs, bias, **_: tensors.bias_size(
        weight, outs, bias
    ), (
        "Given weight of size {weight:shape}, expected bias to be 1-dimensional with {outs:int} "
        "elements, but got bias of size {bias:shape} instead",
        "Given transposed={transposed:int}, weight of size {weight:shape}, expected bias to be "
        "1-dimensional with {outs:int} elements, but got bias of size {bias:shape} instead",
    )),
    Row("torch", "argument.type", _unpacked, (
        "empty(): argument 'size' failed to unpack the object at pos {at:int} with error \"type "
        "must be tuple of ints,but got {type:name}\"",
    )),
    Row("torch", "argument.positive", _negative, (
        "Trying to create tensor with negative dimension {size:int}: {shape:shape}",
    )),
    Row("torch", "argument.positive", limits.non_positive, (
        "rror: {argument:name} should not be zero",
    )),
    Row("torch", "argument.negative", lambda value: limits.non_positive("padding", value, 0), (
        "pad must be non-negative, but got pad: {value:int}",
    )),
    Row("torch", "conv.padding_string", calls.padding_word, (
        "Invalid padding string: '{word:name}'",
    )),
    Row("torch", "device", _device, (
        "Tensor on device {other:device} is not on the expected device {expected:device}!",
    )),
    Row("torch", "pad.crop", _cropped, (
        "input ({input:text}) is too small. Calculated output {output:rest}",
    )),
    Row("torch", "pad.pairs", others.pad_numbers, (
        "Padding length should be less than or equal to two times the input dimension but got "
        "padding length {numbers:axis} and input of dimension {axes:axis}",
    )),
    Row("torch", "pad.mode", lambda mode: limits.mode_name(mode) if mode not in MODES else None, (
        "Unrecognised padding mode {mode:name}",
    )),
    Row("torch", "norm.num_channels", lambda weight, input: others.norm_channels(
        weight[0], input
    ), (
        "Expected weight to be a vector of size equal to the number of channels in input, but got "
        "weight of shape {weight:shape} and input of shape {input:shape}",
    )),
    Row("torch", "instance_norm.num_features", lambda features, got, **_: others.norm_channels(
        features, (1, got), "num_features"
    ), (
        "expected input's size at dim={dim:axis} to match num_features ({features:int}), but got: "
        "{got:int}",
    )),
    Row("torch", "upsample.size", _upsample, (
        "Input and output must have the same number of spatial dimensions, but got input with "
        "spatial dimensions of {sizes:shape} and output size of {given:text}. Please",
    )),
    Row("torch", "upsample.scale_factor", _scale, (
        "Input and scale_factor must have the same number of spatial dimensions, but got input "
        "with spatial dimensions of {sizes:shape} and scale_factor of shape {given:text}. Please",
    )),
    Row("torch", "pixel_unshuffle.size", lambda axis, size, factor, **_: others.pixel_unshuffle(
        axis, size, factor
    ), (
        "pixel_unshuffle expects {axis:name} to be divisible by downscale_factor, but "
        "input.size({dim:axis})={size:int} is not divisible by {factor:int}",
    )),
    Row("torch", "loss.target", lambda: losses.target_kind("rank"), (
        "multi-target not supported",
    )),
    Row("torch", "loss.target_dtype", lambda **_: losses.target_kind("float"), (
        "expected target dtype to be Long or Byte, but got {type:name}",
    )),
    Row("torch", "loss.target_dtype", lambda **_: losses.target_kind("classes"), (
        "Expected floating point type for target with class probabilities, got {type:name}",
    )),
    Row("torch", "loss.shapes", lambda input, target: losses.loss_sizes(target, input), (
        "size mismatch (got input: {input:shape} , target: {target:shape}",
    )),
    Row("torch", "dtype", _indices, (
        "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
        "{wanted:text}; but got {type:name} instead",
    )),
    Row("torch", "upsample.input_rank", _upsample_mode, (
        "Only 3D, 4D and 5D input Tensors supported (got {got:axis}D) for the modes: {modes:text} "
        "(got {mode:name})",
    )),
    Row("torch", "fold.channels", others.fold, (
        "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but "
        "got input.size(1)={channels:int} and kernel_size={kernel:shape}",
    )),
    Row("torch", "fold.blocks", lambda blocks, got, **_: others.fold_blocks(blocks, got), (
        "expected size of input's dimension 2 to match the calculated number of sliding blocks "
        "{product:text} = {blocks:int}, but got input.size(2)={got:int}",
    )),
    Row("torch", "rnn.input_size", tensors.recurrent, (
        "input.size(-1) must be equal to input_size. Expected {takes:int}, got {got:int}",
    )),
    Row("torch", "rnn.hidden", lambda wanted, got, **_: tensors.hidden_state(wanted, got), (
        "Expected hidden size {wanted:shape}, got {got:shape}",
        "Expected hidden[{at:int}] size {wanted:shape}, got {got:shape}",
    )),
)  # fmt: skip
