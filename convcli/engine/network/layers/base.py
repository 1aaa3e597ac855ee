"""What every layer of a network answers: output shape, parameters, multiply-adds, cells read.

A layer works on shapes (N, C, *sizes), or (N, features) behind a Flatten. Its `readings` hold one
`Reading` for each spatial axis. None stands for an axis, or for all axes, where outputs do not lie
on the axes of the input.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.tap_patterns import Reading, identity
from convcli.errors import ConvError

Readings = tuple[Reading | None, ...]


class ToolCounts(NamedTuple):
    """What tools count for a layer beside its multiply-adds with weights; None where unknown.

    torchinfo and ptflops count biases too, which are no part of these numbers.
    """

    fvcore: int | None = 0
    thop: int | None = 0
    torchinfo: int | None = 0
    ptflops: int | None = 0


class Layer:
    """The base of all layers: it keeps the shape, mixes no cells, and has no weights.

    A new kind of layer overrides what differs, and gets a row in `inputs/networks/kinds.py`.
    """

    __slots__ = ()

    follows: ClassVar[bool] = False
    """Whether the layer belongs to the one before it, as activations do; decoders keep it there."""

    @property
    def parameters(self) -> int:
        """How many numbers are learnt."""
        return 0

    def output_shape(self, *inputs: Shape) -> Shape:
        """The shape of the output.

        Raises ConvError where the layer does not fit on the inputs.
        """
        return inputs[0]

    def readings(self, *inputs: Shape) -> Readings | None:
        """What the outputs of each spatial axis read, the same of every input."""
        return tuple(map(identity, inputs[0][2:]))

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """The multiply-adds with weights, without additions of a bias and all other arithmetic."""
        return 0

    def macs_without_weights(self, output: Shape, *inputs: Shape) -> int:
        """The multiply-adds of activations with each other, as in attention."""
        return 0

    def bias_additions(self, output: Shape) -> int:
        """The additions of a bias: one for each number of the output, 0 without a bias."""
        return 0

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts | None:
        """What other tools count beside `macs`; None where their rules were not measured."""
        return None

    def mirrored(self, output: Shape, *inputs: Shape) -> Layer | None:
        """A decoder's layer from `output` to the first input's shape; None where there is none."""
        return None

    def expression(self) -> str | None:
        """The layer as a line of PyTorch, without `nn.`; None where only its source is known."""
        return None


def check_rank(shape: Shape, rank: int) -> None:
    """Raises ConvError unless the shape is (N, C, *sizes) with `rank` sizes."""
    if len(shape) != rank + 2:
        rule = f"needs an input (N, C, {', '.join(axis_names(rank))})"
        raise ConvError("input.rank", rule, got=shape)


def check_cells(shape: Shape, first: int = 1) -> None:
    """Raises ConvError where an axis from `first` on is empty; the batch may be."""
    if 0 in shape[first:]:
        rule = f"every {'axis but N' if first == 1 else 'spatial size'} must be at least 1"
        raise ConvError("input.empty", rule, got=shape)


def checked_dim(dim: int, length: int, parameter: str) -> int:
    """The axis that `dim` names, counted from 0.

    Raises ConvError unless -length <= dim < length.

    >>> checked_dim(-1, 4, "dim")
    3
    """
    if not -length <= dim < length:
        raise ConvError(
            f"{parameter}.range", f"must be {-length}..{length - 1}", parameter=parameter, got=dim
        )
    return dim % length


def require_channels(shape: Shape) -> None:
    """Raises ConvError for a shape without an axis of channels, (N, C, ...)."""
    if len(shape) < 2:
        raise ConvError("input.rank", "needs an input (N, C, ...)", got=shape)


def check_channels(channels: int, shape: Shape, parameter: str = "num_features") -> None:
    """Raises ConvError unless the shape (N, C, *sizes) has `channels`, the value of `parameter`."""
    require_channels(shape)
    if channels != shape[1]:
        rule = f"must be {shape[1]}, the number of channels of the input {shape}"
        hint = f"Write {parameter}={shape[1]}."
        raise ConvError("num_features.fits", rule, parameter=parameter, got=channels, hint=hint)
