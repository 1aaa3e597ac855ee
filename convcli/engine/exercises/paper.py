"""Layers with numbers that paper has room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

from convcli.engine.exercises.draws import Draws
from convcli.engine.exercises.exercise import Exercise, Named
from convcli.engine.exercises.layers import OF_NUMBERS, draw_layer, with_output_padding
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec

# What paper has room for: products of a sum, and of all sums of an output; numbers of an array.
MOST_TERMS = {"easy": 9, "medium": 18, "hard": 18}
MOST_PRODUCTS = {"easy": 54, "medium": 72, "hard": 96}
MOST_NUMBERS = 150
LONGEST = 20  # numbers of a row or a column, which every format has whole
TERMS_OF_LAYERS = 36  # of a layer that was named, which is as large as it is
INPUTS = {"easy": range(1, 6), "medium": range(7), "hard": range(-4, 7)}
WEIGHTS = {"easy": (1, 2, 3, 0, -1), "medium": (-2, -1, 1, 2, 3), "hard": (-3, -2, -1, 1, 2, 3)}


def chosen_layer(
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


def is_flat(spec: ConvSpec) -> bool:
    """Whether people see planes: one channel in and out."""
    return spec.in_channels == spec.out_channels == 1


def texts_of(layers: Sequence[Named]) -> tuple[str, ...]:
    """The layers as a user wrote them; none where all are torch's."""
    if all(layer.at is None for layer in layers):
        return ()
    return tuple(layer.text for layer in layers)


def draw_paper(
    draws: Draws, level: str, layers: Sequence[Named], most: int, transposed: bool = False
) -> Exercise | None:
    """A layer with its arrays, whose sums have at most so many products."""

    def drawn() -> ConvSpec:
        layer = draw_layer(draws, OF_NUMBERS[level], transposed)
        return with_output_padding(draws, layer, level) if transposed else layer

    named = chosen_layer(draws, layers, drawn, transposed)
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
        "", "", (spec,), shape, spec.rank if is_flat(spec) else spec.rank + 1,
        input=draws.array(shape, INPUTS[level]), bias=bias,
        weight=draws.array(spec.weight_shape, WEIGHTS[level]), texts=texts_of([named]),
    )  # fmt: skip


def _is_short(axis: Axis, size: int) -> bool:
    """Whether no window lies on real cells alone."""
    return size < axis.extent


def draw_place(draws: Draws, shape: Sequence[int]) -> Position:
    return Position(draws.below(size) for size in shape)


def whole_of(paper: Exercise, ask: str, level: str, layers: Sequence[Named]) -> Exercise | None:
    """The exercise of the whole output, where paper has room for it."""
    spec = paper.spec
    moved_over = paper.sizes if spec.transposed else spec.output_sizes(paper.sizes)
    products = prod(spec.weight_shape) * prod(moved_over)
    if products > MOST_PRODUCTS[level] * (3 if layers else 1):
        return None
    return replace(paper, ask=ask, about="output")
