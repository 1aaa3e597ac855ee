"""Layers where branches of a network meet, or part."""

from __future__ import annotations

from dataclasses import dataclass

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import identity
from convcli.engine.network.layers.base import Layer, Readings, checked_dim
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class Elementwise(Layer):
    """A sum, a product or the like of several inputs of one shape, or of shapes that broadcast, as where branches meet."""

    def output_shape(self, *inputs: Shape) -> Shape:
        length = max(map(len, inputs))
        padded = [(1,) * (length - len(shape)) + tuple(shape) for shape in inputs]
        for sizes in zip(*padded, strict=True):
            if len(set(sizes) - {1}) > 1:
                rule = f"the shapes of the branches do not fit: {' and '.join(map(str, inputs))}"
                raise ConvError("branches.shape", rule)
        return Shape(map(max, zip(*padded, strict=True)))

    def readings(self, *inputs: Shape) -> Readings | None:
        return (
            tuple(map(identity, self.output_shape(*inputs)[2:])) if len(set(inputs)) == 1 else None
        )


@dataclass(frozen=True, slots=True)
class Concat(Layer):
    """Several inputs one after another on axis `dim`, the channels where nothing is said."""

    dim: int = 1

    def output_shape(self, *inputs: Shape) -> Shape:
        dim = checked_dim(self.dim, len(inputs[0]), "dim")
        if len({(*shape[:dim], *shape[dim + 1 :]) for shape in inputs}) != 1:
            rule = f"the shapes of the branches differ beside axis {dim}: {' and '.join(map(str, inputs))}"
            raise ConvError("branches.shape", rule)
        shape = inputs[0]
        return Shape((*shape[:dim], sum(one[dim] for one in inputs), *shape[dim + 1 :]))

    def readings(self, *inputs: Shape) -> Readings | None:
        if self.dim % len(inputs[0]) != 1:
            return None
        return tuple(map(identity, inputs[0][2:]))


@dataclass(frozen=True, slots=True)
class Again(Layer):
    """A layer that stands in the network before, with the same weights: they are learnt once."""

    layer: Layer

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.layer.output_shape(*inputs)

    def readings(self, *inputs: Shape) -> Readings | None:
        return self.layer.readings(*inputs)

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return self.layer.macs(output, *inputs)
