"""PyTorch's functions: conv1d to conv3d, conv_transpose1d to 3d, pools and pad of nn.functional.

Its classes, nn.Conv2d and so on, are layers by themselves; see `inputs/text/expressions.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolRule
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import Ends, Padding, explicit, same_upper, valid
from convcli.inputs.frameworks.signatures import Operator

MODES = {
    "constant": "zeros", "reflect": "reflect", "replicate": "replicate", "circular": "circular",
}  # fmt: skip


def _rank_of(arguments: Arguments) -> int:
    return int(arguments.operator[-2])


def _padding(arguments: Arguments, rank: int, stride: Sequence[int]) -> Padding:
    """`same`, `valid`, or one number for each axis, of both sides."""
    if isinstance(arguments["padding"], str):
        word = arguments.word("padding", ("same", "valid"))
        if word == "same" and any(step != 1 for step in stride):
            raise arguments.refused("padding same is for stride 1 alone")
        return same_upper if word == "same" else valid
    return explicit([(pad, pad) for pad in arguments.per_axis("padding", rank, least=0)])


def _convolution(arguments: Arguments) -> ForeignLayer:
    rank, transposed = _rank_of(arguments), "transpose" in arguments.operator
    stride = arguments.per_axis("stride", rank)
    own: dict[str, Any] = {
        "stride": stride,
        "dilation": arguments.per_axis("dilation", rank),
        "groups": arguments.integer("groups"),
        "bias": False,
    }
    if transposed:
        pads = arguments.per_axis("padding", rank, least=0)
        padding = _kept(arguments, explicit([(pad, pad) for pad in pads]))
    else:
        padding = _padding(arguments, rank, stride)
    return ForeignLayer(
        "PyTorch",
        arguments.call,
        Orders("NC*", "IO*" if transposed else "OI*"),
        rank=rank,
        transposed=transposed,
        arguments=own,
        padding=padding,
    )


def _kept(arguments: Arguments, padding: Padding) -> Padding:
    """The crop less output_padding, which keeps cells after."""

    def crop(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        more = arguments.per_axis("output_padding", len(axes), least=0)
        for axis, kept in zip(axes, more, strict=True):
            if kept >= max(axis.stride, axis.dilation):
                reason = (
                    f"output_padding {kept} must be smaller than the stride {axis.stride} "
                    f"or the dilation {axis.dilation}"
                )
                raise arguments.refused(reason)
        crops = padding(axes, sizes)
        return tuple((b, a - kept) for (b, a), kept in zip(crops, more, strict=True))

    return crop


def _on_large_inputs(arguments: Arguments, padding: Padding) -> Padding:
    """The padding of avg_pool3d, whose window is at most the input without it."""

    def pads(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        for axis, size in zip(axes, sizes, strict=True):
            if size < axis.kernel_size:
                reason = f"the window {axis.kernel_size} must be at most the input size {size}"
                raise arguments.refused(reason)
        return padding(axes, sizes)

    return pads


def _pool(arguments: Arguments) -> ForeignLayer:
    rank = _rank_of(arguments)
    is_max = arguments.operator.startswith("max")
    kernel = arguments.per_axis("kernel_size", rank)
    stride = kernel if arguments.get("stride") is None else arguments.per_axis("stride", rank)
    pads = arguments.per_axis("padding", rank, least=0)
    for taps, pad in zip(kernel, pads, strict=True):
        if pad > taps // 2:
            raise arguments.refused(f"padding {pad} must be at most half the window {taps}")
    if arguments.get("divisor_override") is not None:
        raise arguments.unsupported("divisor_override is no average of the window")
    padding = explicit([(pad, pad) for pad in pads])
    own: dict[str, Any] = {"kernel_size": kernel, "stride": stride}
    if is_max:
        own["dilation"] = arguments.per_axis("dilation", rank)
    return ForeignLayer(
        "PyTorch",
        arguments.call,
        Orders("NC*"),
        rank=rank,
        kind="pool",
        arguments=own,
        padding=padding if is_max or rank < 3 else _on_large_inputs(arguments, padding),
        pool=PoolRule(
            "max" if is_max else "avg",
            "ceil" if arguments.flag("ceil_mode") else "floor",
            counts_padding=not is_max and arguments.flag("count_include_pad", True),
        ),
    )


def _pad(arguments: Arguments) -> ForeignLayer:
    mode = arguments.word("mode", tuple(MODES))
    if arguments.get("value", 0) != 0 and mode == "constant":
        raise arguments.unsupported("a value other than 0 is no padding of a layer")
    numbers = arguments.integers("pad", None)
    if isinstance(numbers, int) or len(numbers) % 2 or len(numbers) > 6:
        raise arguments.wrong("pad", "must be 2, 4 or 6 numbers, those of the last axis first")
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))[::-1]
    return ForeignLayer(
        "PyTorch",
        arguments.call,
        Orders("NC*"),
        rank=len(pairs),
        kind="pad",
        arguments={"padding_mode": MODES[mode]},
        padding=explicit(pairs),
    )


_CONV = "input* weight* bias* stride=1 padding=0 dilation=1 groups=1"
_BACK = "input* weight* bias* stride=1 padding=0 output_padding=0 groups=1 dilation=1"
_MAX = "input* kernel_size stride=None padding=0 dilation=1 ceil_mode=False return_indices~"
_AVG = "input* kernel_size stride=None padding=0 ceil_mode=False count_include_pad=True"


def _operators() -> dict[str, Operator]:
    operators = {"pad": Operator("input* pad mode='constant' value=None", _pad)}
    for rank in (1, 2, 3):
        divided = "" if rank == 1 else " divisor_override=None"
        operators |= {
            f"conv{rank}d": Operator(_CONV, _convolution),
            f"conv_transpose{rank}d": Operator(_BACK, _convolution),
            f"max_pool{rank}d": Operator(_MAX, _pool),
            f"avg_pool{rank}d": Operator(_AVG + divided, _pool),
        }
    return operators


OPERATORS = _operators()
