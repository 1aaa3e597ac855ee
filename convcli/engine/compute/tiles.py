"""The tile plan: a box of outputs, the cells that its rows of the tap tables read, its padding.

All executors, all threads, and layers computed piece by piece use this plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Integers
from convcli.engine.geometry.padding import NO_PAD, Pad, padded_cell
from convcli.engine.geometry.spec import ConvSpec


class PaddedCells(NamedTuple):
    """The cells at the indices `first` to `end - 1` of a padded axis of `size` cells.

    They follow the padding mode, and are made when they are read: a layer can have very many.
    """

    first: int
    end: int
    size: int
    mode: str

    def indices(self) -> Integers:
        """The cell at each index."""
        return padded_cell(np.arange(self.first, self.end, dtype=np.int64), self.size, self.mode)


class AxisTile(NamedTuple):
    """Consecutive outputs of an axis, and the cells that they read.

    The layer with this `pad` and `output_padding` maps `cells` to exactly these outputs.
    """

    outputs: slice
    cells: slice | PaddedCells
    pad: Pad = NO_PAD
    output_padding: int = 0

    @property
    def places(self) -> slice | Integers:
        """The cells as an index of the axis."""
        return self.cells if isinstance(self.cells, slice) else self.cells.indices()


Tile = tuple[AxisTile, ...]


def axis_tile(spec: ConvSpec, d: int, size: int, start: int, stop: int) -> AxisTile:
    """The tile of outputs `start` to `stop` on axis `d` of an input of `size` cells.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=1)
    >>> tile = axis_tile(spec, 0, 8, 0, 4)
    >>> tile.cells, tile.pad
    (slice(0, 5, None), Pad(before=1, after=0))
    """
    return (_of_transposed if spec.transposed else _of_convolution)(
        spec, d, size, slice(start, stop)
    )


def _of_convolution(spec: ConvSpec, d: int, size: int, outputs: slice) -> AxisTile:
    axis = spec.axes[d]
    first, end = axis.window(outputs.start).start, axis.window(outputs.stop - 1).stop
    if spec.padding_mode != "zeros" and (first < 0 or end > size):
        return AxisTile(outputs, PaddedCells(first, end, size, spec.padding_mode))
    # Empty if the whole tile lies inside the padding.
    cells = slice(min(max(first, 0), size), min(max(end, 0), size))
    before = min(max(-first, 0), end - first)
    return AxisTile(outputs, cells, Pad(before, end - first - before - (cells.stop - cells.start)))


def _of_transposed(spec: ConvSpec, d: int, size: int, outputs: slice) -> AxisTile:
    """The cells whose stamps reach the outputs; what the stamps cover beyond them is cropped."""
    axis = spec.axes[d]
    reaching = axis.windows_over(outputs.start, outputs.stop)
    until = axis.windows_over(outputs.start, outputs.start + 1).stop  # the last to begin before it
    first = max(min(reaching.start, until - 1, size - 1), 0)
    end = max(min(reaching.stop, size), first + 1)
    uncropped = replace(axis, pad=Pad(outputs.start - axis.window(first).start, 0))
    part = uncropped.returning(outputs.stop - outputs.start, end - first)
    return AxisTile(outputs, slice(first, end), part.pad, part.output_padding)


def runs_of(places: slice | Integers) -> list[slice]:
    """A slice, or cells in any order, as ascending runs: each cell once.

    >>> runs_of(np.array([2, 1, 0, 1, 2, 5]))
    [slice(0, 3, None), slice(5, 6, None)]
    """
    if isinstance(places, slice):
        return [places]
    cells = np.unique(places)
    breaks = np.flatnonzero(np.diff(cells) != 1) + 1
    return [slice(int(run[0]), int(run[-1]) + 1) for run in np.split(cells, breaks) if run.size]


def cells_of_step(spec: ConvSpec, d: int, size: int, step: int) -> int:
    """The most cells that a tile of `step` outputs reads on axis `d`, padding included."""
    axis = spec.axes[d]
    if spec.transposed:
        return min(size, (step + axis.extent - 2) // axis.stride + 2)
    return min(size + sum(axis.pad), axis.cells_under(step))


def even_slices(count: int, step: int, start: int = 0) -> list[slice]:
    """0..count in as few parts as possible of at most `step`, equal but for 1.

    >>> even_slices(10, 4)
    [slice(0, 3, None), slice(3, 6, None), slice(6, 10, None)]
    """
    parts = max(1, -(-count // max(step, 1)))
    bounds = [start + count * i // parts for i in range(parts + 1)]
    return list(map(slice, bounds, bounds[1:]))


def tiles(
    spec: ConvSpec, sizes: Sequence[int], region: Sequence[slice], steps: Sequence[int]
) -> Iterator[Tile]:
    """The outputs of a region in boxes of at most `steps`, in the order of memory."""
    axes = []
    for d, (size, outputs, step) in enumerate(zip(sizes, region, steps, strict=True)):
        parts = even_slices(outputs.stop - outputs.start, step, outputs.start)
        axes.append([axis_tile(spec, d, size, part.start, part.stop) for part in parts])
    yield from product(*axes)


def steps_of_a_run(out_sizes: Sequence[int], count: int) -> tuple[int, ...]:
    """The box of about `count` outputs that is contiguous: whole last axes, a part of one, then 1.

    >>> steps_of_a_run((64, 56, 56), 1000)
    (1, 17, 56)
    """
    steps: list[int] = []
    for size in reversed(out_sizes):
        steps.append(max(1, min(size, count // max(prod(steps), 1))) if prod(steps) <= count else 1)
        if steps[-1] < size:
            break
    return (*[1] * (len(out_sizes) - len(steps)), *reversed(steps))


def tile_shape(tile: Tile) -> tuple[int, ...]:
    """The outputs of a tile on each axis."""
    return tuple(axis.outputs.stop - axis.outputs.start for axis in tile)


def read_cells(source: Any, tile: Tile) -> Any:
    """The cells of a tile from the last axes of an array: a view if all are slices."""
    slices = tuple(axis.cells if isinstance(axis.cells, slice) else slice(None) for axis in tile)
    block = source[(..., *slices)]
    for d, axis in enumerate(tile):
        if not isinstance(axis.cells, slice):
            block = block.take(axis.places, axis=d - len(tile))
    return block


def layer_of_tile(spec: ConvSpec, tile: Tile, cells: Any) -> tuple[ConvSpec, Any]:
    """The layer, and its input, whose output is a tile; `cells` are those of `read_cells`.

    A tile inside the padding has no cells: the input is then the zeros of the padding.
    """
    pads = [part.pad for part in tile]
    if not cells.size:
        sizes = (size + sum(pad) for size, pad in zip(cells.shape[-len(tile) :], pads, strict=True))
        cells, pads = (
            np.zeros((*cells.shape[: -len(tile)], *sizes), cells.dtype),
            [NO_PAD] * len(tile),
        )
    parts = zip(spec.axes, pads, tile, strict=True)
    axes = tuple(
        replace(axis, pad=pad, output_padding=part.output_padding) for axis, pad, part in parts
    )
    return replace(spec, axes=axes, padding_mode="zeros"), cells
