"""MATLAB: conv, conv2 and filter2.

conv and conv2 flip the kernel, filter2 does not. `same` has the size of the first array, and its
middle is one entry later than NumPy's where the kernel is even.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.geometry.axis import Axis
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.overlaps import Part, full, padding_of
from convcli.inputs.frameworks.padding import Ends, Padding
from convcli.inputs.frameworks.signatures import Operator

SHAPES = ("full", "same", "valid")


def _same(size: int, taps: int) -> Part:
    return Part(taps // 2, size)


def _valid(arguments: Arguments) -> Padding:
    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> Sequence[Ends]:
        for axis, size in zip(axes, sizes, strict=True):
            if axis.kernel_size > size:
                reason = "the kernel is larger than the array, so that its result is empty"
                raise arguments.unsupported(reason)
        return ((0, 0),) * len(axes)

    return padding


def _convolution(arguments: Arguments) -> ForeignLayer:
    shape = arguments.word("shape", SHAPES, any_case=True)
    parts = {"full": padding_of(full), "same": padding_of(_same), "valid": _valid(arguments)}
    is_filter = arguments.operator == "filter2"
    return ForeignLayer(
        "MATLAB",
        arguments.call,
        Orders("*", "*", flips=not is_filter),
        rank=1 if arguments.operator == "conv" else 2,
        arguments={"bias": False},
        padding=parts[shape],
    )


OPERATORS = {
    "conv": Operator("u* v* shape='full'", _convolution),
    "conv2": Operator("A* B* shape='full'", _convolution),
    "filter2": Operator("H* X* shape='same'", _convolution),
}
