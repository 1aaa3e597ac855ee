"""Pooling: max, average and power-average windows with ceil_mode, and adaptive windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, prod

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import MOST_WINDOWS, Reading
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts, check_cells, check_rank
from convcli.engine.network.layers.convolution import Convolution, transposed_back
from convcli.errors import ConvError


def pooled_size(axis: Axis, size: int, ceil_mode: bool, name: str = "L") -> int:
    """The output cells of pooling `size` cells.

        output = floor((size + before + after - extent)/stride) + 1
        with ceil_mode: ceil(...) + 1, one less where the last window would start in the padding
        behind the input

    Raises ConvError where no window fits. Source: torch.nn.MaxPool2d and pooling_output_shape in
    torch's Pool.h.

    >>> window = Axis(3, stride=2)
    >>> pooled_size(window, 6, ceil_mode=True), pooled_size(window, 6, ceil_mode=False)
    (3, 2)
    """
    outputs = axis.output_size(size + axis.stride - 1 if ceil_mode else size)
    if ceil_mode and axis.window(outputs - 1).start >= size:
        outputs -= 1
    if outputs < 1:
        padded = f"{size} + {axis.pad.before} + {axis.pad.after}"
        rule = f"the window spans {axis.extent} cells, more than the padded input {padded}"
        needed = -(-(axis.extent - size) // 2)
        enough = needed <= axis.kernel_size // 2
        hint = f"Write padding={needed}, or a smaller kernel_size." if enough else None
        raise ConvError("kernel_size.fits", rule, parameter="kernel_size", axis=name, hint=hint)
    return outputs


LEFT_OUT = " - 1 ="  # of the window that would start behind the input


def pooled_numbers(axis: Axis, size: int, outputs: int, ceil_mode: bool) -> str:
    """The formula of `pooled_size` with its numbers and its value.

    >>> from convcli.engine.geometry.padding import Pad
    >>> pooled_numbers(Axis(2, stride=3, pad=Pad(1, 1)), 4, 2, ceil_mode=True)
    'ceil((4 + 1 + 1 - 2)/3) + 1 - 1 = 2'
    """
    formula = axis.output_numbers(size)
    if not ceil_mode:
        return f"{formula} = {outputs}"
    left_out = axis.output_size(size + axis.stride - 1) - outputs
    return f"{formula.replace('floor', 'ceil')}{LEFT_OUT if left_out else ' ='} {outputs}"


@dataclass(frozen=True, slots=True)
class Pool(Layer):
    """MaxPool, AvgPool or LPPool: one `Axis` a spatial direction; `kind` is max, avg or lp.

    `outputs` are the output sizes of a framework that rounds otherwise than torch. Where it does
    not `count_padding`, an average divides by the cells inside the input.
    """

    axes: tuple[Axis, ...]
    ceil_mode: bool = False
    kind: str = "max"
    outputs: tuple[int, ...] | None = None
    count_padding: bool = True

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], len(self.axes))
        check_cells(inputs[0])
        return Shape((*inputs[0][:2], *self.output_sizes(inputs[0][2:])))

    def output_sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """(*sizes) -> (*out). Raises ConvError where no window fits."""
        if self.outputs is not None:
            return self.outputs
        names = axis_names(len(self.axes))
        return tuple(
            pooled_size(axis, size, self.ceil_mode, name)
            for axis, size, name in zip(self.axes, sizes, names, strict=True)
        )

    def readings(self, *inputs: Shape) -> Readings:
        return tuple(
            Reading((axis.window(0),), axis.stride, size, outputs)
            for axis, size, outputs in zip(
                self.axes, inputs[0][2:], self.output_shape(*inputs)[2:], strict=True
            )
        )

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """thop counts one operation for each average, ptflops two for each cell of the input."""
        if self.kind == "lp":
            return ToolCounts(ptflops=prod(inputs[0]) + 2 * prod(output))
        averages = prod(output) if self.kind == "avg" else 0
        return ToolCounts(thop=averages, ptflops=2 * prod(inputs[0]))

    def mirrored(self, output: Shape, *inputs: Shape) -> Convolution:
        """A depthwise transposed convolution with the window of the pooling."""
        channels, sizes = inputs[0][1], inputs[0][2:]
        window = ConvSpec(channels, channels, self.axes, groups=channels)
        return Convolution(transposed_back(window, sizes, output[2:]))


@dataclass(frozen=True, slots=True)
class AdaptivePool(Layer):
    """Pooling to a given output size, None for an axis that keeps its own; (1, 1) pools everything.

    Output o pools the cells floor(o*size/outputs) to ceil((o + 1)*size/outputs) - 1.
    Source: torch.nn.AdaptiveAvgPool2d.
    """

    output_size: tuple[int | None, ...]
    kind: str = "avg"

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], len(self.output_size))
        check_cells(inputs[0], 2 if self.kind == "avg" else 1)
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

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """fvcore counts the cells of planes, thop those read and made, ptflops 2 for each read."""
        cells = prod(inputs[0])
        if self.kind != "avg":
            return ToolCounts(ptflops=2 * cells)
        planes = cells if len(output) == 4 else 0
        return ToolCounts(fvcore=planes, thop=cells + prod(output), ptflops=2 * cells)


@dataclass(frozen=True, slots=True)
class GlobalPool(Layer):
    """Pooling of all cells of each channel: (N, C, *sizes) -> (N, C), or ones in place of sizes."""

    kind: str = "avg"
    keeps_axes: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        check_cells(inputs[0], 2)
        ones = (1,) * (len(inputs[0]) - 2) if self.keeps_axes else ()
        return Shape((*inputs[0][:2], *ones))

    def readings(self, *inputs: Shape) -> Readings | None:
        if not self.keeps_axes:
            return None
        return tuple(_adaptive(size, 1) for size in inputs[0][2:])

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """As adaptive pooling to one cell."""
        ones = Shape((*inputs[0][:2], *(1,) * (len(inputs[0]) - 2)))
        return AdaptivePool((1,) * (len(ones) - 2), self.kind).tool_counts(ones, *inputs)


def _adaptive(size: int, outputs: int) -> Reading | None:
    period = outputs // gcd(size, outputs) if outputs else 0
    if not 1 <= period <= MOST_WINDOWS:
        return None
    windows = tuple(
        range(o * size // outputs, -(-(o + 1) * size // outputs)) for o in range(period)
    )
    return Reading(windows, size * period // outputs, size, outputs)
