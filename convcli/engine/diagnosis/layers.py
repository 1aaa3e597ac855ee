"""Layers as far as a message tells them: what it lacks is assumed, and said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from convcli.engine.diagnosis.values import computed
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.remedies import Fix
from convcli.engine.geometry.spec import ConvSpec

UNTOLD = ("stride", "padding")  # that messages about channels lack


def spec_of_weight(weight: Sequence[int], groups: int = 1, *, transposed: bool = False) -> ConvSpec:
    """The layer of a weight: (C_out, C_in/groups, *k), transposed (C_in, C_out/groups, *k).

    Raises ConvError where the weight is none of a layer.

    >>> spec_of_weight((64, 3, 7, 7)).in_channels
    3
    """
    first, second, *kernel = weight
    inside, outside = (first, second * groups) if transposed else (second * groups, first)
    return ConvSpec.of(
        in_channels=inside,
        out_channels=outside,
        kernel_size=tuple(kernel),
        groups=groups,
        transposed=transposed,
        dims=len(kernel),
    )


def padded(spec: ConvSpec) -> ConvSpec:
    """The layer with the padding of (extent - 1)/2 cells on both sides of every axis."""
    axes = (replace(axis, pad=Pad(axis.extent // 2, axis.extent // 2)) for axis in spec.axes)
    return replace(spec, axes=tuple(axes))


def computed_for(
    spec: ConvSpec, fixes: Callable[[ConvSpec], Iterable[Fix]]
) -> tuple[tuple[Change, ...], ConvSpec]:
    """The changes with which a layer computes whose padding is unknown, and the layer they are for.

    Without padding where that works, else with half the kernel.
    """
    changes = computed(fixes(spec))
    if changes or spec.transposed:
        return changes, spec
    wider = padded(spec)
    return computed(fixes(wider)), wider


def change_fix(change: Change, attempt: Callable[[], Any]) -> Fix:
    """A fix without a sentence, for messages."""
    return Fix("", attempt, change=change)
