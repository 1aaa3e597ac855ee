"""Resampling, rearranging, and messages with few numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isqrt, prod

from convcli.engine.diagnosis.layers import change_fix
from convcli.engine.diagnosis.names import alike
from convcli.engine.diagnosis.norms import group_norm
from convcli.engine.diagnosis.values import MOST_TRIED, Diagnosis, Saying, computed, numbers_of
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
    factor = isqrt(square)
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
    legal = [n for n in range(2, min(factor + 3, MOST_TRIED)) if channels % (n * n) == 0]
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


def pad_numbers(numbers: int, axes: int) -> Diagnosis:
    """More pairs of padding than the input has axes."""
    what = Saying("pad.pairs", {"numbers": numbers, "axes": axes})
    found = (*numbers_of("pad", numbers=numbers), *numbers_of("input", dimensions=axes))
    return Diagnosis(what, found, None, True, (Change("pad_with_batch", "input"),))


def pad_crops(input: Sequence[int], output: Sequence[int]) -> Diagnosis:
    """A negative padding that leaves an input (*sizes) fewer than one cell."""
    what = Saying("pad.crop", {"input": Shape(input), "output": Shape(output)})
    numbers = (*numbers_of("input", sizes=Shape(input)), *numbers_of("output", sizes=Shape(output)))
    less = [max(0, -(-(1 - out) // 2)) for out in output]
    fits = Shape(out + 2 * by for out, by in zip(output, less, strict=True))
    return Diagnosis(what, numbers, None, True, (
        Change("padding_less", "padding", alike(less), {}, fits),
    ))  # fmt: skip


def norm_channels(features: int, input: Sequence[int], argument: str = "num_channels") -> Diagnosis:
    """A norm with the weight of other channels than its input (N, C, *sizes) has."""
    got = input[1] if len(input) > 1 else input[0]
    what = Saying("norm.num_channels", {"argument": argument, "features": features, "got": got})
    numbers = (
        *numbers_of("layer", **{argument: features}),
        *numbers_of("input", input=Shape(input), channels=got),
    )
    return Diagnosis(what, numbers, None, True, (Change("argument", argument, got),))


def upsample_sizes(sizes: Sequence[int], given: Sequence[object], argument: str) -> Diagnosis:
    """A size or scale_factor with other numbers than the input has axes of space."""
    fitting = tuple(given[: len(sizes)])
    what = Saying("upsample.per_axis", {"argument": argument, "count": len(given),
                                        "axes": len(sizes), "sizes": Shape(sizes)})  # fmt: skip
    numbers = (*numbers_of("input", sizes=Shape(sizes)), *numbers_of("layer", **{argument: given}))
    changes = (Change("argument", argument, fitting),) if len(fitting) == len(sizes) else ()
    return Diagnosis(what, numbers, None, True, changes)


def pixel_unshuffle(axis: str, size: int, factor: int) -> Diagnosis:
    """A PixelUnshuffle whose factor does not divide a side.

    >>> pixel_unshuffle("height", 4, 3).changes[0].value
    4
    """
    what = Saying("pixel_unshuffle.size", {"axis": axis, "size": size, "factor": factor})
    numbers = (*numbers_of("input", size=size), *numbers_of("layer", downscale_factor=factor))
    legal = [n for n in range(1, min(factor + 2, MOST_TRIED)) if size % n == 0]
    near = min(legal, key=lambda n: (abs(n - factor), -n))
    more = -size % factor
    pads = f"0, {more}" if axis == "width" else f"0, 0, 0, {more}"
    changes = (
        Change("argument", "downscale_factor", near),
        Change("pad_side", "input", size + more, {"apart": more, "pads": pads}),
    )
    return Diagnosis(what, numbers, None, True, changes)


def upsample_mode(got: int, mode: str) -> Diagnosis:
    """A mode that Upsample lacks, or that is not for an input of so many axes."""
    wants = AXES_OF_MODES.get(mode)
    if wants is not None or mode.startswith("nearest"):
        return upsample_axes(got, mode, wants or got + 1)
    what = Saying("upsample.mode", {"mode": mode})
    near = "bicubic" if "cubic" in mode else LINEAR.get(got, "nearest")
    numbers = (*numbers_of("layer", mode=mode), *numbers_of("input", dimensions=got))
    change = Change("argument_text", "mode", near)
    return Diagnosis(what, numbers, None, True, (change,), (), "upsample.mode")


def fold(channels: int, kernel: Sequence[int]) -> Diagnosis:
    """A Fold whose kernel does not divide the rows of its input."""
    cells = prod(kernel)
    what = Saying("fold.channels", {"channels": channels, "kernel": alike(kernel), "cells": cells})
    numbers = (*numbers_of("input", rows=channels), *numbers_of("layer", kernel_size=Shape(kernel)))
    return Diagnosis(what, numbers)


def fold_blocks(blocks: int, got: int) -> Diagnosis:
    """A Fold whose windows are not as many as the columns of its input."""
    what = Saying("fold.blocks", {"blocks": blocks, "got": got})
    numbers = (*numbers_of("layer", blocks=blocks), *numbers_of("input", blocks=got))
    return Diagnosis(what, numbers)
