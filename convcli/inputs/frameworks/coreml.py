"""CoreML: conv, conv_transpose, max_pool and avg_pool of coremltools' builder.

X is NC*, weights are OI*, IO* of conv_transpose. pad counts only where pad_type is custom, and is
[before, after] of each axis. Shapes are those of coremltools; numbers need macOS, and follow the
documentation of the operators.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolRule, Remark
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import (
    Ends,
    Padding,
    cropped_to,
    explicit,
    same_lower,
    same_upper,
    valid,
)
from convcli.inputs.frameworks.signatures import Operator

PADDINGS = {"valid": valid, "same": same_upper, "same_lower": same_lower}


def _padding(arguments: Arguments) -> tuple[Padding, int | None]:
    """The padding, and the number of axes that its numbers have."""
    word = arguments.word("pad_type", (*PADDINGS, "custom"))
    if word != "custom":
        return PADDINGS[word], None
    numbers = 0 if arguments.get("pad") is None else arguments.integers("pad", 0)
    if isinstance(numbers, int):
        return explicit([(numbers, numbers)]), None
    if len(numbers) % 2 or len(numbers) > 6:
        raise arguments.refused("pad has two numbers for each axis, before and after")
    return explicit(list(zip(numbers[::2], numbers[1::2], strict=True))), len(numbers) // 2


def _window(arguments: Arguments, names: dict[str, str]) -> tuple[dict[str, Any], int | None]:
    window: dict[str, Any] = {}
    for name, torch in names.items():
        if arguments.get(name) is not None:
            value = arguments.integers(name)
            window[torch] = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    ranks = [arguments.rank_of(name) for name in names]
    return window, next((rank for rank in ranks if rank is not None), None)


def _convolution(arguments: Arguments) -> ForeignLayer:
    transposed = "transpose" in arguments.operator
    padding, rank = _padding(arguments)
    names = {"strides": "stride", "dilations": "dilation"}
    window, also = _window(arguments, names)
    window |= {"groups": arguments.integer("groups"), "bias": False}
    remarks: list[Remark] = []
    if transposed and arguments["pad_type"] == "same_lower":
        raise arguments.refused("conv_transpose has no pad_type same_lower")
    if transposed and arguments.get("output_shape") is not None:
        raise arguments.unsupported("write pad_type custom and pad in place of output_shape")
    if transposed and padding is same_upper:
        padding = _times_stride
        remarks.append(("coreml_crop", {}))
    if arguments.get("pad") is not None and arguments["pad_type"] != "custom":
        remarks.append(("coreml_pad", {}))
    return ForeignLayer(
        "CoreML",
        arguments.call,
        Orders("NC*", "IO*" if transposed else "OI*"),
        rank=rank or also,
        transposed=transposed,
        arguments=window,
        padding=padding,
        remarks=tuple(remarks),
    )


def _times_stride(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
    """The crop to size*stride cells, its larger half after."""
    return tuple(
        cropped_to(axis, size, size * axis.stride, lambda total: max(total, 0) // 2)
        for axis, size in zip(axes, sizes, strict=True)
    )


def _pool(arguments: Arguments) -> ForeignLayer:
    kind = "avg" if "avg" in arguments.operator else "max"
    padding, rank = _padding(arguments)
    window, also = _window(arguments, {"kernel_sizes": "kernel_size", "strides": "stride"})
    excludes = kind == "avg" and arguments.flag("exclude_padding_from_average")
    return ForeignLayer(
        "CoreML",
        arguments.call,
        Orders("NC*"),
        rank=rank or also,
        kind="pool",
        arguments=window,
        padding=padding,
        pool=PoolRule(
            kind,  # type: ignore[arg-type]
            "ceil_padded" if arguments.flag("ceil_mode") else "floor",
            counts_padding=kind == "avg" and not excludes,
        ),
    )


_CONV = "x* weight* bias* strides=1 pad_type='valid' pad=None dilations=1 groups=1"
_POOL = "x* kernel_sizes strides=1 pad_type='valid' pad=None ceil_mode=False"
OPERATORS = {
    "conv": Operator(_CONV, _convolution),
    "conv_transpose": Operator(f"{_CONV} output_shape=None", _convolution),
    "max_pool": Operator(_POOL, _pool),
    "avg_pool": Operator(f"{_POOL} exclude_padding_from_average=False", _pool),
}
