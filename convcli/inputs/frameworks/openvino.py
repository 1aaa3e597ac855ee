"""OpenVINO: Convolution, ConvolutionBackpropData, MaxPool, AvgPool and Pad.

X is NC*, weights are OI*, IO* of ConvolutionBackpropData. same_upper and same_lower take stride and
dilation; of ConvolutionBackpropData they crop nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolRule, Remark
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import (
    Ends,
    Padding,
    explicit,
    same_lower,
    same_upper,
    valid,
)
from convcli.inputs.frameworks.signatures import Operator
from convcli.inputs.text.layouts import AxisOrder, Layouts

PADDINGS = {"same_upper": same_upper, "same_lower": same_lower, "valid": valid}
ROUNDINGS = {"floor": "floor", "ceil": "ceil_any", "ceil_torch": "ceil"}
MODES = {"constant": "zeros", "edge": "replicate", "reflect": "reflect", "symmetric": "symmetric"}


@dataclass(frozen=True)
class _GroupedOrder(AxisOrder):
    """A weight (G, O/G, I/G, *kernel)."""

    channels: int = 1

    def to_torch(self, shape: Sequence[int]) -> tuple[tuple[int, ...], Shape]:
        """The axes as they are, and the shape (O, I/G, *kernel)."""
        if len(shape) != len(self.letters):
            return AxisOrder(self.torch, self.torch, self.name).to_torch(shape)
        groups, outside, *rest = shape
        return tuple(range(len(shape))), Shape((groups * outside, *rest))

    def from_torch(self, shape: Sequence[int]) -> tuple[Shape, tuple[int, ...]]:
        """The shape (G, O/G, I/G, *kernel), and the axes as they are."""
        groups = max(self.channels // max(shape[1], 1), 1)
        kept = Shape((groups, shape[0] // groups, *shape[1:]))
        return kept, tuple(range(len(kept)))


@dataclass(frozen=True)
class _Grouped(Orders):
    """The layouts of GroupConvolution."""

    def layouts(self, rank: int, *, transposed: bool = False, channels: int = 1) -> Layouts:
        """The orders of the axes, the weight's with its groups in front."""
        layouts = super().layouts(rank, transposed=transposed, channels=channels)
        spatial = self.spatial(rank)
        order = _GroupedOrder(f"GOI{spatial}", f"OI{spatial}", "W", channels=channels)
        return replace(layouts, weight=order)


def _padding(arguments: Arguments) -> tuple[Padding, int | None]:
    """The padding, and the number of axes that its numbers have."""
    word = arguments.word("auto_pad", ("explicit", "notset", *PADDINGS), any_case=True)
    if word in PADDINGS:
        return PADDINGS[word], None
    if arguments.get("pad") is not None:
        pad = arguments.integers("pad", 0)
        begin = end = (pad,) if isinstance(pad, int) else pad
    else:
        begin, end = (_numbers(arguments, name) for name in ("pads_begin", "pads_end"))
    if 1 not in (len(begin), len(end)) and len(begin) != len(end):
        raise arguments.wrong("pads_end", f"must be {len(begin)} numbers, like pads_begin")
    count = max(len(begin), len(end))
    begin, end = (side * count if len(side) == 1 else side for side in (begin, end))
    pairs: list[Ends] = list(zip(begin, end, strict=True))
    return explicit(pairs), count if count > 1 else None


def _numbers(arguments: Arguments, name: str) -> tuple[int, ...]:
    numbers = arguments.integers(name, None)
    return (numbers,) if isinstance(numbers, int) else numbers


def _window(arguments: Arguments, names: dict[str, str]) -> tuple[dict[str, Any], int | None]:
    """The numbers of the axes, by torch's names, and how many axes they have."""
    window: dict[str, Any] = {}
    rank = None
    for name, torch in names.items():
        if arguments.get(name) is None:
            continue
        numbers = _numbers(arguments, name)
        if len(numbers) > 1:
            rank = len(numbers)
        window.setdefault(torch, numbers[0] if len(numbers) == 1 else numbers)
    return window, rank


