"""The plan of `run` between stores: the store of the result, the blocks, and what they take."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convcli.cli.app.stores import StoreOptions
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.input.memory import (
    SCRATCH,
    SCRATCH_PER_NUMBER,
    memory_limit,
    require_memory,
    weight_bytes,
)
from convcli.engine.compute.batches import count_batches
from convcli.engine.compute.blocks import Blocks, cells_of_block, plan_blocks
from convcli.engine.compute.blockwise import cube_steps
from convcli.engine.compute.chunk_shapes import chosen_shapes
from convcli.engine.compute.units import UnitGrid
from convcli.engine.geometry.cost import cost
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.files.stores.inputs import of_array
from convcli.inputs.files.stores.ome import output_image
from convcli.inputs.files.stores.outputs import StoredOutput
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.sources import Stored, StoredInput

if TYPE_CHECKING:
    from convcli.cli.commands.run.teams import Team

MOST_BLOCK = 2**29  # bytes of a block's input; two are in memory, of which one is being read
ASSUMED_RATE = 1e9  # multiply-adds that a worker computes in a second, for the number of tasks
ASSUMED = 2**32  # bytes of memory, where the free memory is unknown
READ_TOGETHER = 10  # chunks that zarr fetches and unpacks at the same time
READ_BYTES = 2**26  # ... as long as these have fewer bytes
BLOCKS_PER_WORKER = 4  # at least, where that leaves whole units: the last ones end together
COPIES_OF_UNIT = 2  # of a unit of the result: its numbers, and packed


@dataclass(frozen=True)
class StorePlan:
    """What a run between stores does: from which array, into which one, block by block."""

    arrays: LoadedOperands
    source: Stored
    output: StoredOutput
    blocks: Blocks
    threads: int
    memory: int
    slots: int | None = None

    @property
    def tasks(self) -> tuple[int, int] | tuple[()]:
        """The tasks of workers, about, and how many are computed at the same time."""
        if self.slots is None:
            return ()
        seconds = self.macs / max(self.blocks.total, 1) / ASSUMED_RATE
        return count_batches(self.blocks.total, self.slots, seconds), self.slots

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type in which X is read."""
        found: np.dtype[Any] = self.arrays.input.dtype
        return found

    @property
    def output_bytes(self) -> int:
        """The bytes of all numbers of the result, before they are packed."""
        return prod(self.output.shape) * self.output.dtype.itemsize

    @property
    def fetched_bytes(self) -> int:
        """The bytes of the chunks that are fetched, unpacked, each as often as it is."""
        return self.blocks.fetched_cells * self.source.stored.itemsize

    @property
    def channels_stay(self) -> bool:
        """Whether each channel of the result belongs to one of X."""
        stay: bool = self.arrays.result_origin.channels_stay
        return stay

    @property
    def macs(self) -> int:
        """The multiply-adds of the layer."""
        return cost(self.arrays.spec, self.arrays.full_shape).macs


def store_plan(
    arrays: LoadedOperands,
    place: StorePlace,
    options: StoreOptions,
    threads: int,
    max_memory: int | None,
    team: Team | None = None,
) -> StorePlan:
    """The plan of a layer on its arrays, into the store at a place.

    Raises ConvError where the result cannot have such chunks, or a block needs too much memory.
    """
    spec, input = arrays.spec, arrays.input
    source = input.stored if isinstance(input, StoredInput) else of_array(input, spec.rank)
    output = _output(arrays, source, place, options)
    itemsize = source.stored.itemsize
    if input.dtype != source.stored:
        itemsize += input.dtype.itemsize
    blocks, threads, memory = _within_memory(
        arrays, source, output.grid, itemsize, 1 if team else threads, max_memory, team
    )
    slots = None if team is None else team.slots
    return StorePlan(arrays, source, output, blocks, threads, memory, slots)


