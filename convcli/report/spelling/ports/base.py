"""What every framework's lines are made of: the task, its ways, and the spelling of arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.spec import ConvSpec

Ends = tuple[int, int]


class CannotWrite(Exception):
    """A layer that a framework cannot write: the key of the reason, and its fields."""

    def __init__(self, key: str, **fields: Any) -> None:
        super().__init__(key)
        self.key, self.fields = key, fields


class Way(NamedTuple):
    """A line of code that computes a layer, or nearly.

    `call` is the call in it, as a LAYER, which has no X and no W. `pads` are the cells that the
    code puts around the input before the call, and `keeps` the outputs that it takes behind it, as
    (start, step) of each axis. The border is the layer's own, where `call` has none. `within` is
    another call in the code, which must not be refused either. `layers` are those of a model, one
    after another.
    """

    code: str
    call: str
    pads: tuple[Ends, ...] = ()
    keeps: tuple[Ends, ...] = ()
    within: str = ""
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """The layer to write, for an input (batch, in_channels, *sizes).

    `is_last` where the source has its channels last, `is_same` where it calls its padding same.
    """

    spec: ConvSpec
    sizes: tuple[int, ...]
    batch: int = 1
    is_last: bool = False
    is_same: bool = False

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return self.spec.rank

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the layer."""
        return self.spec.axes

    @cached_property
    def outs(self) -> tuple[int, ...]:
        """The sizes of the output."""
        return self.spec.output_sizes(self.sizes)

    @property
    def kernel(self) -> tuple[int, ...]:
        """The taps of each axis."""
        return tuple(axis.kernel_size for axis in self.axes)

    @property
    def stride(self) -> tuple[int, ...]:
        """The stride of each axis."""
        return tuple(axis.stride for axis in self.axes)

    @property
    def dilation(self) -> tuple[int, ...]:
        """The dilation of each axis."""
        return tuple(axis.dilation for axis in self.axes)

    @property
    def pads(self) -> tuple[Ends, ...]:
        """The padding of each axis; of a transposed layer its crop."""
        return tuple((axis.pad.before, axis.pad.after) for axis in self.axes)

    @property
    def kept(self) -> tuple[int, ...]:
        """The output_padding of each axis."""
        return tuple(axis.output_padding for axis in self.axes)

    @property
    def ends(self) -> tuple[Ends, ...]:
        """The padding, or the crop less what output_padding keeps."""
        return tuple(
            (before, after - kept)
            for (before, after), kept in zip(self.pads, self.kept, strict=True)
        )

    @property
    def has_border(self) -> bool:
        """Whether cells other than zeros stand around the input."""
        return self.spec.padding_mode != "zeros" and any(map(any, self.pads))

    @property
    def is_depthwise(self) -> bool:
        """Whether each channel has kernels of its own."""
        return 1 < self.spec.groups == self.spec.in_channels

    @cached_property
    def even_pads(self) -> tuple[int, ...] | None:
        """One number for both sides of each axis that gives the same size; None without one."""
        if self.spec.transposed:
            return None
        pads = []
        for axis, size, out in zip(self.axes, self.sizes, self.outs, strict=True):
            total = sum(axis.pad)
            fitting = (
                pad
                for pad in (-(-total // 2), total // 2)
                if axis.windows_on(size + 2 * pad) == out
            )
            pad = next(fitting, None)
            if pad is None:
                return None
            pads.append(pad)
        return tuple(pads)

    @cached_property
    def even_crops(self) -> tuple[tuple[int, int], ...] | None:
        """One crop for both sides, and the output_padding that keeps the size; None without."""
        found = []
        for axis in self.axes:
            before, after = axis.pad
            both = max(before, -(-(before + after - axis.output_padding) // 2))
            kept = 2 * both - before - after + axis.output_padding
            if not 0 <= kept < axis.stride:
                return None
            found.append((both, kept))
        return tuple(found)


Ways = Callable[[Task], Iterator[Way]]


def call(name: str, *parts: str) -> str:
    """`name(part, part)`, without the empty parts."""
    return f"{name}({', '.join(part for part in parts if part)})"


def one(values: Sequence[int]) -> str:
    """`3` where all are alike, else `(3, 5)`."""
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))


def many(values: Sequence[int]) -> str:
    """`(3, 3)`, and `(3,)` of one axis."""
    return str(tuple(values))


def listed(values: Sequence[int]) -> str:
    """`[3, 3]`."""
    return str(list(values))


def option(
    name: str, values: Sequence[int], default: int, spell: Callable[[Sequence[int]], str] = one
) -> str:
    """`name=2`, or nothing where every value is the default."""
    return "" if set(values) <= {default} else f"{name}={spell(values)}"


def flag(name: str, value: bool, default: bool) -> str:
    """`name=False`, or nothing where the value is the default."""
    return "" if value == default else f"{name}={value}"


def number(name: str, value: int, default: int = 1) -> str:
    """`name=2`, or nothing where the value is the default."""
    return "" if value == default else f"{name}={value}"


def word(name: str, value: str) -> str:
    """`name="value"`."""
    return f'{name}="{value}"'


def around(pads: Sequence[Ends], first: int, last: int) -> list[list[int]]:
    """Pairs of all axes: `first` of zeros, those of the spatial axes, and `last` of zeros."""
    return [[0, 0]] * first + [list(ends) for ends in pads] + [[0, 0]] * last


def steps(strides: Sequence[int], *, starts: Sequence[int] | None = None) -> str:
    """`[::2, ::2]`, or nothing where every step is 1 and starts at 0."""
    begins = starts or [0] * len(strides)
    if not any(begins) and set(strides) == {1}:
        return ""
    texts = (
        f"{begin or ''}::{step}" if step > 1 else f"{begin or ''}:"
        for begin, step in zip(begins, strides, strict=True)
    )
    return f"[{', '.join(texts)}]"


def numpy_pad(pads: Sequence[Ends], mode: str, *, module: str = "numpy", beside: int = 0) -> str:
    """`numpy.pad(x, [(0, 1), (0, 1)])`; `beside` pairs of zeros stand in front."""
    pairs = [(0, 0)] * beside + [tuple(ends) for ends in pads]
    return call(f"{module}.pad", "x", str(pairs), "" if mode == "constant" else f'mode="{mode}"')
