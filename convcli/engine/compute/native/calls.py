"""Calls of kernel.c."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

from convcli.engine.arrays import Array
from convcli.engine.compute.native import boxes as sizes
from convcli.engine.compute.native.boxes import LONGEST, MOST_COLUMNS, block_of
from convcli.engine.compute.native.shapes import Shapes, joined, without_gaps
from convcli.engine.compute.native.ways import Way, way_of

GATHERED_BYTES = 2**14  # cells of small groups that are gathered together
CALLS = 256  # that are remembered


class Call(NamedTuple):
    """A function of kernel.c, its `Layer`, and the numbers of the memory that it works in.

    `held` are calls whose layers this one reads.
    """

    function: Any
    layer: Any
    cells: int
    reads: int
    held: tuple[Call, ...] = ()


@lru_cache(CALLS)
def call_of(shapes: Shapes) -> Call:
    """The call of kernel.c that computes these shapes."""
    way = way_of(joined(without_gaps(shapes)))
    shapes, boxes, chunk = way.shapes, way.boxes, way.chunk
    channels, group = shapes.x_shape[2], chunk * boxes.plane
    block, taps = block_of(shapes.axes, channels)
    together = max(1, min(shapes.x_shape[1], GATHERED_BYTES // (group * shapes.itemsize)))
    together = together if chunk == channels else 1
    layer = layer_of(numbers_of(way, block, together))
    behind = MOST_COLUMNS * max(LONGEST, way.row_step)  # what vectors read behind the last cell
    cells = 0 if way.in_place else together * group + chunk * taps * way.unfolds + behind
    places = (2 * block + 1) * taps + 2 * way.vectors + 4 * shapes.axes[-1].stride
    return Call(way.kernel.functions[shapes.dtype], layer, cells, places)


def numbers_of(way: Way, block: int, together: int) -> list[int]:
    """`Layer` of kernel.c."""
    shapes, boxes = way.shapes, way.boxes
    taps = prod(axis.kernel_size for axis in shapes.axes)
    numbers = [
        *shapes.out_shape[:3], shapes.x_shape[2], taps, block, sizes.BLOCK, way.chunk, boxes.plane,
        way.unfolds, way.grid, way.row_step, way.alone, way.in_place, together, way.vectors,
        len(shapes.axes), *shapes.x_steps[:3], *shapes.weight_steps[:3], *shapes.out_steps[:3],
    ]  # fmt: skip
    for d, axis in enumerate(shapes.axes):
        numbers += [
            shapes.out_shape[3 + d], boxes.steps[d], shapes.x_shape[3 + d], shapes.pads[d].before,
            axis.kernel_size, axis.stride, axis.dilation, shapes.x_steps[3 + d],
            shapes.out_steps[3 + d], shapes.weight_steps[3 + d], boxes.pitches[d], boxes.phases[d],
        ]  # fmt: skip
    return numbers


def layer_of(numbers: Sequence[int]) -> Any:
    """Numbers as kernel.c reads them."""
    return (ctypes.c_ssize_t * len(numbers))(*numbers)


def addresses_of_call(call: Call) -> tuple[int, int]:
    """Where the function and the layer of a call lie in memory."""
    return ctypes.cast(call.function, ctypes.c_void_p).value or 0, ctypes.addressof(call.layer)


def address(array: Array) -> int:
    """Where the numbers of an array begin in memory."""
    return int(array.__array_interface__["data"][0])
