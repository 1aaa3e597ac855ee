"""The view of `convcli init`: fans, gain, bound or standard deviation, and the drawn numbers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.weights.initialisers import Initialisation
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Table, Tensor
from convcli.report.quantities import Bar, Phrase, Rounded, Signed
from convcli.report.spelling.pytorch_line import pytorch_line

BINS = 9
BY_TENSOR_AXIS = (
    "torch counts fans by the axes of the tensor: of a transposed layer's weight"
    " (C_in, C_out/groups, ...) axis 1 is the output's, so fan_in counts outputs and fan_out inputs"
)


GAIN_DIGITS = 6


def init_view(spec: ConvSpec, drawn: Initialisation, seed: int) -> Document:
    """The document on drawn weights."""
    first, second, *kernel = spec.weight_shape
    taps = "*".join(map(str, kernel))
    numbers = (
        Fact(
            "scheme",
            "scheme",
            drawn.scheme,
            _arguments(drawn.arguments),
        ),
        Fact("seed", "seed", seed, "after torch.manual_seed and the layer's constructor"),
        Fact("fan_in", "fan_in", drawn.fan_in, f"weight.shape[1]*{taps} = {second}*{taps}"),
        Fact("fan_out", "fan_out", drawn.fan_out, f"weight.shape[0]*{taps} = {first}*{taps}"),
        Fact("gain", None if drawn.gain is None else "gain", drawn.gain),
    )
    formula = Phrase(drawn.formula, {"gain": Rounded(drawn.gain, GAIN_DIGITS)})
    spread = [
        Fact(name, name, value, formula)
        for name, value in (("bound", drawn.bound), ("std", drawn.std))
        if value is not None
    ]
    blocks: list[Block] = [Facts((Fact("layer", None, pytorch_line(spec)), *numbers, *spread))]
    if spec.transposed:
        blocks.append(Note(BY_TENSOR_AXIS))
    blocks += [Facts(_statistics(drawn.weight)), *_histogram(drawn.weight)]
    blocks += [_shape("weight", drawn.weight), Tensor("weight", drawn.weight, "weight.values")]
    if drawn.bias is not None:
        blocks += [_shape("bias", drawn.bias), Tensor("bias", drawn.bias, "bias.values")]
    return Document("init", tuple(blocks), essential=drawn.weight, title=pytorch_line(spec))


def _arguments(arguments: Mapping[str, Any]) -> Phrase:
    chosen = {name: value for name, value in arguments.items() if value is not None}
    return Phrase(", ".join(f"{name}={{{name}}}" for name in chosen), chosen)


def _shape(name: str, array: Any) -> Facts:
    return Facts((Fact(f"{name}.shape", None, Shape(array.shape)),))


def _statistics(weight: Any) -> tuple[Fact, ...]:
    if not weight.size:
        return ()
    wide = weight.astype(np.float64)
    return (
        Fact("sample.mean", "mean of the sample", float(wide.mean())),
        Fact("sample.std", "std of the sample", float(wide.std())),
        Fact("sample.min", "smallest", weight.min()),
        Fact("sample.max", "largest", weight.max()),
    )


def _histogram(weight: Any) -> tuple[Table, ...]:
    """How many weights lie in each of `BINS` equal intervals."""
    if not weight.size or weight.min() == weight.max() or not np.isfinite(weight).all():
        return ()
    counts, edges = np.histogram(weight.astype(np.float64), bins=BINS)
    most = int(counts.max())
    machine = tuple(Column(key, None) for key in ("from", "to", "count"))
    people = tuple(Column(None, label) for label in ("from", "to", "weights", ""))
    rows = [
        (low, high, count, Signed(low), Signed(high), count, Bar(count / most))
        for (low, high), count in zip(pairwise(edges.tolist()), counts.tolist(), strict=True)
    ]
    return (Table((*machine, *people), rows, key="histogram"),)
