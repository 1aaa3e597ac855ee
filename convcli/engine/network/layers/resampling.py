"""Layers that move cells: upsampling, pixel shuffling, unfolding into columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, prod

from convcli.engine.geometry.shapes import INT64_MAX, Shape, axis_names
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import MOST_WINDOWS, Reading
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts, check_cells, check_rank
from convcli.errors import ConvError

# the spatial axes of modes that are for one rank
RANKS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
# how many cells an output between two cells reads on either side; nearest modes read one cell
REACH = {"nearest": 0, "nearest-exact": 0, "linear": 1, "bilinear": 1, "trilinear": 1, "bicubic": 2}


def exact_scale(scale: float) -> Fraction:
    """The fraction that the decimals of a scale factor spell.

    Raises ConvError unless it is positive.

    >>> exact_scale(0.1)
    Fraction(1, 10)
    """
    try:
        fraction = Fraction(str(scale))
    except ValueError:
        fraction = Fraction(0)
    if fraction <= 0:
        raise ConvError(
            "scale_factor.positive", "must be above 0", parameter="scale_factor", got=scale
        )
    return fraction


_OF_THOP = {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 224 + 35}  # a cell


@dataclass(frozen=True, slots=True)
class Upsample(Layer):
    """Resizing to `sizes`, or by `scales`, exact fractions, one for each axis.

    nearest          cell = floor(o/scale)
    nearest-exact    cell = floor((o + 1/2)/scale)
    others           between the cells around (o + 1/2)/scale - 1/2,
                     with align_corners around o*(size - 1)/(outputs - 1)

    Source: torch.nn.Upsample and torch.nn.functional.interpolate.
    """

    sizes: tuple[int, ...] | None = None
    scales: tuple[Fraction, ...] | None = None
    mode: str = "nearest"
    align_corners: bool = False
    in_ptflops: int = 2  # for each cell made; 1 of classes that ptflops does not know

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        rank = RANKS.get(self.mode, len(shape) - 2)
        if len(shape) - 2 != rank or rank < 1:
            check_rank(shape, max(rank, 1))
        check_cells(shape)
        wanted = self._per_axis(
            self.sizes if self.sizes is not None else self.scales or (), len(shape) - 2
        )
        if self.sizes is not None:
            return Shape((*shape[:2], *map(int, wanted)))
        sizes = [
            _scaled(size, scale, name)
            for size, scale, name in zip(shape[2:], wanted, axis_names(rank), strict=True)
        ]
        for size, name in zip(sizes, axis_names(len(sizes)), strict=True):
            if size < 1:
                raise ConvError(
                    "scale_factor.empty", "leaves no cell", parameter="scale_factor", axis=name
                )
        return Shape((*shape[:2], *sizes))

    def _per_axis(self, values: Sequence[int | Fraction], rank: int) -> Sequence[int | Fraction]:
        if len(values) not in (1, rank):
            rule = f"needs one value or {rank}"
            raise ConvError(
                "scale_factor.count", rule, parameter="scale_factor", got=tuple(map(str, values))
            )
        return values if len(values) == rank else tuple(values) * rank

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """Operations for each cell made: fvcore in planes alone, thop by the mode, ptflops two."""
        cells = prod(output)
        in_planes = {"nearest": 1, "bilinear": 4} if len(output) == 4 else {}
        fvcore, thop = in_planes.get(self.mode, 0), _OF_THOP.get(self.mode, 0)
        return ToolCounts(fvcore * cells, thop * cells, 0, self.in_ptflops * cells)

    def readings(self, *inputs: Shape) -> Readings:
        sizes, outputs = inputs[0][2:], self.output_shape(*inputs)[2:]
        scales = [Fraction(out, size) for out, size in zip(outputs, sizes, strict=True)]
        if self.sizes is None:
            scales = [Fraction(scale) for scale in self._per_axis(self.scales or (), len(sizes))]
        return tuple(
            self._reading(size, out, scale)
            for size, out, scale in zip(sizes, outputs, scales, strict=True)
        )

    def _reading(self, size: int, outputs: int, scale: Fraction) -> Reading | None:
        """Outputs one period apart read cells that are a whole number of cells apart."""
        shift, per_output = Fraction(0), 1 / scale
        if self.align_corners and REACH[self.mode]:
            per_output = Fraction(size - 1, outputs - 1) if outputs > 1 else Fraction(0)
        elif self.mode != "nearest":
            shift = per_output / 2 - (Fraction(1, 2) if REACH[self.mode] else 0)
        if per_output.denominator > MOST_WINDOWS:
            return None
        windows = tuple(self._window(o * per_output + shift) for o in range(per_output.denominator))
        return Reading(windows, per_output.numerator, size, outputs, "replicate")

    def _window(self, place: Fraction) -> range:
        reach = REACH[self.mode]
        cell = floor(place)
        if reach == 0 or place == cell:
            return range(cell, cell + 1)
        return range(cell - reach + 1, cell + reach + 1)


def _scaled(size: int, scale: int | Fraction, name: str) -> int:
    """floor(size*scale), multiplied in floating point as torch does it.

    Raises ConvError where the product is beyond INT64_MAX.
    """
    if size * scale > INT64_MAX:
        rule = "sizes must be at most 2^63 - 1"
        raise ConvError("shape.most", rule, parameter="scale_factor", axis=name)
    return floor(float(size) * float(scale))


@dataclass(frozen=True, slots=True)
class PixelShuffle(Layer):
    """(N, C*r^2, H, W) -> (N, C, H*r, W*r); `inverse` is PixelUnshuffle.

    Source: Shi et al. 2016, arXiv 1609.05158.
    """

    factor: int
    inverse: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], 2)
        batch, channels, *sizes = inputs[0]
        square = self.factor**2
        if self.inverse:
            for size, name in zip(sizes, axis_names(2), strict=True):
                if size % self.factor:
                    rule = f"the size must be divisible by downscale_factor = {self.factor}"
                    raise ConvError("downscale_factor.divide", rule, axis=name, got=size)
            return Shape((batch, channels * square, *(size // self.factor for size in sizes)))
        if channels % square:
            rule = f"the channels must be divisible by upscale_factor^2 = {square}"
            raise ConvError("upscale_factor.divide", rule, got=channels)
        return Shape((batch, channels // square, *(size * self.factor for size in sizes)))

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        return ToolCounts()

    def readings(self, *inputs: Shape) -> Readings:
        outputs = self.output_shape(*inputs)[2:]
        windows, step = (
            ((range(self.factor),), self.factor) if self.inverse else ((range(1),) * self.factor, 1)
        )
        return tuple(
            Reading(windows, step, size, out)
            for size, out in zip(inputs[0][2:], outputs, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Unfold(Layer):
    """(N, C, *sizes) -> (N, C*taps, windows): the columns of im2col, with the window of `spec`."""

    spec: ConvSpec

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], self.spec.rank)
        batch, channels, *sizes = inputs[0]
        return Shape(
            (batch, channels * prod(self.spec.kernel_size), prod(self.spec.output_sizes(sizes)))
        )

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        return ToolCounts()

    def readings(self, *inputs: Shape) -> Readings | None:
        return None


@dataclass(frozen=True, slots=True)
class Fold(Layer):
    """(N, C*taps, windows) -> (N, C, *output_size): the adjoint of Unfold, which adds columns."""

    output_size: tuple[int, ...]
    spec: ConvSpec

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], 1)
        batch, columns, windows = inputs[0]
        taps, needed = prod(self.spec.kernel_size), prod(self.spec.output_sizes(self.output_size))
        if columns % taps or windows != needed:
            rule = f"needs an input (N, C*{taps}, {needed})"
            raise ConvError("input.fold", rule, got=inputs[0])
        return Shape((batch, columns // taps, *self.output_size))

    def readings(self, *inputs: Shape) -> Readings | None:
        return None
