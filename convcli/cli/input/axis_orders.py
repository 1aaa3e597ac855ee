"""`--layout` of the commands that read arrays: their reader, and notes on the order of axes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convcli.cli.app.options import InputOptions
from convcli.cli.input.array_reader import AS_STORED, ArrayReader, StoreReading
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.text.layer import DEPTHWISE, LayerRequest
from convcli.inputs.text.layout_notes import channels_last_note, columns_note, kernel_first_note
from convcli.inputs.text.layouts import SPATIAL, Layouts, parse_layouts


def array_reader(
    request: LayerRequest,
    options: InputOptions,
    streams: Streams,
    asked: StoreReading = AS_STORED,
) -> ArrayReader:
    """The reader of a command's ARRAYs. Raises ConvError where `--layout` fits no array."""
    layouts = parse_layouts(options.layout, request.rank, transposed=request.transposed)
    if options.flip:
        layouts = replace(layouts, backwards=request.rank)
    return ArrayReader(request.rank, streams, options.max_memory, options.decimal, layouts, asked)


def note_torch_order(layouts: Layouts, rank: int, streams: Streams) -> None:
    """The note of a command whose result has places: they are in torch's order of axes."""
    order = "NC" + SPATIAL[rank][0]
    if layouts.is_frameworks:
        x = layouts.input
        if x is not None and x.letters != order:
            streams.note(f"X is read as {x.letters}; positions are in torch's order {order}")
    elif layouts:
        streams.note(f"--layout: the arrays are read in it; positions are in torch's order {order}")


def in_typed_order(error: ConvError, layouts: Layouts, wanted: Shape, got: Shape) -> ConvError:
    """The error of an array that is no output's shape, with both shapes in the order of X.

    `wanted` and `got` are in torch's order.
    """
    if layouts.input is None or not error.code.endswith(".shape"):
        return error
    wanted, got = layouts.result_shape(wanted), layouts.result_shape(got)
    rule = f"must have the shape {wanted} of the output in {layouts.letters(wanted)}"
    return ConvError(error.code, rule, parameter=error.parameter, got=got)


def suggest_layout(
    request: LayerRequest,
    input: Any,
    weight: Array | None,
    streams: Streams,
    *,
    is_table: bool = False,
) -> None:
    """A note where X, which may be a table, or W is more likely in another order than torch's."""
    if len(input.shape) <= request.rank:
        return
    channels, groups = input.shape[-request.rank - 1], request.arguments.get("groups", 1)
    if groups != DEPTHWISE and not isinstance(groups, int):
        return  # the layer is refused
    expected = request.arguments.get("in_channels")
    if weight is not None and weight.ndim == request.rank:
        expected = None if groups == DEPTHWISE else 1
    if weight is not None and weight.ndim > request.rank:
        first, second = (1, *weight.shape)[-request.rank - 2 : -request.rank]
        expected = first if request.transposed else second * (1 if groups == DEPTHWISE else groups)
    notes = []
    if is_table and expected not in (None, channels):
        notes.append(columns_note(input.shape))
    if expected != channels or groups == DEPTHWISE:
        notes.append(channels_last_note(input.shape, request.rank))
    if weight is not None and not request.transposed and groups != DEPTHWISE:
        notes.append(kernel_first_note(weight.shape, channels, groups, request.rank))
    for note in filter(None, notes):
        streams.note(note)
