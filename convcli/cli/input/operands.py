"""LAYER, X, W and --bias of the commands that take arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from convcli.cli.app.options import InputOptions, LayerOptions
from convcli.cli.input.array_reader import AS_STORED, ArrayReader, StoreReading
from convcli.cli.input.axis_orders import array_reader, suggest_layout
from convcli.cli.input.channel_remedies import Written
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.input.memory import (
    PIECES_FROM,
    PIECES_HINT,
    RUN_COPIES,
    STORE_HINT,
    drawing_bytes,
    memory_limit,
    require_generated,
    require_memory,
    weight_bytes,
)
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import promoted_shape
from convcli.engine.weights.initialisers import initialise
from convcli.errors import ConvError, unreadable
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.npy_file import NpyFile
from convcli.inputs.frameworks.names import is_foreign
from convcli.inputs.text.layer import LayerRequest, parse_layer
from convcli.inputs.text.seeds import drawn_alike, is_drawn_from, with_seeds

if TYPE_CHECKING:
    pass


def _opened(
    reader: ArrayReader, text: str, name: str, keep: Callable[[SourceMetadata], None]
) -> Any:
    """The array, or its NpyFile or StoredInput, of which the header alone is read."""
    stored = None if text == "-" else reader.stored(text)
    if stored is not None:
        return stored
    in_order = reader.layouts.input is None
    if not in_order or not text.lower().endswith(".npy") or not os.path.isfile(text):
        return reader.read(text, name, keep)
    try:
        return NpyFile(text, name)
    except OSError as error:
        raise unreadable("array.unreadable", name, text, error) from None


class Constants:
    """The arrays that many inputs share: each is read once."""

    def __init__(self) -> None:
        self._read: dict[str, Array] = {}
        self._lock = Lock()

    def get(self, name: str, read: Callable[[], Array]) -> Array:
        """The array of this name, from `read` at the first time."""
        with self._lock:
            if name not in self._read:
                self._read[name] = read()
            return self._read[name]


def read_constants(
    layer: str,
    w: str | None,
    input_options: InputOptions,
    layer_options: LayerOptions,
    streams: Streams,
    beside: str | None = None,
) -> Constants:
    """W and --bias, before any of many inputs; `beside` is another ARRAY of the command.

    Raises ConvError where one cannot be read.
    """
    constants = Constants()
    if is_foreign(layer):  # how W is read depends on X: it is read with the first one
        return constants
    request = parse_layer(layer, layer_options.arguments())
    w, bias, _ = with_seeds((w, input_options.bias, beside))
    require_generated([("W", w), ("bias", bias)], input_options.max_memory)
    _require_weight(request, w)
    reader = array_reader(request, input_options, streams)
    if w is not None:
        constants.get("W", partial(reader.read, w, "W"))
    _bias(reader, bias, constants)
    return constants


def _bias(reader: ArrayReader, text: str | None, constants: Constants) -> Array | None:
    return (
        None if text is None else constants.get("bias", partial(reader.read, text, "bias", rank=1))
    )


def _require_weight(request: LayerRequest, w: str | None) -> None:
    if w is None and not request.is_expression:
        hint = 'Specify it, or initialise it: write the layer as "Conv2d(1, 1, 3)".'
        raise ConvError("weight.missing", "is required", parameter="weight", hint=hint)


def load_operands(
    layer: str,
    x: str,
    w: str | None,
    input_options: InputOptions,
    layer_options: LayerOptions,
    streams: Streams,
    *,
    seed: int = 0,
    in_pieces: bool = False,
    copies: int = RUN_COPIES,
    constants: Constants | None = None,
    beside: str | None = None,
    asked: StoreReading = AS_STORED,
    stays: bool = False,
) -> LoadedOperands:
    """Read the arrays, and the layer that fits them.

    Without `w`, weight and bias are drawn from `seed` as torch draws them. With `in_pieces` a large
    input stays an NpyFile. `copies` says how often the command holds input and output. `constants`
    holds W and the bias for other inputs, `beside` is another ARRAY of the command, which is not
    read here. `asked` is how a stored input is read; where it `stays`, its numbers are not read
    here, however few they are. Raises ConvError where something cannot be read, does not fit, or
    needs too much memory.
    """
    max_memory = input_options.max_memory
    x_text, w, bias, _ = with_seeds((x, w, input_options.bias, beside))
    x = x_text or x
    request = parse_layer(layer, layer_options.arguments())
    require_generated([("X", x), ("W", w), ("bias", bias)], max_memory)
    _require_weight(request, w)
    reader, kept = array_reader(request, input_options, streams, asked), constants or Constants()
    sources: list[SourceMetadata] = []
    input = _opened(reader, x, "X", sources.append)
    weight = None if w is None else kept.get("W", partial(reader.read, w, "W"))
    bias_array = _bias(reader, bias, kept)
    if not reader.layouts:
        is_table = any(source.suffix == ".csv" for source in sources)
        suggest_layout(request, input, weight, streams, is_table=is_table)
    try:
        if weight is None:
            loaded = _drawn(request, input, bias_array, seed, reader, x)
        else:
            loaded = _specified(request, input, weight, bias_array)
    except ConvError as error:
        written = Written.of(x, input, weight, reader.layouts, sources)
        raise written.remedied(error, request) from None
    loaded = replace(loaded, source=next(iter(sources), None), layouts=reader.layouts)
    return _within_memory(loaded, reader, x, copies, in_pieces=in_pieces, stays=stays)


def _within_memory(
    loaded: LoadedOperands,
    reader: ArrayReader,
    x: str,
    copies: int,
    *,
    in_pieces: bool,
    stays: bool,
) -> LoadedOperands:
    """The operands with the input in memory, or in pieces. Raises ConvError where neither fits."""
    max_memory = reader.max_memory
    held = copies * loaded.bytes_held + weight_bytes(loaded.spec.weight_shape)
    if stays and not isinstance(loaded.input, np.ndarray):
        return loaded
    if isinstance(loaded.input, np.ndarray):
        require_memory(held, max_memory)
        return loaded
    if not isinstance(loaded.input, NpyFile):  # a StoredInput
        require_memory(held, max_memory, STORE_HINT)
        loaded.input.say_order(reader.streams.note)
        return replace(loaded, input=loaded.input.load())
    if in_pieces and held > min(PIECES_FROM, memory_limit(max_memory) or PIECES_FROM):
        return loaded
    require_memory(held, max_memory, PIECES_HINT)
    return replace(loaded, input=reader.read(x, "X").astype(loaded.input.dtype, copy=False))


def _specified(
    request: LayerRequest, input: Any, weight: Array, bias: Array | None
) -> LoadedOperands:
    """The layer of a weight array; a single kernel serves every channel of a depthwise layer."""
    full = promoted_shape(input.shape, request.rank, "input")
    if request.wants_depthwise() and weight.ndim == request.rank:
        weight = np.broadcast_to(weight, (full[1], 1, *weight.shape))
    shape = promoted_shape(weight.shape, request.rank, "weight")
    spec = request.for_weight(full, shape, bias is not None)
    return LoadedOperands(spec, input, weight, bias)


def _drawn(
    request: LayerRequest, input: Any, bias: Array | None, seed: int, reader: ArrayReader, x: str
) -> LoadedOperands:
    """The layer as torch initialises it, in float32; an input of integers becomes float32 too.

    A note says so where the text `x` of the input draws it from the same seed.
    """
    if is_drawn_from(seed, x):
        reader.streams.note(drawn_alike("X", x, seed))
    full = promoted_shape(input.shape, request.rank, "input")
    spec = request.for_input(full)
    spec.check_channels(full)
    require_memory(drawing_bytes(spec.weight_shape), reader.max_memory)
    weight, drawn_bias = initialise(spec, seed)
    floating = input.astype(np.float32) if input.dtype.kind in "biu" else input
    loaded = LoadedOperands(spec, floating, weight, drawn_bias if bias is None else bias, seed)
    return loaded.reversed() if reader.layouts.backwards else loaded
