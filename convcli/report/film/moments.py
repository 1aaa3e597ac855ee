"""What `convcli show` shows: input, kernel and output as planes of cells with roles, at each position of a sliding window.

A film is a layer and its numbers; a scene is one moment of it. All of it comes from the tap tables and the worked sums, so
that a picture cannot disagree with the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np

from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.operands import Array, operands
from convcli.engine.explain.worked_sums import Term, View, WorkedSum, trace
from convcli.engine.geometry.padding import padded_cell
from convcli.engine.geometry.shapes import Position
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import tap_table
from convcli.report.document import Sum
from convcli.report.film.scene import Cell, Plane, Role, Scene
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.words.vocabulary import ENGLISH, Words


@dataclass(frozen=True)
class Film:
    """A layer on its arrays, seen through one example, input channel, output channel and, in volumes, one tap of the depth."""

    spec: ConvSpec
    input: Array  # (N, C_in, *sizes)
    weight: Array
    bias: Array | None
    view: View = "gather"
    example: int = 0
    channel: int = 0
    out_channel: int = 0
    depth: int = 0
    most: tuple[int, int] = (16, 16)  # rows and columns of a plane that are drawn
    words: Words = ENGLISH

    @cached_property
    def result(self) -> Array:
        """(C_out, *out) of the example."""
        found = convolve(
            self.spec, self.input[self.example : self.example + 1], self.weight, self.bias
        )
        return np.asarray(found).reshape(self.spec.out_channels, *self.outs)

    def showing(self, rows: int, columns: int) -> Film:
        """The same film with at most so many rows and columns of each plane; what is computed once is shared."""
        other = replace(self, most=(rows, columns))
        vars(other).update(result=self.result, tables=self.tables)
        return other

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.input.shape[2:]

    @property
    def outs(self) -> tuple[int, ...]:
        return self.spec.output_sizes(self.sizes)

    @property
    def steps(self) -> tuple[int, ...]:
        """What the film goes through: the outputs, or for scatter the inputs."""
        return self.sizes if self.view == "scatter" else self.outs

    @property
    def count(self) -> int:
        return prod(self.steps)

    @cached_property
    def tables(self) -> list[Array]:
        return [tap_table(self.spec, d, size) for d, size in enumerate(self.sizes)]

    @property
    def kernel(self) -> Array:
        """The kernel from the input channel to the output channel, (*kernel_size)."""
        first, second = self.out_channel, self.channel
        if self.spec.transposed:
            first, second = second, first
        return np.asarray(self.weight[first, second % self.weight.shape[1]])

    def place(self, index: int) -> tuple[int, ...]:
        return tuple(int(number) for number in np.unravel_index(index, self.steps))

    def worked(self, index: int) -> WorkedSum:
        return next(
            trace(
                self.spec,
                self.input,
                self.weight,
                self.bias,
                at=(self.example, self.out_channel, *self.place(index)),
            )
        )

    def shown(self, worked: WorkedSum) -> list[Term]:
        """The terms that lie in the planes that are shown."""
        leading = self.spec.rank - 2
        return [
            t
            for t in worked.terms
            if t.channel == self.channel and (leading < 1 or t.tap[0] == self.depth)
        ]

    def terms(self, index: int) -> int:
        """How many moments the sum of one position takes to grow."""
        return 1 if self.view == "scatter" else max(len(self.shown(self.worked(index))), 1)

    def scene(self, index: int, terms: int | None = None) -> Scene:
        """The moment at step `index` when `terms` of its terms are added, all of them without it."""
        return self._scatter(index) if self.view == "scatter" else self._gather(index, terms)

    def _gather(self, index: int, terms: int | None) -> Scene:
        worked, place = self.worked(index), self.place(index)
        shown = self.shown(worked)
        taken = shown if terms is None else shown[:terms]
        whole = len(taken) == len(shown)
        rest, added = self._rest(worked, shown)
        products = [term.product for term in taken] + (added if whole else [])
        factors = [(term.input, term.weight) for term in taken] + (
            [(one,) for one in added] if whole else []
        )
        total = (
            worked.total
            if whole
            else worked.running[0] * 0 + sum(term.product for term in taken)
            if taken
            else 0
        )
        lit = {term.landing if not self.spec.transposed else term.cell: term for term in shown}
        now = taken[-1] if taken and not whole else None
        source = self._input_plane(lit, now)
        kernel = self._kernel_plane({term.tap for term in shown}, now)
        output = self._output_plane(place, index, total if whole else None)
        equation = Sum(tuple(factors), tuple(products), total)
        return self._moment(source, kernel, output, equation, rest if whole else "", index)

    def _moment(
        self, source: Plane, kernel: Plane, output: Plane, equation: Sum, rest: str, index: int
    ) -> Scene:
        place = Position(self.place(index))
        return Scene(
            source,
            kernel,
            output,
            equation,
            rest,
            place,
            index,
            self.count,
            pytorch_line(self.spec),
            words=self.words,
        )

    def _rest(self, worked: WorkedSum, shown: Sequence[Term]) -> tuple[str, list[Any]]:
        """What is added beside the terms that are shown: those of other channels or depths as one number, and the bias."""
        parts, added = [], []
        others = [term.product for term in worked.terms if term not in shown]
        if others:
            added.append(sum(others[1:], others[0]))
            volume = self.spec.rank == 3
            parts.append(
                self.words(
                    "scene.from_window" if volume else "scene.from_channels", value=added[-1]
                )
            )
        if worked.bias is not None:
            added.append(worked.bias)
            parts.append(self.words("scene.from_bias", value=worked.bias))
        return self.words("comma").join(parts), added

    def _scatter(self, index: int) -> Scene:
        """One input stamps the kernel on the output; outputs hold what has reached them so far."""
        place = self.place(index)
        value = self.input[(self.example, self.channel, *place)]
        reached = dict(self._stamp(place))
        lit = {Position(place): None}
        source = self._input_plane(lit, None)
        kernel = self._kernel_plane(set(reached.values()), None)
        partial = self._partial(index)
        output = self._plane(
            self.words("output"),
            partial[self._leading(place)],
            {out[-2:] for out in reached},
            "output",
            "result",
            (0, 0),
        )
        stamped = [(value, self.kernel[tap]) for tap in reached.values()]
        products = tuple(a * b for a, b in stamped)
        equation = Sum(tuple(stamped), products, sum(products))
        rest = self.words("scene.stamp", reached=len(reached), taps=self.kernel.size)
        return replace(self._moment(source, kernel, output, equation, rest, index), stamped=True)

    def _stamp(self, cell: tuple[int, ...]) -> Iterator[tuple[Position, Position]]:
        """The outputs that an input cell reaches, each with the tap that takes it there."""
        hits = [
            np.argwhere(table == one).tolist() for table, one in zip(self.tables, cell, strict=True)
        ]
        for pairs in product(*hits):
            yield Position(out for out, _ in pairs), Position(tap for _, tap in pairs)

    def _partial(self, index: int) -> Array:
        """The output when the first `index` + 1 inputs of the channel have been stamped."""
        found = np.zeros(self.outs, self.result.dtype)
        for number in range(index + 1):
            place = self.place(number)
            for out, tap in self._stamp(place):
                found[out] += self.input[(self.example, self.channel, *place)] * self.kernel[tap]
        return found

    def _leading(self, place: Sequence[int]) -> Any:
        """The index of the plane that is shown of a volume."""
        return (place[0],) if self.spec.rank == 3 else ()

    def _input_plane(self, lit: dict[Any, Any], now: Term | None) -> Plane:
        """The plane that the shown terms read, with its padding around it."""
        spec, rank = self.spec, self.spec.rank
        around = [(0, 0) if spec.transposed else tuple(axis.pad) for axis in spec.axes][-2:]
        sizes = self.sizes[-2:]
        keys = [key for key in lit if key is not None]
        depth = keys[0][0] if rank == 3 and keys else 0
        spans = [
            range(-before, size + after)
            for (before, after), size in zip(around, sizes, strict=True)
        ]
        places = [key[-2:] if rank > 1 else (0, key[0]) for key in keys]
        if rank == 1:
            spans = [range(1), *spans]
        rows, cols = (
            self._crop(span, [place[d] for place in places], self.most[d])
            for d, span in enumerate(spans)
        )
        current = None if now is None else (now.cell if spec.transposed else now.landing)
        cells = tuple(
            tuple(self._input_cell(depth, row, col, lit, current) for col in cols) for row in rows
        )
        title = self._title(self.words("input"), self.channel, spec.in_channels, depth)
        return Plane(title, cells, (rows.start, cols.start), self._notice(rows, cols, spans))

    def _input_cell(
        self, depth: int, row: int, col: int, lit: dict[Any, Any], current: Any
    ) -> Cell:
        rank = self.spec.rank
        landing = Position({1: (col,), 2: (row, col), 3: (depth, row, col)}[rank])
        read = [
            padded_cell(place, size, self.spec.padding_mode)
            for place, size in zip(landing, self.sizes, strict=True)
        ]
        missing = any(cell == size for cell, size in zip(read, self.sizes, strict=True))
        value = (
            self.input.dtype.type(0) if missing else self.input[(self.example, self.channel, *read)]
        )
        padding = any(
            not 0 <= place < size for place, size in zip(landing, self.sizes, strict=True)
        )
        if landing == current:
            return Cell(value, "tap")
        if landing in lit:
            return Cell(value, "window padding" if padding else "window")
        return Cell(value, "padding" if padding else "cell")

    def _kernel_plane(self, taps: set[Position], now: Term | None) -> Plane:
        kernel = self.kernel[self.depth] if self.spec.rank == 3 else np.atleast_2d(self.kernel)
        planes = {tap[-2:] if self.spec.rank > 1 else (0, tap[0]) for tap in taps}
        current = None if now is None else now.tap[-2:] if self.spec.rank > 1 else (0, now.tap[0])
        roles: dict[Any, Role] = dict.fromkeys(planes, "kernel")
        if current is not None:
            roles[current] = "tap"
        rows = tuple(
            tuple(Cell(value, roles.get((y, x), "waiting")) for x, value in enumerate(row))
            for y, row in enumerate(kernel[: self.most[0], : self.most[1]])
        )
        drawn = [range(min(size, most)) for size, most in zip(kernel.shape, self.most, strict=True)]
        return Plane(
            self.words("kernel"),
            rows,
            (0, 0),
            self._notice(drawn[0], drawn[1], [range(size) for size in kernel.shape]),
        )

    def _output_plane(self, place: tuple[int, ...], index: int, total: Any) -> Plane:
        plane = self.result[(self.out_channel, *self._leading(place))]
        known = np.arange(self.count).reshape(self.outs)[self._leading(place)]
        title = self._title(
            self.words("output"), self.out_channel, self.spec.out_channels, place[0]
        )
        lit = {place[-2:] if self.spec.rank > 1 else (0, place[0])}
        values, waiting = np.atleast_2d(plane), np.atleast_2d(known) > index - (total is None)
        return self._plane(title, values, lit, "output", "result", (0, 0), waiting)

    def _plane(
        self,
        title: str,
        values: Array,
        lit: set[Any],
        role: Role,
        bright: Role,
        first: tuple[int, int],
        waiting: Any = None,
    ) -> Plane:
        values = np.atleast_2d(values)
        places = [place if len(place) == 2 else (0, place[0]) for place in lit]
        spans = [range(size) for size in values.shape]
        rows, cols = (
            self._crop(span, [place[d] for place in places], self.most[d])
            for d, span in enumerate(spans)
        )
        cells = tuple(
            tuple(
                Cell(
                    None if waiting is not None and waiting[row, col] else values[row, col],
                    bright
                    if (row, col) in places
                    else "waiting"
                    if waiting is not None and waiting[row, col]
                    else role,
                )
                for col in cols
            )
            for row in rows
        )
        return Plane(title, cells, (rows.start, cols.start), self._notice(rows, cols, spans))

    @staticmethod
    def _crop(span: range, lit: Sequence[int], most: int) -> range:
        """As much of an axis as is drawn, around what is lit."""
        if len(span) <= most:
            return span
        middle = (min(lit) + max(lit) + 1) // 2 if lit else span.start
        start = max(span.start, min(middle - most // 2, span.stop - most))
        return range(start, start + most)

    def _title(self, title: str, channel: int, channels: int, depth: int) -> str:
        if channels > 1:
            title = self.words("scene.channel", plane=title, channel=channel, channels=channels)
        return (
            title + self.words("comma") + self.words("depth", depth=depth)
            if self.spec.rank == 3
            else title
        )

    def _notice(self, rows: range, cols: range, spans: Sequence[range]) -> str:
        if [rows, cols] == list(spans):
            return ""
        height, width = map(len, spans)
        part = self.words("scene.columns", first=cols[0], last=cols[-1], height=height, width=width)
        if rows == spans[0]:
            return part
        return self.words("scene.rows", first=rows[0], last=rows[-1]) + self.words("comma") + part


def film(spec: ConvSpec, input: Any, weight: Any, bias: Any, **chosen: Any) -> Film:
    """The film of a layer; arrays as in `convolve`. Raises ConvError where they do not fit."""
    arrays = operands(spec, input, weight, bias)
    return Film(spec, arrays.input, arrays.weight, arrays.bias, **chosen)
