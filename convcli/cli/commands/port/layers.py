"""A layer that is ported, and the calls of its lines, read as LAYERs by their framework's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.windows import pad
from convcli.engine.geometry.shapes import Shape, promoted_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.convolution import Convolution
from convcli.errors import ConvError
from convcli.inputs.frameworks.calls import foreign_layer
from convcli.inputs.frameworks.layers import ForeignLayer
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.resolved import Resolved, resolve
from convcli.inputs.text.layer import parse_layer
from convcli.report.spelling.ports.base import Way

TORCH = "PyTorch"


def read_layer(
    text: str, shape: Sequence[int], options: Mapping[str, Any], weight: Sequence[int] | None = None
) -> Resolved:
    """A LAYER of any framework on an input of this shape, in the framework's layout.

    Raises ConvError where it cannot be read, or its framework refuses it.
    """
    foreign = foreign_layer(text)
    if foreign is not None:
        return resolve(foreign, shape, weight, options)
    request = parse_layer(text, options)
    full = promoted_shape(Shape(shape), request.rank, "SHAPE")
    spec = request.for_input(full) if weight is None else request.for_weight(full, weight, True)
    layer = ForeignLayer(
        TORCH, text.partition("(")[0], _torch_orders(request.transposed), request.rank,
        transposed=request.transposed, arguments=request.arguments,
    )  # fmt: skip
    layouts = layer.orders.layouts(request.rank, transposed=request.transposed)
    return Resolved(layer, Convolution(spec), layouts, Shape(shape), full)


def rank_of(text: str, shape: Sequence[int], options: Mapping[str, Any]) -> int:
    """The number of spatial axes of a LAYER on an input of this shape."""
    foreign = foreign_layer(text)
    return parse_layer(text, options).rank if foreign is None else foreign.rank_for(len(shape))


def _torch_orders(transposed: bool) -> Orders:
    return Orders("NC*", "IO*" if transposed else "OI*")


def resolve_way(way: Way, spec: ConvSpec, full: Sequence[int]) -> Resolved:
    """The call of a way on the input that it gets: (N, C, *sizes) with the cells put around."""
    sizes = full[2:]
    if way.pads:
        sizes = [size + b + a for size, (b, a) in zip(sizes, way.pads, strict=True)]
    inner = Shape((*full[:2], *sizes))
    foreign = foreign_layer(way.call)
    if foreign is None:
        return read_layer(way.call, inner, {})
    layouts = foreign.orders.layouts(
        spec.rank, transposed=spec.transposed, channels=spec.in_channels
    )
    typed = layouts.like_input(_of_shape(plain(inner, foreign))).shape
    weight = layouts.result(_of_shape(_kernel(spec, foreign)), weight=True).shape
    return resolve(foreign, typed, weight, bias=False)


def plain(shape: Shape, foreign: ForeignLayer) -> Shape:
    """(N, C, *sizes), without the axes that the framework's arrays lack."""
    beside = min(foreign.beside, 2)
    lacks = 2 if beside == 1 and shape[1] == 1 else 2 - beside
    return Shape(shape[lacks:])


def _kernel(spec: ConvSpec, foreign: ForeignLayer) -> Sequence[int]:
    """The shape of the weight, of arrays that of the kernel alone."""
    has_channels = set(foreign.orders.weight or "") & set("OI")
    return spec.weight_shape if has_channels else spec.weight_shape[2:]


def _of_shape(shape: Sequence[int]) -> Array:
    """An array of this shape that takes no memory."""
    return np.broadcast_to(np.zeros((), np.int8), shape)


def spec_of(resolved: Resolved) -> ConvSpec:
    """The convolution that a layer is. Raises ConvError for pooling and padding."""
    if resolved.spec is None:
        rule = "is pooling or padding: a convolution or a dense layer is ported"
        raise ConvError("port.layer", rule, parameter="LAYER")
    return resolved.spec


def in_layout(resolved: Resolved, weight: Array) -> Array:
    """A weight in torch's order as the framework stores it."""
    foreign = resolved.foreign
    has_channels = set(foreign.orders.weight or "") & set("OI")
    inner = weight if has_channels else weight[0, 0]
    return np.ascontiguousarray(resolved.layouts.result(inner, weight=True))


def in_torch_order(resolved: Resolved, weight: Array) -> Array:
    """A weight of the framework in torch's order, of all axes; each channel has a kernel alone."""
    shape = spec_of(resolved).weight_shape
    inner = resolved.layouts.to_torch(weight, "W")
    full = inner.reshape((1,) * (len(shape) - inner.ndim) + inner.shape)
    return np.ascontiguousarray(np.broadcast_to(full, shape))


def compute(resolved: Resolved, x: Array, weight: Array) -> Array:
    """(N, C, *sizes) and a weight in torch's order -> the result, as the framework computes it."""
    spec = spec_of(resolved)
    if resolved.cut:
        x = pad(x, [(-before, -after) for before, after in resolved.cut])
    result = convolve(replace(spec, bias=False), x, weight, None)
    return pad(result, resolved.added) if resolved.added else result


def compute_way(way: Way, resolved: Resolved, x: Array, weight: Array, mode: str) -> Array:
    """What a line computes: its padding, its call on the weight of its layout, and its slice."""
    if way.pads:
        x = pad(x, way.pads, mode)
    result = compute(resolved, x, in_torch_order(resolved, weight))
    for d, (start, step) in enumerate(way.keeps):
        result = result[(slice(None),) * (2 + d) + (slice(start, None, step),)]
    return result


def only(result: Array, outs: Sequence[int]) -> Array:
    """The first `outs` cells of each spatial axis."""
    cells: tuple[Any, ...] = (..., *(slice(out) for out in outs))
    first: Array = result[cells]
    return first
