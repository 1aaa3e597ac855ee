"""An input whose channels or features a layer of a framework does not take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from convcli.engine.diagnosis.channels import pattern
from convcli.engine.diagnosis.layers import change_fix, computed_for
from convcli.engine.diagnosis.orders import (
    UNKNOWN,
    Sizes,
    filled,
    first,
    last,
    letter,
    moved_order,
    shown,
)
from convcli.engine.diagnosis.values import Diagnosis, Number, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.remedies import Fix, layer_fixes, picture_fixes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec

PICTURE_CHANNELS = (1, 3)


class Layer(NamedTuple):
    """What a message tells of a layer; `spec` is None where it tells the channels alone.

    With `is_last` its inputs are (N, *sizes, C). `rebuild` is the change that gives it other
    channels. `weight` is that of the message, in the framework's order.
    """

    name: str
    takes: int
    is_last: bool = False
    spec: ConvSpec | None = None
    rebuild: str = "in_channels"
    weight: Sequence[int] | None = None


def layer_channels(layer: Layer, input: Sizes) -> Diagnosis:
    """An input, in the order of the framework, whose channels a layer does not take.

    >>> found = layer_channels(Layer("Conv2D", 3, is_last=True), (None, 3, 224, 224))
    >>> found.why.key, found.changes[0].fields["order"], found.changes[0].value
    ('channels_first', (0, 2, 3, 1), (None, 224, 224, 3))
    """
    known = filled(input)
    spec = layer.spec or _stand_in(layer.takes, len(input) - 2)
    got = input[-1] if layer.is_last else input[1]
    fields = {"name": layer.name, "takes": layer.takes, "input": shown(input, input), "got": got}
    what = Saying("input.channels", fields)
    axis = _axis_of_channels(layer, known)
    why: Saying | None
    if axis is not None:
        why, is_sure = _order_reason(layer, known, axis)
    else:
        why, is_sure = pattern(spec, first(known) if layer.is_last else known)
    found, _ = computed_for(spec, lambda each: _fixes(layer, each, known, axis))
    if axis is not None and is_sure and layer.rebuild == "input_shape":
        found = found[:1]
    changes = tuple(_as_shown(layer, change, input) for change in found)
    return Diagnosis(what, _numbers(layer, input, got), why, is_sure, changes, _untold(layer))


def _untold(layer: Layer) -> tuple[str, ...]:
    return ("stride", "padding") if layer.spec is not None else ()


def _stand_in(takes: int, rank: int) -> ConvSpec:
    """A layer of kernel 1, for messages without a kernel: its outputs are not shown."""
    return ConvSpec.of(in_channels=takes, out_channels=1, kernel_size=1, dims=max(1, rank))


def _numbers(layer: Layer, input: Sizes, got: int | None) -> tuple[Number, ...]:
    spec = layer.spec
    more = (
        {}
        if spec is None
        else {
            "out_channels": spec.out_channels,
            "kernel_size": spec.kernel_size,
            "groups": spec.groups,
        }
    )
    return (
        *numbers_of("layer", in_channels=layer.takes, **more),
        *numbers_of("weight", weight=None if layer.weight is None else Shape(layer.weight)),
        *numbers_of("input", input=shown(input, input), channels=got),
    )


def _axis_of_channels(layer: Layer, input: Shape) -> int | None:
    """The axis of space that has as many cells as the layer takes channels."""
    axes = len(input)
    space = range(1, axes - 1) if layer.is_last else range(2, axes)
    holding = [axis for axis in space if input[axis] == layer.takes]
    usual = 1 if layer.is_last else axes - 1
    return usual if usual in holding else holding[-1] if holding else None


def _order_reason(layer: Layer, input: Shape, axis: int) -> tuple[Saying, bool]:
    usual = 1 if layer.is_last else len(input) - 1
    got = input[-1] if layer.is_last else input[1]
    if axis != usual:
        name = letter(axis, len(input), is_last=layer.is_last)
        return Saying("axis_holds", {"axis": name, "takes": layer.takes}), False
    is_only = list(input[1:]).count(layer.takes) == 1 and got not in PICTURE_CHANNELS
    key = "channels_first" if layer.is_last else "channels_last"
    return Saying(key, {"takes": layer.takes}), is_only


def _fixes(layer: Layer, spec: ConvSpec, input: Shape, axis: int | None) -> Iterator[Fix]:
    natural = first(input) if layer.is_last else input
    if axis is not None:
        order = moved_order(len(input), axis, -1 if layer.is_last else 1)
        moved = Shape(input[source] for source in order)
        change = Change(
            "order", "input", first(moved) if layer.is_last else moved, {"order": order}
        )
        yield change_fix(change, partial(spec.output_shape, change.value))
    else:
        yield from picture_fixes(layer.takes, natural, spec.output_shape)
    for fix in layer_fixes(spec, natural):
        if fix.change is not None and fix.change.argument == "in_channels":
            yield fix._replace(change=_rebuilt(layer, fix.change, input))


def _rebuilt(layer: Layer, change: Change, input: Shape) -> Change:
    """The change that gives the layer other channels, as the framework does it."""
    got = input[-1] if layer.is_last else input[1]
    if layer.rebuild == "in_channels" and layer.spec is None:
        return Change("argument", "in_channels", got)
    if layer.rebuild == "in_channels":
        return change
    fields = {"got": got, "name": layer.name}
    if layer.rebuild == "input_shape":
        return Change("input_shape", "shape", Shape(input[1:]), fields)
    if layer.weight is not None:
        weight = _weight_for(layer, got)
        return Change("weight_shape", "weight", weight, fields)
    return Change(layer.rebuild, "in_channels", got, fields)


def _weight_for(layer: Layer, got: int) -> Shape:
    """The weight of the message with other input channels: (*k, I, O), or (O, I, *k)."""
    sizes = list(layer.weight or ())
    groups = layer.spec.groups if layer.spec else 1
    place = -2 if layer.is_last else (0 if layer.spec and layer.spec.transposed else 1)
    sizes[place] = got // groups if got % groups == 0 else got
    return Shape(sizes)


def _as_shown(layer: Layer, change: Change, input: Sizes) -> Change:
    """The change with shapes in the order of the framework, and unknown sizes as None."""
    value, output = change.value, change.output
    if change.argument == "input" and isinstance(value, Shape):
        value = shown(last(value) if layer.is_last else value, input)
    if change.key == "input_shape":
        value = shown(value, (1,))
    if layer.spec is None or output is None or max(filled(output)) >= UNKNOWN // 2:
        output = None
    else:
        output = shown(last(filled(output)) if layer.is_last else output, input)
    axis = -1 if layer.is_last else 1
    fields = {"axis": axis, "takes": layer.takes, "is_last": layer.is_last, **change.fields}
    return change._replace(value=value, output=output, fields=fields)
