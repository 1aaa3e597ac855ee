"""torch's arguments of a layer, in every spelling, as checked integers: one `Axis` per axis."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import NO_PAD, Pad
from convcli.engine.geometry.remedies import pads_text, sides_hint, spatial_hint
from convcli.engine.geometry.shapes import INT64_MAX, axis_names
from convcli.errors import ConvError
from convcli.suggestions import did_you_mean

REMEMBERED = 1024  # axes


def axes_of(
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    output_padding: Any,
    *,
    transposed: bool,
    dims: int | None,
) -> tuple[Axis, ...]:
    """One `Axis` per spatial direction.

    Each argument is one value or one per axis; padding as in `resolve_padding`.

    Raises ConvError where an argument cannot be read, or where they disagree about the number of
    axes.
    """
    rank = _rank(dims, kernel_size, stride, dilation, output_padding, padding)
    is_alike = type(kernel_size) is type(stride) is type(dilation) is type(padding) is int
    if is_alike and type(output_padding) is int:
        axes = _alike(rank, kernel_size, stride, dilation, padding, output_padding)
        if axes is not None:
            return axes
    kernel_sizes = per_axis("kernel_size", kernel_size, rank, least=1)
    strides = per_axis("stride", stride, rank, least=1)
    dilations = per_axis("dilation", dilation, rank, least=1)
    kept = per_axis("output_padding", output_padding, rank, least=0)
    bare = [
        Axis(k, s, d, NO_PAD, op)
        for k, s, d, op in zip(kernel_sizes, strides, dilations, kept, strict=True)
    ]
    pads = resolve_padding(padding, bare, transposed)
    return tuple(replace(axis, pad=pad) for axis, pad in zip(bare, pads, strict=True))


class PlainAxes(tuple[Axis, ...]):
    """Axes that are all alike, and need no closer check."""

    __slots__ = ()


def kernel_sizes_of(axes: tuple[Axis, ...]) -> tuple[int, ...]:
    """The taps of each axis."""
    if type(axes) is PlainAxes:
        return (axes[0].kernel_size,) * len(axes)
    return tuple(axis.kernel_size for axis in axes)


@lru_cache(REMEMBERED)
def _alike(
    rank: int, kernel_size: int, stride: int, dilation: int, padding: int, output_padding: int
) -> tuple[Axis, ...] | None:
    """Axes that are all alike; None where they need a closer check. Layers repeat themselves."""
    axis = Axis(kernel_size, stride, dilation, Pad(padding, padding), output_padding)
    return PlainAxes((axis,) * rank) if is_plain(axis) else None


def resolve_padding(padding: Any, axes: Sequence[Axis], transposed: bool) -> tuple[Pad, ...]:
    """Every spelling of padding as one `Pad` per axis.

    `padding` is an int, an int or a (before, after) pair for each axis, "valid" (none) or "same".
    "same" pads extent - 1 cells in total, the odd one after, as torch does; it needs stride 1 and
    no transposed layer. Raises ConvError where the spelling is none of these.

    >>> resolve_padding("same", [Axis(4), Axis(3)], transposed=False)
    (Pad(before=1, after=2), Pad(before=1, after=1))
    """
    rank = len(axes)
    if isinstance(padding, str):
        return _named_padding(padding, axes, transposed)
    if isinstance(padding, int) or not isinstance(padding, Sequence):
        return (Pad(padding, padding),) * rank
    if len(padding) not in (1, rank):
        rule = f"needs one value or {rank}, one for each of the axes {', '.join(axis_names(rank))}"
        hint = sides_hint(padding, rank)
        raise ConvError("padding.count", rule, parameter="padding", got=tuple(padding), hint=hint)
    return tuple(
        _pad(value) for value in (padding if len(padding) == rank else tuple(padding) * rank)
    )


def _pad(value: Any) -> Pad:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return Pad(value, value)  # type: ignore[arg-type]
    if len(value) != 2:
        rule = "an axis takes one number or a before:after pair"
        raise ConvError("padding.pair", rule, parameter="padding", got=value)
    return Pad(*value)


def _named_padding(name: str, axes: Sequence[Axis], transposed: bool) -> tuple[Pad, ...]:
    is_known = name in ("same", "valid")
    if not is_known and not (transposed and name.lower() in ("same", "valid")):
        rule = "must be a number, before:after, same or valid"
        hint = did_you_mean(name, ("same", "valid"))
        raise ConvError("padding.name", rule, parameter="padding", got=name, hint=hint)
    if transposed:
        name = name.lower()
        rule = f"{name!r} is for convolutions; the padding of a transposed convolution is a number"
        hint = _transposed_hint(name, axes)
        raise ConvError("padding.transposed", rule, parameter="padding", hint=hint)
    if name == "valid":
        return (NO_PAD,) * len(axes)
    if any(axis.stride != 1 for axis in axes):
        rule = f"'same' needs stride 1, but the stride is {','.join(str(a.stride) for a in axes)}"
        hint = "Specify the padding as numbers."
        raise ConvError("padding.same", rule, parameter="padding", hint=hint)
    return tuple(axis.same_pad(axis.extent) for axis in axes)


def _transposed_hint(name: str, axes: Sequence[Axis]) -> str:
    """The padding with which Keras's transposed layers have size*stride outputs, and none."""
    if name == "valid":
        return "Specify `padding` 0."
    pads, kept = transposed_same(axes)
    extra = f" and `output_padding` {','.join(map(str, kept))}" if any(kept) else ""
    return f"size*stride outputs come from `padding` {pads_text(pads)}{extra}."