def _convolution(arguments: Arguments) -> ForeignLayer:
    transposed = "ackprop" in arguments.operator
    padding, rank = _padding(arguments)
    window, also = _window(arguments, {"strides": "stride", "dilations": "dilation"})
    remarks: list[Remark] = []
    if transposed:
        if arguments.get("output_shape") is not None:
            raise arguments.unsupported("write pads_begin and pads_end in place of output_shape")
        if padding in (same_upper, same_lower):
            padding = valid
            remarks.append(("openvino_same", {}))
        padding = _kept(arguments, padding)
    is_grouped = "roup" in arguments.operator
    orders = Orders("NC*", "IO*" if transposed else "OI*")
    return ForeignLayer(
        "OpenVINO",
        arguments.call,
        _Grouped("NC*", "GOI*") if is_grouped else orders,
        rank=rank or also,
        transposed=transposed,
        arguments=window | {"bias": False},
        padding=padding,
        groups_by_weight=is_grouped,
        remarks=tuple(remarks),
    )


def _kept(arguments: Arguments, padding: Padding) -> Padding:
    """The crop less output_padding, which keeps cells after."""
    return lambda axes, sizes: tuple(
        (before, after - kept)
        for (before, after), kept in zip(
            padding(axes, sizes),
            arguments.per_axis("output_padding", len(axes), least=0),
            strict=True,
        )
    )


def _pool(arguments: Arguments) -> ForeignLayer:
    kind = "avg" if "avg" in arguments.operator.lower() else "max"
    padding, rank = _padding(arguments)
    names = {
        "kernel_shape": "kernel_size", "kernel": "kernel_size", "strides": "stride",
        "stride": "stride", "dilations": "dilation",
    }  # fmt: skip
    window, also = _window(arguments, names)
    if "kernel_size" not in window:
        raise arguments.wrong("kernel_shape", "must be an integer, or a tuple of them")
    word = arguments.word("rounding_type", tuple(ROUNDINGS), any_case=True)
    counts = kind == "avg" and not arguments.flag("exclude_pad", False)
    return ForeignLayer(
        "OpenVINO",
        arguments.call,
        Orders("NC*"),
        rank=rank or also,
        kind="pool",
        arguments=window,
        padding=padding,
        pool=PoolRule(kind, ROUNDINGS[word], counts_padding=counts),  # type: ignore[arg-type]
    )


def _pad(arguments: Arguments) -> ForeignLayer:
    mode = arguments.word("pad_mode", tuple(MODES), any_case=True)
    if arguments.get("arg_pad_value", 0) != 0 and mode == "constant":
        raise arguments.unsupported("an arg_pad_value other than 0 is no padding of a layer")
    begin, end = (_numbers(arguments, name) for name in ("pads_begin", "pads_end"))
    if len(begin) != len(end) or not 3 <= len(begin) <= 5:
        raise arguments.wrong("pads_end", "must have one number for each axis of X")
    if any((*begin[:2], *end[:2])):
        raise arguments.unsupported("padding of the batch and of the channels must be 0")
    return ForeignLayer(
        "OpenVINO",
        arguments.call,
        Orders("NC*"),
        rank=len(begin) - 2,
        kind="pad",
        arguments={"padding_mode": MODES[mode]},
        padding=explicit(list(zip(begin[2:], end[2:], strict=True))),
    )


_WINDOW = "strides=1 pads_begin=0 pads_end=0 dilations=1 auto_pad='explicit' pad=None"
_POOL = (
    "kernel_shape=None rounding_type='floor' auto_pad='explicit' kernel=None stride=None pad=None"
)
_MAX = f"data* strides=None dilations=1 pads_begin=0 pads_end=0 {_POOL} index_element_type~ axis~"
_AVG = f"data* strides=None pads_begin=0 pads_end=0 exclude_pad=False {_POOL}"
_BACK = (
    "data* filters* strides=1 output_shape=None pads_begin=0 pads_end=0 dilations=1 "
    "auto_pad='explicit' output_padding=0 pad=None"
)
OPERATORS = {
    "Convolution": Operator(f"data* filters* {_WINDOW}", _convolution),
    "GroupConvolution": Operator(f"data* filters* {_WINDOW}", _convolution),
    "ConvolutionBackpropData": Operator(_BACK, _convolution),
    "MaxPool": Operator(_MAX, _pool),
    "AvgPool": Operator(_AVG, _pool),
    "Pad": Operator("arg* pads_begin pads_end pad_mode='constant' arg_pad_value=0", _pad),
}
OPERATORS |= {
    name: OPERATORS[of]
    for name, of in (
        ("convolution", "Convolution"), ("group_convolution", "GroupConvolution"),
        ("convolution_backprop_data", "ConvolutionBackpropData"),
        ("max_pool", "MaxPool"), ("avg_pool", "AvgPool"), ("pad", "Pad"),
    )
}  # fmt: skip
