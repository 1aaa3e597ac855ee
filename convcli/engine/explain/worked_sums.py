"""The worked sum of each output: the cells that its taps read, every product, and the total."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, product
from math import prod
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from convcli.displays import displayed
from convcli.engine.compute.operands import (
    Operands,
    exact_product,
    operands,
    running_sums,
    wide_sum,
)
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import padded_index, tap_table
from convcli.errors import ConvError

View = Literal["gather", "scatter"]
BLOCK = 1024  # rows of a tap table in memory at a time


class Term(NamedTuple):
    """One product of a worked sum.

    `channel` is the input channel, `tap` the index in the kernel, `cell` the input cell that the
    tap reads, None for a padded zero. `landing` is the place of the tap on the padded input: in a
    padding mode that copies cells it may lie outside the input, and `cell` is the copied cell.
    """

    channel: int
    tap: Position
    cell: Position | None
    landing: Position
    input: Any
    weight: Any
    product: Any

    @property
    def padded(self) -> bool:
        """Whether the tap reads padding."""
        return self.cell != self.landing


@displayed
@dataclass(frozen=True)
class WorkedSum:
    """The sum at output `position`, (n, c, *out): the products of `terms`, in order, + `bias`."""

    position: Position
    terms: list[Term]
    bias: Any
    spec: ConvSpec
    dtype: np.dtype[Any]
    view: View = "gather"

    @cached_property
    def running(self) -> list[Any]:
        """The sum after each term and after the bias; floats are added in double precision."""
        return running_sums(
            [term.product for term in self.terms] + ([] if self.bias is None else [self.bias]),
            self.dtype,
        )

    @property
    def total(self) -> Any:
        """The last of the running sums: the output."""
        return self.running[-1] if self.running else wide_sum([], self.dtype)

    @property
    def by_channel(self) -> list[tuple[int, list[Term], Any]]:
        """Each input channel with its terms and their sum."""
        channels = [
            (channel, list(terms))
            for channel, terms in groupby(self.terms, key=lambda term: term.channel)
        ]
        return [
            (c, terms, wide_sum([term.product for term in terms], self.dtype))
            for c, terms in channels
        ]


@displayed
class WorkedSums(Iterator[WorkedSum]):
    """The worked sums of some outputs, which are made one by one; a notebook shows the first."""

    def __init__(self, arrays: Operands, outputs: tuple[range, ...], view: View) -> None:
        self.arrays, self.outputs, self.view = arrays, outputs, view
        self._sums = self.again()

    def __next__(self) -> WorkedSum:
        return next(self._sums)

    def __repr__(self) -> str:
        return f"<{self.count} worked sums of the output {self.arrays.output_shape}>"

    @property
    def count(self) -> int:
        """How many sums there are, those that were taken included."""
        return prod(map(len, self.outputs))

    def again(self) -> Iterator[WorkedSum]:
        """All sums, from the first."""
        return _worked_sums(self.arrays, self.outputs, self.view)


def trace(
    spec: ConvSpec,
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    at: Sequence[int] | None = None,
    view: View = "gather",
) -> WorkedSums:
    """The worked sums of a layer's outputs, one by one: memory does not grow with their number.

    Arrays as in `convolve`. `at` is an output position: (*out), (c, *out) or (n, c, *out); without
    it all outputs, in order. A padded zero is a term whose cell is None. A transposed layer has
    only the terms that read an input cell: in the order of the taps for view "gather"; for
    "scatter" in the order of the inputs, which stamp the kernel one after another. Raises ConvError
    if the arrays do not fit, or if the output has no position `at`.

    >>> import numpy as np
    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> first = next(trace(spec, np.array([1, 2, 3]), np.array([4, 5])))
    >>> [(term.input, term.weight, term.product) for term in first.terms], first.total
    ([(1, 4, 4), (2, 5, 10)], 14)
    """
    check_view(spec, view)
    arrays = operands(spec, input, weight, bias)
    return WorkedSums(arrays, _ranges(arrays, at), view)


def check_view(spec: ConvSpec, view: str) -> None:
    """Check that a layer has this view.

    Raises ConvError for an unknown view, and for "scatter" of a layer that is not transposed.
    """
    if view not in get_args(View):
        rule = f"must be {' or '.join(get_args(View))}"
        raise ConvError("view.name", rule, parameter="view", got=view)
    if view == "scatter" and not spec.transposed:
        rule = "scatter is how a transposed convolution adds up"
        raise ConvError("view.transposed", rule, parameter="view", got=view)


def positions(spec: ConvSpec, input_shape: Sequence[int], at: Sequence[int] | None = None) -> int:
    """The number of worked sums that `trace` yields."""
    shape = spec.output_shape(input_shape)
    free = len(shape) - (len(at) if at is not None else 0)
    return prod(shape[:free])


def _ranges(arrays: Operands, at: Sequence[int] | None) -> tuple[range, ...]:
    """The outputs of `trace`, as a range for each of (n, c, *out)."""
    shape, spec = arrays.output_shape, arrays.spec
    if at is None:
        return tuple(map(range, shape))
    if not spec.rank <= len(at) <= spec.rank + 2:
        names = ", ".join(spec.axis_names)
        rule = f"needs {spec.rank} numbers ({names}), after the channel, or after batch and channel"
        raise ConvError("at.rank", rule, parameter="at", got=Position(at))
    free = len(shape) - len(at)
    for index, size, name in zip(
        at, shape[free:], ("N", "C", *spec.axis_names)[free:], strict=True
    ):
        if not 0 <= index < size:
            rule = f"the output {Shape(shape[free:])} has the positions 0..{size - 1}"
            raise ConvError("at.range", rule, parameter="at", got=Position(at), axis=name)
    return tuple(map(range, shape[:free])) + tuple(range(index, index + 1) for index in at)


def _worked_sums(arrays: Operands, ranges: tuple[range, ...], view: View) -> Iterator[WorkedSum]:
    spec = arrays.spec
    weight = arrays.weight_by_group
    for n, o in product(*ranges[:2]):
        group, member = divmod(o, spec.out_per_group)
        bias = None if arrays.bias is None else arrays.bias[o]
        if bias is not None:
            bias = int(bias) if arrays.dtype.kind == "i" else arrays.dtype.type(bias)
        for out, reads in _reads(arrays, ranges[2:]):
            terms = []
            with np.errstate(all="ignore"):
                for c, channel in enumerate(spec.channels_read(o)):
                    plane, kernel = arrays.input[n, channel], weight[group, member, c]
                    terms += [_term(arrays, channel, plane, kernel, read) for read in reads]
            if view == "scatter":
                terms.sort(key=lambda term: (term.channel, term.landing))
            yield WorkedSum(Position((n, o, *out)), terms, bias, spec, arrays.dtype, view)


class _Read(NamedTuple):
    tap: Position
    cell: Position | None
    landing: Position


def _reads(
    arrays: Operands, ranges: tuple[range, ...]
) -> Iterator[tuple[tuple[int, ...], list[_Read]]]:
    """For each spatial output its reads, tap by tap: one row of each axis's table, crossed."""
    if not ranges:
        yield (), [_Read(Position(), Position(), Position())]
        return
    d = len(ranges) - 1
    for out, reads in _reads(arrays, ranges[:-1]):
        for o, row in _rows(arrays, d, ranges[-1]):
            crossed = [
                _Read(
                    Position((*read.tap, tap)),
                    None if read.cell is None or cell is None else Position((*read.cell, cell)),
                    Position((*read.landing, landing)),
                )
                for read in reads
                for tap, cell, landing in row
            ]
            yield (*out, o), crossed


