"""NumPy: convolve, correlate and pad.

convolve flips the kernel, correlate does not. `same` has the size of the longer array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.errors import shortened
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import Fill, ForeignLayer
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.overlaps import Part, full, padding_of, valid
from convcli.inputs.frameworks.padding import Ends, explicit
from convcli.inputs.frameworks.signatures import Operator

FILLS = ("linear_ramp", "maximum", "mean", "median", "minimum")
WORDS = {  # the arguments of a mode
    "constant": ("constant_values",), "linear_ramp": ("end_values",),
    "reflect": ("reflect_type",), "symmetric": ("reflect_type",),
    **dict.fromkeys(("maximum", "mean", "median", "minimum"), ("stat_length",)),
}  # fmt: skip
MODES = ("full", "same", "valid")
PADDING_MODES = {
    "constant": "zeros", "edge": "replicate", "reflect": "reflect", "symmetric": "symmetric",
    "wrap": "circular",
}  # fmt: skip


def _same(size: int, taps: int) -> Part:
    return Part((min(size, taps) - 1) // 2, max(size, taps))


def _correlated_same(size: int, taps: int) -> Part:
    """NumPy exchanges the arrays where the kernel is the longer one, and reverses the result."""
    start = size // 2 if taps > size else (taps - 1) // 2
    return Part(start, max(size, taps))


def _convolution(arguments: Arguments) -> ForeignLayer:
    flips = arguments.operator == "convolve"
    same = _same if flips else _correlated_same
    part = {"full": full, "same": same, "valid": valid}[arguments.word("mode", MODES)]
    return ForeignLayer(
        "NumPy",
        arguments.call,
        Orders("*", "*", flips=flips),
        rank=1,
        arguments={"bias": False},
        padding=padding_of(part),
        remarks=(("same_longer", {}),) if part is same else (),
    )


def _pad(arguments: Arguments) -> ForeignLayer:
    mode = arguments.word("mode", (*PADDING_MODES, *FILLS))
    pairs = _pairs(arguments)
    return ForeignLayer(
        "NumPy",
        arguments.call,
        Orders("*"),
        rank=None if len(pairs) == 1 else len(pairs),
        kind="pad",
        arguments={"padding_mode": PADDING_MODES.get(mode, "zeros")},
        padding=explicit(pairs),
        has_limits=False,
        fill=_fill(arguments, mode),
    )


def _pairs(arguments: Arguments) -> list[Ends]:
    """pad_width: one number, both ends of every axis, or both ends of each."""
    width = arguments["pad_width"]
    if isinstance(width, int):
        return [(width, width)]
    if isinstance(width, tuple) and len(width) == 2 and all(isinstance(end, int) for end in width):
        return [(width[0], width[1])]
    return arguments.pairs("pad_width")


def _fill(arguments: Arguments, mode: str) -> Fill | None:
    """NumPy's own padding, where it is no copy of cells, or other numbers than zeros."""
    given = {
        name: arguments[name] for name in WORDS.get(mode, ()) if arguments.get(name) is not None
    }
    if mode in PADDING_MODES and not given:
        return None

    def fill(array: Any, pads: Sequence[Ends]) -> Any:
        import numpy as np

        beside = [(0, 0)] * (array.ndim - len(pads))
        try:
            return np.pad(array, [*beside, *pads], mode, **given)  # type: ignore[call-overload]
        except (TypeError, ValueError) as error:
            reason = shortened(str(error))
            raise arguments.refused("it says: {said}", said=reason) from None

    return fill


OPERATORS = {
    "convolve": Operator("a* v* mode='full'", _convolution),
    "correlate": Operator("a* v* mode='valid'", _convolution),
    "pad": Operator(
        "array* pad_width mode='constant' stat_length=None constant_values=None end_values=None "
        "reflect_type=None",
        _pad,
    ),
}
