"""X, W and --bias of a layer of another framework, in its layouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from convcli.cli.app.options import InputOptions, LayerOptions
from convcli.cli.input.array_reader import FREE_SUFFIXES, ArrayReader
from convcli.cli.input.foreign_layers import described, requested_layer, resolved_layer
from convcli.cli.input.memory import RUN_COPIES, operand_bytes, require_generated, require_memory
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.engine.compute.windows import pad, pool, stored
from convcli.engine.geometry.flips import flipped
from convcli.engine.geometry.shapes import Shape, restored_shape
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import Pool
from convcli.engine.weights.initialisers import initialise
from convcli.errors import ConvError
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.resolved import Resolved
from convcli.inputs.text.layouts import SPATIAL, AxisOrder, Layouts
from convcli.inputs.text.seeds import with_seeds
from convcli.report.views.foreign import Foreign

_PICTURE_RANK = 2


@dataclass(frozen=True)
class ForeignArrays:
    """The arrays of a layer of another framework.

    `typed` is the input in the framework's layout, `input` in torch's order after what is cut off
    it; `weight` is in torch's order.
    """

    resolved: Resolved
    text: str
    typed: Array
    input: Array
    weight: Array | None
    bias: Array | None
    seed: int | None = None
    source: SourceMetadata | None = None

    @property
    def told_shapes(self) -> tuple[Shape, Shape]:
        """The shapes of input and output in the framework's layout."""
        return Shape(self.typed.shape), self.resolved.output

    @property
    def said(self) -> Foreign:
        """What documents say of the layer."""
        return described(self.resolved, self.text, computes=True)

    def result(self, output: Array) -> Array:
        """An output of the engine's layer as the framework returns it."""
        resolved = self.resolved
        rank = resolved.rank
        if resolved.empty is not None:
            output = np.zeros(resolved.empty, output.dtype)
        elif resolved.added:
            output = pad(output, resolved.added)
        full = output.reshape((1,) * (rank + 2 - output.ndim) + output.shape)
        axes = len(resolved.layouts.shape_to_torch(resolved.typed))
        result: Array = resolved.layouts.result(full.reshape(restored_shape(full.shape, axes)))
        if resolved.foreign.stores is not None and self.typed.dtype.kind in "iu":
            return stored(result, self.typed.dtype, resolved.foreign.stores)
        return result

    def windows(self) -> Array:
        """The result of pooling or padding."""
        layer, sizes = self.resolved.layer, self.resolved.inner_input[2:]
        fill = self.resolved.foreign.fill
        if isinstance(layer, PadLayer) and fill is not None:
            return self.result(fill(self.input, layer.pads))
        if isinstance(layer, PadLayer):
            return self.result(pad(self.input, layer.pads, layer.mode))
        if not isinstance(layer, Pool):
            raise TypeError("a convolution has no windows of its own")
        rule = self.resolved.foreign.pool
        return self.result(pool(
            self.input, layer.axes, layer.output_sizes(sizes), layer.kind,
            count_padding=layer.count_padding,
            empty_is_zero=rule is not None and rule.empty_is_zero,
        ))  # fmt: skip


class Kept(Protocol):
    """Arrays that many inputs share: each is read once."""

    def get(self, name: str, read: Callable[[], Array]) -> Array:
        """The array of this name, from `read` at the first time."""


def foreign_arrays(
    foreign: ForeignLayer,
    layer: str,
    x: str,
    w: str | None,
    input_options: InputOptions,
    layer_options: LayerOptions,
    streams: Streams,
    *,
    seed: int,
    copies: int,
    constants: Kept,
) -> ForeignArrays:
    """Read the arrays, and the layer that fits them; without `w` it is drawn as torch draws it.

    Raises ConvError where something cannot be read, does not fit, or needs too much memory.
    """
    max_memory = input_options.max_memory
    x_text, w, bias_text, _ = with_seeds((x, w, input_options.bias, None))
    require_generated([("X", x_text or x), ("W", w), ("bias", bias_text)], max_memory)
    reader = ArrayReader(foreign.rank or _PICTURE_RANK, streams, max_memory, input_options.decimal)
    sources: list[SourceMetadata] = []
    typed = reader.read(x_text or x, "X", sources.append)
    if any(source.suffix not in FREE_SUFFIXES for source in sources):
        typed = _from_picture(foreign, typed)
    weight = bias = None
    if w is not None:
        weight = constants.get("W", partial(reader.read, w, "W"))
    if bias_text is not None:
        bias = constants.get("bias", partial(reader.read, bias_text, "bias", rank=1))
    _check_arrays(foreign, weight, bias)
    options = layer_options.arguments()
    resolved = resolved_layer(
        foreign, typed.shape, options, None if weight is None else weight.shape,
        bias=None if weight is None else bias is not None,
    )  # fmt: skip
    resolved = _with_flip(resolved) if input_options.flip else resolved
    output = resolved.full_output
    require_memory(copies * operand_bytes(resolved.full, output, typed.dtype.itemsize), max_memory)
    arrays = arranged(resolved, layer, typed, weight, bias)
    arrays = replace(arrays, source=next(iter(sources), None))
    return arrays if weight is not None or resolved.spec is None else _drawn(arrays, seed)


