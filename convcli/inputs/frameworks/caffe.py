"""Caffe: Convolution, Deconvolution and Pooling, as OpenCV imports them.

X is NC*, weights are OI*, IO* of Deconvolution. Pooling rounds its size up, and where it pads, its
last window must start inside.
"""

from __future__ import annotations

from typing import Any

from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolRule
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import Padding, explicit
from convcli.inputs.frameworks.signatures import Operator


def _pair(arguments: Arguments, name: str, sides: tuple[str, str], least: int) -> tuple[int, int]:
    """The number of H and of W: `kernel_h` and `kernel_w`, or `kernel_size` of both."""
    if any(arguments.get(side) is not None for side in sides):
        return arguments.integer(sides[0], least), arguments.integer(sides[1], least)
    height, width = arguments.per_axis(name, 2, least=least)
    return height, width


def _window(arguments: Arguments) -> tuple[dict[str, Any], Padding]:
    window: dict[str, Any] = {"stride": _pair(arguments, "stride", ("stride_h", "stride_w"), 1)}
    if any(arguments.get(name) is not None for name in ("kernel_size", "kernel_h", "kernel_w")):
        window["kernel_size"] = _pair(arguments, "kernel_size", ("kernel_h", "kernel_w"), 1)
    pads = _pair(arguments, "pad", ("pad_h", "pad_w"), 0)
    return window, explicit([(pad, pad) for pad in pads])


def _convolution(arguments: Arguments) -> ForeignLayer:
    transposed = arguments.operator == "Deconvolution"
    window, padding = _window(arguments)
    if arguments.get("num_output") is not None:
        window["out_channels"] = arguments.integer("num_output")
    window |= {
        "dilation": arguments.per_axis("dilation", 2),
        "groups": arguments.integer("group"),
        "bias": arguments.flag("bias_term", True),
    }
    return ForeignLayer(
        "Caffe",
        arguments.call,
        Orders("NC*", "IO*" if transposed else "OI*"),
        rank=2,
        transposed=transposed,
        arguments=window,
        padding=padding,
    )


def _pool(arguments: Arguments) -> ForeignLayer:
    kind = arguments.word("pool", ("MAX", "AVE"), any_case=True)
    window, padding = _window(arguments)
    if "kernel_size" not in window:
        raise arguments.wrong("kernel_size", "must be an integer, or kernel_h and kernel_w")
    mode = arguments.get("round_mode", "CEIL")
    rounds_down = isinstance(mode, str) and mode.upper().startswith("FLOOR")
    return ForeignLayer(
        "Caffe",
        arguments.call,
        Orders("NC*"),
        rank=2,
        kind="pool",
        arguments=window,
        padding=padding,
        pool=PoolRule(
            "max" if kind == "MAX" else "avg",
            "floor" if rounds_down else "ceil_padded",
            counts_padding=True,
            needs_window=True,
            empty_is_zero=True,
        ),
    )


_WINDOW = (
    "kernel_size=None kernel_h=None kernel_w=None stride=1 stride_h=None stride_w=None "
    "pad=0 pad_h=None pad_w=None"
)
_CONV = (
    f"bottom* num_output=None {_WINDOW} dilation=1 group=1 bias_term=True weight_filler~ "
    "bias_filler~ engine~ axis~ param~"
)
OPERATORS = {
    "Convolution": Operator(_CONV, _convolution),
    "Deconvolution": Operator(_CONV, _convolution),
    "Pooling": Operator(f"bottom* pool='MAX' {_WINDOW} round_mode=None engine~", _pool),
}
