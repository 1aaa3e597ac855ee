"""A layer on its arrays, with the result and the tap tables that all scenes share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.explain.worked_sums import WorkedSum, trace
from convcli.engine.geometry.shapes import Position
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import tap_table


@dataclass(frozen=True, eq=False)
class Footage:
    """A layer on one example of its batch: input (N, C_in, *sizes), weight as torch stores it."""

    spec: ConvSpec
    input: Array
    weight: Array
    bias: Array | None
    example: int = 0

    @property
    def sizes(self) -> tuple[int, ...]:
        """The spatial sizes of the input."""
        return self.input.shape[2:]

    @property
    def outs(self) -> tuple[int, ...]:
        """The spatial sizes of the output."""
        return self.spec.output_sizes(self.sizes)

    @cached_property
    def result(self) -> Array:
        """The output of the example, (C_out, *out)."""
        example = self.input[self.example : self.example + 1]
        output = convolve(self.spec, example, self.weight, self.bias)
        return np.asarray(output).reshape(self.spec.out_channels, *self.outs)

    @cached_property
    def tables(self) -> list[Array]:
        """The tap table of each axis."""
        return [tap_table(self.spec, d, size) for d, size in enumerate(self.sizes)]

    def number(self, channel: int, cell: Sequence[int]) -> Any:
        """The number at an input cell of the example."""
        return self.input[(self.example, channel, *cell)]

    def kernel(self, channel: int, out_channel: int) -> Array:
        """The kernel (*kernel_size) between an input channel and an output channel of its group."""
        return np.asarray(self.weight[self.spec.weight_index(channel, out_channel)])

    def worked_sum(self, out_channel: int, place: Sequence[int]) -> WorkedSum:
        """The worked sum of one output."""
        position = (self.example, out_channel, *place)
        return next(trace(self.spec, self.input, self.weight, self.bias, at=position))

    def stamp(self, cell: Sequence[int]) -> Iterator[tuple[Position, Position]]:
        """The outputs that an input cell reaches, each with the tap that reads the cell there."""
        hits = [
            np.argwhere(table == index).tolist()
            for table, index in zip(self.tables, cell, strict=True)
        ]
        for pairs in product(*hits):
            yield Position(out for out, _ in pairs), Position(tap for _, tap in pairs)

    def stamped(self, cells: Sequence[Sequence[int]], channel: int, out_channel: int) -> Array:
        """The output (*out) after these input cells of a channel have stamped the kernel on it."""
        kernel = self.kernel(channel, out_channel)
        output = np.zeros(self.outs, self.result.dtype)
        for cell in cells:
            for out, tap in self.stamp(cell):
                output[out] += self.number(channel, cell) * kernel[tap]
        return output
