"""What the page of `convcli show` holds: a layer, its numbers as far as a page can carry them, and what is looked at first.

The page reckons with its own tap table, so that it can go on when a slider moves; see `convcli/render/page`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from convcli.engine.compute.operands import Array, at, given_operands
from convcli.engine.geometry.spec import Axis, ConvSpec
from convcli.errors import ConvError
from convcli.report.views.page_constants import page_constants
from convcli.report.words.vocabulary import ENGLISH, Words

MOST_NUMBERS = 2**18  # of an array that stand in the page
SERVED_NUMBERS = 20_000  # where the rest can be asked for
LARGEST_DOUBLE_INTEGER = 2**53 - 1


@dataclass(frozen=True)
class PageOperands:
    """One example as the page counts it: input (C_in, *sizes), weight (C_out, C_in/groups, *kernel_size) in either direction,
    bias (C_out,) or None, the result's number type, and whether sums may leave the integers that a double holds."""

    spec: ConvSpec
    input: Array
    weight: Array
    bias: Array | None
    dtype: str
    wide: bool


def page_operands(
    spec: ConvSpec, input: Any, weight: Any, bias: Any, example: int = 0
) -> PageOperands:
    """The arrays of a layer for a page. Raises ConvError where they do not fit, or are complex."""
    given = given_operands(spec, input, weight, bias)
    if given.dtype.kind == "c":
        hint = "convcli trace writes sums of complex numbers."
        raise ConvError(
            "page.complex",
            "a page shows real numbers",
            parameter="output",
            got=str(given.dtype),
            hint=hint,
        )
    arrays = given.in_one_type()
    kernels = arrays.weight_by_group.reshape(
        spec.out_channels, spec.in_channels // spec.groups, *spec.kernel_size
    )
    wide = given.bound > LARGEST_DOUBLE_INTEGER
    return PageOperands(spec, arrays.input[example], kernels, arrays.bias, given.dtype.name, wide)


def page_data(
    shown: PageOperands,
    *,
    panel: str,
    index: Sequence[int],
    speed: float,
    command: Mapping[str, Any],
    words: Words = ENGLISH,
    server: str | None = None,
) -> dict[str, Any]:
    """The data of a page on which the cell `index` of `panel` (input or output) is looked at first.

    `command` holds X and W as they were typed and what stands behind them; `server` is where parts of arrays that are
    not in the page can be had, None for nowhere.
    """
    most = MOST_NUMBERS if server is None else SERVED_NUMBERS
    input, weight = (
        _array(shown.input, most, _around(shown, panel, index), shown.wide),
        _weight(shown, most, panel, index),
    )
    parts = (
        []
        if server
        else [
            _missing(name, array, words) for name, array in (("input", input), ("weight", weight))
        ]
    )
    return {
        "schema": 1,
        "constants": page_constants(),
        "language": words.tag,
        "layer": layer_data(shown.spec),
        "sizes": list(shown.input.shape[1:]),
        "dtype": shown.dtype,
        "wide": shown.wide,
        "input": input,
        "weight": weight,
        "bias": None if shown.bias is None else _numbers(shown.bias, shown.wide),
        "selected": {"panel": panel, "index": list(index)},
        "speed": speed,
        "command": dict(command),
        "server": server,
        "notice": " ".join(filter(None, parts)),
        "words": words.for_page,
    }


def layer_data(spec: ConvSpec) -> dict[str, Any]:
    """A layer as the page has it: every axis on its own."""
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
    """The layer that `layer_data` tells; raises ConvError where there can be none.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=(3, 2), padding=[(0, 1), 2])
    >>> layer_of(layer_data(spec)) == spec
    True
    """
    axes = data["axes"]

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


def box(array: Array, first: Sequence[int], size: Sequence[int], wide: bool) -> dict[str, Any]:
    """A box of an array, its numbers in a row."""
    part = array[tuple(slice(low, low + count) for low, count in zip(first, size, strict=True))]
    return {"first": list(first), "size": list(part.shape), "values": _numbers(part, wide)}