def _rows(
    arrays: Operands, d: int, outputs: range
) -> Iterator[tuple[int, list[tuple[int, int | None, int]]]]:
    """The rows of one axis's table, as (tap, cell or None, padded index)."""
    spec, size = arrays.spec, arrays.sizes[d]
    for start in range(outputs.start, outputs.stop, BLOCK):
        block = range(start, min(start + BLOCK, outputs.stop))
        for out, cells in zip(block, tap_table(spec, d, size, block).tolist(), strict=True):
            if spec.transposed:
                yield out, [(tap, cell, cell) for tap, cell in enumerate(cells) if cell < size]
            else:
                yield (
                    out,
                    [
                        (tap, cell if cell < size else None, padded_index(spec.axes[d], out, tap))
                        for tap, cell in enumerate(cells)
                    ],
                )


def _term(arrays: Operands, channel: int, plane: Any, kernel: Any, read: _Read) -> Term:
    """A term; float16 factors, multiplied in float32, are float16 again."""
    x = plane[read.cell] if read.cell is not None else plane.dtype.type(0)
    x, w, of_both = exact_product(x, kernel[read.tap], arrays.dtype)
    if arrays.dtype.kind != "i":
        x, w = arrays.dtype.type(x), arrays.dtype.type(w)
    return Term(channel, read.tap, read.cell, read.landing, x, w, of_both)
