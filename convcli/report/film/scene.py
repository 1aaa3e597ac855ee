"""A scene of `convcli show`: planes of cells with roles, and the worked sum so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from convcli.engine.geometry.shapes import Position
from convcli.report.document import Sum
from convcli.report.words.vocabulary import ENGLISH, Words

SLOWEST, FASTEST = 0.125, 64.0  # positions a second

Role = Literal[
    "cell", "padding", "window", "window padding", "kernel", "tap", "output", "result", "waiting"
]


class Cell(NamedTuple):
    """A number of a plane, None while it is unknown, and its role in the scene."""

    value: Any
    role: Role


class Plane(NamedTuple):
    """The drawn part of an array: its title, its rows, and the row and column of its first cell.

    Rows and columns below 0 are padding. `notice` names the part; empty for a whole array. `name`
    is the title without a channel.
    """

    title: str
    rows: tuple[tuple[Cell, ...], ...]
    first: tuple[int, int]
    notice: str = ""
    name: str = ""


@dataclass(frozen=True)
class Scene:
    """One moment: the planes, the worked sum so far, and `rest`, what else the sum contains."""

    input: Plane
    kernel: Plane
    output: Plane
    sum: Sum
    rest: str
    position: Position
    index: int
    count: int
    title: str
    stamped: bool = False  # the products are added to different outputs
    words: Words = ENGLISH
