"""An input with other channels than a layer takes: which, why, and what makes them agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from convcli.engine.diagnosis.layers import UNTOLD, change_fix, computed_for
from convcli.engine.diagnosis.values import Diagnosis, Number, Saying, computed, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.remedies import GRAY, PICTURES, Fix, channel_fixes
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.spec import ConvSpec


def channel_numbers(spec: ConvSpec, input: Sequence[int]) -> tuple[Number, ...]:
    """What a message about channels tells of a layer, its weight and its input."""
    layer = numbers_of(
        "layer",
        in_channels=spec.in_channels,
        out_channels=spec.out_channels,
        kernel_size=spec.kernel_size,
        groups=spec.groups,
    )
    weight = numbers_of("weight", weight=spec.weight_shape)
    return (*layer, *weight, *numbers_of("input", input=Shape(input), channels=input[1]))


def channels(spec: ConvSpec, input: Sequence[int], *, is_whole: bool = False) -> Diagnosis:
    """The diagnosis of an input (N, C, *sizes) whose channels a layer does not take.

    Unless the layer `is_whole`, its stride and padding are unknown.

    >>> from convcli.engine.diagnosis.layers import spec_of_weight
    >>> found = channels(spec_of_weight((32, 3, 3, 3)), (30, 416, 416, 3))
    >>> found.why.key, found.is_sure, found.changes[0].value
    ('channels_last', True, (30, 3, 416, 416))
    """
    shape = Shape(input)
    if is_whole:
        changes, layer = computed(_fixes(spec, shape)), spec
    else:
        changes, layer = computed_for(spec, lambda layer: _fixes(layer, shape))
    what = Saying(
        "conv.in_channels",
        {"layer": spec, "takes": spec.in_channels, "input": shape, "got": shape[1]},
    )
    why, is_sure = pattern(spec, shape)
    assumed = () if is_whole else UNTOLD if layer is spec else UNTOLD[:1]
    return Diagnosis(what, channel_numbers(spec, shape), why, is_sure, changes, assumed)


def pattern(spec: ConvSpec, input: Shape) -> tuple[Saying | None, bool]:
    """The pattern of the numbers, and whether it is the only explanation."""
    takes, (batch, got, *sizes) = spec.in_channels, input
    if takes in sizes:
        at = len(sizes) - 1 - sizes[::-1].index(takes)
        if at == len(sizes) - 1:
            is_only = sizes.count(takes) == 1 and got not in (1, 3)
            return Saying("channels_last", {"takes": takes}), is_only
        return Saying("axis_holds", {"axis": axis_names(len(sizes))[at], "takes": takes}), False
    if (got, takes) in PICTURES:
        return Saying(f"picture_{got}_{takes}"), True
    if takes == GRAY and batch == 1:
        return Saying("gray_batch", {"pictures": got}), False
    if spec.groups > 1 and got * spec.groups == takes:
        return Saying("groups_share", {"groups": spec.groups, "takes": takes}), False
    if spec.transposed and spec.out_per_group == got:
        return Saying("swapped", {"got": got}), False
    if takes and got == 2 * takes:
        return Saying("concatenated", {"takes": takes, "got": got}), False
    if takes == 2 * got:
        return Saying("not_concatenated", {"takes": takes, "got": got}), False
    return None, True


def _fixes(spec: ConvSpec, input: Shape) -> Iterator[Fix]:
    fixes = channel_fixes(spec, input)
    yield from (fix for fix in fixes if fix.change and fix.change.key != "in_channels")
    yield from _unbatched(spec, input)
    yield from (fix for fix in fixes if fix.change and fix.change.key == "in_channels")
    yield from _swapped(spec, input)


def _unbatched(spec: ConvSpec, input: Shape) -> Iterable[Fix]:
    """The order for an input without batch axis, to which torch adds one of size 1."""
    batch, _, *sizes = input
    if batch != 1 or spec.in_channels != sizes[-1]:
        return
    rank = len(sizes)
    moved = Shape((sizes[-1], *input[1:-1]))
    change = Change("order_unbatched", "input", moved, {"order": (rank, *range(rank))})
    yield change_fix(change, partial(spec.output_shape, Shape((1, *moved))))


def _swapped(spec: ConvSpec, input: Shape) -> Iterable[Fix]:
    """A transposed layer whose weight is (C_out, C_in, *k), as that of a convolution."""
    if not spec.transposed or spec.groups != 1 or spec.out_channels != input[1]:
        return
    other = replace(spec, in_channels=spec.out_channels, out_channels=spec.in_channels)
    change = Change("swap_weight", "weight", other.weight_shape, {"spec": other})
    yield change_fix(change, partial(other.output_shape, input))


def unknown_channels() -> Diagnosis:
    """A message about channels without any number, as tensors without data give it."""
    return Diagnosis(Saying("conv.channels_unknown"))
