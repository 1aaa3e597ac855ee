"""Keras: Conv2D, DepthwiseConv2D and Conv2DTranspose, with ZeroPadding2D and Cropping2D."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.report.spelling.ports.base import (
    CannotWrite,
    Ends,
    Task,
    Way,
    around,
    call,
    flag,
    number,
    one,
    option,
    word,
)

LAYERS = "keras.layers."
PAD_MODES = ("reflect", "symmetric")  # of keras.ops.pad, beside zeros


def ways(task: Task) -> Iterator[Way]:
    """`same`, `valid`, and a layer of zeros before; of a transposed layer a crop behind.

    Layers of one axis have `causal` too.
    """
    if task.spec.transposed:
        yield from _transposed(task)
        return
    names = ("same", "valid") if task.rank > 1 else ("same", "causal", "valid")
    for name in names:
        yield _alone(_layer(task, name))
    valid = _layer(task, "valid")
    if task.has_border:
        yield Way(_padded(task, valid), valid, pads=task.pads)
    else:
        yield _in_model((zeros_layer(task.pads), valid), valid)._replace(pads=task.pads)


def _alone(line: str) -> Way:
    return Way(line, line, layers=(line,))


def _in_model(layers: tuple[str, ...], line: str) -> Way:
    return Way(f"keras.Sequential([{', '.join(layers)}])", line, layers=layers)


def _layer(task: Task, padding: str) -> str:
    spec, rank = task.spec, task.rank
    shared = (
        option("strides", task.stride, 1),
        word("padding", padding) if padding != "valid" else "",
        option("dilation_rate", task.dilation, 1),
    )
    bias = flag("use_bias", spec.bias, True)
    if task.is_depthwise and rank < 3:
        name = f"{LAYERS}DepthwiseConv{rank}D"
        multiplier = number("depth_multiplier", spec.out_channels // spec.in_channels)
        return call(name, one(task.kernel), *shared, multiplier, bias)
    first = (str(spec.out_channels), one(task.kernel))
    groups = number("groups", spec.groups)
    return call(f"{LAYERS}Conv{rank}D", *first, *shared, groups, bias)


def zeros_layer(pads: Sequence[Ends]) -> str:
    """`keras.layers.ZeroPadding2D(((0, 1), (0, 1)))`."""
    rank = len(pads)
    written = tuple(pads[0]) if rank == 1 else tuple(tuple(ends) for ends in pads)
    return f"{LAYERS}ZeroPadding{rank}D({written})"


def _padded(task: Task, line: str) -> str:
    mode = task.spec.padding_mode
    if mode not in PAD_MODES:
        raise CannotWrite("mode", mode=mode)
    pads = around(task.pads, 1, 1)
    return f'{line}(keras.ops.pad(x, {pads}, "{PADDING_MODES[mode].numpy}"))'


def _transposed(task: Task) -> Iterator[Way]:
    if task.spec.groups != 1:
        raise CannotWrite("groups_transposed")
    for padding in ("same", "valid"):
        yield _alone(_back(task, padding, None))
        kept = _kept(task, padding)
        if kept is not None:
            yield _alone(_back(task, padding, kept))
    whole = [
        size * axis.stride + max(axis.extent - axis.stride, 0)
        for axis, size in zip(task.axes, task.sizes, strict=True)
    ]
    crops = tuple(
        (before, cells - before - out)
        for (before, _), cells, out in zip(task.pads, whole, task.outs, strict=True)
    )
    if min(min(ends) for ends in crops) < 0:
        return
    line = _back(task, "valid", None)
    written = crops[0] if task.rank == 1 else crops
    crop = f"{LAYERS}Cropping{task.rank}D({written})"
    keeps = tuple((before, 1) for before, _ in crops)
    yield _in_model((line, crop), line)._replace(keeps=keeps)


def _kept(task: Task, padding: str) -> tuple[int, ...] | None:
    """The output_padding with which Keras has the size; None without one."""
    kept = []
    for axis, size, out in zip(task.axes, task.sizes, task.outs, strict=True):
        cropped = 2 * (axis.extent // 2) if padding == "same" else 0
        more = out - axis.cells_under(size) + cropped
        if not 0 <= more < axis.stride:
            return None
        kept.append(more)
    return tuple(kept)


def _back(task: Task, padding: str, kept: Sequence[int] | None) -> str:
    spec = task.spec
    return call(
        f"{LAYERS}Conv{task.rank}DTranspose",
        str(spec.out_channels),
        one(task.kernel),
        option("strides", task.stride, 1),
        word("padding", padding) if padding != "valid" else "",
        "" if kept is None else f"output_padding={one(kept)}",
        option("dilation_rate", task.dilation, 1),
        flag("use_bias", spec.bias, True),
    )
