"""The request of `convcli solve`: a layer with free hyper-parameters, and two shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcli.engine.geometry.arguments import integer, per_axis, resolve_padding
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.hyper_parameters import Search
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape, axis_names, promoted_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.text.layer import LayerRequest, parse_layer
from convcli.inputs.text.numbers import parse_range, parse_shape

ANY = "?"
SAME = "same"
WIDEST_RANGE = 100_000
KERNELS, STRIDES, DILATIONS = range(1, 12), range(1, 5), range(1, 3)  # searched by default
SEARCHED = ("kernel_size", "stride", "padding", "dilation", "output_padding")


class SolveRequest(NamedTuple):
    """A layer whose hyper-parameters are searched.

    `searches` are the values to try, one Search per axis. `free` are the fields of an Axis that are
    searched, `ranges` the searched values as text, `typed_ranges` the names of those that the user
    specified. `input` and `output` are (N, C, *sizes); `input` is None where it is searched, and
    `output` where it is `same`.
    """

    layer: LayerRequest
    searches: tuple[Search, ...]
    free: tuple[str, ...]
    ranges: Mapping[str, str]
    typed_ranges: frozenset[str]
    input: Shape | None
    output: Shape | None

    def settings(self, name: str, usual: Sequence[int]) -> list[tuple[int, ...]]:
        """The values of a hyper-parameter to try, each per axis; `usual` where it is free."""
        if name in self.free and name not in self.typed_ranges:
            return [(value,) * self.layer.rank for value in usual]
        if name in self.free:
            return [(value,) * self.layer.rank for value in getattr(self.searches[0], name)]
        return [tuple(getattr(search, name)[0] for search in self.searches)]


def read_request(
    layer_text: str, input_text: str, output_text: str, options: Mapping[str, Any]
) -> SolveRequest:
    """The request of a command line.

    Raises ConvError where the layer, a range or a shape cannot be read, or where the shapes
    contradict each other or the options.
    """
    ranges = {
        name: parse_range(text, name, WIDEST_RANGE)
        for name, text in options.items()
        if isinstance(text, str) and ".." in text
    }
    layer = parse_layer(
        layer_text, {name: value for name, value in options.items() if name not in ranges}
    )
    fixed = {
        name: layer.arguments[name]
        for name in SEARCHED
        if name in layer.arguments and name not in ranges
    }
    if fixed.get("padding") == "same" and not layer.transposed:
        rule = "'same' is searched by the output size: specify OUT as same"
        hint = "Like: convcli solve conv2d 224x224 same -k 3 -s 2."
        raise ConvError("padding.solve", rule, parameter="padding", hint=hint)
    mode = layer.arguments.get("padding_mode", "zeros")
    bare = (Axis(1),) * layer.rank
    ConvSpec(1, 1, bare, padding_mode=mode, transposed=layer.transposed)  # raises for other modes
    searches = tuple(_search(layer, fixed, ranges, d) for d in range(layer.rank))
    free = tuple(name for name in SEARCHED if name not in fixed)
    texts = {name: f"{values.start}..{values.stop - 1}" for name, values in ranges.items()}
    texts |= {
        name: text
        for name, text in _defaults(layer.transposed).items()
        if name in free and name not in ranges
    }
    input_shape = None if input_text == ANY else _shape(input_text, layer.rank, "IN")
    output_shape = None if output_text == SAME else _shape(output_text, layer.rank, "OUT")
    if input_shape is not None and output_shape is not None:
        axes = len(parse_shape(input_text)), len(parse_shape(output_text))
        _check_together(layer, input_shape, output_shape, axes)
    fields = tuple("pad" if name == "padding" else name for name in free)
    return SolveRequest(
        layer, searches, fields, texts, frozenset(ranges), input_shape, output_shape
    )


def _check_together(
    layer: LayerRequest, input_shape: Shape, output_shape: Shape, axes: tuple[int, int]
) -> None:
    """Raises ConvError where batch or channels of the shapes contradict each other or the options.

    `axes` are the numbers of axes of IN and OUT as they were typed.
    """
    rank = layer.rank
    if axes == (rank + 2, rank + 2) and input_shape[0] != output_shape[0]:
        rule = f"the batch size {output_shape[0]} differs from that of IN, {input_shape[0]}"
        raise ConvError("solve.batch", rule, parameter="OUT")
    for name, channels, has_channels in (
        ("in_channels", input_shape[1], axes[0] > rank),
        ("out_channels", output_shape[1], axes[1] > rank),
    ):
        value = layer.arguments.get(name, channels)
        if has_channels and value != channels:
            rule = f"must be {channels}, the number of channels of the shape"
            raise ConvError(f"{name}.contradicts", rule, parameter=name, got=value)


def _defaults(transposed: bool) -> dict[str, str]:
    texts = {
        "kernel_size": f"{KERNELS[0]}..{KERNELS[-1]}",
        "stride": f"{STRIDES[0]}..{STRIDES[-1]}",
        "padding": "0..extent - 1",
        "dilation": f"{DILATIONS[0]}..{DILATIONS[-1]}",
    }
    return texts | ({"output_padding": "0..max(stride, dilation) - 1"} if transposed else {})


def _shape(text: str, rank: int, parameter: str) -> Shape:
    """A shape; one number stands for every axis."""
    shape = parse_shape(text, parameter)
    return promoted_shape(shape * rank if len(shape) == 1 else shape, rank, parameter)


def _search(
    layer: LayerRequest, fixed: Mapping[str, Any], ranges: Mapping[str, range], d: int
) -> Search:
    def values(name: str, default: Sequence[int]) -> Sequence[int]:
        least = 0 if name in ("padding", "output_padding") else 1
        if name in ranges:
            searched: Sequence[int] = ranges[name]
        elif name in fixed:
            searched = (per_axis(name, fixed[name], layer.rank, least)[d],)
        else:
            return default
        if searched[0] < least:
            rule = f"must be at least {least}"
            raise ConvError(f"{name}.least", rule, parameter=name, got=searched[0])
        return searched

    pads: tuple[Pad, ...] | None = None
    if "padding" in fixed:
        bare = (Axis(1),) * layer.rank
        pads = (resolve_padding(fixed["padding"], bare, layer.transposed)[d],)
        for side in pads[0]:
            integer("padding", side, 0, axis_names(layer.rank)[d])
    return Search(
        values("kernel_size", KERNELS),
        values("stride", STRIDES),
        values("dilation", DILATIONS),
        ranges.get("padding"),
        pads,
        None
        if layer.transposed and "output_padding" not in {*fixed, *ranges}
        else values("output_padding", (0,)),
        layer.transposed,
        layer.arguments.get("padding_mode", "zeros"),
    )


def spec_of(request: SolveRequest, axes: Sequence[Any]) -> ConvSpec:
    """The layer with these axes; channels from the options or the shapes, else 1."""
    arguments = request.layer.arguments
    in_channels = arguments.get("in_channels", request.input[1] if request.input else 1)
    groups = arguments.get("groups", 1)
    groups = in_channels if groups == "depthwise" else groups
    bare = request.output is None or request.output[1] == 1
    out_channels = arguments.get("out_channels", in_channels if bare else request.output[1])  # type: ignore[index]
    return ConvSpec(
        in_channels,
        out_channels,
        tuple(axes),
        groups,
        arguments.get("bias", True),
        arguments.get("padding_mode", "zeros"),
        request.layer.transposed,
    )
