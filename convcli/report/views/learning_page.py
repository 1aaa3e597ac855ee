"""The data of the page of `convcli learn`: weights, gradients and outputs, epoch by epoch.

A page keeps so many epochs, spread evenly, and so much of each array, that it stays small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import floor, isfinite, log10, prod
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.engine.training.descent import Change, Epoch, TrainedLayer
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.views.course import Course
from convcli.report.words.vocabulary import Words, in_every_language

PAGE = "learning"  # its folder in `render/page`, and its part of the words
MOST_BYTES = 300_000  # of all epochs
LEAST_EPOCHS = 4  # that are kept where there are so many
MOST_EXACT = 400  # weights of which every digit is kept
MOST_LOSSES = 3_000  # of the curve
DIGITS = 7  # of rounded numbers: inputs, outputs, targets, and more than MOST_EXACT weights
COLOR_DIGITS = 4  # of those that are drawn as colours
WRITTEN = 64  # numbers of a plane that are written in its cells
_EXACT_BYTES, _ROUNDED_BYTES, _COLOR_BYTES = 21, 10, 8  # of a number
_MOST = (1, 8)  # examples, channels of an array (N, C, *sizes)
_MOST_SIDE, _MOST_DEPTH, _MOST_LENGTH = 40, 4, 200
_MOST_KERNELS, _MOST_TAPS, _MOST_BIASES = 4, 11, 16  # output and input channels; of an axis


class Part(NamedTuple):
    """The part of an array that a page has: its size, and every how many cells it has one."""

    shape: Shape
    size: tuple[int, ...]
    steps: tuple[int, ...]

    def of(self, array: Array) -> Array:
        """The numbers of the part."""
        cut = tuple(slice(0, n * step, step) for n, step in zip(self.size, self.steps, strict=True))
        return array.reshape(self.shape)[cut]

    @property
    def digits(self) -> int:
        """How many digits the numbers of an input or output have: fewer where none is written."""
        return DIGITS if prod(self.size[2:]) <= WRITTEN else COLOR_DIGITS

    def data(self) -> dict[str, Any]:
        return {"shape": list(self.shape), "size": list(self.size), "steps": list(self.steps)}


class Moment(NamedTuple):
    """One epoch: the loss before its step, its arrays, and the output that these give.

    `arrays` maps each name to its numbers before the step, its gradient, and its direction where
    that is another; of all of them the parts that are shown.
    """

    number: int
    loss: float
    arrays: dict[str, tuple[Array, Array, Array | None]]
    output: Array


@dataclass
class Recorder:
    """The epochs that a page keeps of a course of `epochs`, each a multiple of `every`.

    `output_of` gives the output of layers. Call `take` with each epoch, in order.
    """

    start: Sequence[TrainedLayer]
    output_of: Callable[[Sequence[TrainedLayer]], Array]
    epochs: int
    every: int
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        with np.errstate(all="ignore"):
            self._shown = value_part(Shape(self.output_of(self.start).shape))
        self._parts = array_parts(self.start)
        weights = sum(prod(part.size) for part in self._parts.values())
        each = _ROUNDED_BYTES if weights > MOST_EXACT else _EXACT_BYTES
        of_output = _ROUNDED_BYTES if self._shown.digits == DIGITS else _COLOR_BYTES
        bytes_of_epoch = 3 * each * weights + of_output * prod(self._shown.size)
        most = max(MOST_BYTES // bytes_of_epoch, LEAST_EPOCHS)
        self._step = max(-(-self.epochs // self.every // most), 1) * self.every
        self._latest: Epoch | None = None

    def take(self, epoch: Epoch) -> None:
        """Keep an epoch, if it is one of those."""
        self._latest = epoch
        if epoch.number in (1, self.epochs) or epoch.number % self._step == 0:
            self._keep(epoch)

    def finish(self) -> list[Moment]:
        """What was kept, and the latest epoch."""
        latest = self._latest
        if latest is not None and (not self.moments or self.moments[-1].number < latest.number):
            self._keep(latest)
        return self.moments

    def _keep(self, epoch: Epoch) -> None:
        before = {change.name: change.before for change in epoch.changes}
        layers = [
            TrainedLayer(layer.spec, before[f"{i}.weight"], before.get(f"{i}.bias"))
            for i, layer in enumerate(self.start)
        ]
        with np.errstate(all="ignore"):
            output = self._shown.of(self.output_of(layers)).copy()
        arrays = {change.name: self._cut(change) for change in epoch.changes}
        self.moments.append(Moment(epoch.number, epoch.loss, arrays, output))

    def _cut(self, change: Change) -> tuple[Array, Array, Array | None]:
        part = self._parts[change.name]
        before, gradient, direction = (
            part.of(a).copy() for a in (change.before, change.gradient, change.direction)
        )
        is_same = np.array_equal(gradient, direction, equal_nan=True)
        return before, gradient, None if is_same else direction


def learning_page(
    course: Course,
    moments: Sequence[Moment],
    task: tuple[Array, Array],
    end: Array,
    words: Words,
) -> dict[str, Any]:
    """The data of a page.

    `task` is input and target, `end` the output of the layers at the end.
    """
    x, target = task
    parts, shown = array_parts(course.layers), value_part(Shape(end.shape))
    written = _exact if sum(prod(p.size) for p in parts.values()) <= MOST_EXACT else _rounded
    numbers, losses = _curve(course)
    return {
        "schema": 1,
        "language": words.tag,
        "languages": in_every_language(PAGE),
        "layers": [pytorch_line(layer.spec) for layer in course.layers],
        "loss": course.loss,
        "optimiser": course.optimiser,
        "lr": course.lr,
        "arrays": {name: part.data() for name, part in parts.items()},
        "input": _values(x, value_part(Shape(x.shape))),
        "target": _values(target, shown),
        "output": shown.data(),
        "curve": {"numbers": numbers, "losses": losses},
        "count": len(course.losses),
        "rounded": written is _rounded,
        "epochs": [_epoch(moment, written, shown) for moment in moments],
        "end": {
            "loss": course.final_loss,
            "arrays": {
                name: {"before": written(parts[name].of(array))}
                for name, array in _arrays(course.layers)
            },
            "output": _rounded(shown.of(end), shown.digits),
        },
        "diverged": course.diverged,
        "minimum": None if course.minimum is None else _minimum(course, parts),
    }


def array_parts(layers: Sequence[TrainedLayer]) -> dict[str, Part]:
    """The part of each array of a chain that is shown, by its name."""
    return {name: weight_part(Shape(array.shape)) for name, array in _arrays(layers)}


def value_part(shape: Shape) -> Part:
    """The part of an input or an output (N, C, *sizes) that is shown: every so many cells.

    >>> value_part(Shape((4, 3, 100, 9)))
    Part(shape=(4, 3, 100, 9), size=(1, 3, 34, 9), steps=(1, 1, 3, 1))
    """
    axes = len(shape) - 2
    side = _MOST_LENGTH if axes == 1 else _MOST_SIDE
    most = (*_MOST, *((_MOST_DEPTH,) if axes == 3 else ()), *(side,) * min(axes, 2))
    steps = (1, 1, *(-(-n // m) for n, m in zip(shape[2:], most[2:], strict=True)))
    sizes = (-(-n // step) for n, step in zip(shape, steps, strict=True))
    return Part(shape, tuple(map(min, sizes, most)), steps)


def weight_part(shape: Shape) -> Part:
    """The part of a weight (C_out, C_in/groups, *kernel_size), or of a bias, that is shown."""
    if len(shape) == 1:
        return _part(shape, (_MOST_BIASES,))
    return _part(shape, (_MOST_KERNELS, _MOST_KERNELS, *(_MOST_TAPS,) * (len(shape) - 2)))


def _part(shape: Shape, most: Sequence[int]) -> Part:
    return Part(shape, tuple(map(min, shape, most)), (1,) * len(shape))


def _values(array: Array, part: Part) -> dict[str, Any]:
    return {**part.data(), "values": _rounded(part.of(array), part.digits)}


def _rounded(array: Array, digits: int = DIGITS) -> list[float]:
    """The numbers, each with so many digits."""
    return [
        round(value, digits - 1 - floor(log10(abs(value)))) if value and isfinite(value) else value
        for value in _exact(array)
    ]


def _exact(array: Array) -> list[float]:
    return [float(value) for value in array.reshape(-1).tolist()]


def _epoch(moment: Moment, written: Callable[[Array], list[float]], shown: Part) -> dict[str, Any]:
    arrays = {}
    for name, (before, gradient, direction) in moment.arrays.items():
        arrays[name] = {"before": written(before), "gradient": written(gradient)}
        if direction is not None:
            arrays[name]["direction"] = written(direction)
    output = _rounded(moment.output, shown.digits)
    return {"number": moment.number, "loss": moment.loss, "arrays": arrays, "output": output}


def _arrays(layers: Sequence[TrainedLayer]) -> Iterator[tuple[str, Array]]:
    for i, layer in enumerate(layers):
        yield f"{i}.weight", layer.weight
        if layer.bias is not None:
            yield f"{i}.bias", layer.bias


def _curve(course: Course) -> tuple[list[int], list[float]]:
    """The epochs of the curve and their losses; spread evenly where there are many."""
    count = len(course.losses)
    step = -(-count // MOST_LOSSES)
    numbers = [n for n in range(1, count + 1) if n in (1, count) or n % step == 0]
    return numbers, [course.losses[n - 1] for n in numbers]


def _minimum(course: Course, parts: dict[str, Part]) -> dict[str, Any]:
    minimum = course.minimum
    assert minimum is not None  # noqa: S101  # by the caller
    return {
        "largest_step": minimum.largest_step if isfinite(minimum.largest_step) else None,
        "loss": 0.0 if minimum.loss <= minimum.rounding else minimum.loss,
        "weight": _exact(parts["0.weight"].of(minimum.weight)),
    }
