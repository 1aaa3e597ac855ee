"""Layers that change the shape and compute nothing."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import identity
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts, checked_dim
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class Flatten(Layer):
    """The axes `start_dim` to `end_dim` become one, whose size is their product."""

    start_dim: int = 1
    end_dim: int = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        start, end = (
            checked_dim(dim, len(shape), name)
            for dim, name in ((self.start_dim, "start_dim"), (self.end_dim, "end_dim"))
        )
        if start > end:
            raise ConvError(
                "end_dim.order",
                "must not come before start_dim",
                parameter="end_dim",
                got=self.end_dim,
            )
        return Shape((*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]))

    def readings(self, *inputs: Shape) -> Readings | None:
        kept = self.output_shape(*inputs) == inputs[0]
        return tuple(map(identity, inputs[0][2:])) if kept else None

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        return ToolCounts()

    def mirrored(self, output: Shape, *inputs: Shape) -> Unflatten:
        rank = len(inputs[0])
        start, end = self.start_dim % rank, self.end_dim % rank
        return Unflatten(start, tuple(inputs[0][start : end + 1]))


@dataclass(frozen=True, slots=True)
class Unflatten(Layer):
    """One axis becomes several, whose sizes multiply to its size; -1 stands for what is left."""

    dim: int
    sizes: tuple[int, ...]

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        dim = checked_dim(self.dim, len(shape), "dim")
        known = prod(size for size in self.sizes if size != -1)
        sizes = tuple(shape[dim] // known if size == -1 and known else size for size in self.sizes)
        if self.sizes.count(-1) > 1 or prod(sizes) != shape[dim]:
            rule = f"must multiply to the {shape[dim]} of axis {dim} of {shape}"
            raise ConvError(
                "unflattened_size.fits", rule, parameter="unflattened_size", got=self.sizes
            )
        return Shape((*shape[:dim], *sizes, *shape[dim + 1 :]))

    def readings(self, *inputs: Shape) -> Readings | None:
        return None

    def expression(self) -> str:
        return f"Unflatten({self.dim}, {self.sizes})"


@dataclass(frozen=True, slots=True)
class ShapeOnly(Layer):
    """A layer of which only the output shape and the number of parameters are known."""

    shape: Shape
    learnt: int = 0

    @property
    def parameters(self) -> int:
        return self.learnt

    def output_shape(self, *inputs: Shape) -> Shape:
        return self.shape

    def readings(self, *inputs: Shape) -> Readings | None:
        return None
