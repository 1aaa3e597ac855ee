"""Links: what the units of each step of a network read of the steps before it, step by step.

`seen_by_unit` says what a unit sees of the input; links say it of every step on the way. A recorded
network has no readings of its own steps, but its grids lie above each other: a link is every way
down from the grid of a step to that of its source. Rows whose links do not lead to the cells that
the network says are not `is_known`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcli.engine.geometry.tap_patterns import Cells, Reading, identity, merged
from convcli.engine.network.axis_network import AxisNetwork
from convcli.engine.network.recorded import Ran, RecordedNetwork, RecordedOperation
from convcli.engine.network.walk import INPUT, Step, reads_known_cells

MOST_WAYS = 16  # from one grid down to another
_POINTWISE = ("add", "sub", "mul", "div")  # of two values whose units lie at the same places

_Seen = dict[tuple[int, int | None, Cells], Cells]  # what units of a grid see, by axis and grid
Way = tuple[Reading, ...]  # readings one after another, the step's own first


class Link(NamedTuple):
    """What the units of a step read of one of its sources, on each axis of the source's units.

    A unit reads on an axis what all ways together read, all of it where they are None. `is_exact`
    is false where that is only assumed.
    """

    source: int
    axes: tuple[tuple[Way, ...] | None, ...]
    is_exact: bool


class Linked(NamedTuple):
    """A step: its units along each axis, and its links. Without `is_known` these are a guess."""

    units: tuple[int, ...]
    links: tuple[Link, ...]
    is_known: bool = True


def links_of_steps(steps: Sequence[Step]) -> list[Linked]:
    """The links of a walk."""
    return [Linked(tuple(step.output[2:]), tuple(_step_links(step))) for step in steps]


def links_of_recorded(network: RecordedNetwork) -> list[Linked]:
    """The links of a recorded network; each row is compared with what the network says."""
    rows: list[Linked] = []
    seen: _Seen = {}
    for operation in network.operations:
        links = tuple(_recorded_links(network, operation))
        row = Linked(operation.outlook.units, links)
        rows.append(row._replace(is_known=_agrees(network, rows, row, operation, seen)))
    return rows


def read_cells(
    rows: Sequence[Linked], at: int, unit: Sequence[int], cells: Sequence[int]
) -> dict[int, tuple[Cells, ...]]:
    """The units of each step, and the `cells` of the input, that one unit reads, by their step.

    Axis by axis, all branches together.
    """
    wanted: dict[int, tuple[Cells, ...]] = {at: tuple((range(u, u + 1),) for u in unit)}
    for place in range(at, INPUT, -1):
        for link in rows[place].links if place in wanted else ():
            sizes = cells if link.source == INPUT else rows[link.source].units
            read = cells_of_link(link, wanted[place], sizes)
            before = wanted.get(link.source)
            wanted[link.source] = read if before is None else _together(before, read)
    return wanted


def cells_of_link(link: Link, units: tuple[Cells, ...], sizes: Sequence[int]) -> tuple[Cells, ...]:
    """The units of the source, with these `sizes`, that units of a step read."""
    if len(link.axes) != len(units):
        return tuple((range(size),) for size in sizes)
    return tuple(
        (range(size),) if ways is None else _read(ways, of_axis)
        for ways, of_axis, size in zip(link.axes, units, sizes, strict=True)
    )


def _read(ways: tuple[Way, ...], units: Cells) -> Cells:
    if len(ways) == 1:
        return _down(ways[0], units)
    return merged(cells for way in ways for cells in _down(way, units))


def _together(first: tuple[Cells, ...], second: tuple[Cells, ...]) -> tuple[Cells, ...]:
    return tuple(a if a == b else merged((*a, *b)) for a, b in zip(first, second, strict=True))


def _down(way: Way, cells: Cells) -> Cells:
    for reading in way:
        cells = reading.cells(cells)
    return cells


def _step_links(step: Step) -> Iterator[Link]:
    readings, exact = step.readings, reads_known_cells(step)
    for source, shape in zip(step.sources, step.inputs, strict=True):
        axes = len(shape) - 2
        if readings is None or len(step.output) != len(shape):
            yield Link(source, (None,) * axes, exact)
            continue
        ways = (None if reading is None else (_way(reading),) for reading in readings)
        yield Link(source, tuple(ways), exact)


def _way(reading: Reading) -> Way:
    return () if reading == identity(reading.size) else (reading,)


def _recorded_links(network: RecordedNetwork, operation: RecordedOperation) -> Iterator[Link]:
    grids = {source: _grids(network, source) for source in operation.sources}
    own = [sight.at for sight in operation.sights]
    units = operation.outlook.units
    for source, below in grids.items():
        if source != INPUT and network.operations[source].outlook.paths == ():
            continue  # a constant: nothing of the input is behind it
        of_source = _units(network, source)
        axes: tuple[tuple[Way, ...] | None, ...] = (None,) * len(network.axes)
        if len(units) == len(of_source) == len(axes):
            axes = tuple(
                _ways(axis, own[d], below[d], {at[d] for at in grids.values()})
                if _has(axis, own[d], units[d]) and _has(axis, below[d], of_source[d])
                else None
                for d, axis in enumerate(network.axes)
            )
        if None in axes:
            axes = _ways_of_layer(operation, units, of_source) or axes
        yield Link(source, axes, None not in axes)


def _has(axis: AxisNetwork, at: int | None, units: int) -> bool:
    """Whether a grid has the units of a row: one that sees everything has a single one."""
    return at is not None and axis.units(at) == units


def _ways_of_layer(
    operation: RecordedOperation, units: Sequence[int], of_source: Sequence[int]
) -> tuple[tuple[Way, ...], ...] | None:
    """The ways that the layer itself says, where its spatial axes are those of the units."""
    if operation.kind.lower() in _POINTWISE:
        return _beside(units, of_source)
    fits = len(operation.sources) == len(operation.inputs) == 1 and (
        tuple(operation.inputs[0][2:]) == tuple(of_source)
        and tuple(operation.output[2:]) == tuple(units)
    )
    if not fits or isinstance(operation.layer, Ran):
        return None
    readings = operation.layer.readings(*operation.inputs)
    if readings is None or None in readings:
        return None
    if len(set(readings)) > 1 and len(set(of_source)) < len(of_source):
        return None  # the axes may have changed places
    return tuple((_way(reading),) for reading in readings if reading is not None)


def _units(network: RecordedNetwork, source: int) -> tuple[int, ...]:
    if source == INPUT:
        return tuple(axis.size for axis in network.axes)
    return network.units(source)


def _beside(units: Sequence[int], of_source: Sequence[int]) -> tuple[tuple[Way, ...], ...] | None:
    """The ways to units at the same places, or to the one unit of an axis, as torch broadcasts."""
    if len(units) != len(of_source):
        return None
    ways: list[tuple[Way, ...]] = []
    for size, below in zip(units, of_source, strict=True):
        if below not in (size, 1):
            return None
        ways.append(((),) if below == size else ((Reading((range(1),), 0, 1, size),),))
    return tuple(ways)


def _grids(network: RecordedNetwork, source: int) -> tuple[int | None, ...]:
    if source == INPUT:
        return (INPUT,) * len(network.axes)
    return tuple(sight.at for sight in network.operations[source].sights)


def _ways(
    axis: AxisNetwork, at: int | None, end: int | None, stops: set[int | None]
) -> tuple[Way, ...] | None:
    """Every way from a grid down to another, past no other of `stops`; None where there is none."""
    if at is None or end is None or end > at or (at != end and at in stops):
        return None
    found: list[Way] = []
    open_ways: list[tuple[int, Way]] = [(at, ())]
    while open_ways:
        place, way = open_ways.pop()
        if place == end:
            found.append(way)
            continue
        step = axis.steps[place]
        reading = None if step.readings is None else step.readings[0]
        if reading is None:
            return None
        open_ways += [
            (source, (*way, *_way(reading)))
            for source in step.sources
            if source == end or (source > end and source not in stops)
        ]
        if len(found) + len(open_ways) > MOST_WAYS:
            return None
    return tuple(found) or None


def _agrees(
    network: RecordedNetwork,
    rows: Sequence[Linked],
    row: Linked,
    operation: RecordedOperation,
    seen: _Seen,
) -> bool:
    """Whether links lead to the cells that a few units see: those at the ends and in the middle."""
    outlook, axes = operation.outlook, network.axes
    if outlook.paths is None or len(row.units) != len(axes) or 0 in row.units:
        return False
    if any(not link.is_exact for link in row.links) or not all(
        link.source == INPUT or rows[link.source].is_known for link in row.links
    ):
        return False
    if len(row.links) == 1 and row.links[0].axes == (((),),) * len(axes):
        return True  # the units of the source, at the same grids
    ends = (tuple(size * part // 2 - (part == 2) for size in row.units) for part in range(3))
    for unit in dict.fromkeys(ends):
        cells = outlook.seen(unit).cells
        if all(cells) and cells != _through(network, rows, row, unit, seen):
            # a grid may hold the first and the last cell alone: down the links to the input
            read = read_cells([*rows, row], len(rows), unit, [axis.size for axis in axes])
            if cells != read.get(INPUT):
                return False
    return True


def _through(
    network: RecordedNetwork, rows: Sequence[Linked], row: Linked, unit: Sequence[int], seen: _Seen
) -> tuple[Cells, ...]:
    """What a unit sees of the input through its links, by the grids of its sources."""
    found: list[list[range]] = [[] for _ in network.axes]
    for link in row.links:
        sizes = rows[link.source].units if link.source != INPUT else [a.size for a in network.axes]
        read = cells_of_link(link, tuple((range(u, u + 1),) for u in unit), sizes)
        grids = _grids(network, link.source)
        for d, (axis, at, cells) in enumerate(zip(network.axes, grids, read, strict=True)):
            key = (d, at, cells)
            if key not in seen:
                seen[key] = () if at is None else axis.seen(at, cells)
            found[d] += seen[key]
    return tuple(map(merged, found))
