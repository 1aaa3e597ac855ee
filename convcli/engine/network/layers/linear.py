"""The fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer, Readings
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class Linear(Layer):
    """A product with a matrix (out_features, in_features) along the last axis."""

    in_features: int
    out_features: int
    bias: bool = True

    @property
    def parameters(self) -> int:
        return self.in_features * self.out_features + (self.out_features if self.bias else 0)

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        if shape[-1] != self.in_features:
            rule = f"must be the last size of the input {shape}"
            flat = prod(shape[1:])
            hint = (
                None if flat == shape[-1] else f"A Flatten before it would make {shape[0]}x{flat}."
            )
            raise ConvError(
                "in_features.fits", rule, parameter="in_features", got=self.in_features, hint=hint
            )
        return Shape((*shape[:-1], self.out_features))

    def readings(self, *inputs: Shape) -> Readings | None:
        return None

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return prod(inputs[0]) * self.out_features
