"""Resampling, rearranging, losses, and messages with few numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convcli.engine.diagnosis.layers import change_fix
from convcli.engine.diagnosis.names import alike
from convcli.engine.diagnosis.norms import group_norm
from convcli.engine.diagnosis.values import Diagnosis, Saying, computed, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.resampling import PixelShuffle, Unfold

LINEAR = {3: "linear", 4: "bilinear", 5: "trilinear"}  # modes by the axes of the input
AXES_OF_MODES = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}


def pool_1d(size: int) -> Diagnosis:
    """A pooling of one axis, of which the message names the output alone."""
    what = Saying("pool.output_size_1d", {"size": size})
    numbers = numbers_of("output", size=size)
    adaptive = Change("pool_adaptive", "output_size", 1, {"rank": 1, "kind": "Max"})
    return Diagnosis(what, numbers, None, True, (Change("shorter_window", "kernel_size"), adaptive))


def wraps_around() -> Diagnosis:
    """A circular padding of more cells than the input has."""
    what = Saying("pad.circular")
    return Diagnosis(what, (), None, True, (Change("padding_at_most", "padding"),))


def negative_pad() -> Diagnosis:
    """A negative padding, or a slice, that leaves fewer than no cells."""
    what = Saying("pad.negative")
    return Diagnosis(what, (), Saying("crops_all"), False, (Change("crop_less", "pad"),))


def group_norm_input(input: Sequence[int], groups: int) -> Diagnosis:
    """A GroupNorm whose groups do not divide the channels of its input."""
    return group_norm(input[1] if len(input) > 1 else input[0], groups, input)


def loss_shapes(target: Sequence[int], input: Sequence[int]) -> Diagnosis:
    """A loss of a target and an input of other shapes.

    >>> loss_shapes((2, 8, 8), (2, 1, 8, 8)).changes[0].key
    'add_target_axis'
    """
    wanted, got = Shape(input), Shape(target)
    what = Saying("loss.shapes", {"target": got, "input": wanted})
    numbers = (*numbers_of("input", input=wanted), *numbers_of("target", target=got))
    changes: list[Change] = []
    for dim in range(len(wanted)):
        if wanted[dim] == 1 and got == (*wanted[:dim], *wanted[dim + 1 :]):
            changes.append(Change("add_target_axis", "target", wanted, {"dim": dim}, wanted))
            changes.append(Change("drop_input_axis", "input", got, {"dim": dim}, got))
            break
    for dim in range(len(got)):
        if not changes and got[dim] == 1 and wanted == (*got[:dim], *got[dim + 1 :]):
            changes.append(Change("drop_target_axis", "target", wanted, {"dim": dim}, wanted))
    if not changes and len(wanted) == len(got) == 4 and wanted[:2] == got[:2]:
        sizes = Shape(got[2:])
        changes.append(Change("resize_output", "input", got, {"sizes": tuple(sizes)}, got))
    if not changes and len(got) == 1 and len(wanted) == 2 and got[0] == wanted[0]:
        changes.append(Change("one_hot", "target", wanted, {"classes": wanted[1]}, wanted))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def loss_batches(got: int, target: int) -> Diagnosis:
    """A loss whose input has other rows than the target: the batch axis was lost in a view.

    >>> loss_batches(324, 4).why.key
    'batch_in_view'
    """
    what = Saying("loss.batches", {"got": got, "target": target})
    numbers = (*numbers_of("input", batch_size=got), *numbers_of("target", batch_size=target))
    if target and got % target == 0:
        why = Saying("batch_in_view", {"times": got // target})
        change = Change("keep_rows", "input", None, {"batch": target})
        return Diagnosis(what, numbers, why, False, (change,))
    return Diagnosis(what, numbers, Saying("last_batch"), False, (Change("drop_last"),))


def loss_sizes(
    target: Sequence[int], input: Sequence[int] | None = None, wants: Sequence[int] | None = None
) -> Diagnosis:
    """A cross entropy whose target (N, *sizes) is not that of its input (N, C, *sizes)."""
    wanted = Shape(wants) if wants is not None else Shape((*(input or ())[:1], *(input or ())[2:]))
    got = Shape(target)
    what = Saying("loss.target", {"target": got, "wanted": wanted})
    numbers = (
        *numbers_of("target", target=got, wanted=wanted),
        *numbers_of("input", input=None if input is None else Shape(input)),
    )
    changes: list[Change] = []
    if len(got) == len(wanted) + 1 and got[1] == 1:
        changes.append(Change("drop_target_axis", "target", wanted, {"dim": 1}, wanted))
    elif len(got) == len(wanted) and got[0] == wanted[0] and len(got) > 1:
        sizes = tuple(got[1:])
        changes.append(Change("resize_output", "input", got, {"sizes": sizes}))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def loss_axes(axes: int) -> Diagnosis:
    """A cross entropy of pictures whose target has an axis of channels."""
    what = Saying("loss.rank", {"axes": axes})
    change = Change("drop_target_axis", "target", None, {"dim": 1})
    return Diagnosis(what, numbers_of("target", dimensions=axes), None, True, (change,))


def upsample_axes(got: int, mode: str, wants: int) -> Diagnosis:
    """A mode of Upsample on an input with other axes.

    >>> upsample_axes(3, "bilinear", 4).changes[0].value
    'linear'
    """
    what = Saying("upsample.input_rank", {"mode": mode, "wants": wants, "got": got})
    numbers = (
        *numbers_of("layer", mode=mode, dimensions=wants),
        *numbers_of("input", dimensions=got),
    )
    changes = [Change("argument_text", "mode", LINEAR[got])] if got in LINEAR else []
    if got + 1 == wants:
        changes.append(Change("add_batch_axis", "input"))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def upsample_size(input: str, output: str) -> Diagnosis:
    """Sizes of 0; text like `H: 8, W: 8`."""
    sizes = [int(number) for number in re.findall(r"-?\d+", input)]
    outs = [int(number) for number in re.findall(r"-?\d+", output)]
    what = Saying("upsample.size", {"input": Shape(sizes), "output": Shape(outs)})
    numbers = (*numbers_of("input", sizes=Shape(sizes)), *numbers_of("output", sizes=Shape(outs)))
    known = [out for out in outs if out > 0]
    fitting = Shape(
        out if out > 0 else (known[0] if known else size)
        for out, size in zip(outs, sizes, strict=False)
    )
    changes = (Change("resize_to", "size", fitting, {"sizes": tuple(fitting)}, fitting),)
    return Diagnosis(what, numbers, None, True, changes if 0 not in sizes else ())


def pixel_shuffle(channels: int, square: int) -> Diagnosis:
    """A PixelShuffle whose factor's square does not divide the channels.

    >>> pixel_shuffle(8, 9).changes[0].value
    9
    """
    factor = round(square**0.5)
    what = Saying(
        "pixel_shuffle.channels", {"channels": channels, "factor": factor, "square": square}
    )
    numbers = (
        *numbers_of("input", channels=channels),
        *numbers_of("layer", upscale_factor=factor, square=square),
    )
    up = -(-channels // square) * square

    def shuffled(n: int, by: int) -> Shape:
        return Shape(PixelShuffle(by).output_shape(Shape((1, n, 1, 1))))

    changes = [
        Change("channels_before", "out_channels", up, {"square": square}, shuffled(up, factor))
    ]
    legal = [n for n in range(2, factor + 3) if channels % (n * n) == 0]
    if legal:
        near = min(legal, key=lambda n: abs(n - factor))
        changes.append(Change("argument", "upscale_factor", near, {}, shuffled(channels, near)))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def unfold(
    input: Sequence[int],
    kernel: Sequence[int],
    dilation: Sequence[int],
    padding: Sequence[int],
    output: Sequence[int],
    stride: Sequence[int] = (),
) -> Diagnosis:
    """A sliding window that is larger than its padded input.

    >>> unfold((2, 2), (3, 3), (1, 1), (0, 0), (0, 0)).changes[0].value
    1
    """
    what = Saying("unfold.kernel_size", {"input": Shape(input), "kernel": alike(kernel)})
    numbers = (
        *numbers_of("input", sizes=Shape(input)),
        *numbers_of("layer", kernel_size=Shape(kernel), dilation=Shape(dilation),
                    padding=Shape(padding)),
        *numbers_of("output", sizes=Shape(output)),
    )  # fmt: skip
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    more = [
        max(pad, -(-(span - size) // 2))
        for span, size, pad in zip(spans, input, padding, strict=True)
    ]

    def windows() -> Shape:
        spec = ConvSpec.of(
            in_channels=1, out_channels=1, kernel_size=tuple(kernel), dilation=tuple(dilation),
            padding=tuple(more), stride=tuple(stride) or 1, dims=len(kernel),
        )  # fmt: skip
        return Shape(Unfold(spec).output_shape(Shape((1, 1, *input))))

    change = Change("argument", "padding", alike(more))
    return Diagnosis(what, numbers, None, True, computed([change_fix(change, windows)]))
