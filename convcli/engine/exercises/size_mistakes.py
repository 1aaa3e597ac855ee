"""How sizes, parameters, receptive fields and paddings go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from convcli.engine.exercises.answers import fields, gives, paddings
from convcli.engine.exercises.exercise import Exercise
from convcli.engine.exercises.mistakes import (
    Mistake,
    doubled_pad,
    without_dilation,
    without_output_padding,
    without_pad,
    without_stride,
)
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.cost import cost
from convcli.engine.geometry.padding import NO_PAD, Pad
from convcli.engine.geometry.shapes import Shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError

AxisChange = Callable[[Axis], Axis]

MOST_PAD = 1000  # on each side, of paddings that are looked at as mistakes


def _one_side(axis: Axis) -> Axis:
    return replace(axis, pad=Pad(axis.pad.before, 0))


def _rounded_up(axis: Axis) -> Axis:
    """ceil in place of floor: a window more where cells are left."""
    return replace(axis, pad=Pad(axis.pad.before, axis.pad.after + axis.stride - 1))


def _one_less(axis: Axis) -> Axis:
    """Without the + 1 of the formula: a stride fewer cells."""
    return replace(axis, pad=Pad(axis.pad.before, axis.pad.after - axis.stride))


def _one_more(axis: Axis) -> Axis:
    return replace(axis, pad=Pad(axis.pad.before, axis.pad.after + axis.stride))


def _multiplied(axis: Axis) -> Axis:
    """dilation*kernel_size in place of the extent."""
    return replace(axis, kernel_size=axis.kernel_size * axis.dilation, dilation=1)


def _kept_twice(axis: Axis) -> Axis:
    return replace(axis, output_padding=2 * axis.output_padding)


def _added(axis: Axis) -> Axis:
    """Padding added to a transposed layer, which crops it."""
    return replace(axis, pad=Pad(-axis.pad.before, -axis.pad.after))


OF_CONVOLUTIONS: dict[str, AxisChange] = {
    "no_padding": without_pad,
    "one_side": _one_side,
    "padding_twice": doubled_pad,
    "ceil": _rounded_up,
    "no_stride": without_stride,
    "no_dilation": without_dilation,
    "extent": _multiplied,
    "one_less": _one_less,
    "one_more": _one_more,
}
OF_TRANSPOSED: dict[str, AxisChange] = {
    "no_crop": without_pad,
    "one_side": _one_side,
    "padding_twice": doubled_pad,
    "crop_added": _added,
    "no_stride": without_stride,
    "no_dilation": without_dilation,
    "extent": _multiplied,
    "no_output_padding": without_output_padding,
    "output_padding_twice": _kept_twice,
}


def size_mistakes(exercise: Exercise) -> Iterator[Mistake]:
    """Wrong shapes of an output, with the axes that people see."""
    spec, sizes = exercise.spec, exercise.sizes
    right = tuple(_sizes(spec.axes, sizes, spec.transposed))

    def shape(outs: Sequence[int], channels: int | None = None) -> Shape:
        full = (exercise.input_shape[0], channels or spec.out_channels, *outs)
        return restored_shape(full, exercise.axes)

    for key, change in (OF_TRANSPOSED if spec.transposed else OF_CONVOLUTIONS).items():
        axes = tuple(map(change, spec.axes))
        rounds = key == "one_more" and tuple(_sizes(map(_rounded_up, spec.axes), sizes)) != right
        if axes != spec.axes and not rounds:  # rounding up is a window more
            yield Mistake(key, shape(_sizes(axes, sizes, spec.transposed)))
    other = "as_convolution" if spec.transposed else "as_transposed"
    yield Mistake(other, shape(_sizes(spec.axes, sizes, not spec.transposed)))
    if len(set(right)) > 1:
        yield Mistake("axes_swapped", shape(right[::-1]))
    yield Mistake("input_size", shape(sizes))
    if exercise.axes > spec.rank:
        yield Mistake("in_channels", shape(right, spec.in_channels))
        yield Mistake("without_batch", Shape((spec.out_channels, *right)))
        yield Mistake("without_channels", Shape(right))
    elif len(set(right)) == 1 and spec.rank > 1:
        yield Mistake("one_axis", Shape(right[:1]))


def _sizes(axes: Iterable[Axis], sizes: Sequence[int], transposed: bool = False) -> list[int]:
    return [axis.output_size(size, transposed) for axis, size in zip(axes, sizes, strict=True)]


def parameter_mistakes(exercise: Exercise) -> Iterator[Mistake]:
    """Wrong numbers of parameters."""
    spec = exercise.spec
    for key, change in _layers(spec):
        if change != spec:
            yield Mistake(key, change.parameters)
    price = cost(spec, exercise.input_shape)
    if spec.bias:
        yield Mistake("biases_alone", price.biases)
        kernels = spec.weight_shape[0] * spec.weight_shape[1]
        yield Mistake("bias_per_kernel", price.weights + kernels)
        if spec.in_channels != spec.out_channels:
            yield Mistake("bias_per_input", price.weights + spec.in_channels)


def _layers(spec: ConvSpec) -> Iterator[tuple[str, ConvSpec]]:
    yield ("bias_forgotten", replace(spec, bias=False)) if spec.bias else (
        "bias_added", replace(spec, bias=True),
    )  # fmt: skip
    yield "groups_forgotten", replace(spec, groups=1)
    if spec.in_channels % spec.groups**2 == 0:
        yield "groups_twice", replace(spec, in_channels=spec.in_channels // spec.groups)
    one = replace(spec, in_channels=1, groups=1)
    if spec.transposed:
        one = replace(one, transposed=False, axes=tuple(map(without_output_padding, spec.axes)))
    yield "in_channels_forgotten", one
    yield "out_channels_forgotten", replace(spec, out_channels=1, groups=1)
    swapped = replace(spec, in_channels=spec.out_channels, out_channels=spec.in_channels)
    yield "in_out_swapped", swapped
    if spec.rank > 1:
        flat = (spec.axes[0], *(replace(axis, kernel_size=1) for axis in spec.axes[1:]))
        yield "kernel_once", replace(spec, axes=flat)


def receptive_mistakes(exercise: Exercise) -> Iterator[Mistake]:
    """Wrong receptive fields: changed chains of layers, but for those that see no field at all."""
    chain = exercise.layers
    axes = [layer.axes[0] for layer in chain]
    if any(layer.transposed for layer in chain):
        return
    for key, changed in _chains(axes):
        if changed != axes and (seen := _seen(changed)) is not None:
            yield Mistake(key, seen)
    yield Mistake("field_minus_one", fields(chain)[-1].size - 1)


def _chains(axes: list[Axis]) -> Iterator[tuple[str, list[Axis]]]:
    plain = [replace(axis, pad=NO_PAD) for axis in axes]
    yield (
        "kernels_added",
        [Axis(axis.kernel_size + (number > 0)) for number, axis in enumerate(plain)],
    )
    if any(axis.dilation > 1 for axis in plain):
        extents = [Axis(axis.extent + (number > 0)) for number, axis in enumerate(plain)]
        yield "extents_added", extents
    yield "no_stride", [without_stride(axis) for axis in plain]
    yield "no_dilation", [without_dilation(axis) for axis in plain]
    own = [part for axis in plain for part in (Axis(1, axis.stride), replace(axis, stride=1))]
    yield "jump_too_early", own if any(axis.stride > 1 for axis in plain) else plain
    yield "extent", [_multiplied(axis) for axis in plain]
    if len(axes) > 1:
        yield "last_layer_missing", plain[:-1]
        yield "first_layer_missing", plain[1:]
        yield "layers_reversed", plain[::-1]
        yield "last_layer_alone", plain[-1:]


def _seen(axes: Sequence[Axis]) -> int | None:
    """The receptive field of a chain of one axis; None where a kernel is larger than any input."""
    layers = [ConvSpec(1, 1, (replace(axis, pad=NO_PAD),)) for axis in axes]
    with suppress(ConvError):
        return fields(layers)[-1].size
    return None


def padding_mistakes(exercise: Exercise) -> Iterator[Mistake]:
    """Wrong paddings: totals, and those that are right for a changed layer."""
    spec, sizes, wanted = exercise.spec, exercise.sizes, exercise.wanted
    right = paddings(spec, sizes, wanted)
    yield from (Mistake("total", Shape(2 * pad for pad in pads)) for pads in right)
    yield from (Mistake("axes_swapped", Shape(pads[::-1])) for pads in right if len(set(pads)) > 1)
    for key, change in (
        ("no_dilation", without_dilation), ("extent", _multiplied), ("no_stride", without_stride),
        ("ceil", _rounded_up), ("one_less", _one_less), ("one_more", _one_more),
    ):  # fmt: skip
        yield from _right_elsewhere(exercise, key, change)


def _right_elsewhere(exercise: Exercise, key: str, change: AxisChange) -> Iterator[Mistake]:
    """The paddings with which the changed layer gives the wanted sizes, and the layer does not."""
    spec = exercise.spec
    most = max(exercise.wanted) + max(axis.extent for axis in spec.axes)
    for pad in range(min(most, MOST_PAD)):
        pads = Shape([pad] * spec.rank)
        axes = [change(replace(axis, pad=Pad(pad, pad))) for axis in spec.axes]
        if axes == [replace(axis, pad=Pad(pad, pad)) for axis in spec.axes]:
            return
        if tuple(_sizes(axes, exercise.sizes, spec.transposed)) == exercise.wanted:
            yield Mistake(key, pads)


def sizes_with(exercise: Exercise, pads: Sequence[Pad]) -> tuple[int, ...] | None:
    """The sizes that a padding gives; None where the layer does not fit then, or it is negative."""
    if any(side < 0 for pad in pads for side in pad):
        return None
    try:
        return gives(exercise, pads)
    except ConvError:
        return None


OF_SIZES: dict[str, Callable[[Exercise], Iterator[Mistake]]] = {
    "size": size_mistakes,
    "parameters": parameter_mistakes,
    "receptive-field": receptive_mistakes,
    "padding": padding_mistakes,
}
