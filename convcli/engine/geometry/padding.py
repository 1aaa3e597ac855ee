"""Padding: what stands around the cells of an axis, and the one table of the padding modes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from convcli.errors import ConvError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Integers = TypeVar("Integers", int, "NDArray[np.int64]")


class Pad(NamedTuple):
    """The padding of one axis, in cells: `str(Pad(1, 1))` is "1", `str(Pad(1, 2))` is "1:2"."""

    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.before}" if self.is_even else f"{self.before}:{self.after}"

    @property
    def is_even(self) -> bool:
        """Whether both sides are alike, as torch's `padding` has them."""
        return self.before == self.after


NO_PAD = Pad(0, 0)


@dataclass(frozen=True, slots=True)
class PaddingMode:
    """What stands at the padded indices of an axis, and what other libraries call it; None where they have no such mode.

    `cell` maps a padded index and the number of real cells to a cell; it takes one integer or an array of them. `excess`
    is the most by which a pad may exceed the number of cells, None where there is no limit.
    """

    name: str
    cell: Callable[[Any, int], Any]
    excess: int | None
    torch_layer: str | None  # the stem of the layer: ReflectionPad of nn.ReflectionPad2d
    torch_pad: str | None  # torch.nn.functional.pad(mode=...)
    onnx: str | None  # the attribute `mode` of the operator Pad
    numpy: str  # numpy.pad(mode=...)
    opencv: str  # cv2.copyMakeBorder(borderType=...)

    def largest_pad(self, size: int) -> int | None:
        """The most cells that can stand on one side of `size` cells, None where there is no limit."""
        return None if self.excess is None else size + self.excess

    def smallest_size(self, pad: Pad) -> int:
        """The fewest cells that this padding can stand around."""
        return 1 if self.excess is None else max(max(pad) - self.excess, 1)


def _zero(index: Any, size: int) -> Any:
    real = (index >= 0) & (index < size)
    return index * real + size * (1 - real)


def _reflected(index: Any, size: int) -> Any:
    last = size - 1
    return last - abs(last - abs(index))


def _nearest(index: Any, size: int) -> Any:
    last = size - 1
    return (abs(index) - abs(index - last) + last) // 2


def _wrapped(index: Any, size: int) -> Any:
    return index % size


def _mirrored(index: Any, size: int) -> Any:
    last = size - 1
    inner = last - _from_edge(index)
    return last - _from_edge(inner)


def _from_edge(index: Any) -> Any:
    """How far from the edge a cell stands that is `index` cells behind it: 0 1 2 ..., and 0 1 2 ... from -1 on."""
    return abs(2 * index + 1) // 2


PADDING_MODES = {
    mode.name: mode
    for mode in (
        #           name         cell        excess torch_layer       torch_pad    onnx        numpy      opencv
        PaddingMode("zeros",     _zero,      None, "ZeroPad",        "constant",  "constant", "constant", "BORDER_CONSTANT"),
        PaddingMode("reflect",   _reflected, -1,   "ReflectionPad",  "reflect",   "reflect",  "reflect",  "BORDER_REFLECT_101"),
        PaddingMode("replicate", _nearest,   None, "ReplicationPad", "replicate", "edge",     "edge",     "BORDER_REPLICATE"),
        PaddingMode("circular",  _wrapped,   0,    "CircularPad",    "circular",  "wrap",     "wrap",     "BORDER_WRAP"),
        PaddingMode("symmetric", _mirrored,  0,    None,             None,        None,       "symmetric", "BORDER_REFLECT"),
    )
}  # fmt: skip
TORCH_PADDING_MODES = tuple(mode.name for mode in PADDING_MODES.values() if mode.torch_pad)


def padded_cell(index: Integers, size: int, mode: str) -> Integers:
    """The cell that stands at a padded index, which counts from the first real cell; `size` is the zero cell.

    The same expression serves one integer and an array of them.

        zeros      0 0 [1 2 3 4] 0 0        reflect    3 2 [1 2 3 4] 3 2
        replicate  1 1 [1 2 3 4] 4 4        circular   3 4 [1 2 3 4] 1 2
        symmetric  2 1 [1 2 3 4] 4 3

    >>> [padded_cell(index, 4, "reflect") for index in range(-2, 6)]
    [2, 1, 0, 1, 2, 3, 2, 1]
    """
    return PADDING_MODES[mode].cell(index, size)  # type: ignore[no-any-return]


def check_padding_limit(pad: Pad, size: int, mode: str, axis: str) -> None:
    """Check that `size` cells are enough for the mode to fill `pad`.

    Raises ConvError otherwise: reflect needs pad < size, circular and symmetric pad <= size.
    Source: torch.nn.functional.pad; tf.pad for symmetric.
    """
    largest = PADDING_MODES[mode].largest_pad(size)
    if largest is None or max(pad) <= largest:
        return
    limit = (
        f"at most the input size {size}"
        if largest == size
        else f"smaller than the input size {size}"
    )
    raise ConvError(
        f"padding.{mode}",
        f"{mode} padding must be {limit}",
        parameter="padding",
        got=max(pad),
        axis=axis,
        hint="Try `padding_mode` replicate.",
    )
