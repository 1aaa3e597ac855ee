"""Normalisation layers."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import identity, whole
from convcli.engine.network.layers.base import Layer, Readings, check_rank, expect_channels
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class Normalisation(Layer):
    """BatchNorm, GroupNorm, InstanceNorm: `channels` of them; over the cells of all axes where `mixes_cells`."""

    channels: int | None
    affine: bool = True
    bias: bool = True
    mixes_cells: bool = False
    rank: int | None = None

    @property
    def parameters(self) -> int:
        return (self.channels or 0) * (1 + self.bias) if self.affine else 0

    def output_shape(self, *inputs: Shape) -> Shape:
        if self.rank is not None:
            check_rank(inputs[0], self.rank)
        if self.channels is not None:
            expect_channels("num_features", self.channels, inputs[0][1], inputs[0])
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings:
        return tuple(map(whole if self.mixes_cells else identity, inputs[0][2:]))


@dataclass(frozen=True, slots=True)
class LayerNorm(Layer):
    """LayerNorm over the last axes, whose sizes are `normalized_shape`."""

    normalized_shape: tuple[int, ...]
    affine: bool = True
    bias: bool = True

    @property
    def parameters(self) -> int:
        return prod(self.normalized_shape) * (1 + self.bias) if self.affine else 0

    def output_shape(self, *inputs: Shape) -> Shape:
        count = len(self.normalized_shape)
        if tuple(inputs[0][-count:]) != self.normalized_shape:
            rule = f"must be the last axes of the input {inputs[0]}"
            raise ConvError(
                "normalized_shape.fits",
                rule,
                parameter="normalized_shape",
                got=Shape(self.normalized_shape),
            )
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings:
        kept = len(inputs[0]) - len(self.normalized_shape)
        return tuple(
            identity(size) if d + 2 < kept else whole(size) for d, size in enumerate(inputs[0][2:])
        )
