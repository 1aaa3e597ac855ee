"""Arrays as `convcli run` names them: their types, their ranges."""

from __future__ import annotations

from functools import partial

from convcli.engine.arrays import Array
from convcli.engine.compute.ranges import value_range
from convcli.report.document import Fact, Operand, Tensor, Text
from convcli.report.words.vocabulary import Words


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
