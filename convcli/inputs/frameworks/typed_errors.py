"""Errors about X and W of a layer of another framework, with shapes in its layouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.text.layouts import Layouts


class Given(Protocol):
    """A layer and its input, in the framework's layout as `typed`, as (N, C, *sizes) as `full`."""

    @property
    def foreign(self) -> ForeignLayer:
        """The layer."""

    @property
    def layouts(self) -> Layouts:
        """The order of the axes."""

    @property
    def typed(self) -> Shape:
        """The shape of the input as it is written."""

    @property
    def full(self) -> Shape:
        """(N, C, *sizes)."""


def check_channels(given: Given, weight: Sequence[int], torch: Shape, groups: int) -> None:
    """Raises ConvError where X has other channels than W takes, with a shape of W that fits.

    `weight` is the shape of W as it is written, `torch` the same in torch's order.
    """
    foreign, channels = given.foreign, given.full[1]
    takes = torch[0] if foreign.transposed else torch[1] * groups
    if foreign.multiplier is not None:
        letters = _letters(given)
        is_whole = "I" in letters and len(weight) == len(letters)
        takes = weight[letters.index("I")] if is_whole else channels
    if takes == channels:
        return
    order = given.layouts.input
    x, letters = Shape(given.typed), "" if order is None else given.layouts.letters(given.full)
    number = "1 channel" if channels == 1 else f"{channels} channels"
    rule = (
        f"has {number} on axis C of {x} ({letters}), "
        f"but the weight {Shape(weight)} ({_letters(given)}) takes {takes}"
    )
    hint = _moved_hint(given, takes) or _weight_hint(given, torch, groups)
    raise ConvError("input.channels", rule, parameter="input", hint=hint)


def _moved_hint(given: Given, takes: int) -> str | None:
    """Where the channels that W takes stand at another place of X."""
    order, typed = given.layouts.input, given.typed
    if order is None or len(typed) != len(order.letters) or order.letters == order.torch:
        return None
    if typed[1] != takes:
        return None
    sizes = dict(zip(order.torch, typed, strict=True))
    moved = Shape(sizes[letter] for letter in order.letters)
    return f"It looks like {order.torch}: {order.letters} would be {moved}."


def _weight_hint(given: Given, torch: Shape, groups: int) -> str | None:
    channels = given.full[1]
    if given.foreign.multiplier is not None:
        return None
    if not given.foreign.transposed and channels % groups:
        return None
    fitting = (
        (channels, *torch[1:])
        if given.foreign.transposed
        else (torch[0], channels // groups, *torch[2:])
    )
    return f"Take a weight of shape {given.layouts.result_shape(Shape(fitting), weight=True)}."


def _letters(given: Given) -> str:
    return "" if given.layouts.weight is None else given.layouts.weight.letters


def in_typed_words(
    error: ConvError, given: Given, torch: Shape, weight: Sequence[int]
) -> ConvError:
    """The error of a weight in torch's order, with its shape as it is written."""
    if not error.code.endswith(".contradicts"):
        return error
    written = f"the weight {Shape(weight)} ({_letters(given)})"
    rule = error.rule.replace(f"the weight {torch}", written)
    return ConvError(error.code, rule, parameter=error.parameter, got=error.got, hint=error.hint)


def require_cells(sizes: Sequence[int], pads: Sequence[Sequence[int]]) -> None:
    """Raises ConvError where an axis that is padded with its own cells has none."""
    if any(not size and any(ends) for size, ends in zip(sizes, pads, strict=True)):
        rule = "is padded with its own cells on an axis that has none"
        raise ConvError("input.empty", rule, parameter="X")
