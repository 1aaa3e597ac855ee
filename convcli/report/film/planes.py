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
from convcli.report.film.scene import CODES, Plane
from convcli.report.words.vocabulary import ENGLISH, Words

LARGEST_PLANE = (16, 16)  # rows and columns that fit a screen


@dataclass(frozen=True)
class Framing:
    """What is drawn: the channels, the depth tap of a volume's slice, and the largest plane.

    With `layers` above 1, so many more pairs of an input channel and a depth tap are drawn as the
    output reads, from `channel` and `depth` on.
    """

    channel: int = 0
    out_channel: int = 0
    depth: int = 0
    most: tuple[int, int] = LARGEST_PLANE  # rows and columns of a plane
    whole_kernel: bool = False  # whatever its size
    words: Words = ENGLISH
    layers: int = 1
    is_flipped: bool = False  # whether the kernel is drawn backwards


class Planes:
    """The planes of one footage in one framing: (1, L), (H, W), or (H, W) of one depth."""

    def __init__(self, footage: Footage, framing: Framing) -> None:
        self.footage = footage
        self.framing = framing
        self.rank = footage.spec.rank

    def input(self, lit: Collection[Position], current: Term | None, channel: int) -> Plane:
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
        values, is_padding = self._padded(channel, depth, rows, columns)
        codes = np.where(is_padding, CODES["padding"], CODES["cell"]).astype(np.uint8)
        for place in lit:
            at = self._within(drawn, self._planar(place))
            if at is not None:
                codes[at] = CODES["window padding" if is_padding[at] else "window"]
        at = None if read is None else self._within(drawn, self._planar(read))
        if at is not None:
            codes[at] = CODES["tap"]
        name = self.framing.words("input")
        title = self._title(name, channel, spec.in_channels, depth)
        first = (rows.start, columns.start)
        notice, whole = self._notice(drawn, spans[-2:]), self._whole(drawn, spans[-2:])
        return Plane(title, values, codes, first, notice, None, name, whole)

    def _padded(self, channel: int, depth: int, rows: range, columns: range) -> tuple[Array, Array]:
        """The numbers (rows, columns) of the padded input, and which of them are padding."""
        spec, sizes = self.footage.spec, self.footage.sizes
        lead = (range(depth, depth + 1),) if self.rank == 3 else ()
        drawn = (*lead, columns) if self.rank == 1 else (*lead, rows, columns)
        array = self.footage.input[self.footage.example, channel]
        is_zero = is_padding = np.zeros((1,) * len(drawn), bool)
        for axis, (span, size) in enumerate(zip(drawn, sizes, strict=True)):
            shape = [-1 if other == axis else 1 for other in range(len(drawn))]
            cells = np.array([padded_cell(index, size, spec.padding_mode) for index in span])
            outside = np.array([not 0 <= index < size for index in span])
            array = np.take(array, np.minimum(cells, size - 1), axis=axis)
            is_zero = is_zero | (cells == size).reshape(shape)
            is_padding = is_padding | outside.reshape(shape)
        plane = len(rows), len(columns)
        zero = array.dtype.type(0)
        values = np.where(np.broadcast_to(is_zero, array.shape), zero, array)
        padding: Array = np.broadcast_to(is_padding, array.shape)
        return values.reshape(plane), padding.reshape(plane)

    def kernel(
        self, taps: Collection[Position], current: Term | None, layer: tuple[int, int]
    ) -> Plane:
        """The kernel of a channel and depth; `taps` are in use, that of `current` stands out."""
        framing, (channel, depth) = self.framing, layer
        kernel = self.footage.kernel(channel, framing.out_channel)
        plane = kernel[depth] if self.rank == 3 else np.atleast_2d(kernel)
        spans = [range(size) for size in plane.shape]
        tap = None if current is None else current.tap
        is_whole = framing.whole_kernel
        drawn = (spans[0], spans[1]) if is_whole else self._drawn(spans, (), tap)
        rows, columns = drawn
        codes = np.full(tuple(map(len, drawn)), CODES["waiting"], np.uint8)
        for tap in taps:
            at = self._within(drawn, self._planar(tap))
            if at is not None:
                codes[at] = CODES["kernel"]
        at = None if current is None else self._within(drawn, self._planar(current.tap))
        if at is not None:
            codes[at] = CODES["tap"]
        values = plane[rows.start : rows.stop, columns.start : columns.stop]
        name = framing.words("flip.kernel") if framing.is_flipped else framing.words("kernel")
        first = rows.start, columns.start
        title = self._title(name, 0, 1, depth)
        whole = self._whole(drawn, spans)
        return Plane(title, values, codes, first, self._notice(drawn, spans), None, name, whole)

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

    def partial_output(
        self,
        depth: int,
        values: Array,
        known: Array,
        reached: Collection[Position],
        *,
        so_far: bool,
    ) -> Plane:
        """The output (*out) of the stamps so far; `reached` by the last one are lit.

        A volume is drawn at one depth of its output.
        """
        lead = self._lead((depth,))
        words, framing = self.framing.words, self.framing
        name = words("scene.so_far" if so_far else "output")
        title = self._title(name, framing.out_channel, self.footage.spec.out_channels, depth)
        lit = [place for place in reached if self.rank < 3 or place[0] == depth]
        return self._output(title, np.atleast_2d(values[lead]), np.atleast_2d(known[lead]), lit)

    def _output(self, title: str, values: Array, known: Array, lit: Collection[Position]) -> Plane:
        spans = [range(size) for size in values.shape]
        rows, columns = drawn = self._drawn(spans, lit)
        index = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
        values, known = values[index], known[index]
        codes = np.where(known, CODES["output"], CODES["waiting"]).astype(np.uint8)
        for place in lit:
            at = self._within(drawn, self._planar(place))
            if at is not None:
                codes[at] = CODES["result"]
        first = (rows.start, columns.start)
        notice, name = self._notice(drawn, spans), self.framing.words("output")
        return Plane(title, values, codes, first, notice, known, name, self._whole(drawn, spans))

    @staticmethod
    def _within(drawn: tuple[range, range], place: tuple[int, int]) -> tuple[int, int] | None:
        """The index of a place in what is drawn; None outside of it."""
        (rows, columns), (row, column) = drawn, place
        is_inside = row in rows and column in columns
        return (row - rows.start, column - columns.start) if is_inside else None

    def _lead(self, place: Sequence[int]) -> tuple[int, ...]:
        """The index of the drawn plane of a volume."""
        return (place[0],) if self.rank == 3 else ()

    def _planar(self, place: Sequence[int]) -> tuple[int, int]:
        """The row and the column of a place; an input with one axis is one row."""
        return (0, place[0]) if self.rank == 1 else (place[-2], place[-1])

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

    @staticmethod
    def _whole(drawn: tuple[range, range], spans: Sequence[range]) -> str:
        """The size of a plane of which a part is drawn; empty for a whole plane."""
        sizes = (1, *map(len, spans))[-2:]
        return "" if sizes == tuple(map(len, drawn)) else f"{sizes[0]}x{sizes[1]}"

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
