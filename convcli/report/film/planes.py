"""The planes of a scene: the drawn part of input, kernel and output, each cell with its role."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.explain.worked_sums import Term
from convcli.engine.geometry.padding import padded_cell
from convcli.engine.geometry.shapes import Position
from convcli.report.film.footage import Footage
from convcli.report.film.scene import Cell, Plane, Role
from convcli.report.words.vocabulary import ENGLISH, Words

LARGEST_PLANE = (16, 16)  # rows and columns that fit a screen


@dataclass(frozen=True)
class Framing:
    """What is drawn: the channels, the depth tap of a volume's slice, and the largest plane."""

    channel: int = 0
    out_channel: int = 0
    depth: int = 0
    most: tuple[int, int] = LARGEST_PLANE  # rows and columns of a plane
    words: Words = ENGLISH


class Planes:
    """The planes of one footage in one framing: (1, L), (H, W), or (H, W) of one depth."""

    def __init__(self, footage: Footage, framing: Framing) -> None:
        self.footage = footage
        self.framing = framing
        self.rank = footage.spec.rank

    def input(self, lit: Collection[Position], current: Term | None) -> Plane:
        """The input with its padding; `lit` are the cells that are read, on the padded input."""
        spec, sizes = self.footage.spec, self.footage.sizes
        depth = next(iter(lit))[0] if self.rank == 3 and lit else 0
        pads = [(0, 0) if spec.transposed else tuple(axis.pad) for axis in spec.axes]
        spans = [
            range(-before, size + after) for (before, after), size in zip(pads, sizes, strict=True)
        ]
        read = None
        if current is not None:
            read = current.cell if spec.transposed else current.landing
        rows, columns = drawn = self._drawn(spans[-2:], lit, read)
        lead = (depth,) if self.rank == 3 else ()
        cells = tuple(
            tuple(
                self._input_cell((*lead, *self._place(row, column)), lit, read)
                for column in columns
            )
            for row in rows
        )
        title = self._title(
            self.framing.words("input"), self.framing.channel, spec.in_channels, depth
        )
        return self._plane(title, self.framing.words("input"), cells, drawn, spans[-2:])

    def _input_cell(
        self, place: tuple[int, ...], lit: Collection[Position], read: Position | None
    ) -> Cell:
        spec, sizes = self.footage.spec, self.footage.sizes
        landing = Position(place)
        cell = [
            padded_cell(index, size, spec.padding_mode)
            for index, size in zip(landing, sizes, strict=True)
        ]
        is_zero = any(index == size for index, size in zip(cell, sizes, strict=True))
        value = (
            self.footage.input.dtype.type(0)
            if is_zero
            else self.footage.number(self.framing.channel, cell)
        )
        is_padding = any(not 0 <= index < size for index, size in zip(landing, sizes, strict=True))
        if landing == read:
            return Cell(value, "tap")
        if landing in lit:
            return Cell(value, "window padding" if is_padding else "window")
        return Cell(value, "padding" if is_padding else "cell")

    def kernel(self, taps: Collection[Position], current: Term | None) -> Plane:
        """The kernel, or its drawn slice; `taps` are in use, that of `current` stands out."""
        framing = self.framing
        kernel = self.footage.kernel(framing.channel, framing.out_channel)
        plane = kernel[framing.depth] if self.rank == 3 else np.atleast_2d(kernel)
        roles: dict[tuple[int, int], Role] = dict.fromkeys(map(self._planar, taps), "kernel")
        if current is not None:
            roles[self._planar(current.tap)] = "tap"
        spans = [range(size) for size in plane.shape]
        rows, columns = drawn = self._drawn(spans, (), None if current is None else current.tap)
        cells = tuple(
            tuple(
                Cell(plane[row, column], roles.get((row, column), "waiting")) for column in columns
            )
            for row in rows
        )
        name = framing.words("kernel")
        return self._plane(name, name, cells, drawn, spans)

    def output(self, place: Position, known: Array) -> Plane:
        """The output while only those in the mask `known` (*out) are computed; `place` is lit."""
        lead = self._lead(place)
        values = np.atleast_2d(self.footage.result[(self.framing.out_channel, *lead)])
        title = self._title(
            self.framing.words("output"),
            self.framing.out_channel,
            self.footage.spec.out_channels,
            place[0],
        )
        return self._output(title, values, np.atleast_2d(known[lead]), [place])

    def partial_output(self, cell: Position, values: Array, reached: Collection[Position]) -> Plane:
        """The output (*out) of the stamps so far; `reached` by the last one are lit."""
        plane = np.atleast_2d(values[self._lead(cell)])
        words = self.framing.words("output")
        return self._output(words, plane, np.ones(plane.shape, bool), reached)

    def _output(self, title: str, values: Array, known: Array, lit: Collection[Position]) -> Plane:
        spans = [range(size) for size in values.shape]
        rows, columns = drawn = self._drawn(spans, lit)
        places = set(map(self._planar, lit))

        def cell(row: int, column: int) -> Cell:
            waiting = not known[row, column]
            value = None if waiting else values[row, column]
            if (row, column) in places:
                return Cell(value, "result")
            return Cell(value, "waiting" if waiting else "output")

        cells = tuple(tuple(cell(row, column) for column in columns) for row in rows)
        return self._plane(title, self.framing.words("output"), cells, drawn, spans)

    def _plane(
        self,
        title: str,
        name: str,
        cells: tuple[tuple[Cell, ...], ...],
        drawn: tuple[range, range],
        spans: Sequence[range],
    ) -> Plane:
        first = (drawn[0].start, drawn[1].start)
        return Plane(title, cells, first, self._notice(drawn, spans), name)

    def _lead(self, place: Sequence[int]) -> tuple[int, ...]:
        """The index of the drawn plane of a volume."""
        return (place[0],) if self.rank == 3 else ()

    def _planar(self, place: Sequence[int]) -> tuple[int, int]:
        """The row and the column of a place; an input with one axis is one row."""
        return (0, place[0]) if self.rank == 1 else (place[-2], place[-1])

    def _place(self, row: int, column: int) -> tuple[int, ...]:
        return (column,) if self.rank == 1 else (row, column)

    def _drawn(
        self, spans: Sequence[range], lit: Collection[Position], current: Position | None = None
    ) -> tuple[range, range]:
        """The rows and the columns that are drawn, around what is lit.

        Around the `current` place alone where that is too wide.
        """
        if self.rank == 1 and len(spans) == 1:
            spans = [range(1), *spans]
        places = [self._planar(place) for place in lit]
        rows, columns = (
            cropped(span, self._shown(axis, places, current), self.framing.most[axis])
            for axis, span in enumerate(spans)
        )
        return rows, columns

    def _shown(
        self, axis: int, places: Sequence[tuple[int, int]], current: Position | None
    ) -> list[int]:
        """The indices of the lit places on an axis, or that of the current one alone."""
        indices = [place[axis] for place in places]
        span = max(indices, default=0) - min(indices, default=0) + 1
        if current is not None and (not indices or span > self.framing.most[axis]):
            return [self._planar(current)[axis]]
        return indices

    def _title(self, title: str, channel: int, channels: int, depth: int) -> str:
        words = self.framing.words
        if channels > 1:
            title = words("scene.channel", plane=title, channel=channel, channels=channels)
        if self.rank == 3:
            title += words("comma") + words("depth", depth=depth)
        return title

    def _notice(self, drawn: tuple[range, range], spans: Sequence[range]) -> str:
        """Which part of the plane is drawn; empty for the whole plane."""
        rows, columns = drawn
        if len(spans) == 1:
            spans = [range(1), *spans]
        if [rows, columns] == list(spans):
            return ""
        words, (height, width) = self.framing.words, map(len, spans)
        part = words(
            "scene.columns", first=columns[0], last=columns[-1], height=height, width=width
        )
        if rows == spans[0]:
            return part
        return words("scene.rows", first=rows[0], last=rows[-1]) + words("comma") + part


def cropped(span: range, lit: Sequence[int], most: int) -> range:
    """At most `most` members of a span, around those that are lit.

    >>> cropped(range(-1, 100), [50, 51, 52], 5), cropped(range(3), [], 5)
    (range(49, 54), range(0, 3))
    """
    if len(span) <= most:
        return span
    middle = (min(lit) + max(lit) + 1) // 2 if lit else span.start
    start = max(span.start, min(middle - most // 2, span.stop - most))
    return range(start, start + most)
