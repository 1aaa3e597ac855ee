"""Activations and other layers that keep the shape: those that mix no cells, and those that do."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import identity, whole
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts, checked_dim
from convcli.errors import ConvError

_TIMES_IN_PTFLOPS = {"ELU": 2, "GELU": 2, "LeakyReLU": 1, "ReLU": 2, "ReLU6": 1, "SiLU": 1}
_NOT_MEASURED = ("LocalResponseNorm", "CrossMapLRN2d")


@dataclass(frozen=True, slots=True)
class Pointwise(Layer):
    """A function of each cell by itself, such as ReLU, dropout or Identity.

    `module` is its class in torch.nn, "" where that is unknown. `torch` is the layer as a line of
    PyTorch, where its source writes it otherwise.
    """

    module: str = ""
    torch: str | None = None
    follows: ClassVar[bool] = True

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """Only ptflops counts activations: those that it knows, twice where torch calls them twice.

        A ReLU is counted as a module and as the function that the module calls.
        """
        times = _TIMES_IN_PTFLOPS.get(self.module, 0)
        is_known = self.module not in ("", *_NOT_MEASURED)
        return ToolCounts(ptflops=times * prod(output) if is_known else None)

    def expression(self) -> str | None:
        return self.torch


@dataclass(frozen=True, slots=True)
class PReLU(Layer):
    """Negative cells times a learnt slope: one slope for all cells, or one for each channel."""

    slopes: int = 1
    follows: ClassVar[bool] = True

    @property
    def parameters(self) -> int:
        return self.slopes

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """thop counts one operation a cell, ptflops two, torchinfo one a slope and sample."""
        cells = prod(output)
        return ToolCounts(thop=cells, torchinfo=output[0] * self.slopes, ptflops=2 * cells)


@dataclass(frozen=True, slots=True)
class Softmax(Layer):
    """Softmax over axis `dim`, or over it and all axes behind it; an output reads them whole."""

    dim: int = 1
    to_the_last: bool = False
    module: str = ""
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

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts | None:
        """ptflops counts one operation a cell; thop n exponentials, n - 1 sums, n divisions."""
        if self.module in ("LogSoftmax", "Softmin"):
            return ToolCounts()
        if self.module not in ("Softmax", "Softmax2d"):
            return None
        cells, size = prod(output), output[self.dim]
        thop = cells // size * (3 * size - 1) if self.module == "Softmax" and size else 0
        return ToolCounts(thop=thop, ptflops=cells)


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

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        return ToolCounts()
