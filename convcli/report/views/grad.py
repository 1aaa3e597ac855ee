"""The views of `convcli grad`: the three gradients, or one entry of one as a worked sum."""

from __future__ import annotations

from typing import NamedTuple

from convcli.engine.compute.comparison import Comparison
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.gradients import Gradients
from convcli.engine.gradients.worked_entry import GradientSum
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Sum, Table, Tensor
from convcli.report.quantities import Phrase
from convcli.report.spelling.comparisons import comparison_phrase
from convcli.report.spelling.pytorch_line import pytorch_line

NAMES = {"input": "dL/dx", "weight": "dL/dW", "bias": "dL/db"}
HIDDEN = {"input": ("cell",), "weight": ("tap",), "bias": ("tap", "cell", "factor")}
CORRELATION = (
    "dL/dW is a correlation: G times the input cell that each tap reads, summed over the outputs"
)


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
    spec: ConvSpec, gradients: Gradients, upstream: Shape | None, checks: Checks
) -> Document:
    """The document on the gradients; `upstream` is the shape of G, None where it is all ones."""
    facts = Facts((
        Fact("layer", None, pytorch_line(spec)),
        Fact("output_gradient.shape", "G = dL/dout", "ones" if upstream is None else upstream),
    ))  # fmt: skip
    tensors: list[Block] = []
    for name, label in NAMES.items():
        values = getattr(gradients, name)
        shape = Fact(f"{name}_gradient.shape", None, Shape(values.shape))
        tensors += [Facts((shape,)), Tensor(label, values, f"{name}_gradient.values")]
    blocks = (facts, *tensors, *_in_words(spec, checks), *_comparisons(checks))
    return Document("grad", blocks, essential=gradients._asdict(), title=pytorch_line(spec))


def _in_words(spec: ConvSpec, checks: Checks) -> tuple[Block, ...]:
    other = "convolution" if spec.transposed else "transposed convolution"
    to_input = f"dL/dx is a {other} of G with the same weight"
    if checks.adjoint is None:
        copies = "what falls on padding goes back to the cells that it copies"
        return Note(f"{to_input}; {copies}"), Note(CORRELATION)
    line = pytorch_line(checks.adjoint)
    verdict = f"the result {'is equal' if checks.adjoint_equal else 'DIFFERS'}"
    facts = (Fact("adjoint.layer", None, line), Fact("adjoint.equal", None, checks.adjoint_equal))
    return Facts(facts), Note(f"{to_input}: {line}; {verdict}"), Note(CORRELATION)


def _comparisons(checks: Checks) -> list[Block]:
    blocks: list[Block] = []
    for key, label, comparison in (
        ("differences", "central differences", checks.differences),
        ("torch", "autograd", checks.torch),
    ):
        if comparison is not None:
            blocks.append(Facts((Fact(f"check.{key}", None, comparison.as_data()),)))
            blocks.append(Note(_labelled(label, comparison)))
    return blocks


def _labelled(label: str, comparison: Comparison) -> Phrase:
    template, values = comparison_phrase(comparison)
    return Phrase(f"{label}: {template}", values)


def gradient_entry_view(spec: ConvSpec, worked: GradientSum, axes: int) -> Document:
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
        Table(_term_columns(worked.variable), [tuple(term) for term in worked.terms], key="terms"),
        _sum(worked),
        Facts((Fact("total", None, worked.total),)),
    )
    title = f"{NAMES[worked.variable]} at {position} of {line}"
    return Document("grad", blocks, worked.total, title, records="terms")


def _term_columns(variable: str) -> tuple[Column, ...]:
    """The columns of a term; people see those that vary for this variable."""
    labels = {
        "output": "output",
        "tap": "tap",
        "cell": "input cell",
        "gradient": "G",
        "factor": "weight" if variable == "input" else "input",
        "product": "product",
    }
    hidden = HIDDEN[variable]
    return tuple(Column(key, None if key in hidden else label) for key, label in labels.items())


def _sum(worked: GradientSum) -> Sum:
    factors = tuple(
        (term.gradient,) if worked.variable == "bias" else (term.gradient, term.factor)
        for term in worked.terms
    )
    return Sum(factors, tuple(term.product for term in worked.terms), worked.total)