def transposed_same(axes: Sequence[Axis]) -> tuple[list[Pad], list[int]]:
    """The padding and the output padding with which a transposed layer has size*stride outputs.

    >>> transposed_same([Axis(4, stride=2), Axis(2, stride=3)])
    ([Pad(before=1, after=1), Pad(before=0, after=0)], [0, 1])
    """
    totals = [max(axis.extent - axis.stride, 0) for axis in axes]
    pads = [Pad(total // 2, total - total // 2) for total in totals]
    return pads, [max(axis.stride - axis.extent, 0) for axis in axes]


def is_plain(axis: Axis) -> bool:
    """Whether the axis needs no closer check, as in most layers: legal numbers, even padding."""
    return (
        0 < axis.kernel_size <= INT64_MAX
        and 0 < axis.stride <= INT64_MAX
        and 0 < axis.dilation <= INT64_MAX
        and type(axis.pad.before) is type(axis.pad.after) is int
        and 0 <= axis.pad.before == axis.pad.after <= INT64_MAX
        and axis.output_padding == 0
    )


def check_axes(axes: Sequence[Axis], transposed: bool) -> None:
    """Check padding and output_padding; raises ConvError where torch refuses them."""
    if type(axes) is PlainAxes:
        return
    if axes and axes.count(axes[0]) == len(axes) and is_plain(axes[0]):
        return
    for axis, name in zip(axes, axis_names(len(axes)), strict=True):
        _check_axis(axis, name, transposed)


def _check_axis(axis: Axis, name: str, transposed: bool) -> None:
    for pad in axis.pad:
        integer("padding", pad, 0, name)
    kept = axis.output_padding
    if not transposed and kept:
        rule = "is for transposed convolutions only"
        raise ConvError("output_padding.transposed", rule, parameter="output_padding", got=kept)
    if kept and kept >= max(axis.stride, axis.dilation):
        rule = f"must be smaller than the stride {axis.stride} or the dilation {axis.dilation}"
        most = max(axis.stride, axis.dilation) - 1
        hint = f"The largest is {most}." if most else "It must be 0 here: there is no stride."
        raise ConvError(
            "output_padding.limit", rule, parameter="output_padding", got=kept, axis=name, hint=hint
        )


def integer(name: str, value: Any, least: int, axis: str | None = None) -> int:
    """The value as an integer between `least` and 2^63 - 1; raises ConvError otherwise.

    >>> integer("stride", 2, least=1)
    2
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        rule = "must be an integer"
        whole = isinstance(value, float) and value.is_integer()
        hint = f"Write {int(value)}." if whole else None
        raise ConvError(f"{name}.integer", rule, parameter=name, got=value, axis=axis, hint=hint)
    if number < least:
        rule = f"must be at least {least}"
        raise ConvError(f"{name}.least", rule, parameter=name, got=number, axis=axis)
    if number > INT64_MAX:
        rule = "must be at most 2^63 - 1"
        raise ConvError(f"{name}.most", rule, parameter=name, got=number, axis=axis)
    return number


def _rank(dims: int | None, *values: Any) -> int:
    """The number of spatial axes: `dims`, or the length of the first sequence."""
    if type(dims) is int and 0 < dims <= INT64_MAX:
        return dims
    if dims is not None:
        return integer("dims", dims, 1)
    for value in values:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return integer("dims", len(value), 1)
    rule = "the number of spatial axes is unknown"
    hint = "Specify `dims`, or `kernel_size` as a tuple."
    raise ConvError("dims.missing", rule, parameter="dims", hint=hint)


def per_axis(name: str, value: Any, rank: int, least: int) -> tuple[int, ...]:
    names = axis_names(rank)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return (integer(name, value, least),) * rank
    if len(value) == 1 and name != "kernel_size":
        value = tuple(value) * rank
    if len(value) != rank:
        rule = f"needs one value or {rank}, one for each of the axes {', '.join(names)}"
        hint = spatial_hint(name, value, rank)
        raise ConvError(f"{name}.count", rule, parameter=name, got=tuple(value), hint=hint)
    return tuple(
        integer(name, number, least, axis) for number, axis in zip(value, names, strict=True)
    )
