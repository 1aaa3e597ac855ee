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
from convcli.report.quantities import Bar, Phrase, Rounded, Short, Signed
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.words.vocabulary import ENGLISH, Words

BINS = 9
SHORT_BAR = 16  # letters, where a terminal has no room for more
GAIN_DIGITS = 6


def init_view(spec: ConvSpec, drawn: Initialisation, seed: int, words: Words = ENGLISH) -> Document:
    """The document on drawn weights."""
    first, second, *kernel = spec.weight_shape
    taps = "*".join(map(str, kernel))
    numbers = (
        Fact(
            "scheme",
            words("init.scheme"),
            drawn.scheme,
            _arguments(drawn.arguments),
        ),
        Fact("seed", words("init.seed"), seed, words("init.seed_note")),
        Fact("fan_in", "fan_in", drawn.fan_in, f"weight.shape[1]*{taps} = {second}*{taps}"),
        Fact("fan_out", "fan_out", drawn.fan_out, f"weight.shape[0]*{taps} = {first}*{taps}"),
        Fact("gain", None if drawn.gain is None else words("init.gain"), drawn.gain),
    )
    formula = Phrase(drawn.formula, {"gain": Rounded(drawn.gain, GAIN_DIGITS)})
    spread = [
        Fact(name, words(f"init.{name}"), value, formula)
        for name, value in (("bound", drawn.bound), ("std", drawn.std))
        if value is not None
    ]
    blocks: list[Block] = [Facts((Fact("layer", None, pytorch_line(spec)), *numbers, *spread))]
    if spec.transposed:
        blocks.append(Note(words("init.by_tensor_axis")))
    blocks += [Facts(_statistics(drawn.weight, words)), *_histogram(drawn.weight, words)]
    for name, label in (("weight", words("weight")), ("bias", words("bias"))):
        values = getattr(drawn, name)
        if values is not None:
            shape = Fact(f"{name}.shape", None, Shape(values.shape))
            blocks += [Facts((shape,)), Tensor(label, values, f"{name}.values")]
    title = pytorch_line(spec)
    return Document("init", tuple(blocks), essential=drawn.weight, title=title, words=words)


def _arguments(arguments: Mapping[str, Any]) -> Phrase:
    chosen = {name: value for name, value in arguments.items() if value is not None}
    return Phrase(", ".join(f"{name}={{{name}}}" for name in chosen), chosen)


def _statistics(weight: Any, words: Words) -> tuple[Fact, ...]:
    if not weight.size:
        return ()
    wide = weight.astype(np.float64)
    return (
        Fact("sample.mean", words("init.mean"), float(wide.mean())),
        Fact("sample.std", words("init.std_of_sample"), float(wide.std())),
        Fact("sample.min", words("smallest"), weight.min()),
        Fact("sample.max", words("largest"), weight.max()),
    )


def _histogram(weight: Any, words: Words) -> tuple[Table, ...]:
    """How many weights lie in each of `BINS` equal intervals."""
    if not weight.size or weight.min() == weight.max() or not np.isfinite(weight).all():
        return ()
    counts, edges = np.histogram(weight.astype(np.float64), bins=BINS)
    most = int(counts.max())
    machine = tuple(Column(key, None) for key in ("from", "to", "count"))
    labels = (words("init.from"), words("init.to"), words("init.weights"), "")
    people = tuple(Column(None, label) for label in labels)
    rows = [
        (
            low,
            high,
            count,
            Signed(low),
            Signed(high),
            count,
            Short(Bar(count / most), Bar(count / most, SHORT_BAR)),
        )
        for (low, high), count in zip(pairwise(edges.tolist()), counts.tolist(), strict=True)
    ]
    return (Table((*machine, *people), rows, key="histogram"),)
