"""Padding as a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass

from convcli.engine.geometry.padding import Pad, check_padding_limit
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.engine.geometry.tap_patterns import Reading
from convcli.engine.network.layers.base import Layer, Readings, ToolCounts, check_cells, check_rank
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class PadLayer(Layer):
    """One (before, after) pair of pads a spatial axis, filled as `mode` says; a negative pad crops.

    Without limits, as NumPy pads, cells are copied again and again; torch refuses that.

    output = size + before + after
    """

    pads: tuple[tuple[int, int], ...]
    mode: str = "zeros"
    has_limits: bool = True

    def output_shape(self, *inputs: Shape) -> Shape:
        check_rank(inputs[0], len(self.pads))
        if self.mode != "zeros":
            check_cells(inputs[0], 2 if self.mode == "circular" else 1)
        sizes = []
        for (before, after), size, name in zip(
            self.pads, inputs[0][2:], axis_names(len(self.pads)), strict=True
        ):
            if self.has_limits:
                check_padding_limit(Pad(before, after), size, self.mode, name)
            sizes.append(size + before + after)
            if sizes[-1] < 1:
                rule = f"crops away the whole axis: {size} + {before} + {after} = {sizes[-1]}"
                raise ConvError("padding.crop", rule, parameter="padding", axis=name)
        return Shape((*inputs[0][:2], *sizes))

    def readings(self, *inputs: Shape) -> Readings:
        outputs = self.output_shape(*inputs)[2:]
        return tuple(
            Reading((range(-before, -before + 1),), 1, size, wanted, self.mode)
            for (before, _), size, wanted in zip(self.pads, inputs[0][2:], outputs, strict=True)
        )

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        return ToolCounts()

    def mirrored(self, output: Shape, *inputs: Shape) -> PadLayer:
        """The crop of what was padded, and zeros for what was cropped."""
        return PadLayer(tuple((-before, -after) for before, after in self.pads))

    def expression(self) -> str | None:
        """ZeroPad2d((left, right, top, bottom)): torch lists the innermost axis first."""
        if self.mode != "zeros":
            return None
        flat = tuple(end for pad in reversed(self.pads) for end in pad)
        return f"ZeroPad{len(self.pads)}d({flat})"
