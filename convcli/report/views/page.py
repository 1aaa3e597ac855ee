"""The data of the page of `convcli show`: a layer, its arrays up to a size, the first cell.

The page computes with its own tap table, so that it can follow a slider: see `convcli/render/page`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.operands import checked_operands, last_axes, weight_of_groups
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.report.views.page_constants import page_constants
from convcli.report.words.vocabulary import ENGLISH, PAGE, Words, in_every_language

MOST_NUMBERS = 2**18  # of an array, in a page without a server
SERVED_NUMBERS = 20_000  # of an array, in a page that can ask for the rest
LEAST_SIDE = 16  # of a spatial axis, before the channels are cut
LARGEST_DOUBLE_INTEGER = 2**53 - 1  # beyond it a double skips integers (IEEE 754)


@dataclass(frozen=True)
class PageOperands:
    """One example, in the layouts of the page.

    Input (C_in, *sizes), weight (C_out, C_in/groups, *kernel_size) in either direction, and bias
    (C_out,) or None. `dtype` is the number type of the result. `wide`: sums may be integers that
    a double cannot hold.
    """

    spec: ConvSpec
    input: Array
    weight: Array
    bias: Array | None
    dtype: str
    wide: bool


@dataclass(frozen=True)
class PageStart:
    """What a page shows first: a cell of a panel, a speed, its command, its language.

    `command` has the fields input, weight, rest and groups: the parts of a command line as typed.
    """

    panel: Literal["input", "output"]
    index: Sequence[int]
    speed: float
    command: Mapping[str, Any]
    words: Words = ENGLISH
    ticks: Sequence[str] = ()  # ways of looking that are on at first
    kernels: Mapping[str, Array] = field(default_factory=dict)  # to choose from, by name
    playground: bool = False  # opens with the first lesson


def page_operands(
    spec: ConvSpec, input: Any, weight: Any, bias: Any, example: int = 0
) -> PageOperands:
    """The arrays of a layer for a page. Raises ConvError if they do not fit, or are complex."""
    operands = checked_operands(spec, input, weight, bias)
    if operands.dtype.kind == "c":
        raise ConvError(
            "page.complex",
            "a page shows real numbers",
            parameter="output",
            got=str(operands.dtype),
            hint="convcli trace writes sums of complex numbers.",
        )
    arrays = operands.in_one_type()
    kernels = arrays.weight_by_group.reshape(
        spec.out_channels, spec.in_per_group, *spec.kernel_size
    )
    wide = operands.bound > LARGEST_DOUBLE_INTEGER
    dtype = operands.dtype.name
    return PageOperands(spec, arrays.input[example], kernels, arrays.bias, dtype, wide)


def page_data(
    operands: PageOperands, start: PageStart, server: str | None = None
) -> dict[str, Any]:
    """The data of a page.

    `server` is the path that answers for parts of arrays that are too large for the page; without
    it, a notice names what the page does not hold.
    """
    most = MOST_NUMBERS if server is None else SERVED_NUMBERS
    input, weight = _input_part(operands, start, most), _weight_part(operands, start, most)
    notices = []
    if server is None:
        notices = [_missing("input", input, start.words), _missing("weight", weight, start.words)]
    return {
        "schema": 1,
        "constants": page_constants(),
        "language": start.words.tag,
        "layer": layer_data(operands.spec),
        "sizes": list(operands.input.shape[1:]),
        "dtype": operands.dtype,
        "wide": operands.wide,
        "input": input,
        "weight": weight,
        "bias": None if operands.bias is None else _numbers(operands.bias, operands.wide),
        "selected": {"panel": start.panel, "index": list(start.index)},
        "speed": start.speed,
        "ticks": dict.fromkeys(start.ticks, True),
        "command": dict(start.command),
        "server": server,
        "notice": " ".join(filter(None, notices)),
        "languages": in_every_language(PAGE),
        "playground": start.playground,
        "kernels": {name: _kernel_data(kernel) for name, kernel in start.kernels.items()},
    }


def layer_data(spec: ConvSpec) -> dict[str, Any]:
    """A layer in the form of the page: each axis separately."""
    return {
        "in_channels": spec.in_channels,
        "out_channels": spec.out_channels,
        "groups": spec.groups,
        "bias": spec.bias,
        "padding_mode": spec.padding_mode,
        "transposed": spec.transposed,
        "axes": [_axis_data(axis) for axis in spec.axes],
    }


def layer_of(data: Mapping[str, Any]) -> ConvSpec:
    """The layer of `layer_data`. Raises ConvError if there is no such layer.

    Raises TypeError and KeyError where the data describe no layer.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=(3, 2), padding=[(0, 1), 2])
    >>> layer_of(layer_data(spec)) == spec
    True
    """
    axes = data["axes"]
    if not isinstance(data["transposed"], bool):
        raise TypeError("transposed")

    def each(name: str) -> list[Any]:
        return [axis[name] for axis in axes]

    return ConvSpec.of(
        in_channels=data["in_channels"],
        out_channels=data["out_channels"],
        groups=data["groups"],
        bias=data["bias"],
        padding_mode=data["padding_mode"],
        transposed=data["transposed"],
        padding=[(axis["before"], axis["after"]) for axis in axes],
        kernel_size=each("kernel_size"),
        stride=each("stride"),
        dilation=each("dilation"),
        output_padding=each("output_padding"),
    )


def part_data(
    array: Array, first: Sequence[int], size: Sequence[int], wide: bool
) -> dict[str, Any]:
    """The part of an array that begins at `first`: its numbers in one list, in the order of C."""
    part = array[tuple(slice(low, low + count) for low, count in zip(first, size, strict=True))]
    return {"first": list(first), "size": list(part.shape), "values": _numbers(part, wide)}


def resized_kernels(weight: Array, kernel_size: Sequence[int]) -> Array:
    """The weight (C_out, C_in/groups, *k) with other kernel sizes, around the centre.

    Taps that are added are 0. An odd tap is added or cut at the end.

    >>> resized_kernels(np.array([[[1, 2, 3, 4]]]), [2]).tolist()
    [[[2, 3]]]
    >>> resized_kernels(np.array([[[1, 2]]]), [5]).tolist()
    [[[0, 1, 2, 0, 0]]]
    """
    kernels = np.zeros((*weight.shape[:2], *kernel_size), weight.dtype)
    pairs = list(zip(kernel_size, weight.shape[2:], strict=True))
    starts = [(abs(new - old) // 2, min(new, old), new > old) for new, old in pairs]
    grown = last_axes(slice(at * more, at * more + size) for at, size, more in starts)
    whole = last_axes(slice(at * (not more), at * (not more) + size) for at, size, more in starts)
    kernels[grown] = weight[whole]
    return kernels


def in_torchs_layout(spec: ConvSpec, kernels: Array) -> Array:
    """(C_out, C_in/groups, *k) in torch's layout: transposed (C_in, C_out/groups, *k)."""
    grouped = kernels.reshape(spec.groups, -1, *kernels.shape[1:])
    return weight_of_groups(spec, grouped)


