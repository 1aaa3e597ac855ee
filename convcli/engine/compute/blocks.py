"""The block plan of a stored array: which units are computed together, from which cells.

A store hands out whole chunks. A unit with its halo touches the neighbours' chunks too, 27 for one
in 3D; a block of several units an axis reads fewer of them twice. The plan counts the bytes that
the store fetches, not the cells that are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise, product
from math import log, prod
from typing import NamedTuple

from convcli.engine.compute.channels import channels_read
from convcli.engine.compute.tiles import AxisTile, Tile, axis_tile, cells_of_step, runs_of
from convcli.engine.compute.units import Unit, UnitGrid
from convcli.engine.geometry.spec import ConvSpec

SOFT_BYTES = 96 * 2**20  # of a block's input: it grows to this as long as less is fetched
WANTED = {1: 2.0, 2: 3.0}  # bytes fetched for a byte of the input, for which a block grows further
WANTED_IN_3D = 5.0
GOOD_ENOUGH = 1.1
ALL_CHUNKS = 2**18  # on an axis, that are looked at one by one
COUNTED = 512  # units of an axis that the search looks at


class BlockRead(NamedTuple):
    """What a block reads: its images, input channels, and the cells of each spatial axis."""

    images: tuple[slice, ...]
    channels: slice
    tile: Tile

    @property
    def box(self) -> tuple[object, ...]:
        """The box of the input: for each axis a slice, or the cells in any order."""
        return (*self.images, self.channels, *(axis.places for axis in self.tile))


@dataclass(frozen=True)
class Blocks:
    """A layer computed in blocks of `steps` units along each axis of the output.

    input_shape (*batch, C_in, *sizes); the grid is that of the output (*batch, C_out, *out).
    `chunk` is what the store hands out of the input at least, an entry an axis; 1 where it reads
    any cell.
    """

    spec: ConvSpec
    input_shape: tuple[int, ...]
    chunk: tuple[int, ...]
    grid: UnitGrid
    steps: tuple[int, ...]

    @property
    def batch_axes(self) -> int:
        """The number of axes before the channels."""
        return len(self.input_shape) - self.spec.rank - 1

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """The number of blocks along each axis."""
        return tuple(-(-n // m) for n, m in zip(self.grid.counts, self.steps, strict=True))

    @property
    def total(self) -> int:
        """The number of blocks."""
        return prod(self.counts)

    def units(self, block: int) -> Iterator[Unit]:
        """The places of the units of a block."""
        return product(*self._units_of_axes(block))

    def outputs(self, block: int) -> tuple[slice, ...]:
        """The box of outputs of a block."""
        ranges = self._units_of_axes(block)
        first, last = ([run[i] for run in ranges] for i in (0, -1))
        lows, highs = self.grid.box(first), self.grid.box(last)
        return tuple(slice(a.start, b.stop) for a, b in zip(lows, highs, strict=True))

    def read(self, block: int) -> BlockRead:
        """What the outputs of a block read."""
        return read_of(self.spec, self.input_shape, self.outputs(block))

    def _units_of_axes(self, block: int) -> list[range]:
        places = []
        for count in reversed(self.counts):
            block, place = divmod(block, count)
            places.append(place)
        parts = zip(reversed(places), self.steps, self.grid.counts, strict=True)
        return [range(at * step, min((at + 1) * step, count)) for at, step, count in parts]

    @property
    def input_cells(self) -> int:
        """The most cells that one block reads."""
        return cells_of_block(self.spec, self.input_shape, self.grid, self.steps)

    @property
    def fetched_cells(self) -> int:
        """The cells of all chunks that the blocks fetch, each as often as it is fetched."""
        return prod(cells for cells, _ in self._fetched_on_axes())

    @property
    def gets(self) -> int:
        """The number of chunks that are fetched."""
        return prod(gets for _, gets in self._fetched_on_axes())

    def _fetched_on_axes(self) -> Iterator[tuple[int, int]]:
        """The cells and the chunks that are fetched along each axis.

        Of an axis with very many chunks, the later blocks are taken to be like the first ones.
        """
        for axis, (count, step) in enumerate(zip(self.grid.counts, self.steps, strict=True)):
            chunks = -(-step * self.grid.unit[axis] // self.chunk[axis])
            counted = min(count, step * max(COUNTED, ALL_CHUNKS // max(chunks, 1)))
            cells, gets, _ = _fetched(self, axis, step, counted)
            yield cells * count // max(counted, 1), gets * count // max(counted, 1)


def read_of(spec: ConvSpec, input_shape: Sequence[int], outputs: Sequence[slice]) -> BlockRead:
    """What a box of outputs (*batch, C_out, *out) reads of an input (*batch, C_in, *sizes)."""
    batch = len(input_shape) - spec.rank - 1
    channels, spatial = outputs[batch], outputs[batch + 1 :]
    tile = tuple(
        axis_tile(spec, d, input_shape[batch + 1 + d], part.start, part.stop)
        for d, part in enumerate(spatial)
    )
    read = channels_read(spec, channels.start, channels.stop)
    return BlockRead(tuple(outputs[:batch]), read, tile)


def cells_of_block(
    spec: ConvSpec, input_shape: Sequence[int], grid: UnitGrid, steps: Sequence[int]
) -> int:
    """The most cells that a block of so many units along each axis reads."""
    batch = len(input_shape) - spec.rank - 1
    outputs = [min(m * u, n) for m, u, n in zip(steps, grid.unit, grid.shape, strict=True)]
    spatial = (
        cells_of_step(spec, d, input_shape[batch + 1 + d], outputs[batch + 1 + d])
        for d in range(spec.rank)
    )
    groups = min(spec.groups, -(-outputs[batch] // spec.out_per_group) + 1)
    return prod(outputs[:batch]) * groups * spec.in_per_group * prod(spatial)


def plan_blocks(
    spec: ConvSpec,
    input_shape: Sequence[int],
    chunk: Sequence[int],
    grid: UnitGrid,
    itemsize: int,
    most_bytes: int,
) -> Blocks:
    """The blocks whose input has at most `most_bytes`, so that little is fetched twice.

    All output channels of a place are computed together where that fits. Then the axis grows on
    which the least memory saves the most, to SOFT_BYTES; beyond, to `most_bytes`, only while more
    than WANTED bytes are fetched for each byte of the input.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=5, padding=2, dims=2)
    >>> blocks = plan_blocks(
    ...     spec, (1, 512, 512), (1, 64, 64), UnitGrid((1, 512, 512), (1, 64, 64)), 4, 2**18
    ... )
    >>> blocks.steps, round(blocks.fetched_cells / 512**2, 2)
    ((1, 3, 4), 1.88)
    """
    batch = len(input_shape) - spec.rank - 1
    plan = Blocks(spec, tuple(input_shape), tuple(chunk), grid, (1,) * len(input_shape))
    search = _Search(plan, itemsize, list(plan.steps))
    search.move(batch, grid.counts[batch], most_bytes)
    wanted = WANTED.get(spec.rank, WANTED_IN_3D)
    while prod(search.shares) > GOOD_ENOUGH:
        limit = most_bytes if prod(search.shares) > wanted else min(SOFT_BYTES, most_bytes)
        best = max(search.moves(limit), default=None)
        if best is None:
            break
        search.move(best[1], best[2], limit)
    return replace(plan, steps=tuple(search.steps))


class _Search:
    """The units of a block along each axis, and the share of the cells that are fetched again."""

    def __init__(self, plan: Blocks, itemsize: int, steps: list[int]) -> None:
        self.plan, self.itemsize, self.steps = plan, itemsize, steps
        self.shares = [self._share(axis, step) for axis, step in enumerate(steps)]

    def taken(self, axis: int, step: int) -> int:
        """The bytes of a block with `step` units along an axis."""
        steps = [*self.steps[:axis], step, *self.steps[axis + 1 :]]
        plan = self.plan
        return self.itemsize * cells_of_block(plan.spec, plan.input_shape, plan.grid, steps)

    def move(self, axis: int, step: int, limit: int) -> None:
        """Let the axis have so many units, if that fits."""
        if self.taken(axis, step) <= limit:
            self.steps[axis], self.shares[axis] = step, self._share(axis, step)

    def moves(self, limit: int) -> Iterator[tuple[float, int, int]]:
        """(what it saves for its memory, axis, units) of each step that saves something."""
        for axis, (step, count) in enumerate(zip(self.steps, self.plan.grid.counts, strict=True)):
            for wider in sorted({min(step + step // 3 + 1, count), min(2 * step, count)} - {step}):
                before, now = self.taken(axis, step), self.taken(axis, wider)
                share = self._share(axis, wider)
                if now <= limit and share < self.shares[axis]:
                    saved = log(self.shares[axis] / share)
                    yield saved / max(log(now / before), 1e-9), axis, wider

    @cache  # noqa: B019  (the search ends with its plan)
    def _share(self, axis: int, step: int) -> float:
        cells, _, reached = _fetched(self.plan, axis, step, COUNTED)
        return cells / max(reached, 1)


def _fetched(
    plan: Blocks, axis: int, step: int, counted: int | None = None
) -> tuple[int, int, int]:
    """Along an axis: the cells of the chunks that blocks of `step` units fetch, how many chunks
    these are, and the cells of all chunks up to the last of them.

    With `counted`, of the first so many units alone.
    """
    grid, size, chunk = plan.grid, plan.input_shape[axis], plan.chunk[axis]
    count = min(grid.counts[axis], counted or grid.counts[axis])
    starts = [*range(0, count, step), count]
    cells = gets = highest = 0
    for first, last in pairwise(starts):
        low, high = first * grid.unit[axis], min(last * grid.unit[axis], grid.shape[axis])
        chunks = {at for run in _runs(plan, axis, low, high) for at in _touched(run, chunk)}
        cells += sum(min((at + 1) * chunk, size) - at * chunk for at in chunks) if chunk > 1 else 0
        if chunk == 1:
            cells += sum(run.stop - run.start for run in _runs(plan, axis, low, high))
        gets += len(chunks)
        highest = max([highest, *((at + 1) * chunk for at in chunks)])
    return cells, gets, min(highest, size)


def _touched(run: slice, chunk: int) -> range:
    """The chunks that a run of cells touches; whole runs are one where any cell can be read."""
    if chunk == 1:
        return range(run.start, run.start + 1) if run.stop > run.start else range(0)
    return range(run.start // chunk, -(-run.stop // chunk))


def _runs(plan: Blocks, axis: int, low: int, high: int) -> Iterable[slice]:
    """The cells that the outputs `low` to `high` - 1 read along an axis, as runs."""
    batch = plan.batch_axes
    if axis < batch:
        return [slice(low, high)]
    if axis == batch:
        return [channels_read(plan.spec, low, high)]
    d = axis - batch - 1
    tile: AxisTile = axis_tile(plan.spec, d, plan.input_shape[axis], low, high)
    return runs_of(tile.places)
