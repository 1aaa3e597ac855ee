"""How worked sums go wrong: another window, kernel or bias, one term that is missing or wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from convcli.engine.exercises.answers import whole_output, worked_gradient, worked_sum
from convcli.engine.exercises.exercise import Exercise
from convcli.engine.exercises.mistakes import (
    Change,
    Mistake,
    doubled_pad,
    flipped,
    mistakes_of,
    total_after,
    turned,
    with_axes,
    with_layer,
    without_dilation,
    without_output_padding,
    without_pad,
    without_stride,
)
from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.geometry.shapes import Position
from convcli.engine.gradients.worked_entry import Variable

TERM = 1  # the rank of mistakes in one term


def layer_changes(exercise: Exercise) -> Iterator[Change]:
    """The layer, its arrays or its bias are read in another way; of a sum and a whole output."""
    spec = exercise.spec
    crop = "no_crop" if spec.transposed else "no_padding"
    yield Change(crop, lambda e: with_axes(e, total_after))
    yield Change("padding_twice", lambda e: with_axes(e, doubled_pad))
    yield Change("no_stride", lambda e: with_axes(e, without_stride))
    yield Change("no_dilation", lambda e: with_axes(e, without_dilation))
    if spec.padding_mode != "zeros":
        yield Change("mode_zeros", lambda e: with_layer(e, replace(spec, padding_mode="zeros")))
        for mode in PADDING_MODES:
            if mode not in ("zeros", spec.padding_mode):
                yield Change(
                    "other_mode",
                    partial(_in_mode, mode),
                    {"mode": mode, "right": spec.padding_mode},
                )
    yield from array_changes(exercise)


def array_changes(exercise: Exercise) -> Iterator[Change]:
    """The kernel, the input or the bias is read in another way."""
    spec, rank = exercise.spec, exercise.spec.rank
    yield Change("flipped", lambda e: replace(e, weight=flipped(e.weight, rank)))
    square = len(set(spec.kernel_size)) == 1
    if rank == 2 and square:
        yield Change("kernel_turned", lambda e: replace(e, weight=turned(e.weight)))
    if rank == 2 and len(set(exercise.sizes)) == 1:
        yield Change("input_turned", lambda e: replace(e, input=turned(e.input)))
    if exercise.bias is not None:
        yield Change("no_bias", lambda e: replace(e, bias=np.zeros_like(e.bias)))
        yield Change("bias_twice", lambda e: replace(e, bias=2 * e.bias))
        yield Change("bias_subtracted", lambda e: replace(e, bias=-e.bias))
        if spec.out_channels > 1:
            yield Change("other_bias", lambda e: replace(e, bias=np.roll(e.bias, 1)))
    if spec.out_per_group > 1:
        axis = 1 if spec.transposed else 0
        yield Change("other_kernel", lambda e: replace(e, weight=np.roll(e.weight, 1, axis)))
    if spec.groups > 1:
        shift = spec.in_per_group
        yield Change("groups_ignored", lambda e: replace(e, input=np.roll(e.input, shift, 1)))
    elif spec.in_channels > 1:
        yield Change("channels_swapped", lambda e: replace(e, input=np.roll(e.input, 1, 1)))
    yield Change("negated", _negated)
    yield Change("signs_dropped", lambda e: replace(e, weight=abs(e.weight), input=abs(e.input)))


def place_changes(exercise: Exercise) -> Iterator[Change]:
    """The sum of another output."""
    at, rank = Position(exercise.at or ()), exercise.spec.rank

    def moved(key: str, by: Sequence[int]) -> Change:
        place = Position((*at[:-rank], *(a + b for a, b in zip(at[-rank:], by, strict=True))))
        shown = Position(place[len(place) - exercise.axes :])
        return Change(key, partial(_at, place), {"at": shown})

    keys = ("column", "row", "depth")
    for d in range(rank):
        for step in (-1, 1):
            by = [0] * rank
            by[d] = step
            yield moved(keys[rank - 1 - d], by)
    if rank > 1:
        yield moved("from_one", [-1] * rank)
        swapped = Position((*at[:-rank], *reversed(at[-rank:])))
        if swapped != at:
            shown = Position(swapped[len(swapped) - exercise.axes :])
            yield Change("place_turned", lambda e: replace(e, at=swapped), {"at": shown})


def sum_mistakes(exercise: Exercise) -> Iterator[Mistake]:
    """Wrong values of one output."""

    def value(changed: Exercise) -> int:
        return int(worked_sum(changed).total)

    yield from mistakes_of(exercise, layer_changes(exercise), value)
    yield from mistakes_of(exercise, place_changes(exercise), value)
    worked = worked_sum(exercise)
    if len(worked.by_channel) > 1:
        for channel, _, subtotal in worked.by_channel:
            missing = {"channel": channel}
            yield Mistake("channel_missing", int(worked.total - subtotal), missing)
            bias = worked.bias or 0
            if len(worked.by_channel) > 2:
                yield Mistake("channel_alone", int(subtotal + bias), missing)
    terms = [(term.input, term.weight, term.product, term.landing) for term in worked.terms]
    yield from term_mistakes(int(worked.total), terms)


def term_mistakes(total: int, terms: Sequence[tuple[Any, Any, Any, Any]]) -> Iterator[Mistake]:
    """One term (factor, factor, product, place) is missing, counted twice, or wrong."""
    for first, second, of_both, place in terms:
        named = {"first": first, "second": second, "product": of_both, "at": place}
        if of_both == 0:
            continue
        yield Mistake("term_missing", int(total - of_both), named, TERM)
        yield Mistake("term_twice", int(total + of_both), named, TERM)
        if of_both < 0 or first < 0:
            yield Mistake("sign", int(total - 2 * of_both), named, TERM)
        yield Mistake("term_added", int(total - of_both + first + second), named, TERM)


def output_mistakes(exercise: Exercise) -> Iterator[Mistake]:
    """Wrong whole outputs."""
    yield from mistakes_of(exercise, layer_changes(exercise), whole_output)
    right = whole_output(exercise)
    if exercise.spec.rank == 2:
        yield Mistake("output_turned", turned(right))
    spec = exercise.spec
    crop = "no_crop" if spec.transposed else "no_padding"
    changes = [Change(crop, lambda e: with_axes(e, without_pad))]
    if spec.transposed:
        changes.append(Change("no_output_padding", lambda e: with_axes(e, without_output_padding)))
    yield from mistakes_of(exercise, changes, whole_output)
    if spec.in_per_group > 1:
        for channel in range(spec.in_channels):
            blank = exercise.input.copy()
            blank[:, channel] = 0
            blanked = replace(exercise, input=blank)
            yield Mistake("channel_missing", whole_output(blanked), {"channel": channel})


def gradient_mistakes(exercise: Exercise) -> Iterator[Mistake]:
    """Wrong entries of a gradient."""

    def value(changed: Exercise) -> int:
        return int(worked_gradient(changed).total)

    yield from mistakes_of(exercise, _gradient_changes(exercise), value)
    worked = worked_gradient(exercise)
    terms = [(term.gradient, term.factor, term.product, term.output) for term in worked.terms]
    if exercise.variable != "bias":
        yield from term_mistakes(int(worked.total), terms)
    by_channel: dict[int, int] = {}
    for term in worked.terms:
        by_channel[term.output[1]] = by_channel.get(term.output[1], 0) + int(term.product)
    if len(by_channel) > 1:
        for channel, subtotal in by_channel.items():
            fields = {"channel": channel}
            yield Mistake("out_channel_missing", int(worked.total) - subtotal, fields)


def _gradient_changes(exercise: Exercise) -> Iterator[Change]:
    spec, variable = exercise.spec, exercise.variable
    rank = spec.rank
    yield Change("negated", lambda e: replace(e, output_gradient=-e.output_gradient))
    yield Change("ones", lambda e: replace(e, output_gradient=np.ones_like(e.output_gradient)))
    turned_g = len(set(exercise.output_gradient.shape[2:])) == 1
    if rank == 2 and turned_g:
        yield Change(
            "gradient_turned", lambda e: replace(e, output_gradient=turned(e.output_gradient))
        )
    yield Change(
        "gradient_flipped",
        lambda e: replace(e, output_gradient=flipped(e.output_gradient, rank)),
    )
    if variable == "input":
        yield Change("flipped_gradient", lambda e: replace(e, weight=flipped(e.weight, rank)))
        if rank == 2 and len(set(spec.kernel_size)) == 1:
            yield Change("kernel_turned", lambda e: replace(e, weight=turned(e.weight)))
    if variable == "weight" and rank == 2 and len(set(exercise.sizes)) == 1:
        yield Change("input_turned", lambda e: replace(e, input=turned(e.input)))
    yield Change("no_padding", lambda e: with_axes(e, total_after))
    yield Change("no_stride", _closely_read)
    others: tuple[Variable, ...] = ("input", "weight")
    for other in others:
        if other != variable:
            yield Change(
                "other_variable",
                partial(_of_variable, other),
                {"other": other},
            )
    if variable != "bias":
        yield from _other_entries(exercise)


def _negated(exercise: Exercise) -> Exercise:
    bias = None if exercise.bias is None else -exercise.bias
    return replace(exercise, weight=-exercise.weight, bias=bias)


def _in_mode(mode: str, exercise: Exercise) -> Exercise:
    return with_layer(exercise, replace(exercise.spec, padding_mode=mode))


def _of_variable(variable: Variable, exercise: Exercise) -> Exercise:
    return replace(exercise, variable=variable)


def _at(place: Position, exercise: Exercise) -> Exercise | None:
    return replace(exercise, at=place) if min(place) >= 0 else None


def _closely_read(exercise: Exercise) -> Exercise | None:
    """The layer with stride 1 on the cells that as many windows cover then."""
    spec = exercise.spec
    if all(axis.stride == 1 for axis in spec.axes) or exercise.variable != "weight":
        return None
    outs = spec.output_sizes(exercise.sizes)
    axes = tuple(map(without_stride, spec.axes))
    cells = [axis.cells_under(out) - sum(axis.pad) for axis, out in zip(axes, outs, strict=True)]
    kept = exercise.input[(slice(None), slice(None), *map(slice, cells))]
    return replace(exercise, layers=(replace(spec, axes=axes),), input=kept)


def _other_entries(exercise: Exercise) -> Iterator[Change]:
    """The entries beside the one that is asked for."""
    at, rank = Position(exercise.at or ()), exercise.spec.rank
    steps = [by for by in product((-1, 0, 1), repeat=rank) if sum(map(abs, by)) == 1]
    for by in steps:
        place = Position((*at[:-rank], *(a + b for a, b in zip(at[-rank:], by, strict=True))))
        yield Change(
            "other_entry",
            partial(_at, place),
            {"at": Position(place[-rank:])},
        )
    if rank == 2 and at[-1] != at[-2]:
        swapped = Position((*at[:-2], at[-1], at[-2]))
        yield Change("place_turned", lambda e: replace(e, at=swapped), {"at": swapped[-2:]})
