"""A layer on a stored array: blocks are read, computed in cubes, and written by whole units.

The cubes of a unit follow from the unit alone. So the same units get the same bytes, whatever the
blocks, the threads and the workers are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from threading import Lock
from typing import Any, NamedTuple, Protocol

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.blocks import Blocks, read_of
from convcli.engine.compute.channels import ChannelPart, channel_parts
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.executors.threads import blas_on_one_thread
from convcli.engine.compute.tiles import (
    Tile,
    axis_tile,
    even_slices,
    layer_of_tile,
    read_cells,
)
from convcli.engine.compute.units import Unit
from convcli.engine.geometry.spec import ConvSpec

CUBE_CELLS = 2**21  # outputs that are computed together: 128 a side in 3D
LEAST_CUBE = 2**12


class Source(Protocol):
    """A stored array (*batch, C, *sizes) that is read box by box."""

    def read(self, box: Any) -> Array:
        """The numbers of a box: for each axis a slice, or cells in any order."""


class Sink(Protocol):
    """A stored array (*batch, C, *sizes) that is written unit by unit."""

    def write(self, unit: Unit, values: Array) -> None:
        """Write all cells of a unit."""


class Tally(NamedTuple):
    """What was done: units computed, and units left as they are."""

    computed: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:  # type: ignore[override]
        return Tally(self.computed + other.computed, self.skipped + other.skipped)


def compute_blocks(
    blocks: Blocks,
    which: Iterable[int],
    source: Source,
    sink: Sink,
    weight: Array,
    bias: Array | None,
    dtype: np.dtype[Any],
    *,
    threads: int = 1,
    compute: Callable[..., Array] = convolve,
    is_done: Callable[[Unit], bool] | None = None,
    report: Callable[[Tally], None] | None = None,
) -> Tally:
    """Compute the blocks numbered `which`, of a result of type `dtype`.

    While a block is computed the next one is read. Units for which `is_done` are left as they are.
    `report` is called with what was done since the last call. After an error nothing more is read
    or written when it is raised.
    """
    weight = weight.reshape(blocks.spec.weight_shape)  # a single kernel has no channels
    job = _Job(blocks, sink, weight, bias, dtype, compute)
    tally = Tally()

    def add(done: Tally) -> None:
        nonlocal tally
        tally += done
        if report is not None and any(done):
            report(done)

    with blas_on_one_thread():
        reader, pool = ThreadPoolExecutor(1), ThreadPoolExecutor(threads)
        try:
            for units in _read_ahead(blocks, which, source, reader, is_done):
                add(Tally(0, len(units.done)))
                if units.coming is not None:
                    _compute(job, units.todo, units.coming.result(), pool, add)
                units.coming = None  # its memory is free when the next block but one is read
        finally:
            pool.shutdown(cancel_futures=True)
            reader.shutdown(cancel_futures=True)
    return tally


def _compute(
    job: _Job, units: list[Unit], block: _Block, pool: Executor, add: Callable[[Tally], None]
) -> None:
    """Compute the units of a block that was read, and `add` each when it is written."""
    waiting = [[pool.submit(cube) for cube in job.cubes(unit, block)] for unit in units]
    for cubes in waiting:
        for future in cubes:
            future.result()
        add(Tally(1, 0))


@dataclass
class _Units:
    """The units of a block: those to compute, with their input, and those that are there."""

    todo: list[Unit]
    done: list[Unit]
    coming: Future[_Block] | None = None


class _Block(NamedTuple):
    """The layer whose output is a block, its input, and the first output of the block."""

    spec: ConvSpec
    images: Array  # (*batch, C, *cells)
    outputs: tuple[slice, ...]
    channels: slice  # input channels that were read


def _read_ahead(
    blocks: Blocks,
    which: Iterable[int],
    source: Source,
    reader: ThreadPoolExecutor,
    is_done: Callable[[Unit], bool] | None,
) -> Iterator[_Units]:
    """The units of each block with its input, of which the next one is read meanwhile."""

    def begin(number: int) -> _Units:
        units = _Units([], [])
        for unit in blocks.units(number):
            (units.done if is_done is not None and is_done(unit) else units.todo).append(unit)
        if units.todo:
            units.coming = reader.submit(_read, blocks, units.todo, source)
        return units

    waiting = None
    for number in which:
        following = begin(number)
        if waiting is not None:
            yield waiting
        waiting = following
    if waiting is not None:
        yield waiting


def _read(blocks: Blocks, units: Sequence[Unit], source: Source) -> _Block:
    """The input of the smallest box that holds these units."""
    boxes = [blocks.grid.box(unit) for unit in units]
    outputs = tuple(
        slice(min(part.start for part in axis), max(part.stop for part in axis))
        for axis in zip(*boxes, strict=True)
    )
    read = read_of(blocks.spec, blocks.input_shape, outputs)
    cells = source.read(read.box)
    spec, cells = layer_of_tile(blocks.spec, read.tile, cells)
    return _Block(spec, cells, outputs, read.channels)


class _Job(NamedTuple):
    """What all units of a layer share."""

    blocks: Blocks
    sink: Sink
    weight: Array
    bias: Array | None
    dtype: np.dtype[Any]
    compute: Callable[..., Array]

    def cubes(self, unit: Unit, block: _Block) -> list[Callable[[], None]]:
        """The work of a unit in cubes; the last one that ends writes the unit."""
        box = self.blocks.grid.box(unit)
        batch = self.blocks.batch_axes
        steps = cube_steps(self.blocks.spec, [part.stop - part.start for part in box[: batch + 1]])
        parts = [
            even_slices(part.stop - part.start, step, part.start)
            for part, step in zip(box[batch + 1 :], steps, strict=True)
        ]
        result = _Result(self, unit, box, prod(map(len, parts)))

        def cube(outputs: tuple[slice, ...]) -> Callable[[], None]:
            return lambda: result.fill(outputs, self._outputs(block, (*box[: batch + 1], *outputs)))

        return [cube(outputs) for outputs in product(*parts)]

    def _outputs(self, block: _Block, outputs: tuple[slice, ...]) -> Array:
        """The outputs of a box within a block, (*batch, C, *outputs)."""
        batch = self.blocks.batch_axes
        inside = tuple(
            slice(part.start - whole.start, part.stop - whole.start)
            for part, whole in zip(outputs, block.outputs, strict=True)
        )
        sizes = block.images.shape[batch + 1 :]
        tile: Tile = tuple(
            axis_tile(block.spec, d, size, part.start, part.stop)
            for d, (size, part) in enumerate(zip(sizes, inside[batch + 1 :], strict=True))
        )
        cells = read_cells(block.images[inside[:batch]], tile)
        layer, cells = layer_of_tile(block.spec, tile, cells)
        # Rows of a cube lie closer together than those of the block, which takes a third less time.
        compact = np.ascontiguousarray(cells)
        images = compact.reshape(prod(cells.shape[:batch]), *cells.shape[batch:])
        channels = outputs[batch]
        parts = list(channel_parts(self.blocks.spec, channels.start, channels.stop))
        if len(parts) == 1:
            out = self._channels(block, layer, parts[0], images).astype(self.dtype, copy=False)
        else:
            counts = (part.stop - part.start for part in inside[batch + 1 :])
            out = np.empty((len(images), channels.stop - channels.start, *counts), self.dtype)
            for part in parts:
                first, stop = (
                    at - channels.start for at in (part.outputs.start, part.outputs.stop)
                )
                out[:, first:stop] = self._channels(block, layer, part, images)
        return out.reshape(*cells.shape[:batch], *out.shape[1:])

    def _channels(self, block: _Block, layer: ConvSpec, part: ChannelPart, images: Array) -> Array:
        """The outputs of some channels, (images, channels, *outputs)."""
        first = part.inputs.start - block.channels.start
        some = images[:, first : first + part.spec.in_channels]
        spec = replace(part.spec, axes=layer.axes, padding_mode=layer.padding_mode)
        bias = None if self.bias is None else self.bias.reshape(-1)[part.outputs]
        return self.compute(spec, some, part.weight_of(self.blocks.spec, self.weight), bias)


class _Result:
    """The numbers of a unit, which its cubes fill."""

    def __init__(self, job: _Job, unit: Unit, box: tuple[slice, ...], cubes: int) -> None:
        self.job, self.unit, self.box, self.missing = job, unit, box, cubes
        self.lock = Lock()
        self.values: Array | None = None

    def fill(self, outputs: tuple[slice, ...], cube: Array) -> None:
        """Take the numbers of a cube; write the unit when it is the last one."""
        spatial = self.box[-len(outputs) :]
        place = tuple(
            slice(part.start - whole.start, part.stop - whole.start)
            for part, whole in zip(outputs, spatial, strict=True)
        )
        with self.lock:
            if self.values is None:
                shape = [part.stop - part.start for part in self.box]
                self.values = cube if cube.shape == tuple(shape) else np.empty(shape, cube.dtype)
            values = self.values
        if values is not cube:
            inside: Any = (..., *place)
            values[inside] = cube
        with self.lock:
            self.missing -= 1
            last = self.missing == 0
        if last:
            self.values = None
            self.job.sink.write(self.unit, values)


def cube_steps(spec: ConvSpec, images: Sequence[int]) -> tuple[int, ...]:
    """The outputs of a cube on each spatial axis, for so many images and output channels.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, dims=3)
    >>> cube_steps(spec, (1, 1))
    (128, 128, 128)
    """
    *batch, outputs = images
    channels = prod(batch) * max(spec.in_channels, outputs)
    cells = max(CUBE_CELLS // max(channels, 1), LEAST_CUBE)  # an axis of images can be empty
    side = max(round(cells ** (1 / spec.rank)), 1)
    return (side,) * spec.rank
