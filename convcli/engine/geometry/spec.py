"""ConvSpec: a layer of PyTorch's convolution family, of any rank, validated at one door. Integers only."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from convcli.engine.geometry.padding import (
    PADDING_MODES,
    Pad,
    PaddingMode,
    check_padding_limit,
    resolve_padding,
)
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.errors import ConvError

NO_PAD = Pad(0, 0)
LARGEST = 2**63 - 1  # torch's sizes are int64


@dataclass(frozen=True, slots=True)
class Axis:
    """The hyper-parameters of one spatial direction; `pad` in cells, the rest as torch counts them."""

    kernel_size: int
    stride: int = 1
    dilation: int = 1
    pad: Pad = NO_PAD
    output_padding: int = 0

    @property
    def extent(self) -> int:
        """The cells from the first tap to the last: dilation*(kernel_size - 1) + 1."""
        return self.dilation * (self.kernel_size - 1) + 1


@dataclass(frozen=True, slots=True)
class ConvSpec:
    """A convolution or transposed convolution: channels, one `Axis` a spatial direction, groups, bias, padding mode.

    Build it with `ConvSpec.of`, which takes torch's arguments in every spelling.

    >>> spec = ConvSpec.of(in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3, dims=2)
    >>> spec.output_sizes((224, 224)), str(spec.weight_shape)
    ((112, 112), '64x3x7x7')
    """

    in_channels: int
    out_channels: int
    axes: tuple[Axis, ...]
    groups: int = 1
    bias: bool = True
    padding_mode: PaddingMode = "zeros"
    transposed: bool = False

    @classmethod
    def of(
        cls,
        *,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        output_padding: Any = 0,
        transposed: bool = False,
        dims: int | None = None,
    ) -> ConvSpec:
        """The layer with torch's arguments; each per-axis one is an int or a sequence, `padding` also takes
        (before, after) pairs, "same" and "valid". The rank is `dims`, or the length of the first sequence.

        Raises ConvError for whatever torch.nn.Conv1d ... ConvTranspose3d refuse.

        >>> ConvSpec.of(in_channels=1, out_channels=1, kernel_size=(1, 2)).rank
        2
        """
        rank = _rank(dims, kernel_size, stride, dilation, output_padding, padding)
        if (
            type(kernel_size)
            is type(stride)
            is type(dilation)
            is type(padding)
            is type(output_padding)
            is int
        ):
            alike = Axis(kernel_size, stride, dilation, Pad(padding, padding), output_padding)
            if _is_plain(alike):
                return cls(
                    in_channels,
                    out_channels,
                    (alike,) * rank,
                    groups,
                    bool(bias),
                    padding_mode,  # type: ignore[arg-type]
                    transposed,
                )
        kernel = _per_axis("kernel_size", kernel_size, rank, least=1)
        strides = _per_axis("stride", stride, rank, least=1)
        dilations = _per_axis("dilation", dilation, rank, least=1)
        kept = _per_axis("output_padding", output_padding, rank, least=0)
        extents = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True))
        pads = resolve_padding(padding, extents, strides, transposed)
        axes = tuple(map(Axis, kernel, strides, dilations, pads, kept))
        return cls(in_channels, out_channels, axes, groups, bool(bias), padding_mode, transposed)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        for name, least in (("in_channels", 0), ("out_channels", 1), ("groups", 1)):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= LARGEST:
                object.__setattr__(self, name, _integer(name, value, least))
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups:
                rule = f"must be divisible by groups = {self.groups}"
                raise ConvError("groups.divide", rule, parameter=name, got=getattr(self, name))
        if self.padding_mode not in PADDING_MODES:
            rule = f"must be one of {', '.join(PADDING_MODES)}"
            raise ConvError(
                "padding_mode.name", rule, parameter="padding_mode", got=self.padding_mode
            )
        if self.transposed and self.padding_mode != "zeros":
            rule = "a transposed convolution takes zeros only"
            raise ConvError(
                "padding_mode.transposed", rule, parameter="padding_mode", got=self.padding_mode
            )
        if (
            self.axes
            and all(axis is self.axes[0] for axis in self.axes)
            and _is_plain(self.axes[0])
        ):
            return
        for axis, name in zip(self.axes, self.axis_names, strict=True):
            _check_axis(axis, name, self.transposed)

    @property
    def rank(self) -> int:
        return len(self.axes)

    @property
    def axis_names(self) -> tuple[str, ...]:
        return axis_names(self.rank)

    @property
    def kernel_size(self) -> Shape:
        return Shape([axis.kernel_size for axis in self.axes])

    @property
    def weight_shape(self) -> Shape:
        """(C_out, C_in/groups, *kernel_size); transposed (C_in, C_out/groups, *kernel_size)."""
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        return Shape((first, second // self.groups, *[axis.kernel_size for axis in self.axes]))

    @property
    def bias_shape(self) -> Shape | None:
        return Shape((self.out_channels,)) if self.bias else None

    @property
    def fan_in(self) -> int:
        """The inputs that one output of a convolution adds up, as torch counts them: weight_shape[1]*prod(kernel_size)."""
        return prod(self.weight_shape[1:])

    def output_sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """The spatial sizes that come out, one an axis, in cells.

            convolution:             floor((size + before + after - extent)/stride) + 1
            transposed convolution:  (size - 1)*stride - before - after + extent + output_padding

        Raises ConvError where the layer does not fit on `sizes`. Source: torch.nn.Conv2d, torch.nn.ConvTranspose2d.

        >>> up = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=4, stride=2, padding=1, transposed=True, dims=1)
        >>> up.output_sizes((16,))
        (32,)
        """
        if len(sizes) != self.rank:
            rule = f"needs {self.rank} spatial sizes ({', '.join(self.axis_names)})"
            raise ConvError("input.rank", rule, parameter="input", got=Shape(sizes))
        found: list[int] = []
        for d, size in enumerate(sizes):
            alike = d > 0 and size == sizes[d - 1] and self.axes[d] is self.axes[d - 1]
            found.append(found[-1] if alike else self.output_size(d, size))
        return tuple(found)

    def output_size(self, d: int, size: int) -> int:
        """The same for axis `d` alone."""
        axis, (before, after) = self.axes[d], self.axes[d].pad
        if self.transposed:
            out = (size - 1) * axis.stride - before - after + axis.extent + axis.output_padding
        else:
            out = (size + before + after - axis.extent) // axis.stride + 1
        if size < 1 or out < 1 or self.padding_mode != "zeros":
            self._check_size(d, size, out)
        return out

    def _check_size(self, d: int, size: int, out: int) -> None:
        """Raises ConvError, with the numbers, where the layer does not fit on `size` cells."""
        axis, name, (before, after) = self.axes[d], self.axis_names[d], self.axes[d].pad
        if size < 1:
            rule = "every spatial size must be at least 1"
            raise ConvError("input.empty", rule, parameter="input", axis=name, got=size)
        if self.transposed:
            numbers = f"({size} - 1)*{axis.stride} - {before} - {after} + {axis.extent} + {axis.output_padding} = {out}"
            rule = f"crops all that there is: {numbers}"
            raise ConvError(
                "padding.crop", rule, parameter="padding", axis=name, got=_spell(axis.pad)
            )
        check_padding_limit(axis.pad, size, self.padding_mode, name)
        if out < 1:
            rule = (
                f"the kernel spans {axis.dilation}*({axis.kernel_size} - 1) + 1 = {axis.extent} cells, "
                f"more than the padded input {size} + {before} + {after} = {size + before + after}"
            )
            needed = -(-(axis.extent - size) // 2)
            hint = f"Give it at least `padding` {needed}, or a smaller `kernel_size` or `dilation`."
            raise ConvError("kernel_size.fits", rule, parameter="kernel_size", axis=name, hint=hint)

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        """(N, C_in, *sizes) -> (N, C_out, *out). Raises ConvError where the channels or the sizes do not fit."""
        self.check_channels(input_shape)
        batch, _, *sizes = input_shape
        return Shape((batch, self.out_channels, *self.output_sizes(sizes)))

    def check_channels(self, input_shape: Sequence[int]) -> None:
        """Raises ConvError unless axis 1 of (N, C_in, *sizes) holds in_channels; an NHWC shape is named as one."""
        channels, last = input_shape[1], input_shape[-1]
        if channels == self.in_channels:
            return
        axes = ", ".join(("N", "C", *self.axis_names))
        rule = f"has {channels} channels on axis C of {Shape(input_shape)}, and the layer takes {self.in_channels}"
        hint = None
        if last == self.in_channels:
            moved = Shape((input_shape[0], last, *input_shape[1:-1]))
            hint = f"The last axis holds {last}, so the channels seem to be last; the order is ({axes}): make it {moved}."
        elif self.groups > 1 and channels * self.groups == self.in_channels:
            hint = f"With `groups` {self.groups} the input holds the channels of all groups, {self.in_channels}."
        raise ConvError("input.channels", rule, parameter="input", hint=hint)


def _is_plain(axis: Axis) -> bool:
    """Whether nothing needs a closer look: most layers are alike on every axis, and of small positive numbers."""
    return (
        0 < axis.kernel_size <= LARGEST
        and 0 < axis.stride <= LARGEST
        and 0 < axis.dilation <= LARGEST
        and 0 <= axis.pad.before == axis.pad.after <= LARGEST
        and axis.output_padding == 0
    )


def _rank(dims: int | None, *values: Any) -> int:
    if dims is not None:
        return _integer("dims", dims, 1)
    for value in values:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return _integer("dims", len(value), 1)
    raise ConvError(
        "dims.missing",
        "the rank is not said: give dims, or kernel_size as a tuple",
        parameter="dims",
    )


def _integer(name: str, value: Any, least: int, axis: str | None = None) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise ConvError(
            f"{name}.integer", "must be an integer", parameter=name, got=value, axis=axis
        )
    if number < least:
        raise ConvError(
            f"{name}.least", f"must be at least {least}", parameter=name, got=number, axis=axis
        )
    if number > LARGEST:
        raise ConvError(
            f"{name}.most", "must be at most 2^63 - 1", parameter=name, got=number, axis=axis
        )
    return number


def _per_axis(name: str, value: Any, rank: int, least: int) -> tuple[int, ...]:
    names = axis_names(rank)
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) == 1 and name != "kernel_size":
            value = tuple(value) * rank
        if len(value) != rank:
            rule = f"needs one value or {rank}, one for each of the axes {', '.join(names)}"
            raise ConvError(f"{name}.count", rule, parameter=name, got=tuple(value))
        return tuple(
            _integer(name, number, least, axis) for number, axis in zip(value, names, strict=True)
        )
    return (_integer(name, value, least),) * rank


def _check_axis(axis: Axis, name: str, transposed: bool) -> None:
    for pad in axis.pad:
        _integer("padding", pad, 0, name)
    if not transposed and axis.output_padding:
        rule = "is for transposed convolutions only"
        raise ConvError(
            "output_padding.transposed", rule, parameter="output_padding", got=axis.output_padding
        )
    if axis.output_padding and axis.output_padding >= max(axis.stride, axis.dilation):
        rule = f"must be smaller than the stride {axis.stride} or the dilation {axis.dilation}"
        raise ConvError(
            "output_padding.limit",
            rule,
            parameter="output_padding",
            got=axis.output_padding,
            axis=name,
        )


def _spell(pad: Pad) -> str | int:
    return pad.before if pad.before == pad.after else f"{pad.before}:{pad.after}"
