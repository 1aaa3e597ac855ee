"""Layers whose shape and cost a graph says, without an arithmetic of their own."""

from __future__ import annotations

from dataclasses import dataclass

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts


@dataclass(frozen=True, slots=True)
class Computed(Layer):
    """An operation of which output shape, parameters and multiply-adds are known.

    `products` are the multiply-adds with weights, `unweighted` those of activations with each
    other, `additions` those of a bias.
    """

    shape: Shape
    learnt: int = 0
    products: int = 0
    unweighted: int = 0
    additions: int = 0

    @property
    def parameters(self) -> int:
        return self.learnt

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.shape

    def readings(self, *inputs: Shape) -> Readings | None:
        return None

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return self.products

    def macs_without_weights(self, output: Shape, *inputs: Shape) -> int:
        return self.unweighted

    def bias_additions(self, output: Shape) -> int:
        return self.additions


@dataclass(frozen=True, slots=True)
class Counted(Layer):
    """A layer whose parameters are `learnt`: others of its weights are counted at another layer."""

    layer: Layer
    learnt: int = 0

    @property
    def parameters(self) -> int:
        return self.learnt

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.layer.output_shape(*inputs)

    def readings(self, *inputs: Shape) -> Readings | None:
        return self.layer.readings(*inputs)

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return self.layer.macs(output, *inputs)

    def macs_without_weights(self, output: Shape, *inputs: Shape) -> int:
        return self.layer.macs_without_weights(output, *inputs)

    def bias_additions(self, output: Shape) -> int:
        return self.layer.bias_additions(output)

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts | None:
        return self.layer.tool_counts(output, *inputs)


@dataclass(frozen=True, slots=True)
class Adapted(Layer):
    """A layer and small ones beside it, whose result is added: base(x) + B(A(x)), as of LoRA."""

    base: Layer
    sides: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        return self.base.parameters + sum(side.parameters for side in self.sides)

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.base.output_shape(*inputs)

    def readings(self, *inputs: Shape) -> Readings | None:
        return self.base.readings(*inputs)

    def macs(self, output: Shape, *inputs: Shape) -> int:
        total, shape = self.base.macs(output, *inputs), inputs[0]
        for side in self.sides:
            result = side.output_shape(shape)
            total += side.macs(result, shape)
            shape = result
        return total

    def bias_additions(self, output: Shape) -> int:
        return self.base.bias_additions(output)
