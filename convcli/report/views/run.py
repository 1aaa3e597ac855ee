"""The view of `convcli run`: input, weight and result, with their shapes, types and ranges."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from convcli.engine.arrays import Array
from convcli.engine.compute.comparison import Comparison
from convcli.engine.geometry.flips import flipped
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import (
    CORRELATED,
    Block,
    Document,
    Fact,
    Facts,
    Nested,
    Note,
    Operation,
    Tensor,
)
from convcli.report.spelling.comparisons import comparison_phrase
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.views.run_operands import operand_of, range_facts
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
    unflipped: Array | None = None,
    words: Words = ENGLISH,
) -> Document:
    """The document on a result; `comparison` is that with torch, `seed` that of drawn weights.

    With `is_column` the input is a column of a table, and so is the output. With `is_brief` people
    see the numbers of the output alone. Where the kernel was flipped, `weight` is the one as it was
    written, and `unflipped` is the output without the flip.
    """
    drawn = "" if seed is None else words("run.drawn", seed=seed)

    def drawings() -> Iterator[Block]:
        operation = partial(_operation, input, bias, drawn, words, is_brief=is_brief)
        if unflipped is None:
            yield operation(words("weight"), weight, output)
        else:
            yield operation(words("flip.weight"), flipped(weight, spec.rank), output)
            yield Note(words("flip.layer"))
            yield operation(words("weight"), weight, unflipped, named=True)
        if comparison is not None:
            yield Note(comparison_phrase(comparison, words))

    blocks = _keyed(spec, (input, weight, bias, output), comparison, is_column=is_column)
    beside = () if unflipped is None else (Nested("unflipped", {"values": unflipped}),)
    return Document(
        "run",
        (*blocks, *beside),
        essential=output,
        title=pytorch_line(spec),
        drawings=drawings,
        words=words,
    )


def _operation(
    input: Array,
    bias: Array | None,
    drawn: str,
    words: Words,
    label: str,
    kernel: Array,
    output: Array,
    *,
    is_brief: bool,
    named: bool = False,
) -> Operation:
    """Input, kernel and bias with their signs, and the output."""
    operands = [
        operand_of(words("input"), input, words),
        operand_of(label, kernel, words, drawn),
        *([] if bias is None else [operand_of(words("bias"), bias, words)]),
        operand_of(words("output"), output, words),
    ]
    signs = (CORRELATED, *(() if bias is None else ("+",)), "=")
    return Operation(tuple(operands), signs, is_brief, named)


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
