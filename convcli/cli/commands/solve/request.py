"""What `convcli solve` reads: a layer with some hyper-parameters left free, or given as ranges, and two shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcli.engine.geometry.arguments import resolve_padding
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.hyper_parameters import Search
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape, promoted_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.text.layer import LayerRequest, parse_layer
from convcli.inputs.text.numbers import parse_range, parse_shape

ANY = "?"
SAME = "same"
WIDEST_RANGE = 100_000
KERNELS, STRIDES, DILATIONS = range(1, 8), range(1, 5), range(1, 3)  # tried where nothing is said
SEARCHED = ("kernel_size", "stride", "padding", "dilation", "output_padding")


class Problem(NamedTuple):
    """A layer, what is tried on each axis, which hyper-parameters of an Axis are free, how the ranges are said, the input
    (N, C, *sizes) and the output; None for an input that is asked for, or for the output that `same` means."""

    request: LayerRequest
    searches: tuple[Search, ...]
    free: tuple[str, ...]
    ranges: Mapping[str, str]
    given_ranges: frozenset[str]
    input: Shape | None
    output: Shape | None

    def settings(self, name: str, usual: Sequence[int]) -> list[tuple[int, ...]]:
        """The values of one hyper-parameter, one an axis, that are tried together; `usual` where nothing is said."""
        if name in self.free and name not in self.given_ranges:
            return [(value,) * self.request.rank for value in usual]
        if name in self.free:
            return [(value,) * self.request.rank for value in getattr(self.searches[0], name)]
        return [tuple(getattr(search, name)[0] for search in self.searches)]


def read_problem(layer: str, given: str, wanted: str, options: Mapping[str, Any]) -> Problem:
    """Raises ConvError where the layer, a range or a shape cannot be read, or where the shapes do not fit each other."""
    ranges = {
        name: parse_range(text, name, WIDEST_RANGE)
        for name, text in options.items()
        if isinstance(text, str) and ".." in text
    }
    request = parse_layer(
        layer, {name: value for name, value in options.items() if name not in ranges}
    )
    fixed = {
        name: request.arguments[name]
        for name in SEARCHED
        if name in request.arguments and name not in ranges
    }
    if fixed.get("padding") == "same" and not request.transposed:
        rule = "'same' is what solve finds: give the output as same instead"
        raise ConvError(
            "padding.solve",
            rule,
            parameter="padding",
            hint="Like: convcli solve conv2d 224x224 same -k 3 -s 2.",
        )
    searches = tuple(_search(request, fixed, ranges, d) for d in range(request.rank))
    shape = None if given == ANY else _shape(given, request.rank, "IN")
    free = tuple(name for name in SEARCHED if name not in fixed)
    of_axis = tuple("pad" if name == "padding" else name for name in free)
    said = {name: f"{found.start}..{found.stop - 1}" for name, found in ranges.items()}
    said |= {
        name: text
        for name, text in _defaults(request.transposed).items()
        if name in free and name not in ranges
    }
    output = None if wanted == SAME else _shape(wanted, request.rank, "OUT")
    if shape is not None and output is not None:
        _check_together(request, shape, output, _said(given), _said(wanted))
    return Problem(request, searches, of_axis, said, frozenset(ranges), shape, output)


def _said(text: str) -> int:
    return len(parse_shape(text))


def _check_together(
    request: LayerRequest, shape: Shape, output: Shape, said: int, said_of_output: int
) -> None:
    """Raises ConvError where batch or channels of the shapes contradict each other, or the options."""
    rank = request.rank
    if said == said_of_output == rank + 2 and shape[0] != output[0]:
        rule = f"has the batch size {output[0]}, and IN has {shape[0]}"
        raise ConvError("solve.batch", rule, parameter="OUT")
    for name, channels, known in (
        ("in_channels", shape[1], said > rank),
        ("out_channels", output[1], said_of_output > rank),
    ):
        given = request.arguments.get(name, channels)
        if known and given != channels:
            raise ConvError(
                f"{name}.contradicts",
                f"contradicts the {channels} channels of the shape",
                parameter=name,
                got=given,
            )


def _defaults(transposed: bool) -> dict[str, str]:
    said = {
        "kernel_size": f"{KERNELS[0]}..{KERNELS[-1]}",
        "stride": f"{STRIDES[0]}..{STRIDES[-1]}",
        "padding": "0..extent - 1",
        "dilation": f"{DILATIONS[0]}..{DILATIONS[-1]}",
    }
    return said | ({"output_padding": "0..max(stride, dilation) - 1"} if transposed else {})


def _shape(text: str, rank: int, parameter: str) -> Shape:
    """A shape; one number stands for every axis."""
    shape = parse_shape(text, parameter)
    return promoted_shape(shape * rank if len(shape) == 1 else shape, rank, parameter)


def _search(
    request: LayerRequest, fixed: Mapping[str, Any], ranges: Mapping[str, range], d: int
) -> Search:
    def values(name: str, default: Sequence[int]) -> Sequence[int]:
        if name in ranges:
            found: Sequence[int] = ranges[name]
        elif name in fixed:
            found = (_of_axis(name, fixed[name], request.rank, d),)
        else:
            return default
        if found[0] < (0 if name in ("padding", "output_padding") else 1):
            raise ConvError(f"{name}.least", "must be at least 1", parameter=name, got=found[0])
        return found

    pads: tuple[Pad, ...] | None = None
    if "padding" in fixed:
        bare = (Axis(1),) * request.rank
        pads = (resolve_padding(fixed["padding"], bare, request.transposed)[d],)
    return Search(
        values("kernel_size", KERNELS),
        values("stride", STRIDES),
        values("dilation", DILATIONS),
        ranges.get("padding"),
        pads,
        None
        if request.transposed and "output_padding" not in {*fixed, *ranges}
        else values("output_padding", (0,)),
        request.transposed,
        request.arguments.get("padding_mode", "zeros"),
    )


def _of_axis(name: str, value: Any, rank: int, d: int) -> int:
    """One of the values, checked as a layer checks them."""
    arguments = {
        "kernel_size": 1,
        "in_channels": 1,
        "out_channels": 1,
        "dims": rank,
        "transposed": True,
        "stride": 2**40,
        name: value,
    }
    return int(getattr(ConvSpec.of(**arguments).axes[d], name))


def spec_of(problem: Problem, axes: Sequence[Any]) -> ConvSpec:
    """The layer with the axes that were found; channels from the shapes, 1 where nothing says them."""
    arguments = problem.request.arguments
    in_channels = arguments.get("in_channels", problem.input[1] if problem.input else 1)
    groups = arguments.get("groups", 1)
    groups = in_channels if groups == "depthwise" else groups
    bare = problem.output is None or problem.output[1] == 1
    out_channels = arguments.get("out_channels", in_channels if bare else problem.output[1])  # type: ignore[index]
    return ConvSpec(
        in_channels,
        out_channels,
        tuple(axes),
        groups,
        arguments.get("bias", True),
        arguments.get("padding_mode", "zeros"),
        problem.request.transposed,
    )
