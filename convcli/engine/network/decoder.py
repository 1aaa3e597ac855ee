"""The mirror decoder of an encoder: layers in reverse order, each giving back the shape that went into its counterpart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import Axis, ConvSpec
from convcli.engine.network.layers.activations import PReLU, Softmax
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.normalisation import LayerNorm, Normalisation
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import Pool
from convcli.engine.network.layers.reshaping import Flatten, Unflatten
from convcli.engine.network.walk import Node, Step
from convcli.errors import ConvError


def mirror(steps: Sequence[Step]) -> tuple[Node, ...]:
    """The decoder of a chain. A convolution becomes a transposed one of the same weight shape, whose output_padding is the
    remainder that the stride lost; a pooling layer a transposed convolution with its window; Flatten becomes Unflatten;
    activations and BatchNorm stand behind the layer that they stood behind, and the last layer has none.

    Raises ConvError for a layer that has no mirror, and for networks with branches.
    """
    made: list[Node] = []
    behind: list[Step] = []
    for at in range(len(steps) - 1, -1, -1):
        step = steps[at]
        if step.sources != (at - 1,):
            raise ConvError(
                "mirror.branches", "a network with branches has no mirror", parameter="mirror"
            )
        if _is_accompanying(step.layer):
            behind.insert(0, step)
            continue
        if made:
            for one in behind:
                _append(made, one.name, one.layer)
        behind = []
        _append(made, step.name, _mirrored(step))
    if not made:
        raise ConvError("mirror.empty", "there is no layer that has a mirror", parameter="mirror")
    return tuple(made)


def _append(made: list[Node], name: str, layer: Layer) -> None:
    made.append(Node(f"{name}'", lambda inputs: layer, (len(made) - 1,)))


def _is_accompanying(layer: Layer) -> bool:
    return type(layer) is Layer or isinstance(layer, (Normalisation, Softmax, LayerNorm, PReLU))


def _mirrored(step: Step) -> Layer:
    layer, before, after = step.layer, step.inputs[0], step.output
    if isinstance(layer, Convolution):
        return Convolution(_mirrored_convolution(layer.spec, before))
    if isinstance(layer, Pool):
        spec = ConvSpec(
            before[1], before[1], layer.axes, groups=before[1], bias=True, transposed=False
        )
        return Convolution(_returning(spec, before, after))
    if isinstance(layer, Linear):
        return Linear(layer.out_features, layer.in_features, layer.bias)
    if isinstance(layer, Flatten):
        start = layer.start_dim % len(before)
        return Unflatten(start, tuple(before[start : layer.end_dim % len(before) + 1]))
    if isinstance(layer, PadLayer):
        return PadLayer(tuple((-a, -b) for a, b in layer.pads))
    rule = f"layer {step.name} ({type(layer).__name__}) has no mirror"
    raise ConvError("mirror.layer", rule, parameter="mirror")


def _mirrored_convolution(spec: ConvSpec, before: Shape) -> ConvSpec:
    if not spec.transposed:
        return _returning(spec, before, spec.output_shape(before))
    plain = tuple(replace(axis, output_padding=0) for axis in spec.axes)
    return replace(
        spec,
        in_channels=spec.out_channels,
        out_channels=spec.in_channels,
        axes=plain,
        transposed=False,
    )


def _returning(spec: ConvSpec, before: Shape, after: Shape) -> ConvSpec:
    """The transposed layer that makes `before` of `after`."""
    axes = tuple(
        _axis(axis, wanted, size)
        for axis, wanted, size in zip(spec.axes, before[2:], after[2:], strict=True)
    )
    return ConvSpec(
        spec.out_channels, spec.in_channels, axes, spec.groups, spec.bias, "zeros", transposed=True
    )


def _axis(axis: Axis, wanted: int, size: int) -> Axis:
    """The remainder is kept by output_padding; where the last window went over the edge, it is cropped."""
    remainder = wanted - ((size - 1) * axis.stride - sum(axis.pad) + axis.extent)
    if remainder < 0:
        return replace(axis, pad=Pad(axis.pad.before, axis.pad.after - remainder))
    return replace(axis, output_padding=remainder)
