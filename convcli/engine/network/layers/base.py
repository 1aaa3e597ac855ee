"""The layers of a network beside convolutions: shapes, parameters, multiply-adds and what each output reads.

A layer works on shapes (N, C, *sizes), or (N, features) behind a Flatten. `readings` are one `Reading` a spatial axis,
None for an axis, or for all of them, where outputs do not lie on the axes of the input.
"""

from __future__ import annotations

from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.tap_patterns import Reading, identity
from convcli.errors import ConvError

Readings = tuple[Reading | None, ...]


class Layer:
    """What a network is made of: by itself one that keeps the shape, mixes no cells, learns and multiplies nothing."""

    __slots__ = ()

    @property
    def parameters(self) -> int:
        """How many numbers are learnt."""
        return 0

    def output_shape(self, *inputs: Shape) -> Shape:
        """The shape that comes out; raises ConvError where the layer does not fit on the inputs."""
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings | None:
        """What the outputs of each spatial axis read, of every input alike."""
        return tuple(map(identity, inputs[0][2:]))

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """The multiply-adds of products with weights; adding a bias is none, nor is any other arithmetic."""
        return 0


def check_rank(shape: Shape, rank: int) -> None:
    """Raises ConvError unless the shape is (N, C, *sizes) with `rank` sizes."""
    if len(shape) != rank + 2:
        rule = f"needs an input (N, C, {', '.join(axis_names(rank))}), and gets {shape}"
        raise ConvError("input.rank", rule)


def checked_dim(dim: int, length: int, parameter: str) -> int:
    """The axis that `dim` names, counted from 0; raises ConvError where there is none."""
    if not -length <= dim < length:
        raise ConvError(
            f"{parameter}.range", f"must be {-length}..{length - 1}", parameter=parameter, got=dim
        )
    return dim % length


def expect_channels(name: str, wanted: int, found: int, shape: Shape) -> None:
    if wanted != found:
        rule = f"is {wanted}, and the input {shape} has {found} channels"
        raise ConvError(f"{name}.fits", rule, parameter=name)
