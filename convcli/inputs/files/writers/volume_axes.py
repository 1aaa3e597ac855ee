"""The axes of a NIfTI file, x to w, that the axes of an array become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.axis import Axis
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.writers.request import WriteRequest

AXES = "XYZTUVW"  # of the file: space, time, vectors
SPACE = 3


class Arrangement(NamedTuple):
    """The array in the order of the file, with an axis of 1 for each that it lacks.

    `spatial` has the file's axis of each spatial axis of the layer, by number; `beside` that of the
    examples N and the channels C, where the file has one.
    """

    volume: Array
    spatial: tuple[int, ...]
    beside: dict[str, int]


def arrangement(request: WriteRequest) -> Arrangement:
    """Where the axes of the array are in the file. Raises ConvError where it has too many.

    The spatial axes of the layer are those that they were in the input's file, or x, y, z. Examples
    and channels return to the axis that they were read from; others are the next axis behind z.
    """
    array, rank, source = request.array_in_order, request.origin.rank, request.origin.source
    if not (source and source.axes) and rank != SPACE:  # the numbers alone, in their order
        if not 1 <= array.ndim <= SPACE or not array.size:
            raise request.wrong_shape("holds a volume, the result of a layer of 3 axes")
        if array.ndim == rank + 1:
            return _filled(array, [SPACE, *range(rank)], tuple(range(rank)), {"C": SPACE})
        return _filled(array, list(range(array.ndim)), (), {})
    if not rank <= array.ndim <= rank + 2 or not array.size:
        raise request.wrong_shape("needs XxYxZ or CxXxYxZ")
    spatial = tuple(AXES.index(letter) for letter in spatial_letters(source, rank))
    sizes = dict(zip("NC"[rank + 2 - array.ndim :], array.shape, strict=False))
    known = {name: AXES.index(axis) for name, axis in (source.roles if source else {}).items()}
    beside = {name: known[name] for name in sizes if name in known}
    if not request.origin.channels_stay and beside.get("C", SPACE) < SPACE:
        del beside["C"]  # an axis of space, which the layer mixes: it has no place there any more
    more = [name for name, size in sizes.items() if size > 1 and name not in beside]
    taken = {*spatial, *beside.values()}
    free = [at for at in range(SPACE, len(AXES)) if at not in taken]
    if len(more) > 1 or len(more) > len(free):
        rule = "has one axis beside X, Y and Z, and there are {N} examples of {C} channels"
        raise request.wrong_shape(rule.format(**{"N": 1} | sizes), "Write an .npy file.")
    beside |= dict(zip(more, free, strict=False))
    places = [*(beside.get(name) for name in sizes), *spatial]
    return _filled(array, places, spatial, beside)


def spatial_letters(source: SourceMetadata | None, rank: int) -> str:
    """The file's axes that are those of the layer."""
    letters = ((source and source.axes) or "").lstrip("NC")
    return letters if len(letters) == rank else AXES[:rank]


def _filled(
    array: Array, places: Sequence[int | None], spatial: tuple[int, ...], beside: dict[str, int]
) -> Arrangement:
    """The array with axis i at the file's axis `places[i]`; None is an axis of 1 left out."""
    slots = [-1 if at is None else at for at in places]
    order = sorted(range(array.ndim), key=lambda axis: slots[axis])
    shape = [1] * (max(SPACE - 1, *slots) + 1)
    for size, slot in zip(array.shape, slots, strict=True):
        if slot >= 0:
            shape[slot] = size
    return Arrangement(array.transpose(order).reshape(shape), spatial, beside)


def affine_of_windows(
    axes: Sequence[Axis], transposed: bool, places: Sequence[int] = range(SPACE)
) -> Array:
    """The 4x4 matrix from voxels of the output to voxels of the input.

    `places` has the row of each axis; those that are not space change nothing.

    >>> affine_of_windows((Axis(3, stride=2),) * 3, transposed=False)[0].tolist()
    [2.0, 0.0, 0.0, 1.0]
    """
    steps = np.eye(SPACE + 1)
    for axis, place in zip(axes, places, strict=True):
        if place < SPACE:
            steps[place, place] = axis.stride
            steps[place, -1] = offset_of(axis)
    return np.linalg.inv(steps) if transposed else steps


def offset_of(axis: Axis) -> float:
    """The centre of the first window, in cells of the input."""
    return (axis.extent - 1) / 2 - axis.pad.before
