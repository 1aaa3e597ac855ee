"""Receptive fields: which cells of the input one unit of a layer sees, far from the borders.

Far from the borders the field of every unit is the same window, `jump` cells further for each unit.
Behind layers that enlarge, several windows alternate: `ReceptiveField` holds one period of them.
Composing it with a layer's `Reading` is one step of

    size' = size + (extent - 1)*jump      jump' = jump*stride      start' = start - before*jump

generalised to alternating windows. Source: Araujo, Norris & Sim, "Computing Receptive Fields of
Convolutional Neural Networks", Distill 2019, doi 10.23915/distill.00021; there start is v_0 and
jump is S_0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd, inf, lcm
from typing import NamedTuple

from convcli.engine.geometry.tap_patterns import MOST_WINDOWS, Cells, Reading

_OWN_CELL = range(1)  # the window of layers whose outputs read the cell at their own place
_FEW_SPANS = 10_000  # units of a period times windows that are looked at one by one


class ReceptiveField(NamedTuple):
    """The first and the last input cell that each unit of one axis sees, on an endless axis.

    Unit `period*a + b` sees the cells `shift*a + firsts[b]` to `shift*a + lasts[b]` of the input;
    None where it sees nothing. A unit of the input sees itself: `ReceptiveField()`.
    """

    firsts: tuple[int | None, ...] = (0,)
    lasts: tuple[int | None, ...] = (0,)
    shift: int = 1

    @property
    def period(self) -> int:
        return len(self.firsts)

    @property
    def sizes(self) -> frozenset[int]:
        """The sizes of the fields in one period, from the first cell to the last, each once."""
        return frozenset(
            0 if a is None or b is None else b - a + 1
            for a, b in zip(self.firsts, self.lasts, strict=True)
        )

    @property
    def size(self) -> int:
        """The most that a unit sees."""
        first, last = self.firsts[0], self.lasts[0]
        if len(self.firsts) == 1 and first is not None and last is not None:
            return last - first + 1
        return max(self.sizes)

    @property
    def jump(self) -> int | float:
        """The input cells from one unit to the next; an average where they alternate."""
        return (
            self.shift // self.period if self.shift % self.period == 0 else self.shift / self.period
        )

    @property
    def start(self) -> int | None:
        """The first cell of unit 0; below 0 in the padding."""
        return self.firsts[0]

    @property
    def size_is_exact(self) -> bool:
        """Whether every unit sees `size` cells; else some see fewer."""
        return self.period == 1 or len(self.sizes) == 1

    @property
    def jump_is_exact(self) -> bool:
        """Whether each unit sees `jump` cells further than the last; else they do on average."""
        if self.period == 1 or self.shift % self.period or None in self.firsts:
            return self.period == 1
        moved = [
            first - unit * (self.shift // self.period)
            for unit, first in enumerate(self.firsts)
            if first is not None
        ]
        return len(set(moved)) == 1

    def seen(self, unit: int) -> range:
        """The cells of one unit, from the first to the last."""
        a, b = divmod(unit, self.period)
        first, last = self.firsts[b], self.lasts[b]
        return (
            range(0)
            if first is None or last is None
            else range(first + self.shift * a, last + self.shift * a + 1)
        )

    def through(self, reading: Reading) -> ReceptiveField | None:
        """The field of a layer's outputs; None where more than MOST_WINDOWS windows alternate.

        Output o reads the units of `reading`, and sees what they see.

        >>> ReceptiveField().through(Reading((range(-3, 4),), 2, 224, 112))
        ReceptiveField(firsts=(-3,), lasts=(3,), shift=2)
        """
        firsts, lasts, shift = self
        first, last, window = firsts[0], lasts[0], reading.windows[0]
        if (
            len(firsts) == len(reading.windows) == 1
            and window
            and first is not None
            and last is not None
        ):
            step = reading.step
            if step == 1 and window == _OWN_CELL:
                return self
            low, high = window[0] * shift, window[-1] * shift
            if low > high:
                low, high = high, low
            return ReceptiveField((first + low,), (last + high,), step * shift)
        periods = self.period // gcd(self.period, reading.step)
        period = reading.period * periods
        if period > MOST_WINDOWS:
            return None
        windows = [reading.window(output) for output in range(period)]
        span = self._span
        if period * self.period > _FEW_SPANS and self.period > 1:
            if self.shift < 0 or len({window.step for window in windows}) > 1:
                return None
            span = _Extremes(self, windows[0].step).span
        spans = [span(window) for window in windows]
        shift = reading.step * periods // self.period * shift
        starts, ends = zip(*spans, strict=True)
        return ReceptiveField(starts, ends, shift).reduced()

    def _span(self, units: range) -> tuple[int | None, int | None]:
        """The first and the last cell that a range of units sees.

        The outermost units of one period see furthest.
        """
        if self.period == 1 and units:
            seen = (self.seen(units[0]), self.seen(units[-1]))
        else:
            seen = tuple(map(self.seen, (*units[: self.period], *units[-self.period :])))  # type: ignore[assignment]
        some = [cells for cells in seen if cells]
        return (
            (min(cells[0] for cells in some), max(cells[-1] for cells in some))
            if some
            else (None, None)
        )

    def straightened(self) -> ReceptiveField:
        """The same field of as many units as its period, where each sees a window `jump` further.

        What stands behind the last of these units is of no account.
        """
        firsts, lasts = self.firsts, self.lasts
        if self.period == 1 or firsts[0] is None or firsts[1] is None or lasts[0] is None:
            return self
        jump = firsts[1] - firsts[0]
        moved = tuple(range(firsts[0], firsts[0] + jump * self.period, jump)) if jump else ()
        size = lasts[0] - firsts[0]
        if firsts != moved or lasts != tuple(first + size for first in moved):
            return self
        return ReceptiveField(firsts[:1], lasts[:1], jump)

    def reduced(self) -> ReceptiveField:
        """The same field with a period of 1, where all units see the same window."""
        if self.period > 1 and self.size_is_exact and self.jump_is_exact:
            return ReceptiveField(self.firsts[:1], self.lasts[:1], self.shift // self.period)
        return self


class _Extremes:
    """What the outermost units of any window see, in a time that does not depend on the window.

    Windows have one `step`. The units of a class, alike modulo gcd(step, period), are listed a step
    apart, and `2^k` neighbours in the list are compared once for each k: a sparse table.
    """

    def __init__(self, field: ReceptiveField, step: int) -> None:
        self.field, self.step = field, step
        self.classes = gcd(step, field.period)
        self.cycle = field.period // self.classes  # steps until the units repeat
        self.inverse = pow(step // self.classes, -1, self.cycle)
        units = [[each + step * j for j in range(2 * self.cycle)] for each in range(self.classes)]
        seen = [[field.seen(unit) for unit in of_class] for of_class in units]
        self.firsts = [
            _doubled([cells[0] if cells else inf for cells in of_class], min) for of_class in seen
        ]
        self.lasts = [
            _doubled([cells[-1] if cells else -inf for cells in of_class], max) for of_class in seen
        ]

    def span(self, units: range) -> tuple[int | None, int | None]:
        """The first and the last cell that a range of units sees."""
        count = min(len(units), self.cycle)
        if count == 0:
            return None, None
        first = self._extreme(self.firsts, units[0], count, min)
        last = self._extreme(self.lasts, units[-count], count, max)
        return (None, None) if first == inf else (int(first), int(last))

    def _extreme(
        self, tables: list[list[list[float]]], unit: int, count: int, least: Callable[..., float]
    ) -> float:
        """The extreme of `count` units from `unit` on."""
        of_class = unit % self.classes
        place = (unit - of_class) // self.classes * self.inverse % self.cycle
        periods = (unit - of_class - place * self.step) // self.field.period
        level = count.bit_length() - 1
        row = tables[of_class][level]
        found = least(row[place], row[place + count - (1 << level)])
        return found + periods * self.field.shift


def _doubled(values: list[float], least: Callable[..., float]) -> list[list[float]]:
    """Row k holds the extreme of each 2^k neighbours."""
    rows = [values]
    width = 1
    while 2 * width <= len(values):
        last = rows[-1]
        rows.append([least(a, b) for a, b in zip(last, last[width:], strict=False)])
        width *= 2
    return rows


def union(fields: Sequence[ReceptiveField | None]) -> ReceptiveField | None:
    """The field of a unit where branches meet, which sees what each of its branches sees.

        first = min(firsts)      last = max(lasts)      for each unit of the common period

    None where a field is unknown, where the branches' jumps differ, or where more than MOST_WINDOWS
    windows alternate.

    >>> union([ReceptiveField((0,), (0,), 2), ReceptiveField((-3,), (3,), 2)])
    ReceptiveField(firsts=(-3,), lasts=(3,), shift=2)
    """
    known = [field for field in fields if field is not None]
    if (
        len(known) < len(fields)
        or len({field.shift * lcm_of(known) // field.period for field in known}) != 1
    ):
        return None
    period = lcm_of(known)
    if period > MOST_WINDOWS:
        return None
    spans = [[field.seen(unit) for field in known] for unit in range(period)]
    some = [[cells for cells in seen if cells] for seen in spans]
    firsts = tuple(min((cells[0] for cells in seen), default=None) for seen in some)
    lasts = tuple(max((cells[-1] for cells in seen), default=None) for seen in some)
    return ReceptiveField(firsts, lasts, known[0].shift * period // known[0].period).reduced()


def lcm_of(fields: Sequence[ReceptiveField]) -> int:
    return lcm(*(field.period for field in fields))


def hull(cells: Cells) -> range:
    """From the first of the cells to the last."""
    return range(cells[0][0], cells[-1][-1] + 1) if cells else range(0)
