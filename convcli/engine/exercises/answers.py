"""Answers: every one is computed by the engine from the request that an exercise is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, product
from typing import Any, NamedTuple

from convcli.engine.compute.convolve import convolve
from convcli.engine.exercises.exercise import (
    ARRAY,
    NUMBER,
    PADDING,
    SHAPE,
    Exercise,
)
from convcli.engine.explain.worked_sums import WorkedSum, trace
from convcli.engine.geometry.cost import cost
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import tap_reading
from convcli.engine.gradients.worked_entry import GradientSum, trace_gradient
from convcli.engine.network.receptive import ReceptiveField
from convcli.errors import ConvError

ENDLESS = 1 << 20  # cells of an axis whose borders are far away
MOST_PADDING = 64  # up to which all right paddings are listed


class Answer(NamedTuple):
    """The right value, an int, a Shape or an array, and its kind.

    Where several are right, `others` has those beside `value`: paddings with equal sides.
    """

    kind: str
    value: Any
    others: tuple[Shape, ...] = ()


def answer(exercise: Exercise) -> Answer:
    """The answer of an exercise. Raises ConvError where its request cannot be computed."""
    about = exercise.about
    if about == "size":
        return Answer(SHAPE, shown_output(exercise))
    if about == "sum":
        return Answer(NUMBER, int(worked_sum(exercise).total))
    if about == "output":
        return Answer(ARRAY, whole_output(exercise))
    if about == "parameters":
        return Answer(NUMBER, cost(exercise.spec, exercise.input_shape).parameters)
    if about == "receptive-field":
        return Answer(NUMBER, fields(exercise.layers)[-1].size)
    if about == "padding":
        first, *others = paddings(exercise.spec, exercise.sizes, exercise.wanted)
        return Answer(PADDING, first, tuple(others))
    return Answer(NUMBER, int(worked_gradient(exercise).total))


def shown_output(exercise: Exercise) -> Shape:
    """The shape of the output with the axes that people see."""
    return restored_shape(exercise.spec.output_shape(exercise.input_shape), exercise.axes)


def whole_output(exercise: Exercise) -> Any:
    """The output as an array with the axes that people see."""
    full = convolve(exercise.spec, exercise.input, exercise.weight, exercise.bias)
    return full.reshape(restored_shape(full.shape, exercise.axes))


def worked_sum(exercise: Exercise) -> WorkedSum:
    """The worked sum of the output that is asked for."""
    return next(
        trace(
            exercise.spec, exercise.input, exercise.weight, exercise.bias,
            at=exercise.at, view=exercise.view,
        )
    )  # fmt: skip


def worked_gradient(exercise: Exercise) -> GradientSum:
    """The worked entry of the gradient that is asked for."""
    if exercise.variable is None or exercise.at is None:
        raise ValueError("an exercise without an entry")
    return trace_gradient(
        exercise.spec, exercise.input, exercise.weight, exercise.bias,
        variable=exercise.variable, at=exercise.at, output_gradient=exercise.output_gradient,
    )  # fmt: skip


def fields(layers: Sequence[ConvSpec]) -> list[ReceptiveField]:
    """The receptive field on the first axis behind each layer, far from the borders.

    Raises ConvError where more windows alternate than are counted.
    """
    found, field = [], ReceptiveField()
    for layer in layers:
        reading = tap_reading(layer, 0, ENDLESS)
        through = None if reading is None else field.through(reading)
        if through is None:
            rule = "too many windows alternate in its receptive field"
            raise ConvError("exercise.ask", rule, parameter="LAYER")
        field = through
        found.append(field)
    return found


def paddings(spec: ConvSpec, sizes: Sequence[int], wanted: Sequence[int]) -> list[Shape]:
    """The paddings, equal on both sides of an axis, that give the output sizes; may be empty.

    No more than MOST_PADDING of them: a large stride has as many on each axis.
    """
    fits = []
    for axis, size, out in zip(spec.axes, sizes, wanted, strict=True):
        totals = axis.padding_totals(size, out, spec.transposed)
        least = max(-(-totals.start // 2), 0)
        fits.append(range(least, max(least, -(-totals.stop // 2)))[:MOST_PADDING])
    return [Shape(pads) for pads in islice(product(*fits), MOST_PADDING)]


def padded(spec: ConvSpec, pads: Sequence[Pad]) -> ConvSpec:
    """The layer with this padding. Raises ConvError where it cannot have it."""
    axes = tuple(replace(axis, pad=pad) for axis, pad in zip(spec.axes, pads, strict=True))
    return replace(spec, axes=axes)


def gives(exercise: Exercise, pads: Sequence[Pad]) -> tuple[int, ...]:
    """The output sizes with this padding. Raises ConvError where the layer does not fit."""
    return padded(exercise.spec, pads).output_sizes(exercise.sizes)
