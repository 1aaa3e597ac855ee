"""Inputs that are too small: for a kernel, for a window of pooling, for what is cropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from convcli.engine.diagnosis.layers import change_fix
from convcli.engine.diagnosis.names import alike, listed
from convcli.engine.diagnosis.values import (
    MOST_CHANGES,
    Diagnosis,
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
from convcli.engine.network.layers.pooling import AdaptivePool, Pool

PICTURE = 16  # times that an axis is longer than another, which is then perhaps no axis of space
COMMON_KERNEL = 3
DILATED = 9  # cells that a kernel spans which is rather a dilated one of COMMON_KERNEL


def kernel_too_large(padded: Sequence[int], extents: Sequence[int]) -> Diagnosis:
    """A kernel that spans more cells than a padded input (*sizes) has, on one axis or several.

    >>> found = kernel_too_large((20, 8), (1, 9))
    >>> [(change.argument, change.value) for change in found.changes]
    [('padding', (0, 1)), ('kernel_size', (1, 8)), ('input', (20, 9))]
    """
    names = axis_names(len(padded))
    short = [
        d for d, (size, extent) in enumerate(zip(padded, extents, strict=True)) if size < extent
    ]
    what = Saying(
        "conv.kernel_size",
        {
            "axes": listed(names[d] for d in short),
            "padded": Shape(padded),
            "extent": Shape(extents),
        },
    )
    numbers = (
        *numbers_of("input", padded_input=Shape(padded)),
        *numbers_of("layer", extent=Shape(extents)),
    )
    why = None
    if 0 in padded:
        why = Saying("empty", {"axis": names[list(padded).index(0)]})
    elif max(padded) >= PICTURE * min(padded):
        why = Saying("not_space", {"axis": names[list(padded).index(min(padded))]})
    fixes = list(_kernel_fixes(tuple(padded), tuple(extents)))
    if 0 in padded or any(extents[d] >= 4 * max(padded[d], 1) for d in short):
        fixes.sort(key=lambda fix: fix.change is not None and fix.change.argument == "padding")
        fixes.sort(key=lambda fix: fix.change is None or fix.change.argument != "input")
    is_sure = why is None or why.key == "empty"
    return Diagnosis(what, numbers, why, is_sure, computed(fixes, 4)[:3], ("stride", "dilation"))


def kernel_of_layer(spec: ConvSpec, padded: Sequence[int]) -> Diagnosis:
    """`kernel_too_large` of a layer that is known: with its stride, its padding and its dilation.

    >>> spec = ConvSpec.of(
    ...     in_channels=1, out_channels=1, kernel_size=4, stride=2, padding=1, dims=2
    ... )
    >>> found = kernel_of_layer(spec, (3, 3))
    >>> [(change.argument, change.value, change.output) for change in found.changes]
    [('padding', 2, (1, 1)), ('kernel_size', 3, (1, 1)), ('input', (2, 2), (1, 1))]
    """
    found = kernel_too_large(padded, [axis.extent for axis in spec.axes])
    sizes = Shape(size - sum(axis.pad) for size, axis in zip(padded, spec.axes, strict=True))
    order = [change.argument for change in found.changes]
    changes = computed(_layer_fixes(spec, sizes, padded), MOST_CHANGES + 1)
    if order[:1] == ["input"]:  # padding is the last resort
        changes = tuple(sorted(changes, key=lambda change: change.argument != "input"))
    numbers = (
        *numbers_of("input", sizes=sizes),
        *found.numbers,
        *numbers_of("layer", kernel_size=spec.kernel_size),
    )
    return found._replace(numbers=numbers, changes=changes[:MOST_CHANGES], assumed=())


def _layer_fixes(spec: ConvSpec, sizes: Shape, padded: Sequence[int]) -> Iterator[Fix]:
    def attempt(axes: Sequence[Axis], input: Sequence[int] = sizes) -> Shape:
        return Shape(replace(spec, axes=tuple(axes)).output_sizes(input))

    pairs = list(zip(spec.axes, padded, strict=True))
    more = [max(0, -(-(axis.extent - size) // 2)) for axis, size in pairs]
    pads = [
        Pad(axis.pad.before + by, axis.pad.after + by)
        for axis, by in zip(spec.axes, more, strict=True)
    ]
    if all(pad.is_even for pad in pads):
        axes = [replace(axis, pad=pad) for axis, pad in zip(spec.axes, pads, strict=True)]
        change = Change("argument", "padding", alike([pad.before for pad in pads]))
        yield change_fix(change, partial(attempt, axes))
    kernel = [min(axis.kernel_size, (size - 1) // axis.dilation + 1) for axis, size in pairs]
    if min(kernel) > 0:
        axes = [replace(axis, kernel_size=k) for axis, k in zip(spec.axes, kernel, strict=True)]
        change = Change("kernel_size", "kernel_size", alike(kernel))
        yield change_fix(change, partial(attempt, axes))
    if any(axis.dilation > 1 for axis in spec.axes):
        less = [
            min(axis.dilation, max(1, (size - 1) // max(1, axis.kernel_size - 1)))
            for axis, size in pairs
        ]
        axes = [replace(axis, dilation=d) for axis, d in zip(spec.axes, less, strict=True)]
        yield change_fix(Change("argument", "dilation", alike(less)), partial(attempt, axes))
    larger = Shape(
        size + max(0, axis.extent - cells) for size, (axis, cells) in zip(sizes, pairs, strict=True)
    )
    yield change_fix(Change("larger", "input", larger), partial(attempt, spec.axes, larger))


def _kernel_fixes(padded: tuple[int, ...], extents: tuple[int, ...]) -> Iterator[Fix]:
    pairs = list(zip(padded, extents, strict=True))
    more = [max(0, -(-(extent - size) // 2)) for size, extent in pairs]

    def sizes(kernel: Sequence[int], padding: Sequence[int], input: Sequence[int]) -> Shape:
        axes = tuple(Axis(k, pad=Pad(p, p)) for k, p in zip(kernel, padding, strict=True))
        return Shape(ConvSpec(1, 1, axes).output_sizes(input))

    none = [0] * len(padded)
    yield change_fix(
        Change("padding_more", "padding", alike(more)), partial(sizes, extents, more, padded)
    )
    kernel = [min(size, extent) for size, extent in pairs]
    yield change_fix(
        Change("kernel_size", "kernel_size", alike(kernel)), partial(sizes, kernel, none, padded)
    )
    dilations = [(extent - 1) // (COMMON_KERNEL - 1) for extent in extents]
    if len(set(extents)) == 1 and extents[0] % 2 and extents[0] >= DILATED:
        fitting = max(1, (min(padded) - 1) // (COMMON_KERNEL - 1))
        span = [fitting * (COMMON_KERNEL - 1) + 1] * len(padded)
        change = Change("dilation", "dilation", fitting, {"now": dilations[0]})
        yield change_fix(change, partial(sizes, span, none, padded))
    larger = Shape(max(size, extent) for size, extent in pairs)
    yield change_fix(Change("larger", "input", larger), partial(sizes, extents, none, larger))


def pool_too_large(input: Sequence[int], output: Sequence[int], kind: str = "max") -> Diagnosis:
    """A window of pooling that is larger than its input (C, *sizes) on an axis.

    >>> found = pool_too_large((2432, 4, 3), (2432, 1, 0), "avg")
    >>> found.changes[0].value, found.changes[0].output
    ((4, 3), (2432, 1, 1))
    """
    names = axis_names(len(input) - 1)
    channels, *sizes = input
    bad = [d for d, out in enumerate(output[1:]) if out < 1]
    what = Saying(
        "pool.output_size",
        {
            "axes": listed(names[d] for d in bad),
            "input": Shape(input),
            "output": Shape(output),
            "sizes": Shape(sizes[d] for d in bad),
        },
    )
    numbers = (
        *numbers_of("input", input=Shape(input), channels=channels),
        *numbers_of("output", output=Shape(output)),
    )
    windows = [
        size if out < 1 else max(1, size // out)
        for size, out in zip(sizes, output[1:], strict=True)
    ]
    why = None
    if all(size == 1 for size in sizes):
        why = Saying("pooled_out")
    elif max(sizes) >= PICTURE * min(sizes):
        why = Saying("not_space", {"axis": names[sizes.index(min(sizes))]})
    fixes = list(_pool_fixes(Shape((1, *input)), windows, bad, kind))
    return Diagnosis(what, numbers, why, why is None, computed(fixes))


def _pool_fixes(
    input: Shape, windows: Sequence[int], bad: Sequence[int], kind: str
) -> Iterator[Fix]:
    rank = len(windows)
    fields = {"rank": rank, "kind": kind.capitalize()}

    def sizes(layer: Pool | AdaptivePool, input: Shape) -> Shape:
        return Shape(layer.output_shape(input)[1:])

    pool = Pool(tuple(Axis(k, stride=k) for k in windows), kind=kind)
    if all(size == 1 for size in input[2:]):
        yield change_fix(Change("no_pool", None, None, fields), lambda: Shape(input[1:]))
    else:
        change = Change("pool_window", "kernel_size", alike(windows), fields)
        yield change_fix(change, partial(sizes, pool, input))
    everything = AdaptivePool((1,) * rank, kind)
    change = Change("pool_adaptive", "output_size", 1, fields)
    yield change_fix(change, partial(sizes, everything, input))
    good = [k for d, k in enumerate(windows) if d not in bad]
    if good and all(k > 1 for k in good):
        window = max(good)
        larger = Shape(max(n, window) if d in bad else n for d, n in enumerate(input[2:]))
        whole = Pool((Axis(window, stride=window),) * rank, kind=kind)
        change = Change("larger", "input", larger)
        yield change_fix(change, partial(sizes, whole, Shape((*input[:2], *larger))))


def cropped_away(input: Sequence[int], output: Sequence[int]) -> Diagnosis:
    """A transposed convolution whose padding crops its whole output (*sizes) away.

    >>> cropped_away((2, 2), (-1, -1)).changes[0].value
    1
    """
    names = axis_names(len(input))
    bad = [d for d, out in enumerate(output) if out < 1]
    less = [max(0, -(-(1 - out) // 2)) for out in output]
    what = Saying(
        "conv_transpose.padding",
        {"axes": listed(names[d] for d in bad), "input": Shape(input), "output": Shape(output)},
    )
    numbers = (
        *numbers_of("input", sizes=Shape(input)),
        *numbers_of("output", sizes=Shape(output)),
    )
    fits = Shape(out + 2 * by for out, by in zip(output, less, strict=True))
    change = Change("padding_less", "padding", alike(less), {}, fits)
    return Diagnosis(what, numbers, None, True, (change,), ())
