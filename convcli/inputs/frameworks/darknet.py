"""Darknet: the sections [convolutional] and [maxpool] of a cfg file.

X is NC*, weights are OI*. pad=1 pads size//2 on each side, and padding counts only without it.
[maxpool] pads size - 1 cells in all, of which the smaller half lies before.
"""

from __future__ import annotations

from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolRule
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import explicit, halves
from convcli.inputs.frameworks.signatures import Operator

ACTIVATIONS = ("linear", "none")


def _convolution(arguments: Arguments) -> ForeignLayer:
    size = arguments.integer("size")
    pad = size // 2 if arguments.flag("pad") else arguments.integer("padding", 0)
    own = {
        "kernel_size": (size, size),
        "stride": _strides(arguments),
        "dilation": arguments.per_axis("dilation", 2),
        "groups": arguments.integer("groups"),
        "bias": not arguments.flag("batch_normalize"),
    }
    if arguments.get("filters") is not None:
        own["out_channels"] = arguments.integer("filters")
    activation = arguments.get("activation")
    return ForeignLayer(
        "Darknet",
        arguments.call,
        Orders("NC*", "OI*"),
        rank=2,
        arguments=own,
        padding=explicit([(pad, pad)]),
        activation=activation if activation not in ACTIVATIONS else None,
    )


def _strides(arguments: Arguments) -> tuple[int, int]:
    """The stride of H and of W: stride_y and stride_x, or stride of both."""
    down, across = arguments.per_axis("stride", 2)
    if arguments.get("stride_y") is not None:
        down = arguments.integer("stride_y")
    if arguments.get("stride_x") is not None:
        across = arguments.integer("stride_x")
    return down, across


def _pool(arguments: Arguments) -> ForeignLayer:
    stride = _strides(arguments)
    size = stride[0] if arguments.get("size") is None else arguments.integer("size")
    total = size - 1
    if arguments.get("padding") is not None:
        total = arguments.integer("padding", 0)
    return ForeignLayer(
        "Darknet",
        arguments.call,
        Orders("NC*"),
        rank=2,
        kind="pool",
        arguments={"kernel_size": (size, size), "stride": stride},
        padding=explicit([halves(total)]),
        pool=PoolRule("max", "floor"),
    )


OPERATORS = {
    "convolutional": Operator(
        "filters=None size=1 stride=1 pad=0 padding=0 groups=1 dilation=1 activation=None "
        "batch_normalize=0 stride_x=None stride_y=None",
        _convolution,
    ),
    "maxpool": Operator("size=None stride=1 padding=None stride_x=None stride_y=None", _pool),
}
