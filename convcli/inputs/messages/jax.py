"""What JAX says of its operations."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from convcli.engine.diagnosis import settings
from convcli.engine.diagnosis.counts import channel_counts
from convcli.engine.diagnosis.limits import groups
from convcli.engine.diagnosis.meets import joined, summed
from convcli.engine.diagnosis.products import view
from convcli.engine.diagnosis.types import other_types
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.diagnosis.weights import vector_of
from convcli.engine.geometry.changes import Change
from convcli.inputs.messages.rows import Row
from convcli.inputs.messages.torch_types import kind_of


def _channels(got: int, groups_: int, filter: int) -> Diagnosis:
    """The channels of lhs, the groups, and the channels of rhs, whose orders are told apart."""
    return channel_counts(
        "conv_general_dilated",
        filter * groups_,
        got,
        is_last=True,
        groups=groups_,
        kernel_channels=filter,
        rebuild="kernel_inputs",
    )._replace(assumed=())


def _channels_of_numbers(got: int, groups_: int, filter: int) -> Diagnosis:
    told = _channels(got, groups_, filter)
    if told.changes and told.changes[0].key == "order":
        numbers = Change("dimension_numbers", "dimension_numbers", "NCHW", {"order": ()})
        return told._replace(changes=(numbers, *told.changes)[:3])
    return told


def _contracted(first: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis | None:
    """`contracting dimensions`: those of the input, and those of the kernel."""
    if len(first) != len(second) or not first:
        return None
    got, takes = first[0], second[0]
    what = Saying("input.feature_counts", {"name": "dot_general", "takes": takes, "got": got})
    numbers = (*numbers_of("layer", in_features=takes), *numbers_of("input", features=got))
    own = Change("in_features", "in_features", got, {"got": got, "outs": None, "name": "Linear"})
    if 1 < got < takes and takes % (got * got) == 0:
        flat = Change("flatten", "input", None, {"takes": takes})
        why = Saying("not_flattened", {"takes": takes})
        return Diagnosis(what, numbers, why, False, (flat, own), (), "linear.in_features")
    return Diagnosis(what, numbers, None, True, (own,), (), "linear.in_features")


def _dot(first: Sequence[int], second: Sequence[int]) -> Diagnosis | None:
    return _contracted(first[-1:], second[-2:-1] if len(second) > 1 else second)


def _summed(operation: str, first: Sequence[int], second: Sequence[int]) -> Diagnosis:
    """A sum, or a norm: there the second shape is (1, 1, 1, C) or (C)."""
    extra = len(first) == len(second) and all(size == 1 for size in second[:-1])
    if len(second) > 1 and extra and first[-1] != second[-1] and len(first) > 1:
        return vector_of("BatchNorm", second[-1], first[-1])._replace(
            kind="batch_norm.num_features"
        )
    if len(first) == len(second) == 1:
        return vector_of("BatchNorm", first[0], second[0])._replace(
            kind="batch_norm.num_features", is_sure=False
        )
    return summed(first, second, operation=operation)


def _reshaped(sizes: Sequence[int], shape: Sequence[int], **_: Any) -> Diagnosis:
    return view(shape, prod(sizes))


def _lengths(argument: str, axes: int, count: int) -> Diagnosis:
    fields = {
        "argument": argument,
        "values": f"({', '.join('.' * count)})",
        "axes": axes,
        "count": count,
    }
    numbers = numbers_of("layer", **{argument: count, "axes": axes})
    example: object = (2 if argument == "dilation" else 1,) * axes
    if argument == "padding":
        example = ((1, 1),) * axes
    change = Change("axes_argument", argument, example, {"open": True})
    return Diagnosis(Saying("argument.count", fields), numbers, None, True, (change,))


def _not_iterable(**_: Any) -> Diagnosis:
    change = Change("axes_argument", "stride", (2, 2), {"open": True})
    return Diagnosis(Saying("argument.number"), (), Saying("number_as_strides"), False, (change,))


def _axes(first: int, second: int) -> Diagnosis:
    what = Saying("conv.ranks", {"input": first, "weight": second})
    numbers = (*numbers_of("input", dimensions=first), *numbers_of("weight", dimensions=second))
    if first + 1 == second:
        change = Change("add_batch", "input")
        return Diagnosis(what, numbers, Saying("no_batch"), False, (change,))
    if second + 1 == first:
        change = Change("weight_axis", "weight", None, {"wants": first})
        return Diagnosis(what, numbers, Saying("weight_lacks_axis"), False, (change,))
    return Diagnosis(what, numbers)


def _numbers_spec(spec: str, **_: Any) -> Diagnosis:
    spec = spec.strip().rstrip(".")
    change = Change("dimension_numbers", "dimension_numbers", "NHWC", {})
    numbers = numbers_of("layer", dimension_numbers=spec)
    return Diagnosis(
        Saying("conv.dimension_numbers", {"spec": spec}), numbers, None, True, (change,)
    )


def _in_groups(channels: int, groups_: int) -> Diagnosis:
    """Groups that do not divide the input's channels: its next multiple first."""
    told = groups("in_channels", channels, groups_)
    up = -(-channels // groups_) * groups_
    change = Change("features_multiple", "in_channels", up, {"groups": groups_})
    return told._replace(changes=(*told.changes[:2], change))


ROWS = (
    Row("jax", "conv.in_channels", _channels_of_numbers, (
        "conv_general_dilated lhs feature dimension size divided by feature_group_count must equal "
        "the rhs input feature dimension size, but {got:int} // {groups_:int} != {filter:int}",
    )),
    Row("jax", "conv.groups", lambda channels, groups_: groups("out_channels", channels, groups_), (
        "rhs output feature dimension size must be a multiple of feature_group_count, but "
        "{channels:int} is not a multiple of {groups_:int}",
    )),
    Row("jax", "conv.groups", _in_groups, (
        "feature_group_count must divide lhs feature dimension size, but {groups_:int} does not "
        "divide {channels:int}",
    )),
    Row("jax", "conv.groups", lambda channels, groups_: groups("batch", channels, groups_), (
        "batch_group_count must divide lhs batch dimension size, but {groups_:int} does not divide "
        "{channels:int}",
    )),
    Row("jax", "conv.input_rank", _axes, (
        "convolution requires lhs and rhs ndim to be equal, got {first:int} and {second:int}",
    )),
    Row("jax", "conv.padding_string", lambda value, **_: settings.choice(
        "padding", value, ("SAME", "VALID", "SAME_LOWER")
    ), (
        "Unrecognized padding type: expected 'VALID', 'SAME', or 'SAME_LOWER', got {value:name}.",
        "Unrecognized padding type: expected 'VALID' or 'SAME', got {value:name}.",
        "Unknown padding type: {value:name}.",
    )),
    Row("jax", "conv.padding", settings.pads_as_pairs, (
        "padding argument to conv_general_dilated should be a string or a sequence of (low, high) "
        "pairs, got {value:rest}",
    )),
    Row("jax", "conv.padding", lambda axes, count: _lengths("padding", axes, count), (
        "Wrong number of explicit pads for convolution: expected {axes:axis}, got {count:axis}",
    )),
    Row("jax", "conv.padding", lambda: settings.plain(
        "conv_transpose.explicit_pads", Change("pairs", "padding", ((1, 1), (1, 1)))
    ), (
        "String padding is not implemented for transposed convolution using this op",
    )),
    Row("jax", "conv.stride", lambda axes, count: _lengths("stride", axes, count), (
        "conv_general_dilated window and window_strides must have the same number of dimensions, "
        "but got {axes:axis} and {count:axis}",
    )),
    Row("jax", "conv.stride", _not_iterable, (
        "conv_general_dilated{before:text}TypeError: 'int' object is not iterable",
        "lax/convolution{before:text}TypeError: 'int' object is not iterable",
    )),
    Row("jax", "conv.dilation", lambda axes, count: _lengths("dilation", axes, count), (
        "expects window-dilation factors to have same dimension-size as size of window dimensions "
        "({axes:axis}), but got: {count:axis}",
    )),
    Row("jax", "conv.stride", lambda value, **_: settings.at_least("stride", value), (
        "expects window to have positive stride for {dim:axis}-th window dimension, but got "
        "{value:int}",
    )),
    Row("jax", "conv.dilation", lambda values: settings.at_least("dilation", min(values)), (
        "All dilations must be positive, got {values:shape}",
    )),
    Row("jax", "conv.dimension_numbers", _numbers_spec, (
        "convolution dimension_numbers elements must each have the same set of spatial characters, "
        "got {spec:rest}",
        "convolution dimension_numbers[{at:int}] must {rule:text}, got {spec:rest}",
        "convolution dimension_numbers list/tuple must be length 3, got {spec:rest}",
    )),
    Row("jax", "dtype", lambda input, weight, **_: other_types(kind_of(input), kind_of(weight)), (
        "{operation:name} requires arguments to have the same dtypes, got {input:name}, "
        "{weight:name}",
    )),
    Row("jax", "matmul.sizes", _contracted, (
        "contracting dimensions to have the same shape, got {first:shape} and {second:shape}",
        "contracting dimensions to have equal shape, got {first:shape} and {second:shape}",
    )),
    Row("jax", "matmul.sizes", _dot, (
        "Incompatible shapes for dot: got {first:shape} and {second:shape}",
    )),
    Row("jax", "add.sizes", _summed, (
        "{operation:name} got incompatible shapes for broadcasting: {first:shape}, {second:shape}",
    )),
    Row("jax", "add.sizes", lambda shapes: _summed("add", *shapes[:2]), (
        "Incompatible shapes for broadcasting: shapes={shapes:shapes}",
    )),
    Row("jax", "conv.groups", lambda value: settings.at_least("groups", value), (
        "conv_general_dilated feature_group_count must be a positive integer, got {value:int}",
    )),
    Row("jax", "cat.sizes", lambda axis, first, second, **_: joined([first, second], axis), (
        "concatenating along dimension {axis:axis} for shapes {first:shape}, {second:shape}",
    )),
    Row("jax", "cat.rank", lambda first, second, **_: joined([first, second]), (
        "Cannot concatenate arrays with different numbers of dimensions: got {first:shape}, "
        "{second:shape}",
    )),
    Row("jax", "view.size", _reshaped, (
        "cannot reshape array of shape {sizes:shape} (size {size:int}) into shape {shape:shape}",
    )),
)  # fmt: skip
