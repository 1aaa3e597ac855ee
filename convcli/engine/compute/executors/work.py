"""What every executor works on: a layer's arrays, its output, and the parts into which the work falls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple, Protocol

import numpy as np

from convcli.engine.compute.operands import Array
from convcli.engine.compute.tiles import Tile, read_cells, tile_shape
from convcli.engine.geometry.spec import ConvSpec

SCRATCH = (
    16 * 2**20
)  # bytes of one thread's columns, and the most that all threads share is three times that


class Part(NamedTuple):
    """Outputs that are computed at one go: some images, some groups, a tile."""

    images: slice
    groups: slice
    tile: Tile

    def shape(self, channels: int) -> tuple[int, ...]:
        """(images, groups, channels, *tile)"""
        counts = (self.images.stop - self.images.start, self.groups.stop - self.groups.start)
        return (*counts, channels, *tile_shape(self.tile))


class Scratch:
    """Memory of one thread that is used again: the largest array asked for under each name."""

    def __init__(self) -> None:
        self._held: dict[str, Array] = {}

    def take(self, name: str, shape: Sequence[int], dtype: np.dtype[Any]) -> Array:
        """An array of this shape, with whatever was in it."""
        count = prod(shape)
        held = self._held.get(name)
        if held is None or held.size < count or held.dtype != dtype:
            self._held[name] = held = np.empty(count, dtype)
        return held[:count].reshape(shape)


@dataclass(frozen=True)
class Job:
    """A layer, its arrays by group, and the array that takes the result.

    input (N, groups, C_in/groups, *sizes), weight (groups, C_out/groups, C_in/groups, *k) of the number type in which
    it is computed, bias (groups, C_out/groups) or None, output (N, groups, C_out/groups, *out).
    """

    spec: ConvSpec
    input: Array
    weight: Array
    bias: Array | None
    output: Array
    threads: int = 1
    budget: int = SCRATCH  # bytes that a part may take for its columns

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.weight.dtype

    @property
    def out_sizes(self) -> tuple[int, ...]:
        return self.output.shape[3:]

    @property
    def region(self) -> list[slice]:
        """All outputs."""
        return [slice(0, size) for size in self.out_sizes]

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.input.shape[3:]

    @property
    def multiply_adds(self) -> int:
        read = self.input.shape[3:] if self.spec.transposed else self.out_sizes
        return len(self.input) * prod(self.weight.shape) * prod(read)

    def padded(self, part: Part, scratch: Scratch) -> Array:
        """(images, groups, C_in/groups, *cells and padding) of a part, in the job's number type.

        A view where nothing is to be padded or converted.
        """
        pads = [axis.pad for axis in part.tile]
        if not any(map(any, pads)):
            return self.unpadded(part, scratch)
        block = read_cells(self.input[part.images, part.groups], part.tile)
        full = scratch.take(
            "padded",
            (
                *block.shape[:3],
                *(n + sum(pad) for n, pad in zip(block.shape[3:], pads, strict=True)),
            ),
            self.dtype,
        )
        inner: tuple[Any, ...] = (...,)
        for d, (pad, size) in enumerate(zip(pads, full.shape[3:], strict=True)):
            rest = (slice(None),) * (len(pads) - d - 1)
            full[(*inner, slice(0, pad.before), *rest)] = 0
            full[(*inner, slice(size - pad.after, size), *rest)] = 0
            inner = (*inner, slice(pad.before, size - pad.after))
        full[inner] = block
        return full

    def unpadded(self, part: Part, scratch: Scratch) -> Array:
        """(images, groups, C_in/groups, *cells) of a part, in the job's number type; a view where it is that already."""
        block: Array = read_cells(self.input[part.images, part.groups], part.tile)
        if block.dtype == self.dtype:
            return block
        copy = scratch.take("padded", block.shape, self.dtype)
        copy[...] = block
        return copy

    def target(self, part: Part, scratch: Scratch, *, in_a_run: bool = False) -> Array:
        """(images, groups, C_out/groups, *tile) to compute into: the output itself where its number type is the job's and
        a tile lies, where that is needed, in one run."""
        view = self.place(part)
        fits = view.dtype == self.dtype and (not in_a_run or lies_in_a_run(view))
        return view if fits else scratch.take("target", view.shape, self.dtype)

    def place(self, part: Part) -> Array:
        """The part's outputs."""
        return self.output[
            (part.images, part.groups, slice(None), *(axis.outputs for axis in part.tile))
        ]

    def finish(self, part: Part, target: Array) -> None:
        """Add the bias, once and in the wider type, and round to the output's."""
        view = self.place(part)
        exact = view.dtype.kind == "i"  # the bias is added in integers
        if exact or self.bias is None:
            if target.base is not view.base:
                view[...] = target
            target = view
        if self.bias is not None:
            bias = self.bias[part.groups].reshape(
                *self.bias[part.groups].shape, *[1] * self.spec.rank
            )
            np.add(target, bias, out=view, casting="unsafe")


class Executor(Protocol):
    """One fast way to compute a layer. Parts may be computed in any order, by any thread, each with its own scratch."""

    def parts(self) -> Iterable[Any]: ...

    def compute(self, part: Any, scratch: Scratch) -> None: ...


def lies_in_a_run(view: Array) -> bool:
    """Whether the axes behind the first three are one stretch of memory, each time."""
    expected = view.itemsize
    for size, step in zip(view.shape[:2:-1], view.strides[:2:-1], strict=True):
        if size > 1 and step != expected:
            return False
        expected *= size
    return True
