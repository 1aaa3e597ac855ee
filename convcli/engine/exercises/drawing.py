"""Drawing an exercise: layer, sizes and numbers of a level, until they make a good problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

from convcli.engine.exercises.answers import answer, fields, paddings, worked_gradient, worked_sum
from convcli.engine.exercises.draws import Draws
from convcli.engine.exercises.exercise import Exercise
from convcli.engine.exercises.layers import (
    OF_NUMBERS,
    OF_SIZES,
    draw_layer,
    with_output_padding,
)
from convcli.engine.geometry.padding import NO_PAD
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.worked_entry import Variable
from convcli.errors import ConvError

Drawn = Callable[[Draws, str, Sequence[ConvSpec]], Exercise | None]

TRIES = 400
VARIABLES: tuple[Variable, ...] = ("weight", "weight", "input", "input", "bias")
# What paper has room for: products of a sum, and of all sums of an output; numbers of an array.
MOST_TERMS = {"easy": 9, "medium": 18, "hard": 18}
MOST_PRODUCTS = {"easy": 54, "medium": 72, "hard": 96}
MOST_NUMBERS = 150
LONGEST = 20  # numbers of a row or a column, which every format has whole
TERMS_OF_LAYERS = 36  # of a layer that was named, which is as large as it is
INPUTS = {"easy": range(1, 6), "medium": range(7), "hard": range(-4, 7)}
WEIGHTS = {"easy": (1, 2, 3, 0, -1), "medium": (-2, -1, 1, 2, 3), "hard": (-3, -2, -1, 1, 2, 3)}
SIZES = {"easy": (5, 16), "medium": (12, 64), "hard": (9, 96)}
LARGE = (28, 32, 56, 64, 112, 224)  # sizes that occur in networks


def draw(
    ask: str,
    level: str,
    draws: Draws,
    layers: Sequence[ConvSpec] = (),
    is_new: Callable[[Exercise], bool] = lambda exercise: True,
) -> Exercise | None:
    """An exercise of this ask about one of the layers, or of the level; None where none is new.

    `is_new` refuses those that a sheet has already.
    """
    for _ in range(TRIES):
        try:
            exercise = DRAWERS[ask](draws, level, layers)
            if exercise is not None and is_good(exercise) and is_new(exercise):
                return exercise
        except ConvError:  # the layer does not fit on the sizes, or cannot be
            continue
    return None


def is_good(exercise: Exercise) -> bool:
    """Whether the answer says that the question was understood. Raises ConvError for a bad one."""
    value = answer(exercise).value
    if exercise.about == "size":
        return bool(prod(value) < 10**9)
    if exercise.about == "output":
        return bool((value != 0).any())
    if exercise.about == "padding":
        return any(value)
    return True


def _layer(
    draws: Draws,
    layers: Sequence[ConvSpec],
    drawn: Callable[[], ConvSpec],
    transposed: bool = False,
) -> ConvSpec:
    """One of the named layers, or one that is drawn."""
    fitting = [layer for layer in layers if layer.transposed == transposed]
    return draws.one_of(fitting) if fitting else drawn()


def _is_flat(spec: ConvSpec) -> bool:
    """Whether people see planes: one channel in and out."""
    return spec.in_channels == spec.out_channels == 1


def _input(draws: Draws, spec: ConvSpec, sizes: Sequence[int], level: str) -> tuple[Shape, int]:
    """(N, C_in, *sizes), and how many of its axes people see."""
    if _is_flat(spec) and level == "easy":
        return Shape((1, 1, *sizes)), spec.rank
    batch = 1 if level == "easy" else draws.one_of((1, 1, 2, 4, 8))
    return Shape((batch, spec.in_channels, *sizes)), spec.rank + 2


def _size(draws: Draws, level: str, layers: Sequence[ConvSpec]) -> Exercise:
    spec = _layer(draws, layers, lambda: draw_layer(draws, OF_SIZES[level]))
    return _of_size(draws, level, spec, "size")


def _of_size(draws: Draws, level: str, spec: ConvSpec, ask: str) -> Exercise:
    least, most = SIZES[level]
    if spec.transposed:
        least, most = 3, most // 4
    if spec.rank == 3:
        most = 24
    uneven = spec.rank > 1 and level != "easy" and draws.below(3) == 0
    first = draws.between(least, most)
    if level != "easy" and not spec.transposed and spec.rank < 3 and draws.below(3) == 0:
        first = draws.one_of(LARGE)
    sizes = [draws.between(least, most) if uneven else first for _ in range(spec.rank)]
    shape, axes = _input(draws, spec, sizes, level)
    return Exercise(ask, "size", (spec,), shape, axes)


def _parameters(draws: Draws, level: str, layers: Sequence[ConvSpec]) -> Exercise:
    drawn = draw_layer(draws, OF_SIZES[level], transposed=level == "hard" and draws.below(4) == 0)
    spec = draws.one_of(layers) if layers else drawn
    if not layers and spec.in_channels * spec.out_channels == 1:
        spec = replace(spec, in_channels=3, out_channels=draws.one_of((4, 6, 8)))
    sizes = [64 * max(axis.extent, 1) for axis in spec.axes]
    return Exercise(
        "parameters", "parameters", (spec,), Shape((1, spec.in_channels, *sizes)), spec.rank + 2
    )


def _receptive(draws: Draws, level: str, layers: Sequence[ConvSpec]) -> Exercise | None:
    if layers:
        chain = tuple(layers)
    else:
        of = OF_SIZES[level]
        rank = draws.one_of((1, 2, 2))
        count = {"easy": 2, "medium": 3, "hard": draws.between(3, 4)}[level]
        plain = of._replace(kernels=(2, 3, 3, 5), pads=(0, 1), uneven=0, channels=((1, 1, 1),))
        chain = tuple(draw_layer(draws, plain, rank=rank) for _ in range(count))
        if all(axis.stride == 1 for layer in chain[:-1] for axis in layer.axes):
            return None
    seen = fields(chain)[-1]
    if not seen.size_is_exact or any(
        axis != layer.axes[0] for layer in chain for axis in layer.axes
    ):
        return None
    shape = Shape((1, chain[0].in_channels, *[seen.size] * chain[0].rank))
    return Exercise("receptive-field", "receptive-field", chain, shape, chain[0].rank + 2)


def _padding(draws: Draws, level: str, layers: Sequence[ConvSpec]) -> Exercise | None:
    of = OF_SIZES[level]._replace(ranks=(1, 2, 2), pads=(0, 1, 1, 2, 2, 3))
    spec = _layer(draws, layers, lambda: draw_layer(draws, of))
    sized = _of_size(draws, level, spec, "padding")
    if not layers and draws.below(3) == 0:  # the most frequent wish: as large as the input
        spec = replace(spec, axes=tuple(replace(axis, stride=1) for axis in spec.axes))
        wanted = sized.sizes
        if not paddings(spec, sized.sizes, wanted):
            return None
    else:
        wanted = spec.output_sizes(sized.sizes)
    bare = replace(spec, axes=tuple(replace(axis, pad=NO_PAD) for axis in spec.axes))
    return replace(sized, about="padding", layers=(bare,), wanted=wanted)


def _paper(
    draws: Draws, level: str, layers: Sequence[ConvSpec], most: int, transposed: bool = False
) -> Exercise | None:
    """A layer with its arrays, whose sums have at most so many products."""

    def drawn() -> ConvSpec:
        layer = draw_layer(draws, OF_NUMBERS[level], transposed)
        return with_output_padding(draws, layer, level) if transposed else layer

    spec = _layer(draws, layers, drawn, transposed)
    terms = spec.in_per_group * prod(spec.kernel_size)
    if terms > (TERMS_OF_LAYERS if layers else most) or prod(spec.weight_shape) > MOST_NUMBERS:
        return None
    outs = [draws.between(2, 3 if spec.rank > 1 else 5) for _ in range(spec.rank)]
    if transposed:
        sizes = [draws.between(2, 3) for _ in range(spec.rank)]
    else:  # the smallest input that has these outputs, or one cell more
        least = [next(iter(spec.input_sizes(d, out)), 0) for d, out in enumerate(outs)]
        sizes = [size + draws.below(2) for size in least]
    shape = Shape((1, spec.in_channels, *sizes))
    if prod(shape) > MOST_NUMBERS or min(sizes) < 2:
        return None
    lengths = (*sizes, *spec.kernel_size, *spec.output_sizes(sizes))
    if max(lengths) > LONGEST:
        return None
    bias = draws.array((spec.out_channels,), (-3, -2, -1, 1, 2, 3)) if spec.bias else None
    return Exercise(
        "", "", (spec,), shape, spec.rank if _is_flat(spec) else spec.rank + 1,
        input=draws.array(shape, INPUTS[level]), bias=bias,
        weight=draws.array(spec.weight_shape, WEIGHTS[level]),
    )  # fmt: skip


def _place(draws: Draws, shape: Sequence[int]) -> Position:
    return Position(draws.below(size) for size in shape)


def _sum(draws: Draws, level: str, layers: Sequence[ConvSpec]) -> Exercise | None:
    paper = _paper(draws, level, layers, MOST_TERMS[level])
    if paper is None:
        return None
    at = _place(draws, paper.spec.output_shape(paper.input_shape))
    return replace(paper, ask="sum", about="sum", at=at)


def _output(draws: Draws, level: str, layers: Sequence[ConvSpec]) -> Exercise | None:
    paper = _paper(draws, level, layers, MOST_TERMS[level])
    return None if paper is None else _whole(paper, "output", level, layers)


def _whole(paper: Exercise, ask: str, level: str, layers: Sequence[ConvSpec]) -> Exercise | None:
    """The exercise of the whole output, where paper has room for it."""
    spec = paper.spec
    moved_over = paper.sizes if spec.transposed else spec.output_sizes(paper.sizes)
    products = prod(spec.weight_shape) * prod(moved_over)
    if products > MOST_PRODUCTS[level] * (3 if layers else 1):
        return None
    return replace(paper, ask=ask, about="output")


def _transposed(draws: Draws, level: str, layers: Sequence[ConvSpec]) -> Exercise | None:
    """The size, one output as it gathers, or the whole output as inputs scatter."""
    about = draws.one_of(("size", "sum", "output"))
    if about == "size":

        def drawn() -> ConvSpec:
            layer = draw_layer(draws, OF_SIZES[level], True)
            return with_output_padding(draws, layer, level)

        spec = _layer(draws, layers, drawn, True)
        return _of_size(draws, level, spec, "transposed")
    paper = _paper(draws, level, layers, MOST_TERMS[level], transposed=True)
    if paper is None:
        return None
    if about == "output":
        whole = _whole(paper, "transposed", level, layers)
        return None if whole is None else replace(whole, view="scatter")
    at = _place(draws, paper.spec.output_shape(paper.input_shape))
    exercise = replace(paper, ask="transposed", about="sum", at=at)
    return exercise if len(worked_sum(exercise).terms) > 1 else None


def _gradient(draws: Draws, level: str, layers: Sequence[ConvSpec]) -> Exercise | None:
    paper = _paper(draws, level, layers, MOST_TERMS[level])
    if paper is None:
        return None
    spec = paper.spec
    upstream: Any = draws.array(spec.output_shape(paper.input_shape), (-2, -1, 1, 2, 3))
    variable: Variable = draws.one_of(VARIABLES)
    if variable == "bias" and (not spec.bias or level == "easy"):
        variable = "input"
    shape: dict[str, Sequence[int]] = {
        "input": paper.input_shape, "weight": spec.weight_shape, "bias": (spec.out_channels,),
    }  # fmt: skip
    exercise = replace(
        paper, ask="gradient", about="gradient", variable=variable, output_gradient=upstream,
        at=_place(draws, shape[variable]),
    )  # fmt: skip
    terms = len(worked_gradient(exercise).terms)
    most = TERMS_OF_LAYERS if layers else MOST_TERMS[level]
    return exercise if 1 < terms <= most else None


DRAWERS: dict[str, Drawn] = {
    "size": _size,
    "sum": _sum,
    "output": _output,
    "parameters": _parameters,
    "receptive-field": _receptive,
    "padding": _padding,
    "transposed": _transposed,
    "gradient": _gradient,
}
