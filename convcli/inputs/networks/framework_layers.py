"""Layers of other frameworks as layers of a stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer, check_rank, require_channels
from convcli.errors import ConvError
from convcli.inputs.frameworks.calls import foreign_layer
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.names import is_foreign
from convcli.inputs.frameworks.resolved import resolve_in_torchs_order
from convcli.inputs.networks.entries import Entry
from convcli.inputs.networks.parsed import Parsed
from convcli.inputs.text.layer import parse_options


def expanded(entry: Entry, options: Mapping[str, Any] | None) -> Iterable[Entry]:
    """The entry; a layer of another framework is parsed, and one that is two layers is two entries.

    Raises ConvError where the layer is wrong.
    """
    if entry.parsed is not None or not is_foreign(entry.text):
        return (entry,)
    try:
        if entry.text.split("(")[0].strip().startswith(_OF_KERAS):
            parts = _parts_of_keras(entry.text, options or {})
        else:
            foreign = foreign_layer(entry.text)
            parts = [] if foreign is None else parsed_parts(foreign, entry.text, options)
    except ConvError as error:
        raise error if entry.name is None else error.with_place(place=entry.name) from None
    return entries_of_parts(entry, parts)


def _parts_of_keras(text: str, options: Mapping[str, Any]) -> list[Parsed]:
    """The layers of a call of Keras; options replace arguments of a convolution, as in `shape`."""
    from convcli.inputs.networks.keras_layers import parsed_call

    parts = parsed_call(text)
    if any(value is not None for value in options.values()):
        with suppress(ConvError):  # what is no operator of `shape` takes no options
            foreign = foreign_layer(text)
            if foreign is not None and foreign.kind == "convolution":
                return parsed_parts(foreign, text, options)
    return parts


_PARTS = ("depthwise", "pointwise")
_OF_KERAS = ("keras.", "tf.keras.", "tensorflow.keras.")


def entries_of_parts(entry: Entry, parts: Sequence[Parsed]) -> Iterator[Entry]:
    """The entry as those of its parts, each of which reads the one before it."""
    last = len(parts) - 1
    for at, parsed in enumerate(parts):
        name = entry.name
        if name is not None and last:
            name = f"{name}.{_PARTS[at]}"
        yield entry._replace(
            name=name, parsed=parsed, sources=entry.sources if at == 0 else (), arguments={}
        )


def parsed_parts(
    foreign: ForeignLayer, text: str, options: Mapping[str, Any] | None = None
) -> list[Parsed]:
    """The layer, and the second one where it is two."""
    used = parse_options(options or {})
    own = used if foreign.kind == "convolution" else {}
    written = text.strip().rstrip(",;")
    parts = [
        Parsed(
            written,
            partial(_layer_for, foreign, own),
            foreign.rank,
            order=foreign.orders.input,
        )
    ]
    return parts if foreign.then is None else [*parts, *parsed_parts(foreign.then, text)]


def _layer_for(foreign: ForeignLayer, options: Mapping[str, Any], inputs: Sequence[Shape]) -> Layer:
    """The layer on an input (N, C, *sizes). Raises ConvError where it does not fit."""
    if foreign.rank is not None:
        check_rank(inputs[0], foreign.rank)
    require_channels(inputs[0])
    resolved = resolve_in_torchs_order(foreign, inputs[0], options)
    if len(resolved.layers()) > 1:
        rule = "{call} cuts cells off its input, or adds zeros to its output, beside the layer"
        hint = "convcli shape and convcli run take it by itself."
        fields = {"call": foreign.call}
        raise ConvError("framework.two", rule, parameter="LAYER", hint=hint, fields=fields)
    return resolved.layer
