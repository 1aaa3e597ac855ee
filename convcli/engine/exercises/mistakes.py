"""Mistakes: changed requests, computed by the engine, whose answers are the wrong numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.exercises.exercise import Exercise
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import NO_PAD, Pad
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError


class Mistake(NamedTuple):
    """A mistake by its key, the fields of its words, and the answer that it leads to.

    Those with a smaller `rank` are named first.
    """

    key: str
    value: Any
    fields: Mapping[str, Any] = {}
    rank: int = 0


@dataclass(frozen=True)
class Change:
    """A mistake that is one changed request: `of` makes it, or None where it cannot be made."""

    key: str
    of: Callable[[Exercise], Exercise | None]
    fields: Mapping[str, Any] = field(default_factory=dict)
    rank: int = 0


def mistakes_of(
    exercise: Exercise, changes: Iterable[Change], value: Callable[[Exercise], Any]
) -> Iterator[Mistake]:
    """The answers to the changed requests; one that cannot be computed is left out."""
    for change in changes:
        try:
            changed = change.of(exercise)
            if changed is not None:
                yield Mistake(change.key, value(changed), change.fields, change.rank)
        except (ConvError, ValueError):
            continue


def with_axes(exercise: Exercise, change: Callable[[Axis], Axis]) -> Exercise | None:
    """The exercise with each axis of its layer changed; None where that is the same layer."""
    spec = exercise.spec
    axes = tuple(map(change, spec.axes))
    return None if axes == spec.axes else with_layer(exercise, replace(spec, axes=axes))


def with_layer(exercise: Exercise, spec: ConvSpec) -> Exercise:
    """The exercise about another layer."""
    return replace(exercise, layers=(spec,))


def total_after(axis: Axis) -> Axis:
    """The axis with its padding behind the cells: its windows begin at the first cell."""
    return replace(axis, pad=Pad(0, sum(axis.pad)))


def doubled_pad(axis: Axis) -> Axis:
    """The axis with twice its padding."""
    return replace(axis, pad=Pad(2 * axis.pad.before, 2 * axis.pad.after))


def without_pad(axis: Axis) -> Axis:
    return replace(axis, pad=NO_PAD)


def without_stride(axis: Axis) -> Axis:
    return replace(axis, stride=1, output_padding=0)


def without_dilation(axis: Axis) -> Axis:
    return replace(axis, dilation=1)


def without_output_padding(axis: Axis) -> Axis:
    """The axis that keeps no cells at its end."""
    return replace(axis, output_padding=0)


def flipped(array: Any, rank: int) -> Any:
    """The array backwards along its last axes."""
    return array[(..., *[slice(None, None, -1)] * rank)]


def turned(array: Any) -> Any:
    """The array with its last two axes exchanged."""
    return np.ascontiguousarray(array.swapaxes(-1, -2))
