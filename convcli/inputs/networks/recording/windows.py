"""What operations of torch with windows read: convolution, pooling, padding, resizing, rolling."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import Reading, tap_reading
from convcli.engine.network.atoms import Place, fresh
from convcli.engine.network.layers.pooling import AdaptivePool
from convcli.engine.network.layers.resampling import Upsample, exact_scale
from convcli.engine.network.places import Places
from convcli.inputs.networks.recording.called import Called

Rule = Callable[[Called, Places, Sequence[Shape]], "Place | list[Place]"]
_UPSAMPLE = re.compile(r"_?upsample_(\w+?)[123]d(_aa)?")
_PAD_MODES = {mode.torch_pad: name for name, mode in PADDING_MODES.items() if mode.torch_pad}


def per_axis(value: Any, rank: int) -> tuple[Any, ...]:
    """An argument for each axis: 2, [2] or [2, 2]."""
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    return values if len(values) == rank else values * rank


def _windows(
    places: Places,
    place: Place,
    readings: Sequence[Reading | None],
    outputs: Sequence[int],
    specs: Sequence[ConvSpec | None],
    *,
    is_bound: bool = False,
) -> Place:
    """The last axes of a place, read through windows."""
    first = len(place.axes) - len(readings)
    for d, (reading, size, spec) in enumerate(zip(readings, outputs, specs, strict=True)):
        place = places.along(place, first + d, reading, size, spec, is_bound=is_bound)
    return place


def _convolution(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    weight = called.shape("weight") or Shape(())
    rank = len(weight) - 2
    place, output = called.place("input"), shapes[0]
    transposed = bool(called.get("transposed", "transpose" in called.name))
    arguments: dict[str, Any] = {
        name: per_axis(called[name], rank)
        for name in ("stride", "padding", "dilation", "output_padding")
        if name in called.values and (transposed or name != "output_padding")
    }
    padding = called["padding"]
    if isinstance(padding, str):
        arguments["padding"] = padding
    spec = [
        ConvSpec.of(
            in_channels=1,
            out_channels=1,
            kernel_size=weight[2 + d],
            transposed=transposed,
            bias=False,
            dims=1,
            **_on_axis(arguments, d),
        )
        for d in range(rank)
    ]
    sizes = place.shape[-rank:]
    readings = [tap_reading(one, 0, size) for one, size in zip(spec, sizes, strict=True)]
    axis = len(place.axes) - rank - 1
    differs = called.get("groups", 1) > 1 and places.depends(place, axis)
    place = places.mixed(place, [axis], kept=False)
    made = _windows(places, place, readings, output[-rank:], spec)
    channels = fresh(output[axis])
    axes = (*made.axes[:axis], channels, *made.axes[axis + 1 :])
    unlike = made.unlike | set(channels if differs else ())
    others = [fact.place for name in ("weight", "bias") for fact in called.facts_of(name)]
    whole = [places.scalar(other) for other in others]
    return places.joined([made._replace(axes=axes, unlike=unlike), *whole])


def _on_axis(arguments: Mapping[str, Any], d: int) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str) else value[d] for name, value in arguments.items()
    }


def _pooled(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    rank = int(called.name.partition("_pool")[2][0])
    place, output = called.place(), shapes[0]
    kernel = per_axis(called["kernel_size"], rank)
    stride = per_axis(called.get("stride") or list(kernel), rank)
    padding = per_axis(called.get("padding", 0), rank)
    dilation = per_axis(called.get("dilation", 1), rank)
    axes = [Axis(*window) for window in zip(kernel, stride, dilation, strict=True)]
    readings = [
        Reading((range(-pad, axis.extent - pad, axis.dilation),), axis.stride, size, outputs)
        for axis, pad, size, outputs in zip(
            axes, padding, place.shape[-rank:], output[-rank:], strict=True
        )
    ]
    made = _windows(places, place, readings, output[-rank:], [None] * rank)
    return [made] * len(shapes)


def _adaptively_pooled(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    rank = int(called.name.partition("_pool")[2][0])
    place, output = called.place(), shapes[0]
    pool = AdaptivePool(tuple(output[-rank:]))
    readings = pool.readings(Shape((1, 1, *place.shape[-rank:])))
    made = _windows(places, place, readings, output[-rank:], [None] * rank)
    return [made] * len(shapes)


def _padded(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """Pads are listed from the last axis on, before and after."""
    place, pads = called.place(), list(called["pad" if "pad" in called.values else "padding"])
    name = called.get("mode") or called.name.partition("_pad")[0]
    mode = {"constant": "zeros", "reflection": "reflect", "replication": "replicate"}.get(name)
    mode = mode or _PAD_MODES.get(name, name)
    for at in range(0, len(pads), 2):
        axis = len(place.axes) - 1 - at // 2
        before, after = pads[at], pads[at + 1]
        if before or after:
            place = _shifted(places, place, axis, -before, shapes[0][axis], mode)
    return place


def _shifted(places: Places, place: Place, axis: int, first: int, outputs: int, mode: str) -> Place:
    """An axis that begins at another cell."""
    reading = Reading((range(first, first + 1),), 1, place.shape[axis], outputs, mode)
    return places.along(place, axis, reading, outputs)


def _rolled(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place, dims = called.place(), called["dims"]
    if not dims:
        raise ValueError("a roll of the flattened tensor")
    for shift, dim in zip(called["shifts"], dims, strict=True):
        axis = dim % len(place.axes)
        size = place.shape[axis]
        if shift % size:
            place = _shifted(places, place, axis, -(shift % size), size, "circular")
    return place


def _resized(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    name, antialias = _UPSAMPLE.fullmatch(called.name).groups()  # type: ignore[union-attr]
    place, output = called.place(), shapes[0]
    rank = len(output) - 2
    scales = called.get("scale_factors")
    sizes = tuple(output[2:])
    layer = Upsample(
        None if scales else sizes,
        tuple(map(exact_scale, scales)) if scales else None,
        name.replace("_", "-"),
        bool(called.get("align_corners")),
    )
    readings: Sequence[Reading | None] = layer.readings(place.shape)
    if antialias:  # its windows are wider
        return places.joined(
            [places.mixed(place, range(2, 2 + rank), kept=False, is_bound=True),
             places.constant(output)]
        )  # fmt: skip
    return _windows(places, place, readings, sizes, [None] * rank)


def _columns(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """im2col: the cells of each window become channels, the windows one axis."""
    place, rank = called.place(), 2
    arguments = [
        per_axis(called[name], rank) for name in ("kernel_size", "stride", "padding", "dilation")
    ]
    counts = []
    for d, (kernel, stride, pad, dilation) in enumerate(zip(*arguments, strict=True)):
        size = place.shape[2 + d]
        extent = dilation * (kernel - 1) + 1
        counts.append((size + 2 * pad - extent) // stride + 1)
        reading = Reading((range(-pad, extent - pad, dilation),), stride, size, counts[-1])
        place = places.along(place, 2 + d, reading, counts[-1])
    made = fresh(shapes[0][1])
    axes = (place.axes[0], made, place.axes[2] + place.axes[3])
    return place._replace(axes=axes, unlike=place.unlike | set(made))


def _unfolded(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """Windows of an axis; their cells become a last axis."""
    place = called.place()
    axis = called["dimension"] % len(place.axes)
    width, step, size = called["size"], called["step"], place.shape[axis]
    outputs = shapes[0][axis]
    reading = Reading((range(width),), step, size, outputs)
    made, inner = places.along(place, axis, reading, outputs), fresh(width)
    return made._replace(axes=(*made.axes, inner), unlike=made.unlike | set(inner))


def _interleaved(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """repeat_interleave: every cell several times."""
    place, axis, repeats = called.place(), called.get("dim"), called["repeats"]
    if axis is None or not isinstance(repeats, int):
        raise ValueError("repeats of their own")
    axis %= len(place.axes)
    reading = Reading((range(1),) * repeats, 1, place.shape[axis], shapes[0][axis])
    return places.along(place, axis, reading, shapes[0][axis])


_POOLS = [f"{kind}_pool{rank}d" for kind in ("max", "avg") for rank in (1, 2, 3)]
_ADAPTIVE = [f"adaptive_{kind}_pool{rank}d" for kind in ("max", "avg") for rank in (1, 2, 3)]
_UPSAMPLES = (
    "upsample_linear1d upsample_bilinear2d upsample_bicubic2d upsample_trilinear3d "
    "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d "
    "_upsample_nearest_exact2d _upsample_nearest_exact3d _upsample_bilinear2d_aa "
    "_upsample_bicubic2d_aa"
)
_CONVOLUTIONS = (
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution "
    "_convolution"
)
_PADS = [
    "pad", "constant_pad_nd",
    *(f"{kind}_pad{rank}d" for kind in ("reflection", "replication") for rank in (1, 2, 3)),
]  # fmt: skip
WINDOW_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_CONVOLUTIONS.split(), _convolution),
    **dict.fromkeys(_POOLS, _pooled),
    **{f"{name}_with_indices": _pooled for name in _POOLS if name.startswith("max")},
    **dict.fromkeys(_ADAPTIVE, _adaptively_pooled),
    **{f"_{name}": _adaptively_pooled for name in _ADAPTIVE},
    **dict.fromkeys(_UPSAMPLES.split(), _resized),
    **dict.fromkeys(_PADS, _padded),
    "roll": _rolled,
    "im2col": _columns,
    "unfold": _unfolded,
    "repeat_interleave": _interleaved,
}
