"""Convolutions as layers of a network."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convcli.engine.geometry.cost import mac_factors
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import Reading, tap_reading
from convcli.engine.network.layers.base import Layer, Readings, check_rank


@dataclass(frozen=True, slots=True)
class Convolution(Layer):
    """One of torch's six convolution layers."""

    spec: ConvSpec

    @property
    def parameters(self) -> int:
        return int(prod(self.spec.weight_shape)) + (self.spec.out_channels if self.spec.bias else 0)

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], self.spec.rank)
        return self.spec.output_shape(inputs[0])

    def readings(self, *inputs: Shape) -> Readings:
        axes, sizes = self.spec.axes, inputs[0][2:]
        found: list[Reading | None] = []
        for d, (axis, size) in enumerate(zip(axes, sizes, strict=True)):
            alike = d > 0 and axis is axes[d - 1] and size == sizes[d - 1]
            found.append(found[-1] if alike else tap_reading(self.spec, d, size))
        return tuple(found)

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return prod(mac_factors(self.spec, inputs[0], output))
