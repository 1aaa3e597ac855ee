"""The worked sum of each output: which tap reads which cell, every product, and the total."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, product
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from convcli.engine.compute.operands import Operands, operands, running_sums, wide_sum
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import padded_index, tap_table
from convcli.errors import ConvError

View = Literal["gather", "scatter"]
BLOCK = 1024  # rows of a tap table held at a time


class Term(NamedTuple):
    """One product of a worked sum.

    `channel` is the input channel, `tap` the index in the kernel, `cell` the input cell that it reads: None where that
    is a padded zero. `landing` is where the tap lands on the padded input; in the other padding modes it lies outside
    while `cell` is the real cell that stands there.
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
        return self.cell != self.landing


@dataclass(frozen=True)
class WorkedSum:
    """The sum at one output: `total` = the products of `terms`, in order, + `bias`; `position` in full, (n, c, *out)."""

    position: Position
    terms: list[Term]
    bias: Any
    spec: ConvSpec
    dtype: np.dtype[Any]

    @cached_property
    def running(self) -> list[Any]:
        """The sum after each term and, last, after the bias; floats are added in double precision."""
        return running_sums(
            [term.product for term in self.terms] + ([] if self.bias is None else [self.bias]),
            self.dtype,
        )

    @property
    def total(self) -> Any:
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


def trace(
    spec: ConvSpec,
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    at: Sequence[int] | None = None,
    view: View = "gather",
) -> Iterator[WorkedSum]:
    """The worked sums of a layer's outputs, one after another, never all held in memory.

    Arrays as in `convolve`. `at` is an output position: (*out), (c, *out) or (n, c, *out); without it every output, in
    order. A padded zero is a term with cell None. In a transposed layer only the terms that reach an input are there:
    in tap order for view "gather", in the order of the inputs, which stamp the kernel one after another, for "scatter".
    Raises ConvError where the arrays do not fit, or `at` is no position of the output.

    >>> import numpy as np
    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> [(term.input, term.weight, term.product) for term in next(trace(spec, np.array([1, 2, 3]), np.array([4, 5]))).terms]
    [(1, 4, 4), (2, 5, 10)]
    """
    check_view(spec, view)
    arrays = operands(spec, input, weight, bias)
    chosen = _chosen(arrays, at)
    return _worked_sums(arrays, chosen, view)


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
    """How many outputs `trace` goes through."""
    shape = spec.output_shape(input_shape)
    free = len(shape) - (len(at) if at is not None else 0)
    count = 1
    for size in shape[:free]:
        count *= size
    return count


def _chosen(arrays: Operands, at: Sequence[int] | None) -> tuple[range, ...]:
    """The outputs to go through, as one range for each of (n, c, *out)."""
    shape, spec = arrays.output_shape, arrays.spec
    if at is None:
        return tuple(map(range, shape))
    if not spec.rank <= len(at) <= spec.rank + 2:
        rule = f"needs {spec.rank} numbers ({', '.join(spec.axis_names)}), or also the channel, or also the batch before them"
        raise ConvError("at.rank", rule, parameter="at", got=Position(at))
    free = len(shape) - len(at)
    for index, size, name in zip(
        at, shape[free:], ("N", "C", *spec.axis_names)[free:], strict=True
    ):
        if not 0 <= index < size:
            rule = f"the output {Shape(shape[free:])} has the positions 0..{size - 1}"
            raise ConvError("at.range", rule, parameter="at", got=Position(at), axis=name)
    return tuple(map(range, shape[:free])) + tuple(range(index, index + 1) for index in at)


def _worked_sums(arrays: Operands, chosen: tuple[range, ...], view: View) -> Iterator[WorkedSum]:
    spec = arrays.spec
    weight = arrays.weight_by_group
    in_per_group, out_per_group = spec.in_channels // spec.groups, spec.out_channels // spec.groups
    for n, o in product(*chosen[:2]):
        group, member = divmod(o, out_per_group)
        bias = None if arrays.bias is None else arrays.bias[o]
        if bias is not None:
            bias = int(bias) if arrays.dtype.kind == "i" else arrays.dtype.type(bias)
        for out, reads in _reads(arrays, chosen[2:]):
            terms = []
            with np.errstate(all="ignore"):
                for c in range(in_per_group):
                    channel = group * in_per_group + c
                    plane, kernel = arrays.input[n, channel], weight[group, member, c]
                    terms += [_term(arrays, channel, plane, kernel, read) for read in reads]
            if view == "scatter":
                terms.sort(key=lambda term: (term.channel, term.landing))
            yield WorkedSum(Position((n, o, *out)), terms, bias, spec, arrays.dtype)


class _Read(NamedTuple):
    tap: Position
    cell: Position | None
    landing: Position


def _reads(
    arrays: Operands, chosen: tuple[range, ...]
) -> Iterator[tuple[tuple[int, ...], list[_Read]]]:
    """For each spatial output the cells that it reads, tap by tap: one row of each axis's table, crossed."""
    if not chosen:
        yield (), [_Read(Position(), Position(), Position())]
        return
    d = len(chosen) - 1
    for out, reads in _reads(arrays, chosen[:-1]):
        for o, row in _rows(arrays, d, chosen[-1]):
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
    arrays: Operands, d: int, chosen: range
) -> Iterator[tuple[int, list[tuple[int, int | None, int]]]]:
    """The rows of one axis's table, as (tap, cell or None, padded index)."""
    spec, size = arrays.spec, arrays.sizes[d]
    for start in range(chosen.start, chosen.stop, BLOCK):
        block = range(start, min(start + BLOCK, chosen.stop))
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
    x = plane[read.cell] if read.cell is not None else plane.dtype.type(0)
    w = kernel[read.tap]
    if arrays.dtype.kind == "i":
        return Term(channel, read.tap, read.cell, read.landing, int(x), int(w), int(x) * int(w))
    scalar = (
        arrays.dtype.type
    )  # float16 is multiplied in float32, and shown as short as it is exact
    return Term(channel, read.tap, read.cell, read.landing, scalar(x), scalar(w), x * w)
