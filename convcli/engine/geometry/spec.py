"""ConvSpec: a layer of PyTorch's convolution family, of any rank, checked when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from convcli.displays import displayed
from convcli.engine.geometry.arguments import (
    PlainAxes,
    axes_of,
    check_axes,
    integer,
    kernel_sizes_of,
)
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import (
    PADDING_MODES,
    check_padding_limit,
    check_padding_mode,
)
from convcli.engine.geometry.remedies import channels_hint, fitting_hint, groups_hint
from convcli.engine.geometry.shapes import INT64_MAX, Shape, axis_names
from convcli.errors import ConvError


@displayed
@dataclass(frozen=True, slots=True)
class ConvSpec:
    """A convolution or transposed convolution of any rank.

    Channels, one `Axis` per spatial direction, groups, bias and padding mode.

    Build it with `ConvSpec.of`, which takes torch's arguments in every spelling.

    >>> spec = ConvSpec.of(
    ...     in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3, dims=2
    ... )
    >>> spec.output_sizes((224, 224)), str(spec.weight_shape)
    ((112, 112), '64x3x7x7')
    """

    in_channels: int
    out_channels: int
    axes: tuple[Axis, ...]
    groups: int = 1
    bias: bool = True
    padding_mode: str = "zeros"
    transposed: bool = False
    weight_shape: Shape = field(init=False, repr=False, compare=False)
    """(C_out, C_in/groups, *kernel_size); transposed (C_in, C_out/groups, *kernel_size)."""

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
        """The layer with torch's arguments.

        Each argument per axis is an int or a sequence; `padding` also takes (before, after) pairs,
        "same" and "valid". The rank is `dims`, or the length of the first sequence. Raises
        ConvError for whatever torch.nn.Conv1d ... ConvTranspose3d refuse.

        >>> ConvSpec.of(in_channels=1, out_channels=1, kernel_size=(1, 2)).rank
        2
        """
        axes = axes_of(
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding,
            transposed=transposed,
            dims=dims,
        )
        return cls(in_channels, out_channels, axes, groups, bool(bias), padding_mode, transposed)

    def __post_init__(self) -> None:
        if not (  # as in most layers
            type(self.in_channels) is type(self.out_channels) is type(self.groups) is int
            and 0 <= self.in_channels <= INT64_MAX
            and 1 <= self.out_channels <= INT64_MAX
            and self.groups == 1
            and self.padding_mode == "zeros"
            and type(self.axes) is PlainAxes
        ):
            self._check()
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        weight = Shape((first, second // self.groups, *kernel_sizes_of(self.axes)))
        object.__setattr__(self, "weight_shape", weight)

    def _check(self) -> None:
        """Raises ConvError where torch refuses an argument."""
        for name, least in (("in_channels", 0), ("out_channels", 1), ("groups", 1)):
            object.__setattr__(self, name, integer(name, getattr(self, name), least))
        mode = self.padding_mode
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups:
                rule = f"must be divisible by groups = {self.groups}"
                hint = groups_hint(self.in_channels, self.out_channels, self.groups)
                got = getattr(self, name)
                raise ConvError("groups.divide", rule, parameter=name, got=got, hint=hint)
        check_padding_mode(mode)
        if self.transposed and mode != "zeros":
            rule = "must be zeros for a transposed convolution"
            raise ConvError("padding_mode.transposed", rule, parameter="padding_mode", got=mode)
        check_axes(self.axes, self.transposed)

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.axes)

    @property
    def axis_names(self) -> tuple[str, ...]:
        """The letters of the spatial axes: L; H, W; D, H, W."""
        return axis_names(self.rank)

    @property
    def kernel_size(self) -> Shape:
        """The taps of each axis."""
        return Shape(kernel_sizes_of(self.axes))

    @property
    def in_per_group(self) -> int:
        """C_in/groups: the input channels that one output channel reads."""
        return self.in_channels // self.groups

    @property
    def out_per_group(self) -> int:
        """C_out/groups: the output channels that read one input channel."""
        return self.out_channels // self.groups

    def channels_read(self, out_channel: int) -> range:
        """The input channels that an output channel reads: those of its group.

        >>> spec = ConvSpec.of(in_channels=4, out_channels=6, groups=2, kernel_size=1, dims=1)
        >>> spec.channels_read(5)
        range(2, 4)
        """
        first = out_channel // self.out_per_group * self.in_per_group
        return range(first, first + self.in_per_group)

    def weight_channels(self, first: int, second: int) -> tuple[int, int]:
        """The input and the output channel that weight[first, second] connects, in either layout.

        >>> spec = ConvSpec.of(in_channels=4, out_channels=6, groups=2, kernel_size=1, dims=1)
        >>> spec.weight_channels(5, 1)
        (3, 5)
        """
        if self.transposed:
            return first, first // self.in_per_group * self.out_per_group + second
        return self.channels_read(first)[second], first

    def weight_index(self, in_channel: int, out_channel: int) -> tuple[int, int]:
        """The inverse of `weight_channels`: the first two indices of a weight.

        >>> spec = ConvSpec.of(in_channels=4, out_channels=6, groups=2, kernel_size=1, dims=1)
        >>> spec.weight_index(3, 5)
        (5, 1)
        """
        if self.transposed:
            return in_channel, out_channel % self.out_per_group
        return out_channel, in_channel % self.in_per_group

    @property
    def parameters(self) -> int:
        """The numbers that the layer learns: prod(weight_shape), and C_out more with a bias."""
        return int(prod(self.weight_shape)) + (self.out_channels if self.bias else 0)

    @property
    def bias_shape(self) -> Shape | None:
        """(C_out,), None for a layer without bias."""
        return Shape((self.out_channels,)) if self.bias else None

    @property
    def fan_in(self) -> int:
        """The inputs that one output of a convolution adds up, as torch counts them.

            fan_in = weight_shape[1]*prod(kernel_size)

        Source: torch.nn.init._calculate_fan_in_and_fan_out.
        """
        return prod(self.weight_shape[1:])

    def output_sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """(*sizes) -> (*out): the spatial sizes of the output, in cells, by `Axis.output_size`.

        Raises ConvError where the layer does not fit on `sizes`.

        >>> up = ConvSpec.of(
        ...     in_channels=1, out_channels=1, kernel_size=4, stride=2, padding=1,
        ...     transposed=True, dims=1,
        ... )
        >>> up.output_sizes((16,))
        (32,)
        """
        if len(sizes) != self.rank:
            rule = f"needs {self.rank} spatial sizes ({', '.join(self.axis_names)})"
            raise ConvError("input.rank", rule, parameter="input", got=Shape(sizes))
        axes, rank = self.axes, len(sizes)
        try:
            if rank and sizes.count(sizes[0]) == axes.count(axes[0]) == rank:  # as most layers
                return (self.output_size(0, sizes[0]),) * rank
            return tuple(self.output_size(d, size) for d, size in enumerate(sizes))
        except ConvError as error:
            if error.code != "kernel_size.fits":
                raise
            raise error.with_place(hint=fitting_hint(self, sizes)) from None

    def output_size(self, d: int, size: int) -> int:
        """The output size of axis `d` alone. Raises ConvError where `size` cells are too few."""
        axis = self.axes[d]
        out = axis.output_size(size, self.transposed)
        padded = (out if self.transposed else size) + axis.pad.before + axis.pad.after
        if padded > INT64_MAX:
            rule, name = "padded sizes must be at most 2^63 - 1", self.axis_names[d]
            raise ConvError("shape.most", rule, parameter="input", axis=name, got=padded)
        if size < 1 or out < 1 or self.padding_mode != "zeros":
            self._check_size(d, size, out)
        return out

    def input_sizes(self, d: int, out: int) -> range:
        """All input sizes of axis `d` of which `out` cells come, empty where there is none.

        >>> ConvSpec.of(
        ...     in_channels=1, out_channels=1, kernel_size=7, stride=2, padding=3, dims=1
        ... ).input_sizes(0, 112)
        range(223, 225)
        """
        axis = self.axes[d]
        sizes = axis.input_sizes(out, self.transposed)
        least = PADDING_MODES[self.padding_mode].smallest_size(axis.pad)
        return range(max(sizes.start, least), max(sizes.stop, least)) if sizes else sizes

    def _check_size(self, d: int, size: int, out: int) -> None:
        """Raises ConvError, with the numbers, where the layer does not fit on `size` cells."""
        axis, name, (before, after) = self.axes[d], self.axis_names[d], self.axes[d].pad
        if size < 1:
            rule = "every spatial size must be at least 1"
            raise ConvError("input.empty", rule, parameter="input", axis=name, got=size)
        if self.transposed:
            rule = f"crops away the whole output: {axis.output_numbers(size, True)} = {out}"
            most = (out + sum(axis.pad) - 1) // 2
            hint = f"At most {most} cells can be cropped on each side."
            raise ConvError(
                "padding.crop", rule, parameter="padding", axis=name, got=axis.pad, hint=hint
            )
        check_padding_limit(axis.pad, size, self.padding_mode, name)
        if out < 1:
            padded = f"{size} + {before} + {after} = {size + before + after}"
            rule = (
                f"the kernel spans {axis.extent_numbers()} cells, "
                f"more than the padded input {padded}"
            )
            needed = -(-(axis.extent - size) // 2)
            hint = f"Specify at least `padding` {needed}, or a smaller `kernel_size` or `dilation`."
            raise ConvError("kernel_size.fits", rule, parameter="kernel_size", axis=name, hint=hint)

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        """(N, C_in, *sizes) -> (N, C_out, *out).

        Raises ConvError where the channels or the sizes do not fit.
        """
        self.check_channels(input_shape)
        batch, _, *sizes = input_shape
        return Shape((batch, self.out_channels, *self.output_sizes(sizes)))

    def check_channels(self, input_shape: Sequence[int]) -> None:
        """Check that axis 1 of (N, C_in, *sizes) holds in_channels.

        Raises ConvError otherwise, with what would make them agree.
        """
        channels = input_shape[1]
        if channels == self.in_channels:
            return
        shape = Shape(input_shape)
        number = "1 channel" if channels == 1 else f"{channels} channels"
        rule = f"has {number} on axis C of {shape}, but the layer takes {self.in_channels}"
        hint = channels_hint(self, input_shape)
        raise ConvError("input.channels", rule, parameter="input", hint=hint)
