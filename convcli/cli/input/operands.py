"""LAYER, X, W and --bias as the commands that take arrays read them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Any, TypeVar

import numpy as np

from convcli.cli.app.options import LayerOptions
from convcli.cli.input.memory import memory_limit, require_generated, require_memory
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape, promoted_shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.weights.initialisers import initialise
from convcli.errors import ConvError, unreadable
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.npy_file import NpyFile
from convcli.inputs.text.layer import LayerRequest, parse_layer
from convcli.inputs.text.numbers import parse_integer

Result = TypeVar("Result")

SCRATCH = 64 * 2**20  # bytes that the engine takes at most beside input and output
PIECES_FROM = (
    64 * 2**20
)  # bytes of input and output from which computing piece by piece is quicker than holding them
PIECES_HINT = (
    "With an .npy file as X and -o Y.npy, convcli run takes an input of any size, piece by piece"
)


def npy_file(text: str, name: str) -> NpyFile | None:
    """The .npy file of this path, of which the header is read; None where it is none that positions can be read from."""
    if text.lower().endswith(".npy") and os.path.isfile(text):
        try:
            return NpyFile(text, name)
        except OSError as error:
            raise unreadable("array.unreadable", name, text, error) from None
    return None


@dataclass(frozen=True)
class LoadedOperands:
    """A layer and its arrays as they were given; `seed` where the weight was drawn from one."""

    spec: ConvSpec
    input: Any  # an array, or an NpyFile that is read piece by piece
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

    @property
    def bytes_held(self) -> int:
        """What input and output take, each in the result's type, and as much again while they are computed."""
        numbers = prod(self.full_shape) + prod(self.spec.output_shape(self.full_shape))
        return int(numbers * max(self.input.dtype.itemsize, 8) + min(numbers * 16, SCRATCH))

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
    in_pieces: bool = False,
    copies: int = 1,
) -> LoadedOperands:
    """Read the arrays and the layer that they fit; without `w` draw weight and bias from `seed` as torch does.

    With `in_pieces` the input may stay an NpyFile, where it is one that is large; `copies` of all arrays are going to be
    held. Raises ConvError where something
    cannot be read, does not fit, or would not fit into memory.
    """
    request = parse_layer(layer, options.given())
    drawn_from = parse_integer(seed or "0", "seed")
    require_generated([("X", x), ("W", w), ("bias", bias)], max_memory)
    if w is None and not request.is_expression:
        hint = 'Give it, or write the layer as an expression, "Conv2d(1, 1, 3)", which is initialised as torch does.'
        raise ConvError("weight.missing", "is needed", parameter="weight", hint=hint)

    def read(text: str, name: str) -> Array:
        return read_array(
            text,
            name,
            request.rank,
            streams.stdin_bytes,
            partial(require_memory, max_memory=max_memory),
        )

    input = npy_file(x, "X") or read(x, "X")
    weight, given_bias = (
        None if text is None else read(text, name) for text, name in ((w, "W"), (bias, "bias"))
    )
    full = promoted_shape(input.shape, request.rank, "input")
    loaded = (
        _drawn(request, input, given_bias, drawn_from)
        if weight is None
        else _given(request, full, input, weight, given_bias)
    )
    held = copies * loaded.bytes_held
    if isinstance(input, np.ndarray):
        require_memory(held, max_memory)
        return loaded
    if in_pieces and held > min(PIECES_FROM, memory_limit(max_memory) or PIECES_FROM):
        return loaded
    require_memory(held, max_memory, PIECES_HINT)
    return replace(loaded, input=read(x, "X").astype(loaded.input.dtype, copy=False))


def _given(
    request: LayerRequest, full: Shape, input: Any, weight: Array, bias: Array | None
) -> LoadedOperands:
    if request.wants_depthwise() and weight.ndim == request.rank:
        weight = np.broadcast_to(
            weight, (full[1], 1, *weight.shape)
        )  # one kernel for every channel
    shape = promoted_shape(weight.shape, request.rank, "weight")
    spec = request.for_weight(full, shape, bias is not None)
    return LoadedOperands(spec, input, weight, bias)


def _drawn(request: LayerRequest, input: Any, bias: Array | None, number: int) -> LoadedOperands:
    """The layer as torch would make it, in float32; integers in the input are taken as float32 too."""
    full = promoted_shape(input.shape, request.rank, "input")
    spec = request.for_input(full)
    weight, drawn_bias = initialise(spec, number)
    floating = input.astype(np.float32) if input.dtype.kind in "biu" else input
    return LoadedOperands(spec, floating, weight, drawn_bias if bias is None else bias, number)
