"""Paddle: conv1d to conv3d, transposed too, and pools; paddle.nn and paddle.nn.functional.

Weights are OIHW, IOHW of transposed layers, whatever data_format says of X. Padding `SAME` sets the
dilation to 1; of a transposed layer it crops what a convolution of that input would be padded by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolRule, Remark
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import Ends, Padding, explicit, same_upper, valid
from convcli.inputs.frameworks.signatures import Operator

SPATIAL = {1: "L", 2: "HW", 3: "DHW"}
MODES = ("zeros", "reflect", "replicate", "circular")


def _is_channels_last(arguments: Arguments, rank: int) -> bool:
    spatial = SPATIAL[rank]
    value = arguments.get("data_format", f"NC{spatial}")
    names = (f"NC{spatial}", f"N{spatial}C")
    if value not in names:
        arguments.word("data_format", names)
    return bool(value == names[1])


def _padding(arguments: Arguments, rank: int, *, is_last: bool) -> Padding:
    """`SAME`, `VALID`, one number, one for each axis, both ends of each, or pairs of all axes."""
    value = arguments["padding"]
    if isinstance(value, str):
        word = arguments.word("padding", ("SAME", "VALID"), any_case=True)
        return same_upper if word == "SAME" else valid
    if isinstance(value, tuple) and len(value) == rank + 2 and isinstance(value[0], tuple):
        pairs = arguments.pairs("padding", rank + 2)
        beside = (pairs[0], pairs[-1]) if is_last else (pairs[0], pairs[1])
        if beside != ((0, 0), (0, 0)):
            raise arguments.refused("padding of the batch and of the channels must be 0")
        return explicit(pairs[1:-1] if is_last else pairs[2:])
    numbers = arguments.integers("padding", 0)
    if isinstance(numbers, int):
        return explicit([(numbers, numbers)])
    if len(numbers) == 2 * rank:
        return explicit(list(zip(numbers[::2], numbers[1::2], strict=True)))
    if len(numbers) != rank:
        raise arguments.refused(f"padding has {len(numbers)} numbers, not {rank} or {2 * rank}")
    return explicit([(number, number) for number in numbers])


def _rank_of(arguments: Arguments) -> int:
    return next(int(letter) for letter in arguments.operator if letter in "123")


def _convolution(arguments: Arguments) -> ForeignLayer:
    rank, transposed = _rank_of(arguments), "ranspose" in arguments.operator
    is_last = _is_channels_last(arguments, rank)
    padding = _padding(arguments, rank, is_last=is_last)
    window: dict[str, Any] = {
        "stride": arguments.per_axis("stride", rank),
        "dilation": arguments.per_axis("dilation", rank),
        "groups": arguments.integer("groups"),
    }
    remarks: list[Remark] = []
    if padding is same_upper and any(dilation > 1 for dilation in window["dilation"]):
        window["dilation"] = (1,) * rank
        remarks.append(("paddle_dilation", {}))
    weight = "IO*" if transposed else "OI*"
    return ForeignLayer(
        "Paddle",
        arguments.call,
        Orders("N*C" if is_last else "NC*", weight),
        rank=rank,
        transposed=transposed,
        arguments=window | _of_class(arguments, rank, padding),
        padding=_kept(arguments, rank, padding) if transposed else padding,
        remarks=tuple(remarks),
    )


def _of_class(arguments: Arguments, rank: int, padding: Padding) -> dict[str, Any]:
    """The arguments that paddle.nn's classes have and its functions lack."""
    if "kernel_size" not in arguments.values:
        return {}
    mode = arguments.word("padding_mode", MODES) if "padding_mode" in arguments.values else MODES[0]
    value = arguments["padding"]
    if mode != "zeros" and not isinstance(value, (int, tuple)):
        raise arguments.refused(f"with padding_mode {mode}, padding must be numbers")
    return {
        "in_channels": arguments.integer("in_channels"),
        "out_channels": arguments.integer("out_channels"),
        "kernel_size": arguments.per_axis("kernel_size", rank),
        "bias": arguments.flag("bias", True) and arguments.get("bias_attr") is not False,
        "padding_mode": mode,
    }


