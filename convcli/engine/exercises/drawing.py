"""Drawing an exercise: layer, sizes and numbers of a level, until they make a good problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

from convcli.engine.exercises.answers import answer, fields, paddings, worked_gradient, worked_sum
from convcli.engine.exercises.draws import Draws
from convcli.engine.exercises.exercise import Exercise, Named
from convcli.engine.exercises.layers import (
    OF_SIZES,
    draw_layer,
    with_output_padding,
)
from convcli.engine.exercises.marking import tells_apart
from convcli.engine.exercises.paper import (
    MOST_TERMS,
    TERMS_OF_LAYERS,
    chosen_layer,
    draw_paper,
    draw_place,
    is_flat,
    texts_of,
    whole_of,
)
from convcli.engine.geometry.padding import NO_PAD
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.worked_entry import Variable
from convcli.errors import ConvError

Drawn = Callable[[Draws, str, Sequence[Named]], Exercise | None]

TRIES = 400
PATIENCE = 100  # tries of one way to ask
WAYS = ("size", "sum", "output")  # about a transposed layer
STRICT = 100  # tries of which the usual mistakes must lead to other answers
VARIABLES: tuple[Variable, ...] = ("weight", "weight", "input", "input", "bias")
SIZES = {"easy": (5, 16), "medium": (12, 64), "hard": (9, 96)}
LARGE = (28, 32, 56, 64, 112, 224)  # sizes that occur in networks


def draw(
    ask: str,
    level: str,
    draws: Draws,
    layers: Sequence[Named] = (),
    is_new: Callable[[Exercise], bool] = lambda exercise: True,
    way: int = 0,
) -> Exercise | None:
    """An exercise of this ask about one of the layers, or of the level; None where none is new.

    `is_new` refuses those that a sheet has already. `way` is the way to ask about a transposed
    layer; the next one where there is none.
    """
    for turn in range(TRIES):
        try:
            exercise = (
                _transposed(draws, level, layers, way + turn // PATIENCE)
                if ask == "transposed"
                else DRAWERS[ask](draws, level, layers)
            )
            if exercise is None or not is_good(exercise) or not is_new(exercise):
                continue
            if turn >= STRICT or tells_apart(exercise):
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


def _input(draws: Draws, spec: ConvSpec, sizes: Sequence[int], level: str) -> tuple[Shape, int]:
    """(N, C_in, *sizes), and how many of its axes people see."""
    if is_flat(spec) and level == "easy":
        return Shape((1, 1, *sizes)), spec.rank
    batch = 1 if level == "easy" else draws.one_of((1, 1, 2, 4, 8))
    return Shape((batch, spec.in_channels, *sizes)), spec.rank + 2


def _size(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    named = chosen_layer(draws, layers, lambda: draw_layer(draws, OF_SIZES[level]))
    return None if named is None else _of_size(draws, level, named, "size")


def _of_size(draws: Draws, level: str, named: Named, ask: str) -> Exercise:
    spec = named.spec
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
    return Exercise(ask, "size", (named.on(sizes),), shape, axes, texts=texts_of([named]))


def _parameters(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise:
    drawn = draw_layer(draws, OF_SIZES[level], transposed=level == "hard" and draws.below(4) == 0)
    named = draws.one_of(layers) if layers else Named(drawn, "")
    spec = named.spec
    if not layers and spec.in_channels * spec.out_channels == 1:
        spec = replace(spec, in_channels=3, out_channels=draws.one_of((4, 6, 8)))
    sizes = [64 * max(axis.extent, 1) for axis in spec.axes]
    return Exercise(
        "parameters", "parameters", (spec,), Shape((1, spec.in_channels, *sizes)), spec.rank + 2,
        texts=texts_of([named]),
    )  # fmt: skip


def _receptive(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    if layers:
        chain = tuple(layer.spec for layer in layers)
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
    texts = texts_of(layers)
    axes = chain[0].rank + 2
    return Exercise("receptive-field", "receptive-field", chain, shape, axes, texts=texts)


def _padding(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    of = OF_SIZES[level]._replace(ranks=(1, 2, 2), pads=(0, 1, 1, 2, 2, 3))
    fixed = [each for each in layers if each.at is None]
    named = chosen_layer(draws, fixed, lambda: draw_layer(draws, of))
    if named is None or (layers and not named.text):
        return None
    sized = replace(_of_size(draws, level, named, "padding"), texts=())
    spec = named.spec
    if not layers and draws.below(3) == 0:  # the most frequent wish: as large as the input
        spec = replace(spec, axes=tuple(replace(axis, stride=1) for axis in spec.axes))
        wanted = sized.sizes
        if not paddings(spec, sized.sizes, wanted):
            return None
    else:
        wanted = spec.output_sizes(sized.sizes)
    bare = replace(spec, axes=tuple(replace(axis, pad=NO_PAD) for axis in spec.axes))
    return replace(sized, about="padding", layers=(bare,), wanted=wanted)


def _sum(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    paper = draw_paper(draws, level, layers, MOST_TERMS[level])
    if paper is None:
        return None
    at = draw_place(draws, paper.spec.output_shape(paper.input_shape))
    return replace(paper, ask="sum", about="sum", at=at)


def _output(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    paper = draw_paper(draws, level, layers, MOST_TERMS[level])
    return None if paper is None else whole_of(paper, "output", level, layers)


def _transposed(draws: Draws, level: str, layers: Sequence[Named], way: int) -> Exercise | None:
    """The size, one output as it gathers, or the whole output as inputs scatter."""
    about = WAYS[way % len(WAYS)]
    if about == "size":

        def drawn() -> ConvSpec:
            layer = draw_layer(draws, OF_SIZES[level], True)
            return with_output_padding(draws, layer, level)

        named = chosen_layer(draws, layers, drawn, True)
        return None if named is None else _of_size(draws, level, named, "transposed")
    paper = draw_paper(draws, level, layers, MOST_TERMS[level], transposed=True)
    if paper is None:
        return None
    if about == "output":
        whole = whole_of(paper, "transposed", level, layers)
        return None if whole is None else replace(whole, view="scatter")
    at = draw_place(draws, paper.spec.output_shape(paper.input_shape))
    exercise = replace(paper, ask="transposed", about="sum", at=at)
    return exercise if len(worked_sum(exercise).terms) > 1 else None


def _gradient(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    paper = draw_paper(draws, level, layers, MOST_TERMS[level])
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
        at=draw_place(draws, shape[variable]),
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
    "gradient": _gradient,
}