def resized_kernels(weight: Array, kernel_size: Sequence[int]) -> Array:
    """The weight (C_out, C_in/groups, *k) with other kernel sizes: taps beyond the given ones are 0.

    >>> resized_kernels(np.array([[[1, 2, 3]]]), [2]).tolist(), resized_kernels(np.array([[[1, 2]]]), [3]).tolist()
    ([[[1, 2]]], [[[1, 2, 0]]])
    """
    found = np.zeros((*weight.shape[:2], *kernel_size), weight.dtype)
    kept = at(
        slice(0, min(new, old)) for new, old in zip(kernel_size, weight.shape[2:], strict=True)
    )
    found[kept] = weight[kept]
    return found


def in_torchs_layout(spec: ConvSpec, kernels: Array) -> Array:
    """(C_out, C_in/groups, *k) as `spec.weight_shape`: for a transposed layer (C_in, C_out/groups, *k)."""
    if not spec.transposed:
        return kernels
    grouped = kernels.reshape(spec.groups, spec.out_channels // spec.groups, *kernels.shape[1:])
    return grouped.swapaxes(1, 2).reshape(spec.weight_shape)


def _axis_data(axis: Axis) -> dict[str, int]:
    return {
        "kernel_size": axis.kernel_size,
        "stride": axis.stride,
        "dilation": axis.dilation,
        "before": axis.pad.before,
        "after": axis.pad.after,
        "output_padding": axis.output_padding,
    }


def _numbers(array: Array, wide: bool) -> Any:
    flat = array.reshape(-1)
    return [str(value) for value in flat.tolist()] if wide else flat


def _around(shown: PageOperands, panel: str, index: Sequence[int]) -> tuple[int, ...]:
    """The input cell in the middle of what is looked at first."""
    if panel == "input":
        return tuple(index)
    channel = (
        index[0]
        // (shown.spec.out_channels // shown.spec.groups)
        * (shown.spec.in_channels // shown.spec.groups)
    )
    outs = shown.spec.output_sizes(shown.input.shape[1:])
    return (
        channel,
        *(
            place * size // out
            for place, size, out in zip(index[1:], shown.input.shape[1:], outs, strict=True)
        ),
    )


def _array(
    array: Array, most: int, around: Sequence[int], wide: bool, least_axis: int = 1
) -> dict[str, Any]:
    """The array with as much of it as may stand in a page, around a place; its leading axes are the last to be cut."""
    size = list(array.shape)
    while prod(size) > most:
        axis = max(range(least_axis, len(size)), key=lambda d: size[d])
        if size[axis] <= 16:
            axis = max(range(len(size)), key=lambda d: size[d])
        size[axis] = -(-size[axis] // 2)
    first = [
        min(max(place - s // 2, 0), n - s)
        for place, s, n in zip(around, size, array.shape, strict=True)
    ]
    return {"shape": list(array.shape), "parts": [box(array, first, size, wide)]}


def _weight(shown: PageOperands, most: int, panel: str, index: Sequence[int]) -> dict[str, Any]:
    """The kernels, of the output channel that is looked at first if not of all."""
    channel = index[0] if panel == "output" else 0
    return _array(
        shown.weight, most, (channel, *([0] * (shown.weight.ndim - 1))), shown.wide, least_axis=0
    )


def _missing(name: str, array: Mapping[str, Any], words: Words) -> str:
    """A sentence on what of an array is not in the page."""
    part = array["parts"][0]
    if part["size"] == array["shape"]:
        return ""
    spans = ", ".join(
        f"{low}..{low + count - 1}" for low, count in zip(part["first"], part["size"], strict=True)
    )
    shape = "\u00d7".join(map(str, array["shape"]))
    return words("page.part.missing", name=words(f"page.{name}"), spans=spans, shape=shape)