def _kept(arguments: Arguments, rank: int, padding: Padding) -> Padding:
    """The crop of a transposed layer, less what output_padding or output_size keep of it."""
    more = arguments.per_axis("output_padding", rank, least=0)
    wanted = arguments.get("output_size")
    outputs = None if wanted is None else arguments.per_axis("output_size", rank)

    def crop(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        ends = []
        crops = padding(axes, sizes)
        for d, (axis, size, (before, after)) in enumerate(zip(axes, sizes, crops, strict=True)):
            kept = more[d]
            default = axis.cells_under(size) - before - after
            if outputs is not None:
                kept = outputs[d] - default
                if not 0 <= kept < axis.stride:
                    least, most = default, default + axis.stride - 1
                    reason = f"output_size must be {least} to {most}, and it is {outputs[d]}"
                    raise arguments.refused(reason)
            elif kept >= axis.stride:
                reason = f"output_padding {kept} must be smaller than the stride {axis.stride}"
                raise arguments.refused(reason)
            ends.append((before, after - kept))
        return tuple(ends)

    return crop


def _pool(arguments: Arguments) -> ForeignLayer:
    rank = _rank_of(arguments)
    is_last = _is_channels_last(arguments, rank)
    is_max = "max" in arguments.operator.lower()
    ceil_mode = arguments.flag("ceil_mode")
    padding = _padding(arguments, rank, is_last=is_last)
    if padding is valid and isinstance(arguments["padding"], str) and ceil_mode:
        raise arguments.refused("with padding VALID, ceil_mode must be False")
    kernel = arguments.per_axis("kernel_size", rank)
    stride = kernel if arguments.get("stride") is None else arguments.per_axis("stride", rank)
    if arguments.get("divisor_override") is not None:
        raise arguments.unsupported("divisor_override is no average of the window")
    return ForeignLayer(
        "Paddle",
        arguments.call,
        Orders("N*C" if is_last else "NC*"),
        rank=rank,
        kind="pool",
        arguments={"kernel_size": kernel, "stride": stride},
        padding=padding,
        pool=PoolRule(
            "max" if is_max else "avg",
            "ceil_any" if ceil_mode else "truncate",
            counts_padding=not is_max and not arguments.flag("exclusive", True),
        ),
    )


_CONV = "x* weight* bias* stride=1 padding=0 dilation=1 groups=1 data_format=None"
_CONV1 = "x* weight* bias* stride=1 padding=0 output_padding=0 groups=1 dilation=1 output_size=None"
_CONV2 = "x* weight* bias* stride=1 padding=0 output_padding=0 dilation=1 groups=1 output_size=None"
_CONV3 = "x* weight* bias* stride=1 padding=0 output_padding=0 groups=1 dilation=1 output_size=None"
_LAYER = (
    "in_channels out_channels kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True "
    "padding_mode='zeros' device~ dtype~ weight_attr~ bias_attr=None data_format=None"
)
_LAYER_TRANSPOSED = (
    "in_channels out_channels kernel_size stride=1 padding=0 output_padding=0 {order} "
    "weight_attr~ bias_attr=None data_format=None"
)
_ORDERS = {1: "groups=1 dilation=1", 2: "dilation=1 groups=1", 3: "dilation=1 groups=1"}
_POOL_MAX = "kernel_size stride=None padding=0 return_mask~ ceil_mode=False data_format=None"
_POOL_AVG1 = "kernel_size stride=None padding=0 exclusive=True ceil_mode=False data_format=None"
_POOL_AVG = (
    "kernel_size stride=None padding=0 ceil_mode=False exclusive=True divisor_override=None "
    "data_format=None"
)


def _operators() -> dict[str, Operator]:
    operators: dict[str, Operator] = {}
    for rank, transposed in ((1, _CONV1), (2, _CONV2), (3, _CONV3)):
        average = _POOL_AVG1 if rank == 1 else _POOL_AVG
        layer = _LAYER_TRANSPOSED.format(order=_ORDERS[rank])
        operators |= {
            f"functional.conv{rank}d": Operator(_CONV, _convolution),
            f"functional.conv{rank}d_transpose": Operator(
                f"{transposed} data_format=None", _convolution
            ),
            f"Conv{rank}D": Operator(_LAYER, _convolution),
            f"Conv{rank}DTranspose": Operator(layer, _convolution),
            f"functional.max_pool{rank}d": Operator(f"x* {_POOL_MAX}", _pool),
            f"functional.avg_pool{rank}d": Operator(f"x* {average}", _pool),
            f"MaxPool{rank}D": Operator(_POOL_MAX, _pool),
            f"AvgPool{rank}D": Operator(average, _pool),
        }
    return operators


OPERATORS = _operators()
