"""LAYER, X, W and --bias as the commands that take arrays read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

import numpy as np

from convcli.cli.memory import require_generated, require_memory
from convcli.cli.options import LayerOptions
from convcli.cli.streams import Streams
from convcli.engine.initialisers import initialise
from convcli.engine.operands import Array
from convcli.engine.shapes import Shape, promoted_shape, restored_shape
from convcli.engine.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.arrays import read_array
from convcli.inputs.layer import LayerRequest, parse_layer
from convcli.inputs.numbers import parse_integer

Result = TypeVar("Result")
HELD_PER_NUMBER = 3  # copies of input and output that the result takes at the same time: given, converted, computed


@dataclass(frozen=True)
class LoadedOperands:
    """A layer and its arrays as they were given; `seed` where the weight was drawn from one."""

    spec: ConvSpec
    input: Array
    weight: Array
    bias: Array | None
    seed: int | None = None

    @property
    def full_shape(self) -> Shape:
        return promoted_shape(self.input.shape, self.spec.rank, "input")

    @property
    def shown_output(self) -> Shape:
        """The output's shape in the rank of the input."""
        return restored_shape(self.spec.output_shape(self.full_shape), self.input.ndim)

    def call(self, function: Callable[..., Result], **options: Any) -> Result:
        return function(self.spec, self.input, self.weight, self.bias, **options)


def load_operands(
    layer: str,
    x: str,
    w: str | None,
    bias: str | None,
    options: LayerOptions,
    streams: Streams,
    max_memory: str | None = None,
    seed: str | None = None,
) -> LoadedOperands:
    """Read the arrays and the layer that they fit; without `w` draw weight and bias from `seed` as torch does.

    Raises ConvError where something cannot be read, does not fit, or would not fit into memory.
    """
    request = parse_layer(layer, options.given())
    texts = [("X", x), ("W", w), ("bias", bias)]
    require_generated(texts, max_memory)
    if w is None and not request.is_expression:
        hint = 'Give it, or write the layer as an expression, "Conv2d(1, 1, 3)", which is initialised as torch does.'
        raise ConvError("weight.missing", "is needed", parameter="weight", hint=hint)
    arrays = [None if text is None else read_array(text, name, request.rank, streams.stdin_bytes) for name, text in texts]
    input, weight, given_bias = arrays
    assert input is not None
    full = promoted_shape(input.shape, request.rank, "input")
    loaded = _drawn(request, input, given_bias, seed or "0") if weight is None else _given(request, full, input, weight, given_bias)
    output = loaded.spec.output_shape(full)
    require_memory(HELD_PER_NUMBER * max(input.itemsize, 8) * (prod(full) + prod(output)), max_memory)
    return loaded


def _given(request: LayerRequest, full: Shape, input: Array, weight: Array, bias: Array | None) -> LoadedOperands:
    if request.wants_depthwise() and weight.ndim == request.rank:
        weight = np.broadcast_to(weight, (full[1], 1, *weight.shape))  # one kernel for every channel
    shape = promoted_shape(weight.shape, request.rank, "weight")
    spec = request.for_weight(full, shape, bias is not None)
    return LoadedOperands(spec, input, weight, bias)


def _drawn(request: LayerRequest, input: Array, bias: Array | None, seed: str) -> LoadedOperands:
    """The layer as torch would make it, in float32; integers in the input are taken as float32 too."""
    full = promoted_shape(input.shape, request.rank, "input")
    spec = request.for_input(full)
    number = parse_integer(seed, "seed")
    weight, drawn_bias = initialise(spec, number)
    floating = input.astype(np.float32) if input.dtype.kind in "biu" else input
    return LoadedOperands(spec, floating, weight, drawn_bias if bias is None else bias, number)
