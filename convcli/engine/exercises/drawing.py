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
    OF_NUMBERS,
    OF_SIZES,
    draw_layer,
    with_output_padding,
)
from convcli.engine.exercises.marking import tells_apart
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import NO_PAD
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.worked_entry import Variable
from convcli.errors import ConvError

Drawn = Callable[[Draws, str, Sequence[Named]], Exercise | None]

TRIES = 400
PATIENCE = 100  # tries of one way to ask
WAYS = ("size", "sum", "output")  # about a transposed layer
STRICT = 100  # tries of which the usual mistakes must lead to other answers
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


def _layer(
    draws: Draws,
    layers: Sequence[Named],
    drawn: Callable[[], ConvSpec],
    transposed: bool = False,
) -> Named | None:
    """One of the named layers, None where none fits; without any one that is drawn."""
    if not layers:
        return Named(drawn(), "")
    fitting = [layer for layer in layers if layer.spec.transposed or not transposed]
    return draws.one_of(fitting) if fitting else None


def _is_flat(spec: ConvSpec) -> bool:
    """Whether people see planes: one channel in and out."""
    return spec.in_channels == spec.out_channels == 1


def _input(draws: Draws, spec: ConvSpec, sizes: Sequence[int], level: str) -> tuple[Shape, int]:
    """(N, C_in, *sizes), and how many of its axes people see."""
    if _is_flat(spec) and level == "easy":
        return Shape((1, 1, *sizes)), spec.rank
    batch = 1 if level == "easy" else draws.one_of((1, 1, 2, 4, 8))
    return Shape((batch, spec.in_channels, *sizes)), spec.rank + 2


def _size(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    named = _layer(draws, layers, lambda: draw_layer(draws, OF_SIZES[level]))
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
    return Exercise(ask, "size", (named.on(sizes),), shape, axes, texts=_texts([named]))


def _texts(layers: Sequence[Named]) -> tuple[str, ...]:
    """The layers as a user wrote them; none where they were drawn."""
    return tuple(layer.text for layer in layers if layer.text)


def _parameters(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise:
    drawn = draw_layer(draws, OF_SIZES[level], transposed=level == "hard" and draws.below(4) == 0)
    named = draws.one_of(layers) if layers else Named(drawn, "")
    spec = named.spec
    if not layers and spec.in_channels * spec.out_channels == 1:
        spec = replace(spec, in_channels=3, out_channels=draws.one_of((4, 6, 8)))
    sizes = [64 * max(axis.extent, 1) for axis in spec.axes]
    return Exercise(
        "parameters", "parameters", (spec,), Shape((1, spec.in_channels, *sizes)), spec.rank + 2,
        texts=_texts([named]),
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
    texts = _texts(layers)
    axes = chain[0].rank + 2
    return Exercise("receptive-field", "receptive-field", chain, shape, axes, texts=texts)


def _padding(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    of = OF_SIZES[level]._replace(ranks=(1, 2, 2), pads=(0, 1, 1, 2, 2, 3))
    fixed = [each for each in layers if each.at is None]
    named = _layer(draws, fixed, lambda: draw_layer(draws, of))
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


def _paper(
    draws: Draws, level: str, layers: Sequence[Named], most: int, transposed: bool = False
) -> Exercise | None:
    """A layer with its arrays, whose sums have at most so many products."""

    def drawn() -> ConvSpec:
        layer = draw_layer(draws, OF_NUMBERS[level], transposed)
        return with_output_padding(draws, layer, level) if transposed else layer

    named = _layer(draws, layers, drawn, transposed)
    if named is None:
        return None
    spec = named.spec
    terms = spec.in_per_group * prod(spec.kernel_size)
    if terms > (TERMS_OF_LAYERS if layers else most) or prod(spec.weight_shape) > MOST_NUMBERS:
        return None
    outs = [draws.between(2, 3 if spec.rank > 1 else 5) for _ in range(spec.rank)]
    if spec.transposed:
        sizes = [draws.between(2, 3) for _ in range(spec.rank)]
    else:  # the smallest input that has these outputs, or one cell more
        least = [next(iter(spec.input_sizes(d, out)), 0) for d, out in enumerate(outs)]
        sizes = [size + draws.below(2) for size in least]
    shape = Shape((1, spec.in_channels, *sizes))
    if prod(shape) > MOST_NUMBERS or min(sizes) < 2:
        return None
    if not layers and not transposed and any(map(_is_short, spec.axes, sizes)):
        return None
    spec = named.on(sizes)
    lengths = (*sizes, *spec.kernel_size, *spec.output_sizes(sizes))
    if max(lengths) > LONGEST:
        return None
    bias = draws.array((spec.out_channels,), (-3, -2, -1, 1, 2, 3)) if spec.bias else None
    return Exercise(
        "", "", (spec,), shape, spec.rank if _is_flat(spec) else spec.rank + 1,
        input=draws.array(shape, INPUTS[level]), bias=bias,
        weight=draws.array(spec.weight_shape, WEIGHTS[level]), texts=_texts([named]),
    )  # fmt: skip


def _is_short(axis: Axis, size: int) -> bool:
    """Whether no window lies on real cells alone."""
    return size < axis.extent


def _place(draws: Draws, shape: Sequence[int]) -> Position:
    return Position(draws.below(size) for size in shape)


def _sum(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    paper = _paper(draws, level, layers, MOST_TERMS[level])
    if paper is None:
        return None
    at = _place(draws, paper.spec.output_shape(paper.input_shape))
    return replace(paper, ask="sum", about="sum", at=at)


def _output(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
    paper = _paper(draws, level, layers, MOST_TERMS[level])
    return None if paper is None else _whole(paper, "output", level, layers)


def _whole(paper: Exercise, ask: str, level: str, layers: Sequence[Named]) -> Exercise | None:
    """The exercise of the whole output, where paper has room for it."""
    spec = paper.spec
    moved_over = paper.sizes if spec.transposed else spec.output_sizes(paper.sizes)
    products = prod(spec.weight_shape) * prod(moved_over)
    if products > MOST_PRODUCTS[level] * (3 if layers else 1):
        return None
    return replace(paper, ask=ask, about="output")


def _transposed(draws: Draws, level: str, layers: Sequence[Named], way: int) -> Exercise | None:
    """The size, one output as it gathers, or the whole output as inputs scatter."""
    about = WAYS[way % len(WAYS)]
    if about == "size":

        def drawn() -> ConvSpec:
            layer = draw_layer(draws, OF_SIZES[level], True)
            return with_output_padding(draws, layer, level)

        named = _layer(draws, layers, drawn, True)
        return None if named is None else _of_size(draws, level, named, "transposed")
    paper = _paper(draws, level, layers, MOST_TERMS[level], transposed=True)
    if paper is None:
        return None
    if about == "output":
        whole = _whole(paper, "transposed", level, layers)
        return None if whole is None else replace(whole, view="scatter")
    at = _place(draws, paper.spec.output_shape(paper.input_shape))
    exercise = replace(paper, ask="transposed", about="sum", at=at)
    return exercise if len(worked_sum(exercise).terms) > 1 else None


def _gradient(draws: Draws, level: str, layers: Sequence[Named]) -> Exercise | None:
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
    "gradient": _gradient,
}
