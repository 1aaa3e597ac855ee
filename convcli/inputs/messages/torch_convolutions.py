"""What torch's convolutions say of their input, from version 0.2 on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis.axes import input_axes
from convcli.engine.diagnosis.channels import channels, unknown_channels
from convcli.engine.diagnosis.layers import spec_of_weight
from convcli.engine.diagnosis.limits import output_padding, output_size, per_axis
from convcli.engine.diagnosis.sizes import cropped_away, kernel_of_layer, kernel_too_large
from convcli.engine.diagnosis.values import Diagnosis
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.inputs.messages.code import matching, spanning
from convcli.inputs.messages.rows import NO_CODE, Row, UsersCode

MOST_RANK = 3
_NAMED_NUMBER = re.compile(r"\b(output_padding|stride|dilation)_[a-z]+:\s+(-?\d+)")


def _channels(
    weight: Sequence[int],
    input: Sequence[int],
    code: UsersCode = NO_CODE,
    groups: int = 1,
    **_: Any,
) -> Diagnosis:
    return _of_layer(spec_of_weight(weight, groups), input, code)


def _transposed_channels(
    weight: Sequence[int], input: Sequence[int], code: UsersCode = NO_CODE, **_: Any
) -> Diagnosis:
    return _of_layer(spec_of_weight(weight, transposed=True), input, code)


def _of_layer(spec: ConvSpec, input: Sequence[int], code: UsersCode) -> Diagnosis:
    """The diagnosis of the layer in the user's code, with its stride and padding, or of `spec`."""
    found = matching(code.layers, spec, code.line)
    if found is None:
        return channels(spec, input)
    layer, own = found
    return channels(own, input, is_whole=True)._replace(made_at=layer.made_at)


def _kernel(padded: Sequence[int], extents: Sequence[int], code: UsersCode = NO_CODE) -> Diagnosis:
    found = spanning(code.layers, extents, code.line)
    if found is None:
        return kernel_too_large(padded, extents)
    layer, own = found
    return kernel_of_layer(own, padded)._replace(made_at=layer.made_at)


def _axes_by_weight(
    wants: int, weight: Sequence[int], input: Sequence[int], **_: Any
) -> Diagnosis | None:
    """Before 1.11; torch 1.0 printed the first numbers of the weight, and pointers behind them."""
    rank = wants - 2
    if not 1 <= rank <= MOST_RANK or len(weight) < 2:
        return None
    whole = Shape(weight[:wants]) if len(weight) >= wants else None
    first, takes = weight[:2]
    name = f"Conv{rank}d"
    return input_axes(
        name, rank, input, takes=takes, makes=first, weight=whole, takes_unbatched=False
    )


def _axes_by_name(layer: str, batched: int, input: Sequence[int], **_: Any) -> Diagnosis | None:
    rank = batched - 2
    if not 1 <= rank <= MOST_RANK:
        return None
    name = layer if layer[0].isupper() else _class_of(layer, rank)
    return input_axes(name, rank, input)


def _class_of(function: str, rank: int) -> str:
    return f"Conv{'Transpose' if 'transpose' in function else ''}{rank}d"


def _few_weight_axes() -> Diagnosis:
    from convcli.engine.diagnosis.axes import weight_axes

    return weight_axes()


def _old_axes(wants: int) -> Diagnosis:
    from convcli.engine.diagnosis.axes import old_axes

    return old_axes(wants)


def _per_axis(argument: str, axes: int, values: Sequence[int], **_: Any) -> Diagnosis:
    return per_axis(argument, values, axes)


def _output_padding(numbers: str) -> Diagnosis:
    """output_padding_height: 2 ... stride_height: 2 ... dilation_height: 1 ..."""
    values: dict[str, list[int]] = {"output_padding": [], "stride": [], "dilation": []}
    for name, value in _NAMED_NUMBER.findall(numbers):
        values[name].append(int(value))
    return output_padding(*values.values())


def _output_size(
    wanted: Sequence[int], least: Sequence[int], most: Sequence[int], input: Sequence[int]
) -> Diagnosis:
    return output_size(wanted, least, most, input[-len(wanted) :])


ROWS = (
    Row("torch", "conv.in_channels", _channels, (
        "Given groups={groups:int}, weight of size {weight:shape}, expected input{input:shape} "
        "to have {takes:int} channels, but got {got:int} channels instead",
        "Given groups={groups:int}, weight{weight:shape}, so expected input{input:shape} "
        "to have {takes:int} channels, but got {got:int} channels instead",
    )),
    Row("torch", "conv.in_channels", _transposed_channels, (
        "Given transposed={transposed:int}, weight of size {weight:shape}, "
        "expected input{input:shape} to have {takes:int} channels, but got {got:int} channels "
        "instead",
        "Given transposed={transposed:int}, weight{weight:shape}, so expected input{input:shape} "
        "to have {takes:int} channels, but got {got:int} channels instead",
    )),
    Row("torch", "conv.in_channels", unknown_channels, ("Error: Invalid channel dimensions",)),
    Row("torch", "conv.kernel_size", _kernel, (
        "alculated padded input size per channel: {padded:shape}. Kernel size: {extents:shape}. "
        "Kernel size can't",
        "alculated input size: {padded:shape}. Kernel size: {extents:shape}. Kernel size can't",
    )),
    Row("torch", "conv.input_rank", _axes_by_weight, (
        "xpected {wants:int}-dimensional input for {dims:axis}-dimensional weight {weight:shape}, "
        "but got {got:int}-dimensional input of size {input:shape} instead",
        "xpected {wants:int}-dimensional input for {dims:axis}-dimensional weight {weight:shape}, "
        "but got input of size {input:shape} instead",
        "xpected {wants:int}-dimensional input for {dims:axis}-dimensional weight {weight:shape}, "
        "but got {got:int}-dimensional input of size {input:shape}",
    )),
    Row("torch", "conv.input_rank", _axes_by_name, (
        "xpected {unbatched:axis}D (unbatched) or {batched:axis}D (batched) input to {layer:name}, "
        "but got input of size: {input:shape}",
    )),
    Row("torch", "conv.weight_rank", _few_weight_axes, (
        "Error: weight should have at least three dimensions",
    )),
    Row("torch", "conv.input_rank", _old_axes, (
        "RuntimeError: expected {wants:axis}D tensor",
    )),
    Row("torch", "conv.stride", _per_axis, (
        "expected {argument:name} to be a single integer value or a list of {axes:axis} values to "
        "match the convolution dimensions, but got {argument:name}={values:shape}",
    )),
    Row("torch", "conv_transpose.output_padding", _output_padding, (
        "output padding must be smaller than either stride or dilation, but got {numbers:all}",
    )),
    Row("torch", "conv_transpose.output_size", _output_size, (
        "requested an output size of {wanted:shape}, but valid sizes range from {least:shape} to "
        "{most:shape} (for an input of {input:shape})",
    )),
    Row("torch", "conv_transpose.padding", cropped_away, (
        "Given input size per channel: {input:shape}. Calculated output size per channel: "
        "{output:shape}. Output size is too small",
    )),
)  # fmt: skip
