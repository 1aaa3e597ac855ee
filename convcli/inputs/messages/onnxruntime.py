"""What ONNX Runtime says of the feed and the nodes of a graph, and ONNX of its shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import settings
from convcli.engine.diagnosis.counts import channel_counts
from convcli.engine.diagnosis.limits import groups, output_padding
from convcli.engine.diagnosis.sessions import input_names, input_rank, session_input
from convcli.engine.diagnosis.types import Kind, other_types
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.messages.rows import Row
from convcli.inputs.messages.templates import value_of
from convcli.inputs.messages.torch_types import kind_of

_ITEMS = re.compile(r"index:\s*(\d+)\s*Got:\s*(-?\d+)\s*Expected:\s*(-?\d+)")
_MORE = re.compile(r"^(?:\s*index:\s*\d+\s*Got:\s*-?\d+\s*Expected:\s*-?\d+)+")
_MANGLED = re.compile(r"PrimitiveDataTypeI(\w)EE")
LETTERS = {"d": "float64", "f": "float32", "l": "int64", "i": "int32", "h": "uint8", "a": "int8",
           "b": "bool", "s": "int16"}  # fmt: skip
_TENSOR = re.compile(r"tensor\((\w+)")


def _items(name: str, text: str) -> Diagnosis | None:
    listed = _MORE.match(text)
    items = _ITEMS.findall(listed[0] if listed else text)
    found = [
        (value_of(axis, "axis"), value_of(got, "int"), value_of(wants, "int"))
        for axis, got, wants in items
    ]
    return session_input(name, found) if found else None


def _channels(got: int, kernel: int, group: int, **_: Any) -> Diagnosis:
    if group == 0:
        what = Saying("conv.group_zero", {"group": group})
        numbers = (
            *numbers_of("layer", groups=group),
            *numbers_of("weight", channels=kernel),
            *numbers_of("input", channels=got),
        )
        right = got // kernel if kernel and got % kernel == 0 else 1
        change = Change("argument", "groups", right)
        return Diagnosis(what, numbers, Saying("exporter"), True, (change,))
    return channel_counts(
        "Conv", kernel * group, got, groups=group, kernel_channels=kernel, rebuild="weight_inputs"
    )


def _names(wanted: str, given: str) -> Diagnosis:
    return input_names(re.findall(r"'([^']+)'", wanted), re.findall(r"'([^']+)'", given))


def _dtype(got: str, wants: str) -> Diagnosis | None:
    first, second = _TENSOR.search(got), _TENSOR.search(wants)
    if first is None or second is None:
        mangled = _MANGLED.search(got), _MANGLED.search(wants)
        names = [LETTERS.get(each[1]) if each else None for each in mangled]
        return other_types(Kind(names[0]), Kind(names[1])) if all(names) else None
    return other_types(Kind(kind_of(first[1]).dtype), Kind(kind_of(second[1]).dtype))


def _small(sizes: Sequence[int], **_: Any) -> Diagnosis:
    """`Invalid input shape` of the axes of space, before a kernel that is larger."""
    fields = {"sizes": Shape(sizes)}
    numbers = numbers_of("input", sizes=Shape(sizes))
    changes = (
        Change("pad_more", "padding", None, {"rank": len(sizes)}),
        Change("larger_than_kernel", "input", None, {}),
    )
    if 0 in sizes:
        return Diagnosis(
            Saying("window.empty", fields),
            numbers,
            Saying("downsampled_away"),
            False,
            (changes[1],),
        )
    return Diagnosis(Saying("window.larger_than", fields), numbers, None, True, changes)


def _output_shape(
    wants: int, got: int, size: int, kernel: int, stride: int, dilation: int, extra: int
) -> Diagnosis:
    least = (got - 1) * stride + dilation * (kernel - 1) + 1
    return settings.output_sizes((size,), (least,), (stride,), (got,))


def _output_padding(dim: int, value: int, limit: int, **_: Any) -> Diagnosis:
    return output_padding((value,), (limit,), (1,))


def _ranks(weight: int, input: int) -> Diagnosis:
    what = Saying("conv.ranks", {"input": input + 2, "weight": weight + 2})
    numbers = (
        *numbers_of("input", dimensions=input + 2),
        *numbers_of("weight", dimensions=weight + 2),
    )
    if input + 1 == weight:
        change = Change("add_batch", "input")
        return Diagnosis(what, numbers, Saying("no_batch"), False, (change,))
    if input == weight + 1:
        change = Change("weight_axis", "weight", None, {"wants": input + 2})
        return Diagnosis(what, numbers, Saying("weight_lacks_axis"), False, (change,))
    return Diagnosis(what, numbers)


def _few_axes() -> Diagnosis:
    changes = (Change("add_both", "input"), Change("add_batch", "input"))
    return Diagnosis(Saying("onnx.few_axes"), (), Saying("no_batch_or_channels"), False, changes)


ROWS = (
    Row("onnxruntime", "model.input_shape", _items, (
        "Got invalid dimensions for input: {name:name} for the following indices {text:all}",
    )),
    Row("onnxruntime", "conv.in_channels", _channels, (
        "nput channels C is not equal to kernel channels * group. C: {got:int} kernel channels: "
        "{kernel:int} group: {group:int}",
    )),
    Row("onnxruntime", "conv_transpose.in_channels", lambda takes, got: channel_counts(
        "ConvTranspose", takes, got, rebuild="weight_inputs"
    ), (
        "filter number not equal to input channel number. filter_number: {takes:int} "
        "num_input_channels: {got:int}",
    )),
    Row("onnxruntime", "conv.groups", lambda channels, groups_: groups(
        "out_channels", channels, groups_
    ), (
        "Output channels M is not divisible by group. M: {channels:int} group: {groups_:int}",
    )),
    Row("onnxruntime", "conv.groups", lambda channels, groups_: groups(
        "in_channels", channels, groups_
    ), (
        "Input channels is not divisible by group. num_input_channels: {channels:int} group: "
        "{groups_:int}",
    )),
    Row("onnxruntime", "input.name", _names, (
        "Required inputs ([{wanted:text}]) are missing from input feed ([{given:text}])",
    )),
    Row("onnxruntime", "input.name", lambda name: settings.plain(
        "input.name_unknown", Change("feed_name", "input_feed", None), of="feed", name=name
    ), (
        "Invalid input name: {name:name}",
        "Invalid Feed Input Name:{name:name}",
    )),
    Row("onnxruntime", "conv.input_rank", input_rank, (
        "Invalid rank for input: {name:name} Got: {got:int} Expected: {wants:int}",
    )),
    Row("onnxruntime", "dtype", _dtype, (
        "Unexpected input data type. Actual: ({got:text}) , expected: ({wants:text})",
        "Unexpected input data type. Actual: (N{got:text}) , expected: (N{wants:text})",
    )),
    Row("onnxruntime", "conv.kernel_size", _small, (
        "Invalid input shape: {sizes:shape}",
    )),
    Row("onnxruntime", "conv_transpose.output_size", _output_shape, (
        "Expected input size {wants:int} but got {got:int} (output_size={size:int}, "
        "kernel={kernel:int}, stride={stride:int}, dilation={dilation:int}, "
        "output_padding={extra:int})",
    )),
    Row("onnxruntime", "conv_transpose.output_padding", _output_padding, (
        "output_padding[{at:int}] ({value:int}) must be less than max(stride, dilation) "
        "({limit:int}) for spatial dimension {dim:axis}",
    )),
    Row("onnxruntime", "conv.padding_same", lambda name: settings.plain(
        "onnx.same_dilated", Change("explicit_pads", "padding", None), auto_pad=name
    ), (
        "Dilation not supported for AutoPadType::{name:name}",
    )),
    Row("onnxruntime", "conv.padding_string", lambda: settings.choice(
        "auto_pad", "?", ("SAME_UPPER", "VALID", "NOTSET")
    ), (
        "Unknown AutoPadType String",
    )),
    Row("onnxruntime", "conv.padding", lambda: settings.plain(
        "onnx.pads_twice", Change("remove_auto_pad", "auto_pad", "NOTSET")
    ), (
        "node has both 'auto_pad' and 'pads' attributes",
    )),
    Row("onnxruntime", "conv.input_rank", _ranks, (
        "Number of spatial dimensions in the weight tensor ({weight:int}) does not match the "
        "number of spatial dimensions in the input tensor ({input:int})",
    )),
    Row("onnxruntime", "conv.input_rank", _few_axes, (
        "Input tensor must have at least 3 dimensions",
    )),
    Row("onnxruntime", "conv.kernel_size", lambda kernel, weight, **_: settings.plain(
        "onnx.kernel_shape", Change("argument", "kernel_size", tuple(weight[2:])), of="weight",
        kernel_size=Shape(kernel), weight=Shape(weight),
    ), (
        "kernel_shape is not compatible with W shape. kernel_shape: {kernel:shape} W: "
        "{weight:shape}",
    )),
    Row("onnxruntime", "conv_transpose.padding", lambda sizes, **_: settings.plain(
        "onnx.cropped_away", Change("pad_less", "padding", None), of="input", sizes=Shape(sizes),
    ), (
        "Computed output dimension is <= 0 for dim {dim:axis}. Input shape: {sizes:shape}",
    )),
)  # fmt: skip
