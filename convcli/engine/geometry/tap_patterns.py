"""Reading: the cells that each output of one axis reads, of any layer, as a pattern that repeats.

A tap table repeats itself: a convolution's rows are one window moved by the stride, a transposed
layer's are `stride` windows that take turns, each moved by one cell. Pooling, resizing, shuffling
and padding layers are such patterns too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import gcd, lcm
from operator import attrgetter
from typing import NamedTuple

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.geometry.spec import ConvSpec

Cells = tuple[range, ...]  # disjoint, ascending
CellMap = Callable[[int, int], int]  # a padded index and the size -> a real cell

MOST_WINDOWS = 4096  # that take turns; a layer with more has no reading
MOST_RUNS = 4096  # of a padding mode beside the real cells
_start = attrgetter("start")

MOST_LISTED = 1_000_000  # cells with holes between them


class Reading(NamedTuple):
    """Output `period*a + b` reads the padded cells `step*a + windows[b]`; period = len(windows).

    A padded cell counts from the first real one; `mode` says what stands outside of the `size` real
    cells.
    """

    windows: tuple[range, ...]
    step: int
    size: int
    outputs: int
    mode: str = "zeros"

    @property
    def period(self) -> int:
        return len(self.windows)

    def window(self, output: int) -> range:
        """The padded cells that one output reads."""
        a, b = divmod(output, self.period)
        return shifted(self.windows[b], self.step * a)

    def cells(self, outputs: Cells) -> Cells:
        """The real cells that these outputs read, each once."""
        if len(outputs) == self.period == 1 and self.mode == "zeros":
            (span,), (window,) = outputs, self.windows
            if span and window.step == span.step == 1 and 0 < self.step <= len(window):
                first = max(window.start + self.step * span.start, 0)
                after = min(window.stop + self.step * (span.stop - 1), self.size)
                return (range(first, after),) if first < after else ()
        landings = (landing for span in outputs for landing in self._landings(span))
        return merged(
            zone for landing in landings for zone in real_cells(landing, self.size, self.mode)
        )

    def _landings(self, outputs: range) -> Iterator[range]:
        if len(outputs) < self.period:  # not every window has an output
            yield from filter(None, map(self.window, outputs))
            return
        for phase, window in enumerate(self.windows):
            in_phase = _every(outputs, self.period, phase)
            if in_phase and window:
                first = self.step * ((in_phase[0] - phase) // self.period)
                step = self.step * (in_phase.step // self.period)
                yield from swept(shifted(window, first), step, len(in_phase))


def identity(size: int) -> Reading:
    """Each output reads its own cell."""
    return Reading((range(1),), 1, size, size)


def whole(size: int) -> Reading:
    """Each output reads the whole axis."""
    return Reading((range(size),), 0, size, size)


def tap_reading(spec: ConvSpec, d: int, size: int) -> Reading | None:
    """The tap table of axis `d` as a reading; None if a transposed stride is over `MOST_WINDOWS`.

    Raises ConvError where the layer does not fit on `size`.

    >>> up = ConvSpec.of(
    ...     in_channels=1, out_channels=1, kernel_size=3, stride=2, transposed=True, dims=1
    ... )
    >>> tap_reading(up, 0, 5).windows
    (range(-1, 1), range(0, 1))
    """
    axis, outputs = spec.axes[d], spec.output_size(d, size)
    if not spec.transposed:
        return Reading((axis.window(0),), axis.stride, size, outputs, spec.padding_mode)
    if axis.stride > MOST_WINDOWS:
        return None
    windows = tuple(axis.phase(first).cells[::-1] for first in range(axis.stride))
    return Reading(windows, 1, size, outputs)


def shifted(cells: range, by: int) -> range:
    """The same range, `by` cells further."""
    return range(cells.start + by, cells.stop + by, cells.step)


def swept(window: range, step: int, count: int) -> Iterator[range]:
    """The padded cells of `count` windows, each `step` further; one range if they join."""
    last = shifted(window, step * (count - 1))
    if count == 1 or step == 0:
        yield window
    elif step % window.step == 0 and step <= len(window) * window.step:
        yield range(window[0], last[-1] + 1, window.step)
    elif (
        len(window) > (period := step // gcd(step, window.step))
        and window.step // gcd(step, window.step) <= count
    ):
        for tap in range(
            period
        ):  # every period-th tap lands a whole number of steps further, so near that they join
            yield range(window[tap], window[tap::period][-1] + step * (count - 1) + 1, step)
    elif len(window) <= count:
        yield from (range(first, first + step * (count - 1) + 1, step) for first in window)
    else:
        yield from (shifted(window, step * i) for i in range(count))


def real_cells(landings: range, size: int, mode: str) -> Iterator[range]:
    """The real cells at padded indices, as ascending ranges, for any mode that copies real cells.

    >>> list(real_cells(range(-2, 6), 4, "reflect"))
    [range(0, 4), range(1, 3), range(1, 3)]
    """
    before = _count_below(0, landings)
    inside = _count_below(size, landings)
    if before < inside:
        yield landings[before:inside]
    if mode != "zeros":
        for zone in (landings[:before], landings[inside:]):
            yield from _copied_cells(zone, size, PADDING_MODES[mode].cell)


def _copied_cells(zone: range, size: int, cell: CellMap) -> Iterator[range]:
    """The cells that a zone of padded indices copies, one range for each run of the map.

    A run ascends, descends or repeats one cell. After `MOST_RUNS` all cells count as copied.
    """
    for _ in range(MOST_RUNS):
        if not zone:
            return
        length = _run_length(zone, size, cell)
        low, high = sorted((cell(zone[0], size), cell(zone[length - 1], size)))
        yield range(low, high + 1, zone.step)
        zone = zone[length:]
    if zone:
        yield range(size)


def _is_run(zone: range, size: int, cell: CellMap) -> bool:
    """Whether the map has one slope, -1, 0 or 1, over the zone; it is looked at in a few places."""
    if len(zone) == 1:
        return True
    first, last = zone[0], zone[-1]
    start = cell(first, size)
    slope = cell(first + 1, size) - start
    places = {(first + last) // 2, last - 1, last}
    if slope == 0:  # a map that repeats itself can return to the same cell
        places |= {first + size // 2, first + size, first + size + size // 2}
    return abs(slope) <= 1 and all(
        cell(place, size) - start == slope * (place - first) for place in places if place <= last
    )


def _run_length(zone: range, size: int, cell: CellMap) -> int:
    """The length of the run at the start of the zone, by bisection."""
    low, high = 1, len(zone)
    while low < high:
        middle = (low + high + 1) // 2
        in_run = _is_run(zone[:middle], size, cell)
        low, high = (middle, high) if in_run else (low, middle - 1)
    return low


def _count_below(bound: int, ascending: range) -> int:
    return max(0, -((ascending.start - min(bound, ascending.stop)) // ascending.step))


def _every(numbers: range, period: int, phase: int) -> range:
    """Those of an ascending range that are `phase` modulo `period`."""
    if period == 1:
        return numbers
    common = gcd(numbers.step, period)
    distance, rest = divmod(phase - numbers.start, common)
    turn = period // common
    first = distance * pow(numbers.step // common, -1, turn) % turn  # numbers[first] is in phase
    if rest or first >= len(numbers):
        return range(0)
    return range(numbers[first], numbers.stop, lcm(numbers.step, period))


def merged(ranges: Iterable[range]) -> Cells:
    """Ascending ranges, which may overlap, as few disjoint ones; the hull of too many holes.

    >>> merged([range(3, 6), range(0, 3), range(8, 13, 2), range(10, 15, 2)])
    (range(0, 6), range(8, 15, 2))
    """
    found = [cells for cells in ranges if cells]
    solid = joined([cells for cells in found if cells.step == 1 or len(cells) == 1])
    holed = [
        cells for cells in found if cells.step > 1 and len(cells) > 1 and not _inside(cells, solid)
    ]
    if not holed:
        return solid
    if len(holed) == 1 and all(span[-1] < holed[0][0] or span[0] > holed[0][-1] for span in solid):
        return tuple(sorted((*solid, *holed), key=_start))
    if sum(map(len, (*solid, *holed))) > MOST_LISTED:
        return (range(min(cells[0] for cells in found), max(cells[-1] for cells in found) + 1),)
    return _runs(sorted({cell for cells in (*solid, *holed) for cell in cells}))


def _inside(cells: range, solid: Cells) -> bool:
    return any(span[0] <= cells[0] and cells[-1] <= span[-1] for span in solid)


def joined(solid: Iterable[range]) -> Cells:
    """Ranges of step 1, none empty, that may overlap or touch, as few as possible and ascending.

    >>> joined([range(5, 8), range(0, 3), range(3, 4)])
    (range(0, 4), range(5, 8))
    """
    spans: list[range] = []
    for cells in sorted(solid, key=_start):
        if spans and cells[0] <= spans[-1][-1] + 1:
            spans[-1] = range(spans[-1][0], max(spans[-1][-1], cells[-1]) + 1)
        else:
            spans.append(range(cells[0], cells[-1] + 1))
    return tuple(spans)


def _runs(ascending: list[int]) -> Cells:
    """Different integers as ranges: each run of equal differences is one."""
    runs: list[range] = []
    start = 0
    while start < len(ascending):
        step = ascending[start + 1] - ascending[start] if start + 1 < len(ascending) else 1
        end = start + 1
        while end < len(ascending) and ascending[end] - ascending[end - 1] == step:
            end += 1
        if end - start == 2 and step > 1:
            end = start + 1
        runs.append(range(ascending[start], ascending[end - 1] + 1, step if end - start > 1 else 1))
        start = end
    return tuple(runs)


def count(cells: Cells) -> int:
    """How many cells there are."""
    return sum(map(len, cells))
