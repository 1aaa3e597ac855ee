"""The LAYERs that problems are about, of torch and of other frameworks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from convcli.engine.exercises.exercise import Named
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.frameworks.calls import foreign_layer
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.resolved import resolve
from convcli.inputs.text.layer import parse_layer
from convcli.report.spelling.pytorch_line import pytorch_line

NOMINAL = 64  # cells of each axis on which a layer is read first


def named_layer(text: str, options: Mapping[str, Any]) -> Named:
    """A LAYER; the input has one channel where nothing says how many.

    Raises ConvError where it cannot be read, or is no convolution.
    """
    foreign = foreign_layer(text)
    if foreign is not None:
        return _foreign(text, foreign, options)
    request = parse_layer(text, options)
    channels = request.arguments.get("in_channels", 1)
    spec = request.for_input((1, channels, *[NOMINAL] * request.rank))
    return Named(spec, pytorch_line(spec))


def _foreign(text: str, foreign: ForeignLayer, options: Mapping[str, Any]) -> Named:
    """A call of another framework, in torch's terms, on inputs of any size."""
    rank = foreign.rank or next(
        rank for rank in (2, 1, 3) if foreign.rank_for(rank + foreign.beside) == rank
    )
    channels = int(options.get("in_channels") or 1)

    def at(sizes: Sequence[int]) -> ConvSpec:
        layouts = foreign.orders.layouts(rank, transposed=foreign.transposed, channels=channels)
        full = Shape((1, channels, *sizes))
        beside = min(foreign.beside, 2)
        lacks = 2 if beside == 1 and channels == 1 else 2 - beside
        empty = np.broadcast_to(np.zeros((), np.int8), full[lacks:])
        typed = layouts.like_input(empty).shape
        spec = resolve(foreign, typed, None, options).spec
        if spec is None:
            rule = "is pooling or padding: exercises are about convolutions"
            raise ConvError("exercise.layer", rule, parameter="LAYER")
        return spec

    return Named(at([NOMINAL] * rank), text, at)