def arranged(
    resolved: Resolved, text: str, typed: Array, weight: Array | None, bias: Array | None = None
) -> ForeignArrays:
    """The arrays of a layer in torch's order of axes, with cells cut off the input."""
    layouts, spec = resolved.layouts, resolved.spec
    input = layouts.to_torch(typed, "X").reshape(resolved.full)
    if resolved.cut:
        input = pad(input, [(-before, -after) for before, after in resolved.cut])
    if resolved.border:
        input = pad(input, resolved.border, resolved.mode)
    if resolved.foreign.stores is not None and input.dtype.kind in "iu":
        input = input.astype(np.int64)  # sums are exact, and stored as the framework stores them
    if weight is not None and spec is not None:
        weight = layouts.to_torch(weight, "W")
        if weight.ndim <= resolved.rank and spec.groups > 1:
            weight = np.broadcast_to(weight, spec.weight_shape)
        weight = weight.reshape(spec.weight_shape)
    return ForeignArrays(resolved, text, typed, input, weight, bias)


def _with_flip(resolved: Resolved) -> Resolved:
    """The layer with W read backwards, beside what the framework does. Needs a convolution."""
    if resolved.spec is None:
        rule = "is for layers with weights, and {call} has none"
        fields = {"call": resolved.foreign.call}
        raise ConvError("flip.weightless", rule, parameter="flip", fields=fields)
    return replace(resolved, layouts=replace(resolved.layouts, backwards=resolved.rank))


def _drawn(arrays: ForeignArrays, seed: int) -> ForeignArrays:
    """The arrays with a weight that is drawn as torch draws it, in float32."""
    spec, input, bias = arrays.resolved.spec, arrays.input, arrays.bias
    if spec is None:
        return arrays
    weight, drawn = initialise(spec, seed)
    if arrays.resolved.layouts.backwards:
        weight = flipped(weight, spec.rank)
    floating = input.astype(np.float32) if input.dtype.kind in "biu" else input
    bias = drawn if bias is None else bias
    return replace(arrays, input=floating, weight=weight, bias=bias, seed=seed)


def _check_arrays(foreign: ForeignLayer, weight: Array | None, bias: Array | None) -> None:
    """Raises ConvError where a layer without weights has some, or is two layers."""
    fields: Mapping[str, Any] = {"call": foreign.call}
    if foreign.kind != "convolution" and (weight is not None or bias is not None):
        name = "weight" if weight is not None else "bias"
        rule = "is for layers with weights, and {call} has none"
        raise ConvError(f"{name}.unused", rule, parameter=name, fields=fields)
    if foreign.then is not None:
        rule = "{call} is two layers, each with a weight of its own"
        hint = (
            "Run the depthwise layer with its W, then the convolution with kernel 1: "
            "keras.layers.DepthwiseConv2D(...) and keras.layers.Conv2D(filters, 1)."
        )
        raise ConvError("framework.two", rule, parameter="LAYER", fields=fields, hint=hint)


def _from_picture(foreign: ForeignLayer, array: Array) -> Array:
    """A file that has its own order of axes, read in torch's, in the layout of the framework."""
    rank = foreign.rank or _PICTURE_RANK
    if foreign.beside:
        order = foreign.orders.layouts(rank).input
    else:
        order = AxisOrder(SPATIAL[rank][0], "NC" + SPATIAL[rank][0], "X")
    ordered: Array = Layouts(order).like_input(array)
    return ordered


def requested_arrays(
    layer: str,
    x: str,
    w: str | None,
    input_options: InputOptions,
    layer_options: LayerOptions,
    streams: Streams,
    *,
    constants: Kept,
    seed: int = 0,
    copies: int = RUN_COPIES,
) -> ForeignArrays | None:
    """The arrays of a call of another framework; None for other layers."""
    foreign = requested_layer(layer, input_options.layout)
    if foreign is None:
        return None
    return foreign_arrays(
        foreign, layer, x, w, input_options, layer_options, streams,
        seed=seed, copies=copies, constants=constants,
    )  # fmt: skip
