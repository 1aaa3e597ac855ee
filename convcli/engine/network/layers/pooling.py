"""Pooling: max, average and power-average windows with ceil_mode, and adaptive windows."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.spec import Axis
from convcli.engine.geometry.tap_patterns import MOST_WINDOWS, Reading
from convcli.engine.network.layers.base import Layer, Readings, check_rank
from convcli.errors import ConvError


def pooled_size(axis: Axis, size: int, ceil_mode: bool, name: str = "L") -> int:
    """The cells that come out of pooling `size` cells.

        output = floor((size + before + after - extent)/stride) + 1
        with ceil_mode: ceil(...) + 1, one less where the last window would start behind the input and `before`

    Raises ConvError where nothing comes out. Source: torch.nn.MaxPool2d and pooling_output_shape in torch's Pool.h.

    >>> pooled_size(Axis(3, stride=2), 6, ceil_mode=True), pooled_size(Axis(3, stride=2), 6, ceil_mode=False)
    (3, 2)
    """
    room = size + sum(axis.pad) - axis.extent
    outputs = (-(-room // axis.stride) if ceil_mode else room // axis.stride) + 1
    if ceil_mode and (outputs - 1) * axis.stride >= size + axis.pad.before:
        outputs -= 1
    if outputs < 1 or size < 1:
        rule = f"the window spans {axis.extent} cells, more than the padded input {size} + {axis.pad.before} + {axis.pad.after}"
        raise ConvError("kernel_size.fits", rule, parameter="kernel_size", axis=name)
    return outputs


@dataclass(frozen=True, slots=True)
class Pool(Layer):
    """MaxPool, AvgPool or LPPool: one `Axis` a spatial direction; `kind` is max, avg or lp."""

    axes: tuple[Axis, ...]
    ceil_mode: bool = False
    kind: str = "max"

    def __post_init__(self) -> None:
        for axis, name in zip(self.axes, axis_names(len(self.axes)), strict=True):
            if axis.pad.before > axis.kernel_size // 2:
                rule = f"of a pooling layer must be at most half of kernel_size {axis.kernel_size}"
                raise ConvError(
                    "padding.pool", rule, parameter="padding", got=axis.pad.before, axis=name
                )

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], len(self.axes))
        names = axis_names(len(self.axes))
        for axis, size, name in zip(self.axes, inputs[0][2:], names, strict=True):
            if (
                self.kind != "max" and len(self.axes) == 3 and size < axis.kernel_size
            ):  # as in torch's avg_pool3d
                rule = f"is {axis.kernel_size}, more than the input size {size}"
                raise ConvError("kernel_size.fits", rule, parameter="kernel_size", axis=name)
        sizes = (
            pooled_size(axis, size, self.ceil_mode, name)
            for axis, size, name in zip(self.axes, inputs[0][2:], names, strict=True)
        )
        return Shape((*inputs[0][:2], *sizes))

    def readings(self, *inputs: Shape) -> Readings:
        return tuple(
            Reading((_window(axis),), axis.stride, size, outputs)
            for axis, size, outputs in zip(
                self.axes, inputs[0][2:], self.output_shape(*inputs)[2:], strict=True
            )
        )


def _window(axis: Axis) -> range:
    return range(-axis.pad.before, axis.extent - axis.pad.before, axis.dilation)


@dataclass(frozen=True, slots=True)
class AdaptivePool(Layer):
    """Pooling to a given output size, None for an axis that keeps its own; (1, 1) pools everything.

    Output o pools the cells floor(o*size/outputs) to ceil((o + 1)*size/outputs) - 1. Source: torch.nn.AdaptiveAvgPool2d.
    """

    output_size: tuple[int | None, ...]
    kind: str = "avg"

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], len(self.output_size))
        sizes = (
            size if wanted is None else wanted
            for wanted, size in zip(self.output_size, inputs[0][2:], strict=True)
        )
        return Shape((*inputs[0][:2], *sizes))

    def readings(self, *inputs: Shape) -> Readings:
        outputs = self.output_shape(*inputs)[2:]
        return tuple(
            _adaptive(size, wanted) for size, wanted in zip(inputs[0][2:], outputs, strict=True)
        )


def _adaptive(size: int, outputs: int) -> Reading | None:
    period = outputs // gcd(size, outputs) if outputs else 0
    if not 1 <= period <= MOST_WINDOWS:
        return None
    windows = tuple(
        range(o * size // outputs, -(-(o + 1) * size // outputs)) for o in range(period)
    )
    return Reading(windows, size * period // outputs, size, outputs)
