"""One moment of what `convcli show` shows: planes of cells with roles, and the worked sum as far as it is."""

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
    """One number of a plane, None where it is not known yet, and what it is at this moment."""

    value: Any
    role: Role


class Plane(NamedTuple):
    """A part of an array: its title, the rows of cells, and which row and column the first of them are (below 0: padding).

    `notice` says which part it is, where it is not the whole.
    """

    title: str
    rows: tuple[tuple[Cell, ...], ...]
    first: tuple[int, int]
    notice: str = ""


@dataclass(frozen=True)
class Scene:
    """One moment: the planes side by side, the worked sum as far as it is, what else is added to it, where it stands."""

    input: Plane
    kernel: Plane
    output: Plane
    sum: Sum
    rest: str
    position: Position
    index: int
    count: int
    title: str
    stamped: bool = False  # the products go to different outputs, and are no sum
    words: Words = ENGLISH
