"""Arguments beyond what a layer takes: paddings, groups, output sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import gcd

from convcli.engine.diagnosis.layers import change_fix
from convcli.engine.diagnosis.names import alike, axis_of, listed
from convcli.engine.diagnosis.values import MOST_TRIED, Diagnosis, Saying, computed, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.padding import PADDING_MODES, TORCH_PADDING_MODES
from convcli.engine.geometry.remedies import Fix
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.network.layers.padding import PadLayer


def padding_limit(
    pad: Sequence[int], dim: int, input: Sequence[int], mode: str = "reflect"
) -> Diagnosis:
    """A padding that copies more cells than axis `dim` of an input (N, C, *sizes) has.

    torch names the first axis alone; where both ends are padded alike, the others are taken to be
    so too.

    >>> found = padding_limit((4, 4), 3, (1, 1, 4, 4))
    >>> [(change.value, change.output) for change in found.changes]
    [(3, (1, 1, 10, 10)), ('replicate', (1, 1, 12, 12))]
    """
    shape = Shape(input)
    size = shape[dim]
    what = Saying(
        "pad.limit",
        {
            "mode": mode,
            "padding": alike(tuple(pad)) if len(set(pad)) == 1 else f"({pad[0]}, {pad[1]})",
            "axis": axis_of(dim, len(shape)),
            "size": size,
            "input": shape,
            "most": PADDING_MODES[mode].largest_pad(size),
        },
    )
    numbers = (
        *numbers_of("layer", padding=tuple(pad)),
        *numbers_of("input", input=shape, dim=dim, size=size),
    )
    why = Saying("no_cells", {"axis": axis_of(dim, len(shape))}) if size <= 1 else None
    return Diagnosis(what, numbers, why, True, computed(_pad_fixes(tuple(pad), dim, shape, mode)))


def _pad_fixes(pad: tuple[int, ...], dim: int, input: Shape, mode: str) -> Iterator[Fix]:
    full = input if len(input) > 2 else Shape((1, *input))
    dim += len(full) - len(input)
    everywhere = pad[0] == pad[1]
    most = [PADDING_MODES[mode].largest_pad(size) or 0 for size in full[2:]]
    at = dim - 2
    wanted = [pad if everywhere or d == at else (0, 0) for d in range(len(most))]
    limit = min(most) if everywhere else most[at]
    small = [(min(ends[0], limit), min(ends[1], limit)) for ends in wanted]

    def output(pads: Sequence[tuple[int, ...]], mode: str) -> Shape:
        return PadLayer(tuple((ends[0], ends[1]) for ends in pads), mode).output_shape(full)

    least = small[at][0] if everywhere else small[at]
    flat = ", ".join(str(end) for ends in reversed(small) for end in ends)
    fields = {"pads": flat, "mode": mode, "limit": limit}
    if limit > 0:
        yield change_fix(
            Change("padding_within", "padding", least, fields), partial(output, small, mode)
        )
    flat = ", ".join(str(end) for ends in reversed(wanted) for end in ends)
    yield change_fix(
        Change("padding_mode", "padding_mode", "replicate", {"pads": flat}),
        partial(output, wanted, "replicate"),
    )


def pad_axes(sizes: int | None, axes: int | None) -> Diagnosis:
    """A padding by copies of an input whose axes do not go with so many numbers.

    >>> pad_axes(2, 4).changes[0].value
    (1, 1, 0, 0)
    """
    known = sizes is not None and axes is not None
    what = Saying("pad.rank" if known else "pad.rank_unknown", {"sizes": sizes, "axes": axes})
    numbers = (*numbers_of("pad", numbers=sizes), *numbers_of("input", dimensions=axes))
    changes: list[Change] = []
    if sizes is None or axes is None:
        changes.append(Change("pad_with_batch", "input"))
    elif axes * 2 - 4 > sizes:
        zeros = (1,) * sizes + (0,) * (2 * axes - 4 - sizes)
        text = ", ".join(["before", "after"] * (sizes // 2) + ["0"] * (len(zeros) - sizes))
        changes.append(Change("pad_zeros", "pad", zeros, {"text": text}))
    else:
        changes.append(Change("pad_with_batch", "input"))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def pool_padding(kernel: Sequence[int], padding: Sequence[int], dilation: int = 1) -> Diagnosis:
    """A padding of pooling that is more than half of the kernel.

    >>> pool_padding((3, 3), (2, 2)).changes[0].value
    1
    """
    most = [size // 2 for size in kernel]
    fitting = [min(pad, half) for pad, half in zip(padding, most, strict=True)]
    rank = len(kernel)
    what = Saying("pool.padding", {"padding": alike(padding), "kernel": alike(kernel)})
    numbers = numbers_of(
        "layer",
        padding=alike(tuple(padding)),
        kernel_size=alike(tuple(kernel)),
        dilation=dilation if dilation != 1 else None,
    )
    flat = ", ".join(str(pad) for pad in reversed(padding) for _ in range(2))
    fields = {"rank": rank, "kernel": alike(kernel), "flat": flat, "dilation": dilation}
    larger = [max(size, 2 * pad) for size, pad in zip(kernel, padding, strict=True)]
    changes = (
        Change("pool_padding", "padding", alike(fitting), fields),
        Change("pool_pad_first", "input", None, fields),
        Change("pool_kernel", "kernel_size", alike(larger), fields),
    )
    return Diagnosis(what, numbers, None, True, changes)


def output_padding(
    values: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> Diagnosis:
    """An output_padding that is as large as the stride and the dilation of its axis.

    >>> output_padding((1, 1, 1), (1, 2, 2), (1, 1, 1)).changes[0].value
    (0, 1, 1)
    """
    names = axis_names(len(values))
    pairs = list(zip(values, strides, dilations, strict=True))
    fitting = [min(value, max(stride, dilation) - 1) for value, stride, dilation in pairs]
    bad = [
        names[d]
        for d, (value, fits) in enumerate(zip(values, fitting, strict=True))
        if value != fits
    ]
    what = Saying(
        "conv_transpose.output_padding",
        {
            "value": alike(values),
            "stride": alike(strides),
            "dilation": alike(dilations),
            "axes": listed(bad),
        },
    )
    numbers = numbers_of(
        "layer",
        output_padding=alike(tuple(values)),
        stride=alike(tuple(strides)),
        dilation=alike(tuple(dilations)),
    )
    changes = [Change("output_padding", "output_padding", alike(fitting))]
    wider = [max(stride, value + 1) for value, stride, _ in pairs]
    changes.append(Change("stride", "stride", alike(wider)))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def output_size(
    wanted: Sequence[int], least: Sequence[int], most: Sequence[int], input: Sequence[int]
) -> Diagnosis:
    """An output_size that a transposed convolution cannot make of its input.

    >>> output_size((10, 10), (7, 7), (8, 8), (4, 4)).changes[0].value
    (8, 8)
    """
    near = Shape(
        min(max(size, low), high) for size, low, high in zip(wanted, least, most, strict=True)
    )
    what = Saying(
        "conv_transpose.output_size",
        {"wanted": Shape(wanted), "least": Shape(least), "most": Shape(most)},
    )
    numbers = (
        *numbers_of("layer", output_size=Shape(wanted), least=Shape(least), most=Shape(most)),
        *numbers_of("input", sizes=Shape(input)),
    )
    change = Change("output_size", "output_size", near, {"sizes": tuple(near)}, near)
    return Diagnosis(what, numbers, None, True, (change,))


def groups(
    argument: str, channels: int | None = None, groups: int | None = None, other: int | None = None
) -> Diagnosis:
    """Groups that do not divide the channels `argument`; `other` are those of the other side.

    Where the other side is unknown, one group alone is sure to divide both sides.

    >>> [change.value for change in groups("in_channels", 10, 3, 20).changes]
    [2, 5]
    >>> [change.value for change in groups("in_channels", 10, 3).changes]
    [1, 2, 5]
    """
    if channels is None or groups is None:
        return Diagnosis(
            Saying("conv.groups_unknown", {"argument": argument}),
            (),
            None,
            True,
            (Change("one_group", "groups", 1),),
        )
    what = Saying("conv.groups", {"argument": argument, "channels": channels, "groups": groups})
    numbers = numbers_of("layer", **{argument: channels, "groups": groups})
    common = channels if other is None else gcd(channels, other)
    legal = [n for n in range(2, min(common, MOST_TRIED) + 1) if common % n == 0]
    near = sorted(legal, key=lambda n: (abs(n - groups), n))
    key = "groups" if other is not None else "groups_if"
    changes = [Change(key, "groups", n) for n in sorted(near[:2])]
    if not near or (other is None and argument != "out_channels"):
        changes.insert(0, Change("one_group", "groups", 1))
    if argument == "out_channels":
        up = -(-channels // groups) * groups
        changes.insert(0, Change("out_channels", argument, up, {"groups": groups}))
    return Diagnosis(what, numbers, None, True, tuple(changes[:3]))


def non_positive(argument: str, value: object = None, least: int = 1) -> Diagnosis:
    """An argument that must be at least `least`."""
    key = "argument.positive" if least == 1 else "argument.negative"
    what = Saying(key, {"argument": argument, "least": least})
    numbers = numbers_of("layer", **{argument: value})
    return Diagnosis(what, numbers, None, True, (Change("argument", argument, least),))


def per_axis(argument: str, values: Sequence[int], axes: int) -> Diagnosis:
    """An argument with other numbers than the layer has axes.

    Of a stride the numbers are all equal where a layer made them of one: then it is the input or
    the kernel whose axes are not those of the layer, which torch does not check before.

    >>> per_axis("stride", (1, 2, 3), 2).changes[0].value, per_axis("stride", (1, 1), 1).kind
    ((1, 2), 'conv.input_rank')
    """
    listing = f"({', '.join(map(str, values))})"
    fields = {"argument": argument, "values": listing, "count": len(values), "axes": axes}
    numbers = numbers_of("layer", **{argument: tuple(values), "axes": axes})
    if argument == "stride" and len(set(values)) == 1 and 1 <= len(values) <= 3:
        what = Saying("conv.axes_of_input", {**fields, "wants": len(values) + 2, "got": axes + 2})
        missing = len(values) - axes
        changes = (
            (Change("add_batch", "input"),)
            if missing > 0
            else (
                Change("fold", "input", None, {"last": -missing, "count": 1 - missing}),
                Change("other_layer", "layer", f"Conv{axes}d", {"rank": axes}),
            )
        )
        return Diagnosis(what, numbers, Saying("input_axes"), False, changes, (), "conv.input_rank")
    what = Saying("argument.per_axis", fields)
    fitting = tuple(values[:axes]) + (values[-1],) * (axes - len(values))
    return Diagnosis(what, numbers, None, True, (Change("argument", argument, fitting),))


def mode_name(mode: str) -> Diagnosis:
    """A padding mode that torch does not have; those it has that are next to it."""
    what = Saying("conv.padding_mode", {"mode": mode})
    near = [
        name
        for name in TORCH_PADDING_MODES
        if mode.lower().rstrip("s") in (PADDING_MODES[name].onnx, PADDING_MODES[name].numpy, "zero")
    ]
    if mode.lower() in ("symmetric", "mirror"):
        near = ["reflect", "replicate"]
    near = near[:1] if mode.lower() in ("zero",) else near or list(TORCH_PADDING_MODES)
    changes = [Change("argument_text", "padding_mode", name) for name in near[:3]]
    return Diagnosis(what, numbers_of("layer", padding_mode=mode), None, True, tuple(changes))
