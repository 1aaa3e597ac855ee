"""The fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class Linear(Layer):
    """A product with a matrix (out_features, in_features) along the last axis.

    (*axes, in_features) -> (*axes, out_features)
    """

    in_features: int
    out_features: int
    bias: bool = True

    @property
    def parameters(self) -> int:
        """out_features * in_features, and out_features more with a bias."""
        return self.in_features * self.out_features + (self.out_features if self.bias else 0)

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        if shape[-1] != self.in_features:
            rule = f"must be the last size of the input {shape}"
            flat = prod(shape[1:])
            hint = f"Write in_features={shape[-1]}."
            if flat != shape[-1]:
                hint = (
                    f"A Flatten before it would make {shape[0]}x{flat}. Then in_features is "
                    f"{flat}, without it {shape[-1]}."
                )
            raise ConvError(
                "in_features.fits", rule, parameter="in_features", got=self.in_features, hint=hint
            )
        return Shape((*shape[:-1], self.out_features))

    def readings(self, *inputs: Shape) -> Readings | None:
        return None

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """prod(axes) * in_features * out_features: each input number meets every output."""
        return prod(inputs[0]) * self.out_features

    def bias_additions(self, output: Shape) -> int:
        return prod(output) if self.bias else 0

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """torchinfo counts each parameter once a sample, however many rows a sample has."""
        rows = self.macs(output, *inputs) + self.bias_additions(output)
        return ToolCounts(torchinfo=output[0] * self.parameters - rows)

    def mirrored(self, output: Shape, *inputs: Shape) -> Linear:
        return Linear(self.out_features, self.in_features, self.bias)

    def expression(self) -> str:
        bias = "" if self.bias else ", bias=False"
        return f"Linear({self.in_features}, {self.out_features}{bias})"
