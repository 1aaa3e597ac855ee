"""What `convcli show` draws: the scenes of a layer, one for each position of a sliding window.

Every number comes from the tap tables and the worked sums: a picture agrees with the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np

from convcli.engine.compute.operands import operands
from convcli.engine.explain.worked_sums import Term, View, WorkedSum, check_view
from convcli.engine.geometry.shapes import Position
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Sum
from convcli.report.film.footage import Footage
from convcli.report.film.planes import Framing, Planes
from convcli.report.film.scene import Plane, Scene
from convcli.report.quantities import Phrase
from convcli.report.spelling.pytorch_line import pytorch_line


@dataclass(frozen=True)
class Film:
    """The scenes of a layer: "gather" goes through the outputs, "scatter" through the inputs."""

    footage: Footage
    framing: Framing
    view: View = "gather"

    def within(self, rows: int, columns: int, whole_kernel: bool = False) -> Film:
        """The same film with at most this many rows and columns of each plane."""
        framing = replace(self.framing, most=(rows, columns), whole_kernel=whole_kernel)
        return replace(self, framing=framing)

    @property
    def steps(self) -> tuple[int, ...]:
        """The sizes that the film goes through: of the output, or for "scatter" of the input."""
        return self.footage.sizes if self.view == "scatter" else self.footage.outs

    @property
    def count(self) -> int:
        """The number of scenes."""
        return prod(self.steps)

    @cached_property
    def planes(self) -> Planes:
        """What draws input, kernel and output in this framing."""
        return Planes(self.footage, self.framing)

    def place(self, index: int) -> Position:
        """The position of scene `index`."""
        return Position(int(number) for number in np.unravel_index(index, self.steps))

    def worked(self, index: int) -> WorkedSum:
        """The worked sum of output `index`."""
        return self.footage.worked_sum(self.framing.out_channel, self.place(index))

    @cached_property
    def layers(self) -> list[tuple[int, int]]:
        """The input channels and depth taps that are drawn, whole channels where they fit."""
        spec, framing = self.footage.spec, self.framing
        taps = spec.kernel_size[0] if spec.rank == 3 else 1
        pairs = list(product(spec.channels_read(framing.out_channel), range(taps)))
        most = framing.layers
        if most == 1 or len(pairs) == 1:
            return [(framing.channel, framing.depth)]
        return pairs[: most if taps > most else most // taps * taps]

    def drawn_terms(self, worked: WorkedSum) -> list[Term]:
        """The terms of a sum that lie in the drawn planes."""
        drawn = set(self.layers)
        return [term for term in worked.terms if self._layer(term) in drawn]

    def _layer(self, term: Term) -> tuple[int, int]:
        """The input channel and the depth tap of a term; the depth is 0 but for volumes."""
        return term.channel, term.tap[0] if self.footage.spec.rank == 3 else 0

    def terms(self, index: int) -> int:
        """The number of moments that the sum of scene `index` takes to grow."""
        if self.view == "scatter":
            return 1
        return max(len(self.drawn_terms(self.worked(index))), 1)

    def scene(self, index: int, terms: int | None = None, *, finished: bool = False) -> Scene:
        """Scene `index` when `terms` of its terms are added; None adds all of them.

        With `finished` all outputs are known, else those up to this one.
        """
        if self.view == "scatter":
            return self._scatter(index, finished=finished)
        return self._gather(index, terms, finished=finished)

    def _gather(self, index: int, terms: int | None, *, finished: bool) -> Scene:
        worked = self.worked(index)
        drawn = self.drawn_terms(worked)
        added = drawn if terms is None else drawn[:terms]
        is_whole = len(added) == len(drawn)
        current = added[-1] if added and not is_whole else None
        layers = self._drawn_layers(drawn, current)
        computed = self.count if finished else index if is_whole else index - 1
        known = np.arange(self.count).reshape(self.steps) <= computed
        output = self.planes.output(self.place(index), known)
        equation, rest = (
            self._sum(worked, drawn, added) if is_whole else (_partial_sum(worked, added), ())
        )
        return self._scene(layers, output, equation, rest, index)

    def _drawn_layers(
        self, drawn: Sequence[Term], current: Term | None
    ) -> tuple[tuple[Plane, Plane], ...]:
        """The input and the kernel of each layer; without those that this output does not read."""
        transposed = self.footage.spec.transposed
        pairs: list[tuple[Plane, Plane]] = []
        for layer in self.layers:
            terms = [term for term in drawn if self._layer(term) == layer]
            if not terms and (pairs or layer != self.layers[-1]):
                continue
            cells = [term.cell if transposed else term.landing for term in terms]
            lit = dict.fromkeys(cell for cell in cells if cell is not None)
            own = current if current is not None and self._layer(current) == layer else None
            source = self.planes.input(lit, own, layer[0])
            kernel = self.planes.kernel({term.tap for term in terms}, own, layer)
            pairs.append((source, kernel))
        return tuple(pairs)

    def _sum(
        self, worked: WorkedSum, drawn: Sequence[Term], added: Sequence[Term]
    ) -> tuple[Sum, tuple[Phrase, ...]]:
        """The whole sum, and the texts on what is added to the drawn terms.

        Terms of other channels or depths are one number.
        """
        words = self.framing.words
        texts, numbers = [], []
        others = [term.product for term in worked.terms if term not in drawn]
        if others:
            numbers.append(sum(others[1:], others[0]))
            is_volume = self.footage.spec.rank == 3
            texts.append(
                words.phrase(
                    "scene.from_window" if is_volume else "scene.from_channels", value=numbers[-1]
                )
            )
        if worked.bias is not None:
            numbers.append(worked.bias)
            texts.append(words.phrase("scene.from_bias", value=worked.bias))
        factors = [*_factors(added), *((number,) for number in numbers)]
        products = [*(term.product for term in added), *numbers]
        return Sum(tuple(factors), tuple(products), worked.total), tuple(texts)

    def _scatter(self, index: int, *, finished: bool) -> Scene:
        """One input stamps the kernel on the output, which has what has reached it so far."""
        footage, framing = self.footage, self.framing
        out_channel = framing.out_channel
        cell = self.place(index)
        reached = dict(footage.stamp(cell))
        last = self.count - 1 if finished else index
        values, known = footage.stamped(last, out_channel)
        depth, out_depth = self._stamped_depths(cell, reached)
        channels = list(dict.fromkeys(channel for channel, _ in self.layers))
        taps = {tap for tap in reached.values() if footage.spec.rank < 3 or tap[0] == depth}
        layers = tuple(
            (
                self.planes.input([cell], None, channel),
                self.planes.kernel(taps, None, (channel, depth)),
            )
            for channel in channels
        )
        so_far = last < self.count - 1
        output = self.planes.partial_output(out_depth, values, known, set(reached), so_far=so_far)
        weights = [footage.kernel(channel, out_channel) for channel in channels]
        numbers = [footage.number(channel, cell) for channel in channels]
        factors = tuple(
            (number, kernel[tap])
            for tap in reached.values()
            for number, kernel in zip(numbers, weights, strict=True)
        )
        products = tuple(first * second for first, second in factors)
        equation = Sum(factors, products, sum(products))
        rest = self._beside_the_stamps(len(reached), len(channels))
        scene = self._scene(layers, output, equation, rest, index)
        return replace(scene, stamped=len(channels))

    def _stamped_depths(self, cell: Position, reached: dict[Position, Position]) -> tuple[int, int]:
        """The depth tap that is drawn, and the depth of the outputs that it reaches.

        Both are of the framing's tap, or of the first that lands in the output.
        """
        if self.footage.spec.rank < 3:
            return self.framing.depth, 0
        depths = {tap[0]: out[0] for out, tap in reached.items()}
        if self.framing.depth in depths or not depths:
            nearest = min(cell[0], self.footage.outs[0] - 1)
            return self.framing.depth, depths.get(self.framing.depth, nearest)
        return min(depths.items())

    def _beside_the_stamps(self, reached: int, drawn: int) -> tuple[Phrase, ...]:
        """The texts on the stamps of a cell, and on what the output has beside those drawn."""
        footage, words = self.footage, self.framing.words
        taps = prod(footage.spec.kernel_size)
        texts = [words.phrase("scene.stamp", reached=reached, taps=taps)]
        others = len(footage.spec.channels_read(self.framing.out_channel)) - drawn
        if others:
            texts.append(words.phrase("scene.stamp_channels", others=others))
        if footage.bias is not None:
            bias = footage.bias[self.framing.out_channel]
            texts.append(words.phrase("scene.stamp_bias", value=bias))
        return tuple(texts)

    def _scene(
        self,
        layers: tuple[tuple[Plane, Plane], ...],
        output: Plane,
        equation: Sum,
        rest: tuple[Phrase, ...],
        index: int,
    ) -> Scene:
        return Scene(
            layers,
            output,
            equation,
            rest,
            position=self.place(index),
            index=index,
            count=self.count,
            title=pytorch_line(self.footage.spec),
            words=self.framing.words,
        )


def _factors(terms: Sequence[Term]) -> list[tuple[Any, ...]]:
    return [(term.input, term.weight) for term in terms]


def _partial_sum(worked: WorkedSum, added: Sequence[Term]) -> Sum:
    """The sum of the first terms, in the number type of the whole sum."""
    products = tuple(term.product for term in added)
    zero = worked.running[0] * 0 if products else 0
    return Sum(tuple(_factors(added)), products, zero + sum(products))


def film(
    spec: ConvSpec,
    input: Any,
    weight: Any,
    bias: Any,
    *,
    view: View = "gather",
    example: int = 0,
    framing: Framing | None = None,
) -> Film:
    """The film of a layer; arrays as in `convolve`.

    Raises ConvError if the arrays do not fit, or for view "scatter" of a convolution.
    """
    check_view(spec, view)
    arrays = operands(spec, input, weight, bias)
    footage = Footage(spec, arrays.input, arrays.weight, arrays.bias, example)
    return Film(footage, framing or Framing(), view)
