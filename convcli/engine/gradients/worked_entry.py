"""One entry of a gradient as a worked sum: the outputs that the entry reaches, and the taps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np

from convcli.engine.compute.operands import Operands, exact_product, wide_sum
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.taps import tap_table
from convcli.engine.gradients.gradients import gradient_operands
from convcli.errors import ConvError

Variable = Literal["input", "weight", "bias"]


class GradientTerm(NamedTuple):
    """One product: G at `output` (n, c, *out) times the weight at `tap` or the input at `cell`.

    In the gradient of the bias the factor is 1, and tap and cell are None. A padded zero has no
    cell.
    """

    output: Position
    tap: Position | None
    cell: Position | None
    gradient: Any
    factor: Any
    product: Any


class GradientSum(NamedTuple):
    """The worked sum of one entry of the gradient of `variable`; `position` has all axes."""

    variable: Variable
    position: Position
    terms: list[GradientTerm]
    total: Any


def trace_gradient(
    spec: ConvSpec,
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    variable: Variable,
    at: Sequence[int],
    output_gradient: Any = None,
) -> GradientSum:
    """The worked sum of entry `at` of a gradient, with all axes or in the rank of the variable.

    Arrays as in `gradients`. Raises ConvError if they do not fit, or if there is no such entry.

    >>> import numpy as np
    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    >>> x, w = np.array([1, 2, 3]), np.array([10, 1])
    >>> worked = trace_gradient(spec, x, w, variable="input", at=(1,))
    >>> [(str(term.output), str(term.tap), term.product) for term in worked.terms], worked.total
    ([('(0, 0, 0)', '(1)', 1), ('(0, 0, 1)', '(0)', 10)], 11)
    """
    arrays, upstream = gradient_operands(spec, input, weight, bias, output_gradient)
    shape = {
        "input": Shape(arrays.input.shape),
        "weight": spec.weight_shape,
        "bias": Shape((spec.out_channels,)),
    }[variable]
    position = _entry(shape, at)
    with np.errstate(all="ignore"):
        terms = list(
            {"input": _input_terms, "weight": _weight_terms, "bias": _bias_terms}[variable](
                arrays, upstream, position
            )
        )
        return GradientSum(
            variable, position, terms, wide_sum([term.product for term in terms], arrays.dtype)
        )


def _entry(shape: Shape, at: Sequence[int]) -> Position:
    full = (0,) * (len(shape) - len(at)) + tuple(at)
    free = len(shape) - len(at)
    if free < 0 or any(size != 1 for size in shape[: max(free, 0)]):
        rule = f"must name an entry of {shape}"
        raise ConvError("at.rank", rule, parameter="at", got=Position(at))
    for index, size in zip(full, shape, strict=True):
        if not 0 <= index < size:
            raise ConvError(
                "at.range", f"{shape} has no such entry", parameter="at", got=Position(at)
            )
    return Position(full)


def _input_terms(arrays: Operands, upstream: Any, position: Position) -> Iterator[GradientTerm]:
    """G at each output that reads the cell, times the weight at the tap that reads it."""
    spec, (n, c, *cell) = arrays.spec, position
    weight, (group, member) = arrays.weight_by_group, divmod(c, spec.in_per_group)
    per_group = spec.out_per_group
    readers = [
        [
            (int(out), int(tap))
            for out, tap in zip(*np.nonzero(tap_table(spec, d, size) == cell[d]), strict=True)
        ]
        for d, size in enumerate(arrays.sizes)
    ]
    for o, reads in product(range(per_group), product(*readers)):
        out, tap = Position(out for out, _ in reads), Position(tap for _, tap in reads)
        place = Position((n, group * per_group + o, *out))
        factor = weight[(group, o, member, *tap)]
        yield _term(place, tap, Position(cell), upstream[place], factor)


def _weight_terms(arrays: Operands, upstream: Any, position: Position) -> Iterator[GradientTerm]:
    """G at each output of the kernel's channel, times the input cell that the tap reads there."""
    spec, (first, second, *tap) = arrays.spec, position
    in_channel, out_channel = spec.weight_channels(first, second)
    columns = [tap_table(spec, d, size)[:, tap[d]].tolist() for d, size in enumerate(arrays.sizes)]
    for n, out in product(
        range(len(arrays.input)), product(*(range(len(column)) for column in columns))
    ):
        cell = Position(column[o] for column, o in zip(columns, out, strict=True))
        padded = any(c == size for c, size in zip(cell, arrays.sizes, strict=True))
        if padded and spec.transposed:
            continue
        place = Position((n, out_channel, *out))
        value = arrays.input.dtype.type(0) if padded else arrays.input[(n, in_channel, *cell)]
        yield _term(place, Position(tap), None if padded else cell, upstream[place], value)


def _bias_terms(arrays: Operands, upstream: Any, position: Position) -> Iterator[GradientTerm]:
    """G at each output of the channel, times 1."""
    factor = arrays.input.dtype.type(1)
    for n, out in product(range(len(upstream)), product(*map(range, upstream.shape[2:]))):
        place = Position((n, position[0], *out))
        yield _term(place, None, None, upstream[place], factor)


def _term(place: Position, tap: Any, cell: Any, gradient: Any, factor: Any) -> GradientTerm:
    return GradientTerm(place, tap, cell, *exact_product(gradient, factor, gradient.dtype))
