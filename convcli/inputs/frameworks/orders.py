"""The layouts of a framework: the axes of X, of the result and of W, as letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.text.layouts import SPATIAL, AxisOrder, Layouts

DEPTHWISE = "M"  # the letter of the outputs of each channel, in HWIM


@dataclass(frozen=True)
class DepthwiseOrder(AxisOrder):
    """A weight (*kernel, I, M) of M outputs a channel; output channel i*M + m reads channel i."""

    channels: int = 1

    def to_torch(self, shape: Sequence[int]) -> tuple[tuple[int, ...], Shape]:
        """The permutation to (I, M, *kernel), and the shape (I*M, 1, *kernel)."""
        if len(shape) != len(self.letters):
            return AxisOrder(self.letters.replace("M", "O"), self.torch, self.name).to_torch(shape)
        order = tuple(self.letters.index(letter) for letter in "I" + DEPTHWISE + self.spatial)
        first, second, *kernel = (shape[axis] for axis in order)
        return order, Shape((first * second, 1, *kernel))

    def from_torch(self, shape: Sequence[int]) -> tuple[Shape, tuple[int, ...]]:
        """The shape (I, M, *kernel), and the permutation that brings it into the order."""
        if len(shape) != len(self.letters):
            return AxisOrder(self.letters.replace("M", "O"), self.torch, self.name).from_torch(
                shape
            )
        kernel = shape[2:]
        inside = self.channels if prod(shape) else 1
        kept = "I" + DEPTHWISE + self.spatial
        order = tuple(kept.index(letter) for letter in self.letters)
        return Shape((inside, shape[0] // inside, *kernel)), order


@dataclass(frozen=True)
class Orders:
    """The axes of X, of the result and of W: letters, with * for those of the spatial axes.

    `output` is None where it is that of X. `weight` is None where the layer has none. With `flips`
    the kernel is read backwards, against torch.

    >>> Orders("N*C", "*IO").layouts(2).weight.letters
    'HWIO'
    """

    input: str
    weight: str | None = None
    output: str | None = None
    flips: bool = False

    @property
    def beside(self) -> int:
        """How many axes X has beside the spatial ones."""
        return sum(letter in "NC" for letter in self.input)

    def spatial(self, rank: int) -> str:
        """The letters of the spatial axes. Raises ConvError unless there are 1 to 3."""
        if "*" in self.input:
            if rank not in SPATIAL:
                rule = "a layer of a framework has 1, 2 or 3 spatial axes"
                raise ConvError("framework.rank", rule, parameter="LAYER", got=rank)
            return SPATIAL[rank][0]
        return "".join(letter for letter in self.input if letter not in "NC")

    def layouts(self, rank: int, *, transposed: bool = False, channels: int = 1) -> Layouts:
        """The orders of the axes for layers of `rank` spatial axes and an input of `channels`."""
        spatial = self.spatial(rank)

        def letters(template: str) -> str:
            return template.replace("*", spatial)

        x = AxisOrder(letters(self.input), "NC" + spatial, "X")
        output = None if self.output is None else replace(x, letters=letters(self.output))
        if self.weight is None:
            return Layouts(x, None, output, is_frameworks=True)
        torch = ("IO" if transposed else "OI") + spatial
        weight = AxisOrder(letters(self.weight), torch, "W", self.flips)
        if DEPTHWISE in weight.letters.replace(spatial, ""):
            weight = DepthwiseOrder(weight.letters, torch, "W", self.flips, channels)
        return Layouts(x, weight, output, is_frameworks=True)

    def weight_letters(self, rank: int) -> str | None:
        """The letters of W."""
        return None if self.weight is None else self.weight.replace("*", self.spatial(rank))
