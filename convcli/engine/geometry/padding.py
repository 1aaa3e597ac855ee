"""Padding: what stands around the cells of an axis, and the one table of the padding modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from convcli.errors import ConvError
from convcli.suggestions import did_you_mean, either

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


class PaddingMode(NamedTuple):
    """What stands at padded indices, and its name in other libraries; None: they lack it.

    `cell` maps a padded index and the number of real cells to a cell; it takes one integer or an
    array of them. Every mode but `zeros` must copy real cells, 0..size - 1; `zeros` reads the zero
    cell. Between its turns and jumps the map ascends, descends or repeats one cell. `excess` is the
    most by which a pad may exceed the number of cells, so a limit is the size plus a constant; None
    means no limit. `numpy` is never None: tests and `--check` pad with NumPy.
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
        """The largest pad that one side of `size` cells can have; None without a limit."""
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
    """The distance of an index from the edge between -1 and 0: 2 1 0 [0 1 2 of -3 ... 2."""
    return abs(2 * index + 1) // 2


_MODES = (
    PaddingMode(
        "zeros", _zero, excess=None, torch_layer="ZeroPad", torch_pad="constant",
        onnx="constant", numpy="constant", opencv="BORDER_CONSTANT",
    ),
    PaddingMode(
        "reflect", _reflected, excess=-1, torch_layer="ReflectionPad", torch_pad="reflect",
        onnx="reflect", numpy="reflect", opencv="BORDER_REFLECT_101",
    ),
    PaddingMode(
        "replicate", _nearest, excess=None, torch_layer="ReplicationPad", torch_pad="replicate",
        onnx="edge", numpy="edge", opencv="BORDER_REPLICATE",
    ),
    PaddingMode(
        "circular", _wrapped, excess=0, torch_layer="CircularPad", torch_pad="circular",
        onnx="wrap", numpy="wrap", opencv="BORDER_WRAP",
    ),
    PaddingMode(
        "symmetric", _mirrored, excess=0, torch_layer=None, torch_pad=None,
        onnx=None, numpy="symmetric", opencv="BORDER_REFLECT",
    ),
)  # fmt: skip
PADDING_MODES = {mode.name: mode for mode in _MODES}
TORCH_PADDING_MODES = tuple(mode.name for mode in PADDING_MODES.values() if mode.torch_pad)


def padded_cell(index: Integers, size: int, mode: str) -> Integers:
    """The cell at a padded index, counted from the first real cell; `size` is the zero cell.

    The same expression serves one integer and an array of them.

        zeros      0 0 [1 2 3 4] 0 0        reflect    3 2 [1 2 3 4] 3 2
        replicate  1 1 [1 2 3 4] 4 4        circular   3 4 [1 2 3 4] 1 2
        symmetric  2 1 [1 2 3 4] 4 3

    >>> [padded_cell(index, 4, "reflect") for index in range(-2, 6)]
    [2, 1, 0, 1, 2, 3, 2, 1]
    """
    return PADDING_MODES[mode].cell(index, size)  # type: ignore[no-any-return]


def check_padding_mode(mode: object) -> PaddingMode:
    """The padding mode of this name. Raises ConvError if there is none."""
    if not isinstance(mode, str) or mode not in PADDING_MODES:
        rule = f"must be one of {', '.join(PADDING_MODES)}"
        hint = _mode_hint(mode) if isinstance(mode, str) else None
        raise ConvError("padding_mode.name", rule, parameter="padding_mode", got=mode, hint=hint)
    return PADDING_MODES[mode]


def _mode_hint(name: str) -> str | None:
    """The mode that another library calls so, or the closest name."""
    word = name.lower()
    for mode in PADDING_MODES.values():
        others = {"NumPy": mode.numpy, "ONNX": mode.onnx, "OpenCV": mode.opencv}
        of = [library for library, other in others.items() if word == (other or "").lower()]
        if of and word != mode.name:
            return f"{either(of)} calls {mode.name} so: try `padding_mode` {mode.name}."
    return did_you_mean(name, PADDING_MODES)


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
