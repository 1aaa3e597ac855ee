"""Padding: every spelling of it becomes one `Pad` an axis; each mode maps a padded index to a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, get_args

from convcli.engine.geometry.shapes import axis_names
from convcli.errors import ConvError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Integers = TypeVar("Integers", int, "NDArray[np.int64]")

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
PADDING_MODES: tuple[PaddingMode, ...] = get_args(PaddingMode)


class Pad(NamedTuple):
    """The padding of one axis, in cells."""

    before: int
    after: int


def resolve_padding(
    padding: Any, extents: Sequence[int], strides: Sequence[int], transposed: bool
) -> tuple[Pad, ...]:
    """Every spelling of padding as one `Pad` an axis.

    `padding` is an int, an int or a (before, after) pair for each axis, "valid" (none) or "same". "same" pads
    extent - 1 cells in total, the odd one after, as torch does; it needs stride 1 and no transposed layer.
    Raises ConvError where the spelling is none of these.

    >>> resolve_padding("same", extents=(4, 3), strides=(1, 1), transposed=False)
    (Pad(before=1, after=2), Pad(before=1, after=1))
    """
    rank = len(extents)
    if isinstance(padding, str):
        return _named_padding(padding, extents, strides, transposed)
    if isinstance(padding, int) or not isinstance(padding, Sequence):
        return (Pad(padding, padding),) * rank
    if len(padding) not in (1, rank):
        rule = f"needs one value or {rank}, one for each of the axes {', '.join(axis_names(rank))}"
        raise ConvError("padding.count", rule, parameter="padding", got=tuple(padding))
    return tuple(
        _pad(value) for value in (padding if len(padding) == rank else tuple(padding) * rank)
    )


def _pad(value: Any) -> Pad:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return Pad(value, value)  # type: ignore[arg-type]
    if len(value) != 2:
        raise ConvError(
            "padding.pair",
            "an axis takes one number or a before:after pair",
            parameter="padding",
            got=value,
        )
    return Pad(*value)


def _named_padding(
    name: str, extents: Sequence[int], strides: Sequence[int], transposed: bool
) -> tuple[Pad, ...]:
    if name not in ("same", "valid"):
        rule = "must be a number, before:after, same or valid"
        raise ConvError("padding.name", rule, parameter="padding", got=name)
    if transposed:
        rule = f"{name!r} is for convolutions; a transposed convolution crops, and takes numbers"
        raise ConvError("padding.transposed", rule, parameter="padding")
    if name == "valid":
        return (Pad(0, 0),) * len(extents)
    if any(stride != 1 for stride in strides):
        rule = f"'same' needs stride 1, and the stride is {','.join(map(str, strides))}"
        raise ConvError(
            "padding.same", rule, parameter="padding", hint="Give the padding in numbers."
        )
    return tuple(Pad((extent - 1) // 2, extent - 1 - (extent - 1) // 2) for extent in extents)


def strided_same_pad(size: int, extent: int, stride: int) -> Pad:
    """The padding for ceil(size/stride) outputs, the odd cell after. Source: TensorFlow's "SAME", tf.nn.convolution.

    >>> strided_same_pad(224, extent=3, stride=2), strided_same_pad(224, extent=7, stride=2)
    (Pad(before=0, after=1), Pad(before=2, after=3))
    """
    total = max((-(-size // stride) - 1) * stride + extent - size, 0)
    return Pad(total // 2, total - total // 2)


def check_padding_limit(pad: Pad, size: int, mode: PaddingMode, axis: str) -> None:
    """Raises ConvError where `mode` cannot fill `pad` from `size` cells: reflect needs pad < size, circular pad <= size.

    Source: torch.nn.functional.pad.
    """
    largest = max(pad)
    if mode == "reflect" and largest >= size:
        rule = f"reflect padding must be smaller than the input size {size}"
        hint = "Try `padding_mode` replicate."
        raise ConvError(
            "padding.reflect", rule, parameter="padding", got=largest, axis=axis, hint=hint
        )
    if mode == "circular" and largest > size:
        rule = f"circular padding must be at most the input size {size}"
        hint = "Try `padding_mode` replicate."
        raise ConvError(
            "padding.circular", rule, parameter="padding", got=largest, axis=axis, hint=hint
        )


def padded_cell(index: Integers, size: int, mode: PaddingMode) -> Integers:
    """The cell that stands at a padded index, which counts from the first real cell; `size` is the zero cell.

    The same expression serves one integer and an array of them.

        zeros      0 0 [1 2 3 4] 0 0        reflect    3 2 [1 2 3 4] 3 2
        replicate  1 1 [1 2 3 4] 4 4        circular   3 4 [1 2 3 4] 1 2

    >>> [padded_cell(index, 4, "reflect") for index in range(-2, 6)]
    [2, 1, 0, 1, 2, 3, 2, 1]
    """
    last = size - 1
    if mode == "reflect":
        return last - abs(last - abs(index))
    if mode == "replicate":
        return (abs(index) - abs(index - last) + last) // 2
    if mode == "circular":
        return index % size
    real = (index >= 0) & (index < size)
    return index * real + size * (1 - real)
