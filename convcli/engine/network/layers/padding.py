"""Padding as a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass

from convcli.engine.geometry.padding import Pad, PaddingMode, check_padding_limit
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.tap_patterns import Reading
from convcli.engine.network.layers.base import Layer, Readings, check_rank
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class PadLayer(Layer):
    """ZeroPad, ConstantPad, ReflectionPad, ReplicationPad, CircularPad; a negative pad crops."""

    pads: tuple[tuple[int, int], ...]
    mode: PaddingMode = "zeros"

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], len(self.pads))
        sizes = []
        for (before, after), size, name in zip(
            self.pads, inputs[0][2:], axis_names(len(self.pads)), strict=True
        ):
            check_padding_limit(Pad(before, after), size, self.mode, name)
            sizes.append(size + before + after)
            if sizes[-1] < 1:
                rule = f"crops all that there is: {size} + {before} + {after} = {sizes[-1]}"
                raise ConvError("padding.crop", rule, parameter="padding", axis=name)
        return Shape((*inputs[0][:2], *sizes))

    def readings(self, *inputs: Shape) -> Readings:
        outputs = self.output_shape(*inputs)[2:]
        return tuple(
            Reading((range(-before, -before + 1),), 1, size, wanted, self.mode)
            for (before, _), size, wanted in zip(self.pads, inputs[0][2:], outputs, strict=True)
        )
