"""The view of `convcli run` for pooling and padding of other frameworks."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.report.document import Block, Document, Fact, Facts, Operation, Tensor
from convcli.report.views.foreign import Foreign, foreign_facts
from convcli.report.views.run_operands import operand_of, range_facts
from convcli.report.words.vocabulary import Words


def windows_view(
    foreign: Foreign, input: Array, output: Array, words: Words, *, is_brief: bool
) -> Document:
    """The document on the result of a layer without weights."""
    facts = (
        Fact("layer", None, foreign.call),
        Fact("input.shape", None, Shape(input.shape)),
        Fact("output.shape", None, Shape(output.shape)),
        Fact("output.dtype", None, str(output.dtype)),
        *range_facts(output),
    )
    operands = (
        operand_of(words("input"), input, words),
        operand_of(words("output"), output, words),
    )

    def drawings() -> Iterator[Block]:
        yield Operation(operands, ("=",), is_brief)

    values = Tensor(None, output, key="output.values")
    blocks = (Facts(facts), values, foreign_facts(foreign, words))
    return Document(
        "run", blocks, essential=output, title=foreign.call, drawings=drawings, words=words
    )