def _output(
    arrays: LoadedOperands, source: Stored, place: StorePlace, options: StoreOptions
) -> StoredOutput:
    spec, dtype = arrays.spec, arrays.output_dtype
    batch = len(source.axes.batch)
    shape = (
        *source.shape[:batch], spec.out_channels, *spec.output_sizes(source.shape[batch + 1 :]),
    )  # fmt: skip
    axes = source.axes.of_output(spec.out_channels)
    format = source.format or 3
    shards = options.sizes("shards", spec.rank)
    if shards is not None and format == 2:
        rule = "needs Zarr format 3: the result has the format of X, which is 2"
        raise ConvError("shards.format", rule, parameter="shards")
    chosen = chosen_shapes(
        spec, shape, dtype.itemsize, source.chunk, source.unit,
        options.sizes("chunks", spec.rank), shards,
    )  # fmt: skip
    image = None
    if source.image is not None or options.levels is not None:
        if not source.named:
            rule = "makes an OME-Zarr image, whose axes have names"
            hint = "Name those of X with `axes`, like tczyx."
            raise ConvError("levels.axes", rule, parameter="levels", hint=hint)
        image = output_image(
            source.image, source.level, axes, spec, options.levels or 1,
            channels_stay=arrays.result_origin.channels_stay,
        )  # fmt: skip
    chunk = chosen.chunk
    if chosen.shard is None:
        chunk = tuple(max(min(n, size), 1) for n, size in zip(chunk, shape, strict=True))
    return StoredOutput(
        place, format, shape, chunk, chosen.shard, dtype, axes, source.packing, image, source.named
    )


def _within_memory(
    arrays: LoadedOperands,
    source: Stored,
    grid: UnitGrid,
    itemsize: int,
    threads: int,
    max_memory: int | None,
    team: Team | None,
) -> tuple[Blocks, int, int]:
    """The blocks that fit, on how many threads, and the bytes that they take."""
    spec, dtype = arrays.spec, arrays.output_dtype
    limit = memory_limit(max_memory) or ASSUMED
    limit = limit if max_memory is not None else limit // 2
    most_block = MOST_BLOCK
    if team is not None:
        limit = team.memory // 2 if team.memory is not None else limit // team.slots
        held = itemsize * prod(source.shape)
        most_block = min(most_block, held // (BLOCKS_PER_WORKER * team.slots))
    cubes = _cubes(spec, grid, len(source.axes.batch))
    cube, copied = prod(cubes.unit), itemsize * _most_cells(spec, source, cubes)
    together = max(1, min(READ_TOGETHER, READ_BYTES // max(source.unpacked, 1)))
    unit = prod(grid.unit) * dtype.itemsize * COPIES_OF_UNIT

    def fixed(count: int, chunks: int) -> int:
        scratch = min(SCRATCH, SCRATCH_PER_NUMBER * cube * count)
        units = (count + 1) * unit + chunks * source.unpacked
        return scratch + count * copied + units + weight_bytes(spec.weight_shape)

    least = itemsize * _most_cells(spec, source, grid)
    for count, chunks in ((threads, together), (1, together), (1, 1)):
        rest = limit - fixed(count, chunks)
        if rest >= 2 * least:
            most = max(min(rest // 2, most_block), least)
            blocks = plan_blocks(spec, source.shape, source.least, grid, itemsize, most)
            taken = fixed(count, chunks) + 2 * blocks.input_cells * itemsize
            return blocks, count, taken
    needed = fixed(1, 1) + 2 * least
    require_memory(needed, limit, "Smaller --chunks or --shards of Y need less")
    raise ConvError("memory.limit", f"this needs {needed} bytes of memory", kind="memory")


def _cubes(spec: ConvSpec, grid: UnitGrid, batch: int) -> UnitGrid:
    """The result in cubes, which are computed at once."""
    steps = cube_steps(spec, grid.unit[: batch + 1])
    unit = (*grid.unit[: batch + 1], *map(min, steps, grid.unit[batch + 1 :]))
    return grid._replace(unit=unit)


def _most_cells(spec: ConvSpec, source: Stored, grid: UnitGrid) -> int:
    """The most cells of X that a unit of a grid reads."""
    return cells_of_block(spec, source.shape, grid, (1,) * len(grid.shape))
