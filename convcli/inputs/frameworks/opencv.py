"""OpenCV: filter2D, sepFilter2D and copyMakeBorder.

The kernel is not flipped. It is applied to each channel by itself; the anchor is (x, y), and stands
at the middle, k//2, where it is not written.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import Ends, Padding, explicit
from convcli.inputs.frameworks.signatures import Operator

BORDERS = {
    "BORDER_CONSTANT": "zeros", "BORDER_REPLICATE": "replicate", "BORDER_REFLECT": "symmetric",
    "BORDER_WRAP": "circular", "BORDER_REFLECT_101": "reflect", "BORDER_REFLECT101": "reflect",
    "BORDER_DEFAULT": "reflect",
}  # fmt: skip
NUMBERS = (
    "BORDER_CONSTANT", "BORDER_REPLICATE", "BORDER_REFLECT", "BORDER_WRAP", "BORDER_REFLECT_101",
)  # fmt: skip


def _border(arguments: Arguments) -> str:
    """The padding mode of a border type, which is a name or OpenCV's number."""
    value = arguments["borderType"]
    if isinstance(value, int) and value in range(len(NUMBERS)):
        value = NUMBERS[value]
    elif isinstance(value, str) and f"BORDER_{value}" in BORDERS:
        value = f"BORDER_{value}"
    else:
        value = arguments.word("borderType", tuple(BORDERS))
    return BORDERS[value]


def _filter(arguments: Arguments) -> ForeignLayer:
    mode = _border(arguments)
    if mode == "circular":
        raise arguments.refused("BORDER_WRAP is for copyMakeBorder alone")
    if arguments.get("delta", 0) != 0:
        raise arguments.unsupported("delta is added to every output; convcli has it as a bias")
    if arguments.get("ddepth", -1) != -1 and not isinstance(arguments["ddepth"], str):
        raise arguments.wrong("ddepth", "must be -1, or a name like CV_32F")
    return ForeignLayer(
        "OpenCV",
        arguments.call,
        Orders("*C", "*"),
        rank=2,
        arguments={"bias": False, "padding_mode": mode},
        padding=_anchored(arguments),
        multiplier=1,
        stores="saturates" if arguments.get("ddepth", -1) == -1 else None,
        has_limits=False,
    )


def _anchored(arguments: Arguments) -> Padding:
    """The anchor of the kernel on each cell."""
    anchor = arguments.integers("anchor", -1)
    if not isinstance(anchor, tuple) or len(anchor) != 2:
        raise arguments.wrong("anchor", "must be a pair, (x, y)")

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        ends = []
        for axis, at in zip(axes, reversed(anchor), strict=True):
            taps = axis.kernel_size
            before = taps // 2 if at == -1 else at
            if before >= taps:
                raise arguments.refused(f"the anchor must lie within the kernel of {taps} taps")
            ends.append((before, taps - 1 - before))
        return tuple(ends)

    return padding


def _make_border(arguments: Arguments) -> ForeignLayer:
    mode = _border(arguments)
    if arguments.get("value", 0) not in (0, (0, 0, 0), (0, 0, 0, 0)) and mode == "zeros":
        raise arguments.unsupported("a value other than 0 is no padding of a layer")
    top, bottom, left, right = (
        arguments.integer(name, 0) for name in ("top", "bottom", "left", "right")
    )
    return ForeignLayer(
        "OpenCV",
        arguments.call,
        Orders("*C"),
        rank=2,
        kind="pad",
        arguments={"padding_mode": mode},
        padding=explicit([(top, bottom), (left, right)]),
        has_limits=False,
    )


_FILTER = "anchor=(-1,-1) delta=0 borderType='BORDER_DEFAULT'"
OPERATORS = {
    "filter2D": Operator(f"src* ddepth=-1 kernel* dst~ {_FILTER}", _filter),
    "sepFilter2D": Operator(f"src* ddepth=-1 kernelX* kernelY* dst~ {_FILTER}", _filter),
    "copyMakeBorder": Operator(
        "src* top=0 bottom=0 left=0 right=0 borderType='BORDER_CONSTANT' dst~ value=0",
        _make_border,
    ),
}
