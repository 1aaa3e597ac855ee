"""What `convcli show` draws: the scenes of a layer, one for each position of a sliding window.

Every number comes from the tap tables and the worked sums: a picture agrees with the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
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
from convcli.report.spelling.pytorch_line import pytorch_line


@dataclass(frozen=True)
class Film:
    """The scenes of a layer: "gather" goes through the outputs, "scatter" through the inputs."""

    footage: Footage
    framing: Framing
    view: View = "gather"

    def within(self, rows: int, columns: int) -> Film:
        """The same film with at most this many rows and columns of each plane."""
        return replace(self, framing=replace(self.framing, most=(rows, columns)))

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

    def drawn_terms(self, worked: WorkedSum) -> list[Term]:
        """The terms of a sum that lie in the drawn planes."""
        is_volume = self.footage.spec.rank == 3
        return [
            term
            for term in worked.terms
            if term.channel == self.framing.channel
            and (not is_volume or term.tap[0] == self.framing.depth)
        ]

    def terms(self, index: int) -> int:
        """The number of moments that the sum of scene `index` takes to grow."""
        if self.view == "scatter":
            return 1
        return max(len(self.drawn_terms(self.worked(index))), 1)

    def scene(self, index: int, terms: int | None = None) -> Scene:
        """Scene `index` when `terms` of its terms are added; None adds all of them."""
        return self._scatter(index) if self.view == "scatter" else self._gather(index, terms)

    def _gather(self, index: int, terms: int | None) -> Scene:
        worked = self.worked(index)
        drawn = self.drawn_terms(worked)
        added = drawn if terms is None else drawn[:terms]
        is_whole = len(added) == len(drawn)
        current = added[-1] if added and not is_whole else None
        transposed = self.footage.spec.transposed
        lit = {term.cell if transposed else term.landing: term for term in drawn}
        source = self.planes.input([place for place in lit if place is not None], current)
        kernel = self.planes.kernel({term.tap for term in drawn}, current)
        computed = index if is_whole else index - 1
        known = np.arange(self.count).reshape(self.steps) <= computed
        output = self.planes.output(self.place(index), known)
        equation, rest = (
            self._sum(worked, drawn, added) if is_whole else (_partial_sum(worked, added), "")
        )
        return self._scene(source, kernel, output, equation, rest, index)

    def _sum(
        self, worked: WorkedSum, drawn: Sequence[Term], added: Sequence[Term]
    ) -> tuple[Sum, str]:
        """The whole sum, and the text on what is added to the drawn terms.

        Terms of other channels or depths are one number.
        """
        words = self.framing.words
        texts, numbers = [], []
        others = [term.product for term in worked.terms if term not in drawn]
        if others:
            numbers.append(sum(others[1:], others[0]))
            is_volume = self.footage.spec.rank == 3
            texts.append(
                words(
                    "scene.from_window" if is_volume else "scene.from_channels", value=numbers[-1]
                )
            )
        if worked.bias is not None:
            numbers.append(worked.bias)
            texts.append(words("scene.from_bias", value=worked.bias))
        factors = [*_factors(added), *((number,) for number in numbers)]
        products = [*(term.product for term in added), *numbers]
        return Sum(tuple(factors), tuple(products), worked.total), words("comma").join(texts)

    def _scatter(self, index: int) -> Scene:
        """One input stamps the kernel on the output; outputs hold what has reached them so far."""
        footage, framing = self.footage, self.framing
        cell = self.place(index)
        reached = dict(footage.stamp(cell))
        before = [self.place(number) for number in range(index + 1)]
        values = footage.stamped(before, framing.channel, framing.out_channel)
        source = self.planes.input([cell], None)
        kernel = self.planes.kernel(set(reached.values()), None)
        output = self.planes.partial_output(cell, values, set(reached))
        weights = footage.kernel(framing.channel, framing.out_channel)
        number = footage.number(framing.channel, cell)
        factors = tuple((number, weights[tap]) for tap in reached.values())
        products = tuple(first * second for first, second in factors)
        rest = framing.words("scene.stamp", reached=len(reached), taps=weights.size)
        equation = Sum(factors, products, sum(products))
        return replace(self._scene(source, kernel, output, equation, rest, index), stamped=True)

    def _scene(
        self, source: Plane, kernel: Plane, output: Plane, equation: Sum, rest: str, index: int
    ) -> Scene:
        return Scene(
            source,
            kernel,
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
