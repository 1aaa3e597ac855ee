"""A layer of another framework as its call says, before its input is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from convcli.engine.geometry.axis import Axis
from convcli.errors import ConvError
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import Ends, Padding, valid
from convcli.inputs.text.layouts import SPATIAL

Circle = Callable[[Sequence[Axis], Sequence[int]], tuple[Sequence[Ends], Sequence[Ends]]]
Fill = Callable[[Any, Sequence[Ends]], Any]
Remark = tuple[str, Mapping[str, Any]]
Empties = Literal["any", "zero"]
Stores = Literal["wraps", "saturates"]
Kind = Literal["convolution", "pool", "pad"]
PoolKind = Literal["max", "avg"]
KINDS: tuple[PoolKind, ...] = ("max", "avg")
Rounding = Literal["floor", "ceil", "ceil_any", "ceil_padded", "truncate"]


@dataclass(frozen=True)
class ForeignLayer:
    """One layer of another framework.

    `call` is its name as written; `arguments` are those that torch has too, by torch's names:
    out_channels, in_channels, kernel_size, stride, dilation, groups, bias, padding_mode. What is
    missing there is read off W or X, or off layer options. `padding` is a function of the axes and
    the sizes. `rank` is None where X decides. `multiplier` is that of a depthwise layer: outputs
    a channel; 0 where W decides. With `groups_by_weight` the channels of W say how many groups
    there are. A kernel of one axis lies `along` it. Padding without limits (`has_limits`) copies
    cells again and again; `fill` is padding that copies none, a function of an array and its pads.
    `circle` is the padding of a transposed layer whose input is a circle: a function to what is
    copied around the input, and what is cropped. With `stores` the result has the type of an input
    of integers, and what does not fit wraps or saturates. `activation` is what the framework does
    to the result; it is not computed.
    Where no window fits, some return a result without cells (`empties`): of any size that is too
    small, or where the formula makes 0.
    `remarks` say what people take for something else: keys of texts, and their fields.
    """

    framework: str
    call: str
    orders: Orders
    rank: int | None = None
    kind: Kind = "convolution"
    transposed: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
    padding: Padding = valid
    multiplier: int | None = None
    groups_by_weight: bool = False
    along: int | None = None
    has_limits: bool = True
    fill: Fill | None = None
    circle: Circle | None = None
    stores: Stores | None = None
    pool: PoolRule | None = None
    empties: Empties | None = None
    activation: str | None = None
    remarks: tuple[Remark, ...] = ()
    then: ForeignLayer | None = None
    """The second layer of an operator that is two: a separable convolution."""

    def takes_empty(self, outputs: int) -> bool:
        """Whether so many outputs, fewer than 1, are a result without cells."""
        return self.empties == "any" or (self.empties == "zero" and outputs == 0)

    @property
    def beside(self) -> int:
        """How many axes X has beside the spatial ones."""
        return self.orders.beside

    def rank_for(self, axes: int, weight_axes: int | None = None) -> int:
        """The number of spatial axes, of the layer or else of X or W."""
        if self.rank is not None:
            return self.rank
        kernel = self.arguments.get("kernel_size")
        if isinstance(kernel, tuple) and len(kernel) > 1:
            return len(kernel)
        beside = len((self.orders.weight or "OI").replace("*", ""))
        if (
            weight_axes is not None
            and weight_axes > beside
            and self.beside
            and "*" in (self.orders.weight or "*")
        ):
            return weight_axes - beside
        rank = max(axes - self.beside, 1)
        if rank not in SPATIAL:
            rule = f"has {rank} spatial axes for {{call}}: convcli takes 1, 2 or 3"
            raise ConvError("input.rank", rule, parameter="SHAPE", fields={"call": self.call})
        return rank


@dataclass(frozen=True)
class PoolRule:
    """How a framework pools: max or avg, how it rounds its size, and what an average divides by.

    `rounding`: floor, ceil as torch, ceil_any without torch's rule that a window starts inside,
    ceil_padded with that rule where there is padding, truncate as C++ divides, towards zero. Where
    it `needs_window`, a window larger than the padded input is refused. A maximum of no cells is 0
    where `empty_is_zero`, else the lowest number.
    """

    kind: PoolKind
    rounding: Rounding = "floor"
    counts_padding: bool = False
    needs_window: bool = False
    empty_is_zero: bool = False

    def outputs(self, axis: Axis, size: int) -> int:
        """The windows on `size` cells; below 1 where none fits.

        >>> PoolRule("max", "truncate").outputs(Axis(2, stride=2), 1)
        1
        """
        free = size + sum(axis.pad) - axis.extent
        if free < 0 and self.needs_window:
            return 0
        if self.rounding == "truncate":
            return int(free / axis.stride) + 1
        if self.rounding == "floor":
            return free // axis.stride + 1
        outputs = -(-free // axis.stride) + 1
        starts_behind = (outputs - 1) * axis.stride >= size + axis.pad.before
        obeys = self.rounding == "ceil" or (self.rounding == "ceil_padded" and any(axis.pad))
        return outputs - (obeys and starts_behind)


def splits(ends: Sequence[Ends]) -> tuple[tuple[Ends, ...], tuple[Ends, ...]]:
    """Padding as its positive and its negative part, both as numbers of at least 0.

    >>> splits([(2, -1)])
    (((2, 0),), ((0, 1),))
    """
    more = tuple((max(before, 0), max(after, 0)) for before, after in ends)
    less = tuple((max(-before, 0), max(-after, 0)) for before, after in ends)
    return more, less
