"""The views of `convcli grad`: the three gradients, or one entry of one as a worked sum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convcli.engine.compute.comparison import Comparison
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.gradients import Gradients
from convcli.engine.gradients.worked_entry import GradientSum, GradientTerm
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Sum, Table, Tensor
from convcli.report.spelling.comparisons import comparison_phrase
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.words.vocabulary import ENGLISH, Words

NAMES = {"input": "dL/dx", "weight": "dL/dW", "bias": "dL/db"}
HIDDEN = {"input": ("cell",), "weight": ("tap",), "bias": ("tap", "cell", "factor")}


class Checks(NamedTuple):
    """Other ways to the gradients.

    `differences` and `torch` are comparisons, None where not made; `adjoint` is the layer that
    takes G to dL/dx, `adjoint_equal` whether its result is dL/dx.
    """

    adjoint: ConvSpec | None = None
    adjoint_equal: bool | None = None
    differences: Comparison | None = None
    torch: Comparison | None = None


def grad_view(
    spec: ConvSpec,
    gradients: Gradients,
    upstream: Any,
    checks: Checks,
    words: Words = ENGLISH,
) -> Document:
    """The document on the gradients; `upstream` is G, an array, or None where it is all ones."""
    facts = Facts((
        Fact("layer", None, pytorch_line(spec)),
        Fact("output_gradient.shape", None, "ones" if upstream is None else Shape(upstream.shape)),
    ))  # fmt: skip
    of_output = "G = dL/dout"
    upstream_block: Block = (
        Facts((Fact(None, of_output, words("grad.ones")),))
        if upstream is None
        else Tensor(of_output, upstream)
    )
    remarks = *_in_words(spec, checks, words), *_comparisons(checks, words)
    blocks = (facts, upstream_block, *_gradients(gradients), *remarks)
    return Document(
        "grad", blocks, essential=gradients._asdict(), title=pytorch_line(spec), words=words
    )


def gradients_view(gradients: Gradients, words: Words = ENGLISH) -> Document:
    """The document on gradients alone."""
    blocks: tuple[Block, ...] = tuple(_gradients(gradients))
    return Document("grad", blocks, essential=gradients._asdict(), words=words)


def _gradients(gradients: Gradients) -> Iterator[Block]:
    """The three gradients with their shapes."""
    for name, label in NAMES.items():
        values = getattr(gradients, name)
        yield Facts((Fact(f"{name}_gradient.shape", None, Shape(values.shape)),))
        yield Tensor(label, values, f"{name}_gradient.values")


def _in_words(spec: ConvSpec, checks: Checks, words: Words) -> tuple[Block, ...]:
    to_input = words("grad.to_input_of_transposed" if spec.transposed else "grad.to_input")
    correlation = Note(words("grad.correlation"))
    if checks.adjoint is None:
        return Note(words("grad.to_copies", to_input=to_input)), correlation
    line = pytorch_line(checks.adjoint)
    verdict = words(
        "grad.equal" if checks.adjoint_equal else "grad.differs", to_input=to_input, line=line
    )
    facts = (Fact("adjoint.layer", None, line), Fact("adjoint.equal", None, checks.adjoint_equal))
    return Facts(facts), Note(verdict), correlation


def _comparisons(checks: Checks, words: Words) -> list[Block]:
    blocks: list[Block] = []
    for key, comparison in (("differences", checks.differences), ("torch", checks.torch)):
        if comparison is not None:
            blocks.append(Facts((Fact(f"check.{key}", None, comparison.as_data()),)))
            phrase = comparison_phrase(comparison, words)
            blocks.append(Note(words.phrase(f"grad.by_{key}", comparison=phrase)))
    return blocks


def gradient_entry_view(
    spec: ConvSpec, worked: GradientSum, axes: int, words: Words = ENGLISH
) -> Document:
    """The document on one entry of a gradient, its position with the last `axes` numbers."""
    position = Position(worked.position[len(worked.position) - axes :])
    line = pytorch_line(spec)
    facts = (
        Fact("layer", None, line),
        Fact("variable", None, worked.variable),
        Fact("position", None, position),
    )
    blocks = (
        Facts(facts),
        Table(
            _term_columns(worked.variable, words),
            [_row(term, words) for term in worked.terms],
            key="terms",
        ),
        _sum(worked),
        Facts((Fact("total", None, worked.total),)),
    )
    title = words("grad.entry", name=NAMES[worked.variable], position=position, line=line)
    return Document("grad", blocks, worked.total, title, records="terms", words=words)


def _term_columns(variable: str, words: Words) -> tuple[Column, ...]:
    """The columns of a term; people see those that vary for this variable."""
    labels = {
        "output": words("output"),
        "tap": words("trace.tap"),
        "cell": words("trace.input_cell"),
        "gradient": "G",
        "factor": words("weight" if variable == "input" else "input"),
        "product": words("product"),
    }
    hidden = (*HIDDEN[variable], "cell")
    columns = [Column(key, None if key in hidden else label) for key, label in labels.items()]
    seen = None if "cell" in HIDDEN[variable] else labels["cell"]
    columns.insert(list(labels).index("cell") + 1, Column(None, seen))
    return tuple(columns)


def _row(term: GradientTerm, words: Words) -> tuple[Any, ...]:
    """The cells of a term; the input cell stands there twice, for machines and in words."""
    output, tap, cell, *factors = term
    return (output, tap, cell, words("none") if cell is None else cell, *factors)


def _sum(worked: GradientSum) -> Sum:
    factors = tuple(
        (term.gradient,) if worked.variable == "bias" else (term.gradient, term.factor)
        for term in worked.terms
    )
    return Sum(factors, tuple(term.product for term in worked.terms), worked.total)
