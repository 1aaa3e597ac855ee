"""Activations and other layers that keep the shape: those that mix no cells, and those that do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import identity, whole
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts, checked_dim
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class Pointwise(Layer):
    """A function of each cell by itself, such as ReLU, dropout or Identity."""

    follows: ClassVar[bool] = True

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """No tool counts activations."""
        return ToolCounts()


@dataclass(frozen=True, slots=True)
class PReLU(Layer):
    """Negative cells times a learnt slope: one slope for all cells, or one for each channel."""

    slopes: int = 1
    follows: ClassVar[bool] = True

    @property
    def parameters(self) -> int:
        return self.slopes


@dataclass(frozen=True, slots=True)
class Softmax(Layer):
    """Softmax over axis `dim`, or over it and all axes behind it; an output reads them whole."""

    dim: int = 1
    to_the_last: bool = False
    follows: ClassVar[bool] = True

    def output_shape(self, *inputs: Shape) -> Shape:
        checked_dim(self.dim, len(inputs[0]), "dim")
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings:
        first = self.dim % len(inputs[0])
        mixed = range(first, len(inputs[0]) if self.to_the_last else first + 1)
        return tuple(
            whole(size) if axis in mixed else identity(size)
            for axis, size in enumerate(inputs[0][2:], start=2)
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
                f"must be an axis of even size, and axis {dim} of {shape} is odd",
                parameter="dim",
                got=self.dim,
            )
        return Shape((*shape[:dim], shape[dim] // 2, *shape[dim + 1 :]))

    def readings(self, *inputs: Shape) -> Readings | None:
        return tuple(map(identity, inputs[0][2:])) if self.dim % len(inputs[0]) == 1 else None
