"""Operators of TensorFlow Lite, by the names of its schema.

W is taken as TensorFlow has it: HWIO, HWIM, HWOI. A .tflite file stores OHWI, 1HW(I*M) and OHWI.
"""

from __future__ import annotations

from collections.abc import Callable

from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolKind, PoolRule
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import Padding, same_upper, valid
from convcli.inputs.frameworks.signatures import Operator
from convcli.inputs.frameworks.tensorflow import transposed_padding

_NAMED: dict[str, Padding] = {"SAME": same_upper, "VALID": valid}


def _pair(arguments: Arguments, both: str, height: str, width: str) -> tuple[int, int]:
    """One number for each axis: of `strides`, or of stride_h and stride_w."""
    if height in arguments.written or width in arguments.written:
        return arguments.integer(height), arguments.integer(width)
    first, second = arguments.spatial(both, 2)
    return first, second


def _read(arguments: Arguments, weight: str, stored: str, multiplier: int | None) -> ForeignLayer:
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        Orders("N*C", weight),
        2,
        arguments={
            "stride": _pair(arguments, "strides", "stride_h", "stride_w"),
            "dilation": _pair(
                arguments, "dilations", "dilation_h_factor", "dilation_w_factor"
            ),
            "bias": False,
        },
        padding=_NAMED[arguments.word("padding", tuple(_NAMED))],
        multiplier=multiplier,
        groups_by_weight=multiplier is None,
        remarks=(("stored", {"stored": stored, "ours": weight.replace("*", "HW")}),),
    )  # fmt: skip


def _convolution(arguments: Arguments) -> ForeignLayer:
    return _read(arguments, "*IO", "OHWI", None)


def _depthwise(arguments: Arguments) -> ForeignLayer:
    return _read(arguments, "*IM", "1HW(I*M)", arguments.integer("depth_multiplier", 0))


def _transposed(arguments: Arguments) -> ForeignLayer:
    output = arguments.integers("output_shape")
    if not isinstance(output, tuple) or len(output) not in (2, 4):
        raise arguments.wrong("output_shape", "must be 4 integers, of NHWC")
    word = arguments.word("padding", tuple(_NAMED))
    window = {"stride": _pair(arguments, "strides", "stride_h", "stride_w"), "bias": False}
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        Orders("N*C", "*OI"),
        2,
        transposed=True,
        arguments=window | ({"out_channels": output[-1]} if len(output) == 4 else {}),
        padding=transposed_padding(arguments, word, output[-3:-1] if len(output) == 4 else output),
        remarks=(("stored", {"stored": "OHWI", "ours": "HWOI"}),),
    )


def _pool(kind: PoolKind) -> Callable[[Arguments], ForeignLayer]:
    def read(arguments: Arguments) -> ForeignLayer:
        window = {
            "kernel_size": _pair(arguments, "filter", "filter_height", "filter_width"),
            "stride": _pair(arguments, "strides", "stride_h", "stride_w"),
        }
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            Orders("N*C"),
            2,
            "pool",
            arguments=window,
            padding=_NAMED[arguments.word("padding", tuple(_NAMED))],
            pool=PoolRule(kind),
        )

    return read


_STRIDES = "strides=1 * stride_h=1 stride_w=1 padding='SAME' fused_activation_function~ "
_CONV = _STRIDES + "dilations=1 dilation_h_factor=1 dilation_w_factor=1"
_POOL = "filter=2 strides=1 padding='SAME' * filter_height=1 filter_width=1 stride_h=1 stride_w=1"
OPERATORS = {
    "CONV_2D": Operator(_CONV, _convolution),
    "DEPTHWISE_CONV_2D": Operator(_CONV + " depth_multiplier=0", _depthwise),
    "TRANSPOSE_CONV": Operator("output_shape " + _STRIDES, _transposed),
    "MAX_POOL_2D": Operator(_POOL, _pool("max")),
    "AVERAGE_POOL_2D": Operator(_POOL, _pool("avg")),
}
