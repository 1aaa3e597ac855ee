"""Normalisation layers."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import identity, whole
from convcli.engine.network.layers.base import (
    Layer,
    Readings,
    ToolCounts,
    check_channels,
    check_rank,
)
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class Normalisation(Layer):
    """BatchNorm, GroupNorm and InstanceNorm on `channels` channels, None for any number.

    With `mixes_cells` every output reads all cells of all axes, as GroupNorm and InstanceNorm do.
    """

    channels: int | None
    affine: bool = True
    bias: bool = True
    mixes_cells: bool = False
    rank: int | None = None
    follows: ClassVar[bool] = True

    @property
    def parameters(self) -> int:
        return (self.channels or 0) * (1 + self.bias) if self.affine else 0

    def output_shape(self, *inputs: Shape) -> Shape:
        if self.rank is not None:
            check_rank(inputs[0], self.rank)
        if self.channels is not None:
            of_groups = self.mixes_cells and self.rank is None
            name = "num_channels" if of_groups else "num_features"
            check_channels(self.channels, inputs[0], name)
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings:
        return tuple(map(whole if self.mixes_cells else identity, inputs[0][2:]))

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """fvcore counts 1 or 4 operations a cell, thop 2, ptflops 1, and more with affine.

        torchinfo counts one a parameter and sample. thop does not know GroupNorm.
        """
        cells, more = prod(output), int(self.affine)
        of_groups = self.mixes_cells and self.rank is None
        return ToolCounts(
            ((4 if self.mixes_cells else 1) + more) * cells,
            0 if of_groups else (2 + 2 * more) * cells,
            output[0] * self.parameters,
            (1 + more) * cells,
        )


@dataclass(frozen=True, slots=True)
class LayerNorm(Layer):
    """LayerNorm over the last axes, of sizes `normalized_shape`; RMSNorm is not `centred`."""

    normalized_shape: tuple[int, ...]
    affine: bool = True
    bias: bool = True
    centred: bool = True
    follows: ClassVar[bool] = True

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
                hint=f"Write normalized_shape={list(inputs[0][-count:])}.",
            )
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings:
        kept = len(inputs[0]) - len(self.normalized_shape)
        return tuple(
            identity(size) if d + 2 < kept else whole(size) for d, size in enumerate(inputs[0][2:])
        )

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """As those of Normalisation; only torchinfo counts RMSNorm."""
        cells, more = prod(output), int(self.affine)
        torchinfo = output[0] * self.parameters
        if not self.centred:
            return ToolCounts(torchinfo=torchinfo)
        return ToolCounts((4 + more) * cells, (2 + 2 * more) * cells, torchinfo, cells)
