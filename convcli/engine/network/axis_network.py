"""One axis of a network's input as a network of its own: who reads which units, and what they see.

Every value of a recorded network lies on grids. A grid is one step of an `AxisNetwork`: its units
read units of other grids, back to the cells of the input's axis. What `walk` does for layers of
several axes holds for these steps of one axis.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import MOST_WINDOWS, Cells, Reading, identity, merged
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.receptive import ReceptiveField, hull, union
from convcli.engine.network.walk import INPUT, Step

MOST_LOOKED_AT = 20_000  # units times the grids below them
MOST_LISTED = 2**16  # units that are looked at one by one
Gaps = frozenset[int] | None  # units that see nothing; None where nobody knows


def placed(first: int, size: int, outputs: int) -> Reading:
    """`size` cells that become the units from `first` on; the others read nothing."""
    if outputs > MOST_WINDOWS:
        return Reading((range(-first, 1 - first),), 1, size, outputs)
    windows = (
        range(unit - first, unit - first + 1) if first <= unit < first + size else range(0)
        for unit in range(outputs)
    )
    return Reading(tuple(windows), 0, size, outputs)


def beside(reading: Reading, count: int) -> Reading | None:
    """The reading of units with `count` digits behind that of the axis, which stay.

    None where that is no pattern.
    """
    if count == 1:
        return reading
    if reading.mode != "zeros" or reading.period * count > MOST_WINDOWS:
        return None
    windows = tuple(
        range(window.start * count + digit, window.stop * count, window.step * count)
        for window in reading.windows
        for digit in range(count)
    )
    return Reading(windows, reading.step * count, reading.size * count, reading.outputs * count)


class AxisNetwork:
    """The grids above one axis of `size` cells, as steps whose shapes are (1, 1, units)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.steps: list[Step] = []
        self._covering: list[bool] = []  # whether the units of a grid see all cells together
        self._gaps: list[Gaps] = []
        self._places: dict[object, int] = {}

    @property
    def input_shape(self) -> Shape:
        return Shape((1, 1, self.size))

    def units(self, at: int) -> int:
        """The number of units of a grid."""
        return self.size if at == INPUT else self.steps[at].output[2]

    def field(self, at: int) -> ReceptiveField | None:
        """What a unit sees; None where too many windows alternate."""
        if at == INPUT:
            return ReceptiveField()
        fields = self.steps[at].fields
        return None if fields is None else fields[0]

    def covers(self, at: int) -> bool:
        """Whether the units of the grid together certainly see every cell."""
        return at == INPUT or self._covering[at]

    def listed(self, at: int) -> int:
        """The grid whose units see the cells from the first to the last that those of one see.

        It brings a field where too many windows alternate; the same grid where that is too long.
        """
        units = self.units(at)
        if units * (at + 1) > MOST_LOOKED_AT:
            return at
        every = [self.seen(at, (range(unit, unit + 1),)) for unit in range(units)]
        windows = tuple(map(hull, every))
        return self.add((INPUT,), Reading(windows, 0, self.size, units)) if windows else at

    def gaps(self, at: int) -> Gaps:
        """The units of a grid that see nothing."""
        return frozenset() if at == INPUT else self._gaps[at]

    def add(self, sources: Sequence[int], reading: Reading, spec: ConvSpec | None = None) -> int:
        """The grid whose units read those of the sources, which have as many units each.

        `spec` is the convolution along this axis alone, where the reading is that of one.
        """
        sources = tuple(dict.fromkeys(sources))
        if len(sources) == 1 and spec is None and reading == identity(self.units(sources[0])):
            return sources[0]
        key = (sources, reading, spec)
        if key not in self._places:
            self._places[key] = len(self.steps)
            self._append(sources, reading, spec)
        return self._places[key]

    def union(self, grids: Sequence[int]) -> int:
        """The grid whose unit u sees what the units u of the others see."""
        return self.add(grids, identity(self.units(grids[0])))

    def whole(self) -> int:
        """The grid of one unit that sees every cell."""
        return self.add((INPUT,), Reading((range(self.size),), 0, self.size, 1))

    def _append(self, sources: tuple[int, ...], reading: Reading, spec: ConvSpec | None) -> None:
        inputs = tuple(Shape((1, 1, self.units(source))) for source in sources)
        everything = reading.cells((range(reading.outputs),)) == (range(reading.size),)
        is_covering = everything and any(map(self.covers, sources))
        layer = Layer() if spec is None else Convolution(spec)
        output = Shape((1, 1, reading.outputs))
        name = str(len(self.steps))
        field = self._field_behind(sources, reading)
        step = Step(name, layer, sources, inputs, output, (reading,), (field,), 0, 0)
        self.steps.append(step)
        if not is_covering and len(sources) > 1:  # parts of the axis may be all of it together
            every = self.seen(len(self.steps) - 1, (range(reading.outputs),))
            is_covering = every == (range(self.size),)
        self._covering.append(is_covering)
        self._gaps.append(_gaps_behind([self.gaps(source) for source in sources], reading))

    def _field_behind(self, sources: Sequence[int], reading: Reading) -> ReceptiveField | None:
        known = [self.field(source) for source in sources]
        field = known[0] if len(known) == 1 else union(known)
        if field is None:
            return None
        through = field.through(reading)
        units = reading.outputs
        if through is None or not 0 < units <= through.period:
            return through
        is_cut = units < through.period
        if is_cut or reading.step == 0:  # nothing says what stands behind the end
            ends = through.firsts[:units], through.lasts[:units]
            through = ReceptiveField(*ends, self.size)
        return through.straightened()

    def seen(self, at: int, units: Cells) -> Cells:
        """The cells that units of a grid see together, borders and all."""
        wanted = {at: units}
        for place in range(at, INPUT, -1):
            step, cells = self.steps[place], wanted.pop(place, ())
            if cells and step.readings is not None and step.readings[0] is not None:
                read = step.readings[0].cells(cells)
                for source in step.sources:
                    wanted[source] = merged((*wanted.get(source, ()), *read))
        return wanted.get(INPUT, ())

    def below(self, at: int) -> list[Step]:
        """The grids that one reads, directly or not, and it as the last; for a proof."""
        needed: set[int] = {at}
        for place in range(at, INPUT, -1):
            if place in needed:
                needed.update(self.steps[place].sources)
        kept = sorted(needed - {INPUT})
        places = {INPUT: INPUT} | {old: new for new, old in enumerate(kept)}
        return [
            step._replace(sources=tuple(places[source] for source in step.sources))
            for step in (self.steps[old] for old in kept)
        ]


def _gaps_behind(of_sources: Sequence[Gaps], reading: Reading) -> Gaps:
    """The units that read nothing but gaps of all sources, or nothing at all."""
    known = [gaps for gaps in of_sources if gaps is not None]
    common = frozenset.intersection(*known) if known else frozenset()
    if not common and known and not _misses(reading):
        return frozenset()
    if reading.outputs > MOST_LISTED or len(known) < len(of_sources):
        return None
    return frozenset(
        unit
        for unit in range(reading.outputs)
        if all(
            cell in common for cells in reading.cells((range(unit, unit + 1),)) for cell in cells
        )
    )


def _misses(reading: Reading) -> bool:
    """Whether an output may read no real cell; its windows move one way, so the ends say it."""
    if reading.mode != "zeros":
        return False
    for phase, window in enumerate(reading.windows[: reading.outputs]):
        last = reading.step * ((reading.outputs - 1 - phase) // reading.period)
        if not window or window.step > reading.size:
            return True
        if window[-1] < 0 or window[0] + last >= reading.size:
            return True
    return False
