"""What TensorFlow says of its operations, from version 1 to 2, with oneDNN and without."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import settings
from convcli.engine.diagnosis.counts import channel_counts
from convcli.engine.diagnosis.inputs import Layer, layer_channels
from convcli.engine.diagnosis.layers import spec_of_weight
from convcli.engine.diagnosis.limits import groups
from convcli.engine.diagnosis.ranks import layer_axes
from convcli.engine.diagnosis.types import other_types
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.diagnosis.windows import extent_too_large, window_too_large
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.messages.rows import Row
from convcli.inputs.messages.templates import value_of
from convcli.inputs.messages.torch_types import kind_of

_SHAPES = re.compile(r"\[[\d?,\s-]*\]")
_WINDOW = re.compile(r"ksize=\[([\d, ]+)\]")
_ATTRIBUTE = r"{}=\[([\d, ]+)\]"
_FIRST = re.compile(r"data_format=\"?'?NC")
_OPERATION = re.compile(r"op: '(\w+)'|\}} = (\w+)\[|= (\w+)\[")


def _shapes(text: str) -> list[tuple[int | None, ...]]:
    return [tuple(value_of(found, "shape")) for found in _SHAPES.findall(text)]


def _operation(node: str) -> str:
    found = _OPERATION.search(node)
    return next((name for name in found.groups() if name), "") if found else ""


def _attribute(node: str, name: str, is_last: bool) -> tuple[int, ...]:
    """The numbers of an attribute for the axes of space."""
    found = re.search(_ATTRIBUTE.format(name), node)
    numbers = [int(word) for word in found[1].split(",")] if found else []
    return tuple(numbers[1:-1] if is_last else numbers[2:]) if len(numbers) > 2 else ()


def _negative(window: int, size: int, node: str, shapes: str) -> Diagnosis | None:
    """`Negative dimension size caused by subtracting {window} from {size}`."""
    operation, found = _operation(node), _shapes(shapes)
    is_last = _FIRST.search(node) is None
    if not found or len(found[0]) < 3:
        return extent_too_large(operation or "Conv", size, window)
    input = found[0]
    rank = len(input) - 2
    dilation = _attribute(node, "dilations", is_last) or (1,) * rank
    stride = _attribute(node, "strides", is_last)
    name = "Conv1D" if "conv1d" in node and input[1] == 1 else operation
    if "Pool" in operation:
        told = _WINDOW.search(node)
        kernel = (
            _attribute(node, "ksize", is_last)
            if told
            else _pool_window(input, window, size, is_last)
        )
        found_ = window_too_large(name, input, kernel, stride=stride, is_last=is_last, is_pool=True)
        return found_._replace(kind="pool.output_size")
    if len(found) < 2 or len(found[1]) != len(input):
        return extent_too_large(operation or "Conv", size, window)
    weight = tuple(size or 0 for size in found[1])
    kernel = weight[:rank]
    depth = operation.startswith("Depthwise")
    return window_too_large(
        name,
        input,
        kernel,
        dilation=dilation,
        stride=stride or (1,) * rank,
        outs=weight[-1] * (weight[-2] if depth else 1),
        weight=weight,
        is_last=is_last,
    )


def _pool_window(
    input: Sequence[int | None], window: int, size: int, is_last: bool
) -> tuple[int, ...]:
    """The window of a pooling without attributes: alike on all axes, unless that cannot be."""
    return (window,) * (len(input) - 2)


def _extent(output: int, size: int, extent: int, stride: int, operation: str = "Conv") -> Diagnosis:
    told = extent_too_large(operation, size, extent, output)
    kind = "pool.output_size" if "Pool" in operation else None
    return told._replace(numbers=(*told.numbers, *numbers_of("layer", stride=stride)), kind=kind)


def _depth(input: int, filter: int, node: str, shapes: str) -> Diagnosis | None:
    found = _shapes(shapes)
    operation = _operation(node) or "Conv2D"
    is_last = _FIRST.search(node) is None
    if len(found) < 2 or len(found[0]) != len(found[1]) or len(found[0]) < 3:
        return _counts(input, filter, operation)
    weight = Shape(size or 0 for size in found[1])
    spec = spec_of_weight((weight[-1], weight[-2], *weight[:-2]))
    layer = Layer(operation, filter, is_last, spec, rebuild="weight_shape", weight=weight)
    return layer_channels(layer, found[0])


def _counts(input: int, filter: int, operation: str = "Conv2D", **_: Any) -> Diagnosis:
    return channel_counts(operation, filter, input, is_last=True, rebuild="kernel_inputs")


def _counts_named(input: int, filter: int, operation: str) -> Diagnosis:
    return _counts(input, filter, operation)


def _primitive(operation: str = "", **_: Any) -> Diagnosis | None:
    """oneDNN without numbers: an output_shape, or a window, that cannot be."""
    if "BackpropInput" in operation or "grad_input" in operation:
        change = Change("output_shape_same", "output_shape", None, {"actual": "in"})
        batch = Change("output_batch", "output_shape", None, {})
        what = Saying("conv_transpose.descriptor")
        return Diagnosis(
            what,
            (),
            Saying("output_shape_wrong"),
            False,
            (change, batch),
            (),
            "conv_transpose.output_shape",
        )
    if "pool" in operation.lower():
        same = Change("pad_same", "padding", "same", {"rank": 2, "is_pool": True})
        gone = Change("no_pool", None, None, {"rank": 2})
        return Diagnosis(
            Saying("pool.descriptor"),
            (),
            Saying("window_larger"),
            False,
            (same, gone),
            (),
            "pool.output_size",
        )
    return None


def _pooled(input: Sequence[int], operation: str, **_: Any) -> Diagnosis | None:
    """A pooling of Keras, which prints its input below what oneDNN says."""
    told = _primitive(operation)
    if told is None:
        return None
    numbers = numbers_of("input", input=Shape(input), sizes=Shape(input[1:-1]))
    is_one = all(size == 1 for size in input[1:-1])
    why = Saying("pooled_out") if is_one else told.why
    what = Saying("pool.descriptor_of", {"input": Shape(input)})
    return told._replace(what=what, numbers=numbers, why=why)


def _rank(wants: int, got: int, node: str = "", shapes: str = "") -> Diagnosis | None:
    operation, found = _operation(node), _shapes(shapes)
    if not operation.startswith(("Conv", "MaxPool", "AvgPool", "Depthwise")):
        return None
    if len(found) > 1 and len(found[0]) == wants and len(found[1]) == got:
        return _filter_rank(wants, found[1])
    input = found[0] if found and len(found[0]) == got else None
    takes = found[1][-2] if len(found) > 1 and len(found[1]) > 1 else None
    return layer_axes(operation, wants, got, input, takes=takes)


def _filter_rank(wants: int, filter: Sequence[int | None]) -> Diagnosis:
    change = Change("filter_axes", "weight", None, {"wants": wants})
    fields = {"wants": wants, "got": len(filter), "weight": filter}
    numbers = numbers_of("weight", weight=filter, dimensions=len(filter))
    return Diagnosis(
        Saying("weight.axes", fields), numbers, None, True, (change,), (), "conv.weight_rank"
    )


def _dtypes(weight: str, input: str, **_: Any) -> Diagnosis:
    return other_types(kind_of(input), kind_of(weight))


_NODE = "for '{node:text} with input shapes: {shapes:rest}"


ROWS = (
    Row("tensorflow", "conv.kernel_size", _negative, (
        f"Negative dimension size caused by subtracting {{window:int}} from {{size:int}} {_NODE}",
    )),
    Row("tensorflow", "conv.kernel_size", lambda window, size: extent_too_large(
        "Conv", size, window
    ), (
        "Negative dimension size caused by subtracting {window:int} from {size:int}",
    )),
    Row("tensorflow", "conv.kernel_size", _extent, (
        "Computed output size would be negative: {output:int} [input_size: {size:int}, "
        "effective_filter_size: {extent:int}, stride: {stride:int}] [Op:{operation:name}]",
    )),
    Row("tensorflow", "conv.kernel_size", _extent, (
        "Computed output size would be negative: {output:int} [input_size: {size:int}, "
        "effective_filter_size: {extent:int}, stride: {stride:int}]",
    )),
    Row("tensorflow", "conv.in_channels", _depth, (
        "Depth of input ({input:int}) is not a multiple of input depth of filter ({filter:int}) "
        f"{_NODE}",
    )),
    Row("tensorflow", "conv.in_channels", _counts_named, (
        "nput depth must be evenly divisible by filter depth: {input:int} vs {filter:int} "
        "[Op:{operation:name}]",
        "input and filter must have the same depth: {input:int} vs {filter:int} "
        "[Op:{operation:name}]",
    )),
    Row("tensorflow", "conv.in_channels", _counts, (
        "nput depth must be evenly divisible by filter depth: {input:int} vs {filter:int}",
        "input and filter must have the same depth: {input:int} vs {filter:int}",
        "Depth of input ({input:int}) is not a multiple of input depth of filter ({filter:int})",
        "number of input channels does not match corresponding dimension of filter, {input:int} "
        "!= {filter:int}",
        "with {input:int} channels and filters.shape={weight:shape} with {filter:int} output "
        "filters",
    )),
    Row("tensorflow", "conv.groups", lambda channels, groups_: groups(
        "out_channels", channels, groups_
    ), (
        "output depth must be evenly divisible by number of groups: {channels:int} vs "
        "{groups_:int}",
    )),
    Row("tensorflow", "pool.output_size", _pooled, (
        "ould not create a descriptor for a pooling {text:text} [Op:{operation:name}] "
        "{more:text}inputs=tf.Tensor(shape={input:shape}",
    )),
    Row("tensorflow", "conv.stride", lambda: settings.plain(
        "conv.strides_beside", Change("strides_of_space", "stride", None)
    ), (
        "does not yet support strides in the batch and depth dimensions",
        "does not support strides in the batch and depth dimensions",
    )),
    Row("tensorflow", "conv.stride", lambda value: settings.at_least("stride", value), (
        "Stride must be > 0, but got {value:int}",
    )),
    Row("tensorflow", "conv.stride", lambda values, **_: settings.plain(
        "conv.strides_length", Change("strides_of_space", "stride", None), stride=tuple(values)
    ), (
        "strides should be of length 1, {axes:axis} or {all:int}. Received: strides={values:shape}",
    )),
    Row("tensorflow", "conv.dilation", lambda: settings.at_least("dilation", 0), (
        "Dilated rates should be larger than 0",
    )),
    Row("tensorflow", "conv.padding_string", lambda value, **_: settings.choice(
        "padding", value, ("SAME", "VALID")
    ), (
        "Value for attr 'padding' of \"{value:name}\" is not in the list of allowed values",
    )),
    Row("tensorflow", "conv.data_format", lambda value, **_: settings.choice(
        "data_format", value, ("NHWC", "NCHW")
    ), (
        "Value for attr 'data_format' of \"{value:name}\" is not in the list of allowed values",
    )),
    Row("tensorflow", "conv.data_format", lambda **_: settings.plain(
        "conv.only_nhwc", Change("order", "input", None, {"order": (0, 2, 3, 1)})
    ), (
        "only supports NHWC tensor format",
        "only supports NHWC on device type CPU",
        "Generic conv implementation does not support NCHW",
    )),
    Row("tensorflow", "conv.input_rank", _rank, (
        f"Shape must be rank {{wants:axis}} but is rank {{got:axis}} {_NODE}",
        f"Shape must be at least rank {{wants:axis}} but is rank {{got:axis}} {_NODE}",
    )),
    Row("tensorflow", "conv.weight_rank", _filter_rank, (
        "filter must be {wants:int}-dimensional: {filter:shape}",
    )),
    Row("tensorflow", "conv.input_rank", lambda wants, shape: layer_axes(
        "Conv2D", wants, len(shape), shape
    ), (
        "input must be {wants:int}-dimensional: {shape:shape}",
        "input must be {wants:int}-dimensional {shape:shape}",
    )),
    Row("tensorflow", "dtype", _dtypes, (
        "as input #{at:int}(zero-based) was expected to be a {input:name} tensor but is a "
        "{weight:name} tensor",
    )),
)  # fmt: skip