def _axis_data(axis: Axis) -> dict[str, int]:
    return {
        "kernel_size": axis.kernel_size,
        "stride": axis.stride,
        "dilation": axis.dilation,
        "before": axis.pad.before,
        "after": axis.pad.after,
        "output_padding": axis.output_padding,
    }


def _kernel_data(kernel: Array) -> dict[str, Any]:
    return {"shape": list(kernel.shape), "values": kernel.reshape(-1)}


def _numbers(array: Array, wide: bool) -> Any:
    """The numbers in one list; wide integers as texts, which the page reads as BigInt."""
    flat = array.reshape(-1)
    return [str(value) for value in flat.tolist()] if wide else flat


def _input_part(operands: PageOperands, start: PageStart, most: int) -> dict[str, Any]:
    """The input, or the part of it around the cells that the page shows first."""
    center = tuple(start.index)
    if start.panel == "output":
        spec, sizes = operands.spec, operands.input.shape[1:]
        middle = (
            place * size // out
            for place, size, out in zip(
                start.index[1:], sizes, spec.output_sizes(sizes), strict=True
            )
        )
        center = (spec.channels_read(start.index[0]).start, *middle)
    return _part_around(operands.input, center, most, operands.wide, leading=1)


def _weight_part(operands: PageOperands, start: PageStart, most: int) -> dict[str, Any]:
    """The kernels, or those of the output channel that the page shows first."""
    channel = start.index[0] if start.panel == "output" else 0
    center = (channel, *([0] * (operands.weight.ndim - 1)))
    return _part_around(operands.weight, center, most, operands.wide, leading=0)


def _part_around(
    array: Array, center: Sequence[int], most: int, wide: bool, leading: int
) -> dict[str, Any]:
    """A part of at most `most` numbers around a place; `leading` axes are cut last."""
    size = list(array.shape)
    while prod(size) > most:
        axis = max(range(leading, len(size)), key=lambda d: size[d])
        if size[axis] <= LEAST_SIDE:
            axis = max(range(len(size)), key=lambda d: size[d])
        size[axis] = -(-size[axis] // 2)
    first = [
        min(max(place - length // 2, 0), whole - length)
        for place, length, whole in zip(center, size, array.shape, strict=True)
    ]
    return {"shape": list(array.shape), "parts": [part_data(array, first, size, wide)]}


def _missing(name: str, array: Mapping[str, Any], words: Words) -> str:
    """The notice on an array of which the page holds a part; empty for a whole array."""
    part = array["parts"][0]
    if part["size"] == array["shape"]:
        return ""
    spans = ", ".join(
        f"{low}..{low + count - 1}" for low, count in zip(part["first"], part["size"], strict=True)
    )
    shape = "\u00d7".join(map(str, array["shape"]))
    return words("page.part.missing", name=words(f"page.{name}"), spans=spans, shape=shape)
