"""Convolutions as layers of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.cost import mac_factors
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import Reading, tap_reading
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts, check_rank

NO_MORE = ToolCounts()
REMEMBERED = 1024  # readings


@dataclass(frozen=True, slots=True)
class Convolution(Layer):
    """One of torch's six convolution layers."""

    spec: ConvSpec

    @property
    def parameters(self) -> int:
        """The weights, and the biases if it has any."""
        return self.spec.parameters

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], self.spec.rank)
        return self.spec.output_shape(inputs[0])

    def readings(self, *inputs: Shape) -> Readings:
        spec, sizes = self.spec, inputs[0][2:]
        if spec.transposed:  # each may have thousands of windows
            return _readings(spec, sizes)
        axes, mode = spec.axes, spec.padding_mode
        if axes.count(axes[0]) == sizes.count(sizes[0]) == len(sizes):  # as in most layers
            return (_remembered_reading(axes[0], mode, sizes[0]),) * len(sizes)
        return tuple(
            _remembered_reading(axis, mode, size) for axis, size in zip(axes, sizes, strict=True)
        )

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """Every output times the taps of its group; for a transposed layer every input."""
        return prod(mac_factors(self.spec, inputs[0], output))

    def bias_additions(self, output: Shape) -> int:
        return prod(output) if self.spec.bias else 0

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """thop and torchinfo count a transposed layer like a convolution, by its output.

        surplus = prod(output) * in_channels/groups * taps - macs
        """
        if not self.spec.transposed:
            return NO_MORE
        per_output = self.spec.in_per_group * prod(self.spec.kernel_size)
        surplus = prod(output) * per_output - self.macs(output, *inputs)
        return ToolCounts(thop=surplus, torchinfo=surplus)

    def mirrored(self, output: Shape, *inputs: Shape) -> Convolution:
        """A transposed layer of the same weight shape; of a transposed layer the convolution."""
        spec = self.spec
        if not spec.transposed:
            return Convolution(transposed_back(spec, inputs[0][2:], output[2:]))
        axes = tuple(replace(axis, output_padding=0) for axis in spec.axes)
        channels = {"in_channels": spec.out_channels, "out_channels": spec.in_channels}
        return Convolution(replace(spec, **channels, axes=axes, transposed=False))  # type: ignore[arg-type]


@lru_cache(REMEMBERED)
def _remembered_reading(axis: Axis, padding_mode: str, size: int) -> Reading | None:
    """The reading of a convolution's axis, which channels do not change; layers repeat their axes.

    The layer fits on the size: an error would not have the name of the axis.
    """
    return tap_reading(ConvSpec(1, 1, (axis,), padding_mode=padding_mode), 0, size)


def _readings(spec: ConvSpec, sizes: tuple[int, ...]) -> Readings:
    readings: list[Reading | None] = []
    for d, (axis, size) in enumerate(zip(spec.axes, sizes, strict=True)):
        alike = d > 0 and axis is spec.axes[d - 1] and size == sizes[d - 1]
        readings.append(readings[-1] if alike else tap_reading(spec, d, size))
    return tuple(readings)


def transposed_back(spec: ConvSpec, sizes: Sequence[int], outputs: Sequence[int]) -> ConvSpec:
    """The transposed layer that makes `sizes` of the `outputs` of a convolution."""
    axes = tuple(
        axis.returning(size, output)
        for axis, size, output in zip(spec.axes, sizes, outputs, strict=True)
    )
    return ConvSpec(
        spec.out_channels, spec.in_channels, axes, spec.groups, spec.bias, "zeros", transposed=True
    )
