"""Tensors that share memory: what one holds after another was written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.engine.network.atoms import Place
from convcli.engine.network.places import Places
from convcli.inputs.networks.recording.called import Fact


class Geometry(NamedTuple):
    """Where a tensor lies in its memory: the cell of its first number, and the steps of its axes.

    `sizes` and `strides` have one entry for each axis.
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int

    @classmethod
    def of(cls, tensor: Any) -> Geometry | None:
        """The geometry of a tensor; None of one that has no strides."""
        try:
            return cls(tuple(tensor.shape), tuple(tensor.stride()), int(tensor.storage_offset()))
        except (RuntimeError, NotImplementedError):
            return None


class Write(NamedTuple):
    """What was written into a part of a memory, and when."""

    when: int
    geometry: Geometry | None
    fact: Fact


class Part(NamedTuple):
    """The cells start, start + step, ... of an axis, and the axis of the part that they are."""

    start: int
    step: int
    units: int
    axis: int | None

    def cells(self, size: int) -> list[int | None]:
        """For each cell of an axis the number of it in the part; None outside of it."""
        return [
            (at - self.start) // self.step
            if at >= self.start
            and (at - self.start) % self.step == 0
            and (at - self.start) // self.step < self.units
            else None
            for at in range(size)
        ]


def part_of(inner: Geometry, outer: Geometry) -> list[Part] | None:
    """The cells of each axis of `outer` that `inner` takes; None where it is no box of them."""
    rest = inner.offset - outer.offset
    starts = [0] * len(outer.sizes)
    axes = [axis for axis, size in enumerate(outer.sizes) if size > 1]
    for axis in sorted(axes, key=lambda axis: -outer.strides[axis]):
        if outer.strides[axis] < 1:
            return None
        starts[axis], rest = divmod(rest, outer.strides[axis])
    parts = [Part(start, 1, 1, None) for start in starts]
    if rest or any(not 0 <= one.start < size for one, size in zip(parts, outer.sizes, strict=True)):
        return None
    for axis, (size, stride) in enumerate(zip(inner.sizes, inner.strides, strict=True)):
        if size == 1:
            continue
        fitting = [
            one
            for one in axes
            if stride > 0
            and stride % outer.strides[one] == 0
            and parts[one].axis is None
            and starts[one] + stride // outer.strides[one] * (size - 1) < outer.sizes[one]
        ]
        if not fitting:
            return None
        one = max(fitting, key=lambda one: outer.strides[one])
        parts[one] = Part(starts[one], stride // outer.strides[one], size, axis)
    return parts


def after_write(places: Places, old: Place, own: Geometry | None, write: Write) -> Place | None:
    """The place of a tensor behind a write into its memory; None where only a bound is known."""
    there, new = write.geometry, write.fact.place
    if own is None or there is None or old.paths is None or new.paths is None:
        return None
    if there == own:
        return new
    parts = part_of(there, own)
    if parts is not None:
        return _overwritten(places, old, new, own.sizes, parts)
    parts = part_of(own, there)
    return None if parts is None else _read(places, new, own.sizes, parts)


def _overwritten(
    places: Places, old: Place, new: Place, sizes: Sequence[int], parts: Sequence[Part]
) -> Place:
    """A box of a value is new; the rest, which is a box beside it for each of its axes, is old."""
    axes = tuple(() if part.axis is None else new.axes[part.axis] for part in parts)
    written, kept, rest = new._replace(axes=axes), [], old
    for axis, (part, size) in enumerate(zip(parts, sizes, strict=True)):
        if part.units == size:
            continue
        inside = part.cells(size)
        written = places.listed(
            written, axis, [range(0) if at is None else range(at, at + 1) for at in inside]
        )
        outside = [range(at, at + (one is None)) for at, one in enumerate(inside)]
        kept.append(places.listed(rest, axis, outside))
        rest = places.listed(
            rest, axis, [range(at, at + (one is not None)) for at, one in enumerate(inside)]
        )
    return places.joined([written, *kept, places.constant(sizes)])


def _read(
    places: Places, place: Place, sizes: Sequence[int], parts: Sequence[Part]
) -> Place | None:
    """A box of what was written."""
    for axis, part in enumerate(parts):
        place = places.part(place, axis, part.start, part.step, part.units)
    order = {part.axis: axis for axis, part in enumerate(parts) if part.axis is not None}
    axes = [order.get(axis) for axis in range(len(sizes))]
    return place._replace(axes=tuple(() if axis is None else place.axes[axis] for axis in axes))
