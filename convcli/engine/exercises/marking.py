"""Marking: whether an answer is right, and which mistakes lead to the wrong one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.exercises.answers import Answer, answer
from convcli.engine.exercises.exercise import ARRAY, NUMBER, PADDING, SHAPE, Exercise
from convcli.engine.exercises.mistakes import Mistake
from convcli.engine.exercises.size_mistakes import OF_SIZES, sizes_with
from convcli.engine.exercises.sum_mistakes import (
    gradient_mistakes,
    output_mistakes,
    sum_mistakes,
)
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Position, Shape

RIGHT, WRONG, MISSING, UNREADABLE = "right", "wrong", "missing", "unreadable"
# Mistakes whose answers a good problem tells apart, and those that it cannot always.
USUAL = (
    "no_padding", "no_crop", "flipped", "kernel_turned", "no_bias", "no_stride", "no_dilation",
    "groups_ignored", "flipped_gradient", "ones", "channel_missing",
)  # fmt: skip
UNUSUAL = ("signs_dropped", "other_mode", "input_turned", "output_turned", "gradient_turned")
SAME = "same"  # a padding
MOST_CELLS = 3  # wrong cells of an output that are looked at one by one
FINDERS: dict[str, Callable[[Exercise], Iterator[Mistake]]] = {
    **OF_SIZES,
    "sum": sum_mistakes,
    "output": output_mistakes,
    "gradient": gradient_mistakes,
}


class Unreadable(NamedTuple):
    """An answer that is none of its kind, as its learner wrote it."""

    text: str


class Cell(NamedTuple):
    """A wrong cell of an output: its place, what stands there, what is right, the mistakes."""

    at: Position
    value: Any
    right: Any
    mistakes: tuple[Mistake, ...]


class Mark(NamedTuple):
    """The mark of one answer.

    `mistakes` all lead to the wrong answer; several are possible then. `cells` are the first wrong
    cells of an array, of which `wrong` are wrong. `gives` is the size that a wrong padding gives.
    """

    verdict: str
    right: Answer
    value: Any = None
    mistakes: tuple[Mistake, ...] = ()
    cells: tuple[Cell, ...] = ()
    wrong: int = 0
    gives: Shape | None = None

    @property
    def is_right(self) -> bool:
        return self.verdict == RIGHT


def mark(exercise: Exercise, value: Any) -> Mark:
    """The mark of an answer: a number, a Shape, an array, of a padding a Pad for each axis.

    None is an answer that is missing.
    """
    right = answer(exercise)
    if value is None:
        return Mark(MISSING, right)
    if isinstance(value, Unreadable):
        return Mark(UNREADABLE, right, value.text)
    value = _in_form(exercise, right, value)
    if value is None:
        return Mark(UNREADABLE, right)
    if is_right(exercise, right, value):
        return Mark(RIGHT, right, value)
    mistakes = tuple(found(exercise, right, value))
    wrong = Mark(WRONG, right, value, mistakes)
    if right.kind == PADDING:
        sizes = sizes_with(exercise, value)
        return wrong._replace(gives=None if sizes is None else Shape(sizes))
    if right.kind == ARRAY and not mistakes and value.shape == right.value.shape:
        places = [Position(map(int, place)) for place in np.argwhere(value != right.value)]
        cells = tuple(_cell(exercise, right, value, place) for place in places[:MOST_CELLS])
        return wrong._replace(cells=cells, wrong=len(places))
    return wrong


def _in_form(exercise: Exercise, right: Answer, value: Any) -> Any:
    """The answer with as many axes as the right one has; None where it is none of its kind."""
    if right.kind == PADDING and value == SAME:
        spec = exercise.spec
        if any(axis.stride > 1 for axis in spec.axes):
            return None
        sizes = zip(spec.axes, exercise.sizes, strict=True)
        return [axis.same_pad(size) for axis, size in sizes]
    if right.kind == ARRAY:
        squeezed = [size for size in value.shape if size != 1]
        if squeezed == [size for size in right.value.shape if size != 1]:
            return value.reshape(right.value.shape)
    return value


def is_right(exercise: Exercise, right: Answer, value: Any) -> bool:
    """Whether an answer is right."""
    if right.kind == PADDING:
        return sizes_with(exercise, value) == exercise.wanted
    if right.kind == ARRAY:
        return value.shape == right.value.shape and bool((value == right.value).all())
    return bool(value == right.value)


def found(exercise: Exercise, right: Answer, value: Any) -> list[Mistake]:
    """The mistakes that lead to a wrong answer, each once, the likeliest first."""
    alike = [
        mistake
        for mistake in FINDERS[exercise.about](exercise)
        if _same(right.kind, mistake.value, value) and not _same(right.kind, mistake.value, right)
    ]
    named: dict[tuple[Any, ...], Mistake] = {}
    for mistake in sorted(alike, key=lambda each: each.rank):
        named.setdefault((mistake.key, *map(str, mistake.fields.values())), mistake)
    return list(named.values())


def tells_apart(exercise: Exercise) -> bool:
    """Whether no mistake leads to the right sum, and the usual ones to sums that differ.

    True of questions about sizes, which are as they are. Raises ConvError where the exercise
    cannot be computed.
    """
    if exercise.about not in ("sum", "output", "gradient"):
        return True
    right = answer(exercise)
    usual = []
    for mistake in FINDERS[exercise.about](exercise):
        if mistake.rank == 0 and mistake.key not in UNUSUAL:
            if _same(right.kind, mistake.value, right):
                return False
            if mistake.key in USUAL:
                usual.append(str(mistake.value))
    return len(set(usual)) == len(usual)


def _same(kind: str, wrong: Any, value: Any) -> bool:
    if isinstance(value, Answer):
        value = value.value if kind != PADDING else [Pad(pad, pad) for pad in value.value]
    if kind == ARRAY:
        return bool(np.shape(wrong) == np.shape(value) and (wrong == value).all())
    if kind == PADDING:
        return [Pad(pad, pad) for pad in wrong] == list(value)
    if kind == SHAPE:
        return tuple(wrong) == tuple(value)
    return bool(wrong == value)


def _cell(exercise: Exercise, right: Answer, value: Any, place: Position) -> Cell:
    """A wrong cell of an output, as the wrong answer to the sum of this output."""
    at = Position((*(0,) * (exercise.spec.rank + 2 - len(place)), *place))
    of_cell = replace(exercise, about="sum", at=at)
    wrong = value[place].item()
    mistakes = found(of_cell, Answer(NUMBER, int(right.value[place])), wrong)
    return Cell(place, wrong, int(right.value[place]), tuple(mistakes))
