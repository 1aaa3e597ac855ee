"""The units that a stored array is written in: whole chunks or shards, counted along each axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

Unit = tuple[int, ...]  # the place of a unit: its number along each axis


class UnitGrid(NamedTuple):
    """An array of this `shape` in boxes of `unit` cells; the last one of an axis may be smaller.

    Two writers of one unit would lose each other's cells, so a unit is what a task writes.

    >>> grid = UnitGrid((5, 6), (2, 6))
    >>> grid.counts, grid.box((2, 0))
    ((3, 1), (slice(4, 5, None), slice(0, 6, None)))
    """

    shape: tuple[int, ...]
    unit: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of units along each axis."""
        return tuple(-(-size // step) for size, step in zip(self.shape, self.unit, strict=True))

    @property
    def total(self) -> int:
        """The number of units."""
        return prod(self.counts)

    def box(self, unit: Sequence[int]) -> tuple[slice, ...]:
        """The cells of a unit."""
        return tuple(
            slice(at * step, min((at + 1) * step, size))
            for at, step, size in zip(unit, self.unit, self.shape, strict=True)
        )

    def all(self) -> Iterator[Unit]:
        """The places of all units, in the order of memory."""
        return product(*map(range, self.counts))
