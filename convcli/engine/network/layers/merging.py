"""Layers where branches of a network meet, and layers that are called again."""

from __future__ import annotations

from dataclasses import dataclass

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import identity
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts, checked_dim
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class Elementwise(Layer):
    """A sum, a product or the like of several inputs, whose shapes are equal or broadcast.

    `constant` is the shape of a learnt input, such as a bias that is added, or None.
    """

    constant: Shape | None = None
    learnt: int = 0

    @property
    def parameters(self) -> int:
        return self.learnt

    def output_shape(self, *inputs: Shape) -> Shape:
        shapes = inputs if self.constant is None else (*inputs, self.constant)
        length = max(map(len, shapes))
        padded = [(1,) * (length - len(shape)) + tuple(shape) for shape in shapes]
        for sizes in zip(*padded, strict=True):
            if len(set(sizes) - {1}) > 1:
                names = " and ".join(map(str, shapes))
                rule = f"the shapes of the branches must be equal or broadcast, not {names}"
                raise ConvError("branches.shape", rule)
        return Shape(map(max, zip(*padded, strict=True)))

    def readings(self, *inputs: Shape) -> Readings | None:
        output = self.output_shape(*inputs)
        return tuple(map(identity, output[2:])) if set(inputs) == {output} else None

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        return ToolCounts()


@dataclass(frozen=True, slots=True)
class Concat(Layer):
    """Several inputs one after another on axis `dim`, by default on the channels."""

    dim: int = 1

    def output_shape(self, *inputs: Shape) -> Shape:
        dim = checked_dim(self.dim, len(inputs[0]), "dim")
        if len({(*shape[:dim], *shape[dim + 1 :]) for shape in inputs}) != 1:
            shapes = " and ".join(map(str, inputs))
            rule = f"the shapes of the branches must be equal except on axis {dim}, not {shapes}"
            raise ConvError("branches.shape", rule)
        shape = inputs[0]
        return Shape((*shape[:dim], sum(other[dim] for other in inputs), *shape[dim + 1 :]))

    def readings(self, *inputs: Shape) -> Readings | None:
        if self.dim % len(inputs[0]) != 1:
            return None
        return tuple(map(identity, inputs[0][2:]))

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        return ToolCounts()


@dataclass(frozen=True, slots=True)
class Again(Layer):
    """A second call of a layer: its weights are counted at the first."""

    layer: Layer

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.layer.output_shape(*inputs)

    def readings(self, *inputs: Shape) -> Readings | None:
        return self.layer.readings(*inputs)

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return self.layer.macs(output, *inputs)

    def bias_additions(self, output: Shape) -> int:
        return self.layer.bias_additions(output)
