"""The view of `convcli run`: the whole result, with its shape, type and range."""

from __future__ import annotations

from convcli.engine.arrays import Array
from convcli.engine.compute.comparison import Comparison
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Block, Document, Fact, Facts, Note, Tensor
from convcli.report.spelling.comparisons import comparison_phrase
from convcli.report.spelling.pytorch_line import pytorch_line


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
) -> Document:
    """The document on a result; `comparison` is that with torch, `seed` that of drawn weights.

    With `is_column` the input is a column of a table, and so is the output.
    """
    facts = [
        Fact("layer", None, pytorch_line(spec)),
        Fact("input.shape", "input", Shape(input.shape), str(input.dtype)),
        Fact(
            "weight.shape",
            "weight",
            Shape(weight.shape),
            f"{weight.dtype}{'' if seed is None else f', drawn as torch does from seed {seed}'}",
        ),
        Fact(
            "bias.shape",
            "bias" if bias is not None else None,
            None if bias is None else Shape(bias.shape),
            str(getattr(bias, "dtype", "")),
        ),
        Fact("output.shape", "output", Shape(output.shape), str(output.dtype)),
        Fact("output.dtype", None, str(output.dtype)),
    ]
    blocks: list[Block] = [
        Facts(tuple(facts)),
        Facts(tuple(_range(output))),
        Tensor("output", output, key="output.values", is_column=is_column),
    ]
    if comparison is not None:
        blocks += [
            Facts((Fact("check", None, comparison.as_data()),)),
            Note(comparison_phrase(comparison)),
        ]
    return Document("run", tuple(blocks), essential=output, title=pytorch_line(spec))


def _range(output: Array) -> list[Fact]:
    if not output.size or output.dtype.kind == "c":
        return []
    import numpy as np

    with np.errstate(all="ignore"):
        mean = float(output.mean(dtype=np.float64))
    return [
        Fact("output.min", "smallest", output.min()),
        Fact("output.mean", "mean", mean),
        Fact("output.max", "largest", output.max()),
    ]
