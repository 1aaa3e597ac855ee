"""The view of `convcli grad`: the three gradients, or one entry of one as a worked sum, and what they are in words."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.gradients import Gradients
from convcli.engine.gradients.worked_entry import GradientSum
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Sum, Table, Tensor
from convcli.report.spelling.pytorch_line import pytorch_line

NAMES = {"input": "dL/dx", "weight": "dL/dW", "bias": "dL/db"}


class Checks(NamedTuple):
    """What other ways to the gradients said: `differences` and `torch` are comparisons, None where not made; `adjoint`
    is the layer that takes G to dL/dx, `adjoint_equal` whether its result is dL/dx."""

    adjoint: ConvSpec | None = None
    adjoint_equal: bool | None = None
    differences: Any = None
    torch: Any = None


def grad_view(spec: ConvSpec, found: Gradients, upstream: Shape | None, checks: Checks) -> Document:
    """The document on the gradients; `upstream` is the shape of G, None where it is all ones."""
    facts = Facts((
        Fact("layer", None, pytorch_line(spec)),
        Fact("output_gradient.shape", "G = dL/dout", "ones" if upstream is None else upstream),
    ))  # fmt: skip
    tensors: list[Block] = []
    for name, label in NAMES.items():
        values = getattr(found, name)
        shape = Fact(f"{name}_gradient.shape", None, Shape(values.shape))
        tensors += [Facts((shape,)), Tensor(label, values, f"{name}_gradient.values")]
    blocks = (facts, *tensors, *_in_words(spec, checks), *_comparisons(checks))
    return Document("grad", blocks, essential=found._asdict(), title=pytorch_line(spec))


def _in_words(spec: ConvSpec, checks: Checks) -> tuple[Block, ...]:
    other = "convolution" if spec.transposed else "transposed convolution"
    reading = "dL/dW is a correlation: G times the input cell that each tap reads, summed over the outputs"
    if checks.adjoint is None:
        copies = f"dL/dx is a {other} of G with the same weight; what falls on padding goes back to the cells that it copies"
        return Note(copies), Note(reading)
    line = pytorch_line(checks.adjoint)
    verdict = "computed so, it is equal" if checks.adjoint_equal else "computed so, it DIFFERS"
    return (
        Facts(
            (Fact("adjoint.layer", None, line), Fact("adjoint.equal", None, checks.adjoint_equal))
        ),
        Note(f"dL/dx is a {other} of G with the same weight: {line}; {verdict}"),
        Note(reading),
    )


def _comparisons(checks: Checks) -> list[Block]:
    blocks: list[Block] = []
    for key, label, comparison in (
        ("differences", "central differences", checks.differences),
        ("torch", "autograd", checks.torch),
    ):
        if comparison is not None:
            blocks.append(Facts((Fact(f"check.{key}", None, comparison.as_data()),)))
            blocks.append(Note(f"{label}: {comparison}"))
    return blocks


def gradient_entry_view(spec: ConvSpec, worked: GradientSum, axes: int) -> Document:
    """The document on one entry of a gradient, its position shown with `axes` numbers."""
    position = Position(worked.position[len(worked.position) - axes :])
    keys = ("output", "tap", "cell", "gradient", "factor", "product")
    labels = (
        "output",
        "tap",
        "input cell",
        "G",
        "weight" if worked.variable == "input" else "input",
        "product",
    )
    hidden = {"input": ("cell",), "weight": ("tap",), "bias": ("tap", "cell", "factor")}[
        worked.variable
    ]
    columns = tuple(
        Column(key, None if key in hidden else label)
        for key, label in zip(keys, labels, strict=True)
    )
    rows = [tuple(term) for term in worked.terms]
    factors = tuple(
        (t.gradient,) if worked.variable == "bias" else (t.gradient, t.factor) for t in worked.terms
    )
    blocks = (
        Facts(
            (
                Fact("layer", None, pytorch_line(spec)),
                Fact("variable", None, worked.variable),
                Fact("position", None, position),
            )
        ),
        Table(columns, rows, key="terms"),
        Sum(factors, tuple(t.product for t in worked.terms), worked.total),
        Facts((Fact("total", None, worked.total),)),
    )
    title = f"{NAMES[worked.variable]} at {position}"
    return Document(
        "grad",
        blocks,
        essential=worked.total,
        title=f"{title} of {pytorch_line(spec)}",
        records="terms",
    )
