"""NumPy: convolve, correlate and pad.

convolve flips the kernel, correlate does not. `same` has the size of the longer array.
"""

from __future__ import annotations

from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.overlaps import Part, full, padding_of, valid
from convcli.inputs.frameworks.padding import explicit
from convcli.inputs.frameworks.signatures import Operator

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
    mode = arguments.word("mode", tuple(PADDING_MODES))
    if arguments.get("constant_values", 0) not in (0, (0, 0)):
        raise arguments.unsupported("constant_values other than 0 are no padding of a layer")
    if arguments.get("reflect_type", "even") != "even":
        raise arguments.unsupported("reflect_type odd makes numbers that are not in the input")
    width = arguments["pad_width"]
    pairs = [(width, width)] if isinstance(width, int) else None
    if pairs is None and len(width) == 2 and all(isinstance(end, int) for end in width):
        pairs = [(width[0], width[1])]
    pairs = arguments.pairs("pad_width") if pairs is None else pairs
    return ForeignLayer(
        "NumPy",
        arguments.call,
        Orders("*"),
        rank=None if len(pairs) == 1 else len(pairs),
        kind="pad",
        arguments={"padding_mode": PADDING_MODES[mode]},
        padding=explicit(pairs),
    )


OPERATORS = {
    "convolve": Operator("a* v* mode='full'", _convolution),
    "correlate": Operator("a* v* mode='valid'", _convolution),
    "pad": Operator(
        "array* pad_width mode='constant' stat_length~ constant_values=0 end_values~ "
        "reflect_type='even'",
        _pad,
    ),
}
