"""Activations that learn, mix cells or change the shape; all others are a plain `Layer`."""

from __future__ import annotations

from dataclasses import dataclass

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import identity, whole
from convcli.engine.network.layers.base import Layer, Readings, checked_dim
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class PReLU(Layer):
    """Negative cells times a learnt slope, one or one a channel."""

    slopes: int = 1

    @property
    def parameters(self) -> int:
        return self.slopes


@dataclass(frozen=True, slots=True)
class Softmax(Layer):
    """Softmax over axis `dim`, whose cells it mixes."""

    dim: int = 1

    def output_shape(self, *inputs: Shape) -> Shape:
        checked_dim(self.dim, len(inputs[0]), "dim")
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings:
        dim = self.dim % len(inputs[0])
        return tuple(
            whole(size) if d + 2 == dim else identity(size) for d, size in enumerate(inputs[0][2:])
        )


@dataclass(frozen=True, slots=True)
class GLU(Layer):
    """Half of axis `dim`, gated by the other half."""

    dim: int = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        dim = checked_dim(self.dim, len(shape), "dim")
        if shape[dim] % 2:
            raise ConvError(
                "dim.half",
                f"must be an axis of even size, and axis {dim} of {shape} is not",
                parameter="dim",
            )
        return Shape((*shape[:dim], shape[dim] // 2, *shape[dim + 1 :]))

    def readings(self, *inputs: Shape) -> Readings | None:
        return tuple(map(identity, inputs[0][2:])) if self.dim % len(inputs[0]) == 1 else None
