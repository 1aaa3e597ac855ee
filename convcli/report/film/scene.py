"""A scene of `convcli show`: planes of cells with roles, and the worked sum so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Position
from convcli.report.document import Sum
from convcli.report.quantities import Phrase
from convcli.report.words.vocabulary import ENGLISH, Words

SLOWEST, FASTEST = 0.125, 64.0  # positions a second

Role = Literal[
    "cell", "padding", "window", "window padding", "kernel", "tap", "output", "result", "waiting"
]
ROLES: tuple[Role, ...] = get_args(Role)
CODES: dict[Role, int] = {role: code for code, role in enumerate(ROLES)}
LIT: tuple[Role, ...] = ("window", "window padding", "tap", "result")


class Cell(NamedTuple):
    """A number of a plane, None while it is unknown, and its role in the scene."""

    value: Any
    role: Role


@dataclass(frozen=True, eq=False)
class Plane:
    """The drawn part of an array: its title, its numbers, and the row and column of the first.

    `values`, `codes` and `known` are (H, W): the numbers, their roles as CODES, and which of them
    are computed. Rows and columns below 0 are padding. `notice` names the part, and `whole` is the
    size of the array; both are empty for a whole array. `name` is the title without a channel.
    """

    title: str
    values: Array
    codes: Array
    first: tuple[int, int]
    notice: str = ""
    known: Array | None = None  # None: all
    name: str = ""
    whole: str = ""

    @cached_property
    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The cells, row by row."""
        height, width = self.values.shape
        return tuple(tuple(self._cell(y, x) for x in range(width)) for y in range(height))

    def _cell(self, row: int, column: int) -> Cell:
        is_known = self.known is None or self.known[row, column]
        value = self.values[row, column] if is_known else None
        return Cell(value, ROLES[self.codes[row, column]])

    def lit(self) -> tuple[slice, slice] | None:
        """The rows and the columns that hold all lit cells; None where none is lit."""
        places = np.argwhere(np.isin(self.codes, [CODES[role] for role in LIT]))
        if not len(places):
            return None
        (top, left), (bottom, right) = places.min(axis=0), places.max(axis=0)
        return slice(int(top), int(bottom) + 1), slice(int(left), int(right) + 1)

    def part(self, rows: slice, columns: slice) -> Plane:
        """The plane of these rows and columns."""
        index = (rows, columns)
        first = self.first[0] + rows.start, self.first[1] + columns.start
        known = None if self.known is None else self.known[index]
        return Plane(self.title, self.values[index], self.codes[index], first, "", known, self.name)


@dataclass(frozen=True)
class Scene:
    """One moment: the planes, the worked sum so far, and `rest`, what else the sum has.

    `layers` are pairs of an input plane and its kernel plane: those of `input` and `kernel` first,
    then other channels and depths that the sum reads.
    """

    layers: tuple[tuple[Plane, Plane], ...]
    output: Plane
    sum: Sum
    rest: tuple[Phrase, ...]
    position: Position
    index: int
    count: int
    title: str
    stamped: int = 0  # terms of each of the outputs that they are added to; 0: all are of one
    words: Words = ENGLISH

    @property
    def input(self) -> Plane:
        """The input of the first layer."""
        return self.layers[0][0]

    @property
    def kernel(self) -> Plane:
        """The kernel of the first layer."""
        return self.layers[0][1]
