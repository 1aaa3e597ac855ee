"""The view of `convcli run`: input, weight and result, with their shapes, types and ranges."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from convcli.engine.arrays import Array
from convcli.engine.compute.comparison import Comparison
from convcli.engine.compute.ranges import value_range
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import (
    CORRELATED,
    Block,
    Document,
    Fact,
    Facts,
    Note,
    Operand,
    Operation,
    Tensor,
    Text,
)
from convcli.report.spelling.comparisons import comparison_phrase
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.words.vocabulary import ENGLISH, Words


def run_view(
    spec: ConvSpec,
    input: Array,
    weight: Array,
    bias: Array | None,
    output: Array,
    comparison: Comparison | None = None,
    seed: int | None = None,
    *,
    is_column: bool = False,
    is_brief: bool = False,
    words: Words = ENGLISH,
) -> Document:
    """The document on a result; `comparison` is that with torch, `seed` that of drawn weights.

    With `is_column` the input is a column of a table, and so is the output. With `is_brief` people
    see the numbers of the output alone.
    """
    drawn = "" if seed is None else words("run.drawn", seed=seed)
    operands = [
        operand_of(words("input"), input, words),
        operand_of(words("weight"), weight, words, drawn),
        *([] if bias is None else [operand_of(words("bias"), bias, words)]),
        operand_of(words("output"), output, words),
    ]
    signs = (CORRELATED, *(() if bias is None else ("+",)), "=")

    def drawings() -> Iterator[Block]:
        yield Operation(tuple(operands), signs, is_brief)
        if comparison is not None:
            yield Note(comparison_phrase(comparison, words))

    return Document(
        "run",
        _keyed(spec, (input, weight, bias, output), comparison, is_column=is_column),
        essential=output,
        title=pytorch_line(spec),
        drawings=drawings,
        words=words,
    )


def _keyed(
    spec: ConvSpec,
    arrays: tuple[Array, Array, Array | None, Array],
    comparison: Comparison | None,
    *,
    is_column: bool,
) -> tuple[Block, ...]:
    """The blocks of machine formats; `arrays` are input, weight, bias and output."""
    input, weight, bias, output = arrays
    facts = (
        Fact("layer", None, pytorch_line(spec)),
        Fact("input.shape", None, Shape(input.shape)),
        Fact("weight.shape", None, Shape(weight.shape)),
        Fact("bias.shape", None, None if bias is None else Shape(bias.shape)),
        Fact("output.shape", None, Shape(output.shape)),
        Fact("output.dtype", None, str(output.dtype)),
        *range_facts(output),
    )
    check = () if comparison is None else (Fact("check", None, comparison.as_data()),)
    values = Tensor(None, output, key="output.values", is_column=is_column)
    return Facts(facts), values, Facts(check)


def operand_of(label: str, values: Array, words: Words, origin: str = "") -> Operand:
    """An array of an operation, with its type and where it comes from."""
    of_type = words("comma").join(part for part in (str(values.dtype), origin) if part)
    return Operand(Tensor(label, values), of_type, partial(_summary, values, of_type, words))


def _summary(values: Array, of_type: str, words: Words) -> Text:
    """The type of an array and the range of its numbers."""
    low, high, mean, not_finite = value_range(values)
    if mean is None:
        return of_type
    fields = {"type": of_type, "low": low, "high": high, "mean": mean, "count": not_finite}
    if values.dtype.kind == "c":
        return words.phrase("run.magnitudes", **fields)
    if not_finite:
        return words.phrase("run.range_of_finite", **fields)
    if low == high:
        return words.phrase("run.equal", **fields)
    return words.phrase("run.range", **fields)


def range_facts(output: Array) -> list[Fact]:
    """The least, the mean and the largest number, for machines."""
    if not output.size or output.dtype.kind == "c":
        return []
    import numpy as np

    with np.errstate(all="ignore"):
        mean = float(output.mean(dtype=np.float64))
    return [
        Fact("output.min", None, output.min()),
        Fact("output.mean", None, mean),
        Fact("output.max", None, output.max()),
    ]
