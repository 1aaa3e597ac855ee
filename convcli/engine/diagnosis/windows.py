"""Windows that are larger than an input, of frameworks that pad by words: `same`, `valid`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from convcli.engine.diagnosis.layers import change_fix
from convcli.engine.diagnosis.names import alike, listed
from convcli.engine.diagnosis.orders import UNKNOWN, Sizes, filled, first, last, shown
from convcli.engine.diagnosis.values import (
    MOST_CHANGES,
    Diagnosis,
    Number,
    Saying,
    computed,
    numbers_of,
)
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.remedies import Fix
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.pooling import Pool

FEW_CELLS = 4  # of an axis that has channels instead
MANY_CELLS = 8


def window_too_large(
    name: str,
    input: Sizes,
    kernel: Sequence[int],
    *,
    dilation: Sequence[int] = (),
    stride: Sequence[int] = (),
    outs: int | None = None,
    weight: Sequence[int] | None = None,
    is_last: bool = True,
    is_pool: bool = False,
) -> Diagnosis:
    """A window that spans more cells than an input has; shapes are in the framework's order.

    >>> found = window_too_large("MaxPool", (None, 1, 1, 256), (2, 2), is_pool=True)
    >>> found.changes[0].key, found.changes[0].output
    ('pad_same', (None, 1, 1, 256))
    """
    known = filled(input)
    natural = first(known) if is_last else known
    rank = len(natural) - 2
    dilations = tuple(dilation) or (1,) * rank
    strides = tuple(stride) or ((tuple(kernel)) if is_pool else (1,) * rank)
    axes = ConvSpec.of(
        in_channels=1,
        out_channels=1,
        kernel_size=tuple(kernel),
        stride=strides,
        dilation=dilations,
        dims=rank,
    ).axes
    spans = [axis.extent for axis in axes]
    bad = [d for d, size in enumerate(natural[2:]) if size < spans[d]]
    fields = {"name": name, "input": shown(input, input), **_told(natural[2:], spans, bad)}
    numbers = (
        *numbers_of("input", input=fields["input"], sizes=shown(natural[2:], (1,))),
        *_layer_numbers(axes),
        *numbers_of("layer", in_channels=None if outs is None else natural[1], out_channels=outs),
        *numbers_of("weight", weight=None if weight is None else Shape(weight)),
    )
    why = _why(natural, bad, is_last)
    window = _Window(axes, natural, outs, is_pool)
    fixes = [*_moved(window, why, is_last), *_window_fixes(window, bad)]
    found = computed(fixes, MOST_CHANGES)
    changes = tuple(_as_shown(change, input, is_last) for change in found)
    return Diagnosis(Saying("window.too_large", fields), numbers, why, why is None, changes)


class _Window:
    """The layer of a message, with the axes that a change gives it."""

    def __init__(
        self, axes: tuple[Axis, ...], input: Shape, outs: int | None, is_pool: bool
    ) -> None:
        self.axes, self.input, self.outs, self.is_pool = axes, input, outs, is_pool

    def output(self, axes: tuple[Axis, ...] | None = None, input: Shape | None = None) -> Shape:
        """(N, C, *out) of the layer on (N, C, *sizes)."""
        shape = input or self.input
        used = axes or self.axes
        if self.is_pool:
            return Pool(used, kind="max").output_shape(shape)
        spec = ConvSpec(1, 1, used)
        return Shape((shape[0], self.outs or UNKNOWN, *spec.output_sizes(shape[2:])))


def _told(sizes: Sequence[int], spans: Sequence[int], bad: Sequence[int]) -> dict[str, object]:
    """The axes on which a window is too large, and what it spans there."""
    names = axis_names(len(sizes))
    return {
        "extent": alike(spans),
        "axes": listed(names[d] for d in bad),
        "sizes": alike([sizes[d] for d in bad]) if bad else "",
    }


def _layer_numbers(axes: Sequence[Axis]) -> tuple[Number, ...]:
    dilations = tuple(axis.dilation for axis in axes)
    return numbers_of(
        "layer",
        kernel_size=alike(tuple(axis.kernel_size for axis in axes)),
        stride=alike(tuple(axis.stride for axis in axes)),
        dilation=alike(dilations) if set(dilations) != {1} else None,
        extent=alike(tuple(axis.extent for axis in axes)),
    )


def _why(input: Shape, bad: Sequence[int], is_last: bool) -> Saying | None:
    _, channels, *sizes = input
    is_plane = is_last and len(sizes) == 2 and bad == [0] and sizes[0] <= FEW_CELLS
    if is_plane and min(sizes[1], channels) >= MANY_CELLS and sizes[1] < UNKNOWN:
        return Saying("channels_first", {"takes": sizes[0]})
    if all(size == 1 for size in sizes):
        return Saying("pooled_out")
    return None


def _moved(window: _Window, why: Saying | None, is_last: bool) -> Iterator[Fix]:
    """The order in which the axis of few cells holds the channels."""
    if why is None or why.key != "channels_first":
        return
    batch, channels, *sizes = window.input
    moved = Shape((batch, sizes[0], *sizes[1:], channels))
    order = (0, *range(2, len(moved)), 1)
    change = Change("order", "input", moved, {"order": order})
    yield change_fix(change, partial(window.output, None, moved))


def _window_fixes(window: _Window, bad: Sequence[int]) -> Iterator[Fix]:
    rank = len(window.axes)
    fields: dict[str, object] = {"rank": rank, "is_pool": window.is_pool}
    same = tuple(
        _same(axis, size) for axis, size in zip(window.axes, window.input[2:], strict=True)
    )
    if window.is_pool:
        yield change_fix(Change("pad_same", "padding", "same", fields), partial(_ceil, window))
    else:
        change = Change("pad_same", "padding", "same", fields)
        yield change_fix(change, partial(window.output, same))
    spans = [axis.extent for axis in window.axes]
    cells = window.input[2:]
    smaller = [
        min(axis.kernel_size, (cell - 1) // axis.dilation + 1)
        for axis, cell in zip(window.axes, cells, strict=True)
    ]
    dilated = any(axis.dilation > 1 for axis in window.axes)
    if dilated:
        yield _less_dilated(window, fields)
    if dilated and rank == 1 and not window.is_pool:
        change = Change("causal", "padding", "causal", fields)
        yield change_fix(change, partial(window.output, same))
    elif all(cell > 0 for cell in cells) and any(k > 1 for k in smaller):
        axes = tuple(
            Axis(k, stride=k if window.is_pool else axis.stride, dilation=axis.dilation)
            for axis, k in zip(window.axes, smaller, strict=True)
        )
        change = Change("window_size", "kernel_size", alike(smaller), fields)
        yield change_fix(change, partial(window.output, axes))
    elif window.is_pool:
        yield change_fix(Change("no_pool", None, None, fields), lambda: window.input)
    larger = Shape(
        (*window.input[:2], *(max(span, n) for span, n in zip(spans, cells, strict=True)))
    )
    yield change_fix(
        Change("larger_input", "input", larger, fields), partial(window.output, None, larger)
    )


def _less_dilated(window: _Window, fields: dict[str, object]) -> Fix:
    """The largest dilation with which the kernel spans no more cells than there are."""
    fitting = [
        min(axis.dilation, max(1, (cell - 1) // max(1, axis.kernel_size - 1)))
        for axis, cell in zip(window.axes, window.input[2:], strict=True)
    ]
    axes = tuple(
        Axis(axis.kernel_size, stride=axis.stride, dilation=dilation)
        for axis, dilation in zip(window.axes, fitting, strict=True)
    )
    change = Change("dilation_rate", "dilation", alike(fitting), fields)
    return change_fix(change, partial(window.output, axes))


def _ceil(window: _Window) -> Shape:
    """Pooling with `same` gives ceil(size/stride) cells, whatever the window."""
    sizes = [
        -(-size // axis.stride) for axis, size in zip(window.axes, window.input[2:], strict=True)
    ]
    return Shape((*window.input[:2], *sizes))


def _same(axis: Axis, size: int) -> Axis:
    """The axis with zeros for ceil(size/stride) outputs, one more after than before."""
    total = max(0, (-(-size // axis.stride) - 1) * axis.stride + axis.extent - size)
    pad = Pad(total // 2, total - total // 2)
    return Axis(axis.kernel_size, stride=axis.stride, dilation=axis.dilation, pad=pad)


def _as_shown(change: Change, input: Sizes, is_last: bool) -> Change:
    def ordered(shape: Sizes) -> tuple[int | None, ...]:
        turned = last(filled(shape)) if is_last else filled(shape)
        return shown(turned, input)

    value = ordered(change.value) if change.argument == "input" else change.value
    output = None if change.output is None else ordered(change.output)
    if output is not None and None in output[1:]:
        output = None
    fields = {"is_last": is_last, **change.fields}
    return change._replace(value=value, output=output, fields=fields)


def extent_too_large(name: str, size: int, extent: int, output: int | None = None) -> Diagnosis:
    """A window of which a message tells its extent and the size of one axis.

    >>> extent_too_large("Conv2D", 2, 5).changes[0].value
    'same'
    """
    fields = {"name": name, "size": size, "extent": extent}
    numbers = (
        *numbers_of("input", size=size),
        *numbers_of("layer", extent=extent),
        *numbers_of("output", size=output),
    )
    rank = {"1": 1, "3": 3}.get(next((c for c in name if c.isdigit()), "2"), 2)
    is_pool = "pool" in name.lower()
    shared = {"rank": rank, "is_pool": is_pool, "is_last": True}
    same = Change("pad_same", "padding", "same", shared)
    smaller = Change("window_size", "kernel_size", size, shared)
    larger = Change("larger_axis", "input", extent, {**shared, "size": extent})
    changes = [same, smaller, larger] if size > 0 else [larger]
    what = Saying("window.extent", fields)
    return Diagnosis(what, numbers, None, True, tuple(changes))
