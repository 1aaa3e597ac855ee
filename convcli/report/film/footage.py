"""A layer on its arrays, with the result and the tap tables that all scenes share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
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

    @cached_property
    def readers(self) -> tuple[Array, Array]:
        """The numbers of the first and the last input cell that each output (*out) reads.

        The first is the number of cells, and the last -1, of an output that reads none.
        """
        count = prod(self.sizes)
        first, last = np.zeros(self.outs, np.int64), np.zeros(self.outs, np.int64)
        reads_none = np.zeros(self.outs, bool)
        for axis, (table, size) in enumerate(zip(self.tables, self.sizes, strict=True)):
            shape = [-1 if other == axis else 1 for other in range(len(self.outs))]
            is_cell = (table >= 0) & (table < size)
            first = first * size + np.where(is_cell, table, size).min(axis=1).reshape(shape)
            last = last * size + np.where(is_cell, table, -1).max(axis=1).reshape(shape)
            reads_none = reads_none | ~is_cell.any(axis=1).reshape(shape)
        return np.where(reads_none, count, first), np.where(reads_none, -1, last)

    def stamped(self, index: int, out_channel: int) -> tuple[Array, Array]:
        """An output channel (*out) after the inputs up to cell `index`, and which they reach.

        All input channels stamp, on the bias. Behind the last cell it is the result.
        """
        count = prod(self.sizes)
        if index + 1 == count:
            return self.result[out_channel], np.ones(self.outs, bool)
        first, last = self.readers
        example = self.input[self.example : self.example + 1]
        is_later = np.arange(count).reshape(self.sizes) > index
        before = np.where(is_later, example.dtype.type(0), example)
        output = np.asarray(convolve(self.spec, before, self.weight, self.bias))
        values = output.reshape(self.result.shape)[out_channel]
        if not np.isfinite(self.weight).all():  # 0 * inf is not 0: the later cells must not count
            values = np.where(last <= index, self.result[out_channel], values)
            for place in np.argwhere((first <= index) & (last > index)).tolist():
                values[tuple(place)] = self._sum_up_to(index, out_channel, place)
        return values, first <= index

    def _sum_up_to(self, index: int, out_channel: int, place: Sequence[int]) -> Any:
        """The sum of one output without the input cells behind `index`."""
        worked = self.worked_sum(out_channel, place)
        products = [
            term.product
            for term in worked.terms
            if term.cell is not None and np.ravel_multi_index(term.cell, self.sizes) <= index
        ]
        return sum(products, 0 if worked.bias is None else worked.bias)
