"""LAYER as a call of another framework: the layer on its arrays, and what documents say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcli.cli.output.streams import Streams
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.errors import ConvError
from convcli.inputs.frameworks.calls import foreign_layer
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.resolved import Resolved, resolve
from convcli.inputs.text.layer import parse_options
from convcli.inputs.text.layout_notes import channels_first_note, channels_last_note
from convcli.inputs.text.layouts import SPATIAL
from convcli.report.spelling.torch_layers import torch_line
from convcli.report.views.foreign import Foreign


def requested_layer(layer: str, layout: str | None) -> ForeignLayer | None:
    """The layer of a call of another framework; None for other layers.

    Raises ConvError where the call is wrong, or there is a layout beside it.
    """
    foreign = foreign_layer(layer)
    if foreign is not None and layout is not None:
        rule = "is that of the framework already"
        hint = "Leave it out, or write the layer as one of torch."
        raise ConvError("layout.framework", rule, parameter="layout", got=layout, hint=hint)
    return foreign


def note_other_layout(foreign: ForeignLayer, shape: Shape, streams: Streams) -> None:
    """A note where a shape is more likely in another layout than in that of the framework."""
    if not foreign.beside:
        return
    try:
        rank = foreign.rank_for(len(shape))
        if rank not in SPATIAL:
            return
        letters = foreign.orders.input.replace("*", SPATIAL[rank][0])
    except ConvError:  # the layer says what is wrong
        return
    if letters.endswith("C"):
        note = channels_first_note(shape, letters)
    else:
        note = channels_last_note(shape, rank)
        note = None if note is None else note.partition("; ")[0] + f"; the layer takes {letters}"
    if note is not None:
        streams.note(note)


def resolved_layer(
    foreign: ForeignLayer,
    shape: Sequence[int],
    options: Mapping[str, Any],
    weight: Sequence[int] | None = None,
    *,
    bias: bool | None = None,
) -> Resolved:
    """The layer on an input, and a weight, of these shapes in the framework's layout."""
    return resolve(foreign, shape, weight, parse_options(options), bias=bias)


def described(resolved: Resolved, text: str, *, computes: bool = False) -> Foreign:
    """What documents say of the layer; with `computes` also that its activation is left out."""
    foreign, orders, rank = resolved.foreign, resolved.foreign.orders, resolved.rank
    remarks = list(foreign.remarks)
    if computes and foreign.activation is not None:
        remarks.append(("activation", {"name": foreign.activation}))
    full = resolved.full
    x = resolved.layouts.letters(full)
    names = tuple(orders.spatial(rank))
    is_transposed = foreign.transposed
    return Foreign(
        foreign.framework,
        text.strip(),
        torch_line(resolved.layers(), full[2:]),
        (x, orders.weight_letters(rank), resolved.layouts.letters(full, output=True)),
        resolved.pads,
        names if len(names) == rank else axis_names(rank),
        resolved.weight_shape,
        weight_axes(orders.weight_letters(rank) or "", resolved),
        orders.flips,
        is_transposed,
        tuple(remarks),
    )


def weight_axes(letters: str, resolved: Resolved) -> tuple[str, ...]:
    """What each axis of W counts, as `shape` writes it."""
    per_group = resolved.spec is not None and resolved.spec.groups > 1
    inside, outside = ("C_in", "C_out")
    if per_group and "M" not in letters:
        inside, outside = (
            ("C_in", "C_out/groups") if resolved.foreign.transposed else ("C_in/groups", "C_out")
        )
    names = {"I": inside, "O": outside, "M": "C_out/C_in"}
    return tuple(names.get(letter, f"K_{letter}") for letter in letters)
