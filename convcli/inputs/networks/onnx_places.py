"""What the outputs of ONNX operators read, as places of their values.

Layers with readings bring them; views and permutations rename axes; products and reductions mix
them. Of an operator that is neither, only what it depends on is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import Reading
from convcli.engine.network.atoms import Place, fresh
from convcli.engine.network.layers.activations import Pointwise, PReLU, Softmax
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.computed import Counted
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.normalisation import LayerNorm, Normalisation
from convcli.engine.network.places import Places
from convcli.errors import ConvError
from convcli.inputs.networks.onnx_node import OnnxNode, names_in
from convcli.inputs.networks.onnx_operators import pad_mode_of, pads_of

_DAMAGE = (LookupError, ValueError, TypeError, ArithmeticError, ConvError)


class Ran(NamedTuple):
    """A node that ran: what is known of it, the layer that it is, and the places of its inputs.

    `places` has one entry for each input that is there, constants among them. `first` is where an
    output of Split begins.
    """

    node: OnnxNode
    layer: Layer
    inputs: tuple[Shape, ...]
    places: tuple[Place, ...]
    output: Shape
    first: int = 0


Rule = Callable[[Ran, Places], Place]


def place_of(ran: Ran, places: Places) -> Place | None:
    """The place of a node's output; None where no rule makes its shape."""
    rule = _RULES.get(ran.node.kind)
    layer = ran.layer.layer if isinstance(ran.layer, Counted) else ran.layer
    try:
        if isinstance(layer, (Pointwise, PReLU)):
            rule = _joined
        if rule is None:
            rule = _by_layer
        place = rule(ran._replace(layer=layer), places)
        if place.shape == ran.output:
            return place
    except _DAMAGE:
        pass
    return None


def _joined(ran: Ran, places: Places) -> Place:
    gated = places.skips_gates and ran.node.kind == "Mul"
    return places.joined([*ran.places, places.constant(ran.output)], skips_whole=gated)


def _by_layer(ran: Ran, places: Places) -> Place:
    """The spatial axes as the layer's readings say; channels are mixed by convolutions."""
    layer, place = ran.layer, ran.places[0]
    readings = layer.readings(*ran.inputs)
    if readings is None or len(ran.output) != len(place.axes):
        raise ValueError("a layer without readings")
    made = place
    if isinstance(layer, Convolution):
        made = places.mixed(place, [1], kept=False)
    for d, reading in enumerate(readings):
        spec = None
        if isinstance(layer, Convolution):
            of_axis = (layer.spec.axes[d],)
            spec = replace(
                layer.spec, in_channels=1, out_channels=1, groups=1, bias=False, axes=of_axis
            )
        made = places.along(made, 2 + d, reading, ran.output[2 + d], spec)
    if ran.output[1] != place.shape[1] or isinstance(layer, Convolution):
        channels = fresh(ran.output[1])
        groups = layer.spec.groups if isinstance(layer, Convolution) else 2
        unlike = groups > 1 and places.depends(place, 1)
        axes = (made.axes[0], channels, *made.axes[2:])
        made = made._replace(axes=axes, unlike=made.unlike | set(channels if unlike else ()))
    return made


def _normalised(ran: Ran, places: Places) -> Place:
    layer, place = ran.layer, ran.places[0]
    if isinstance(layer, LayerNorm):
        axes = range(len(place.axes) - len(layer.normalized_shape), len(place.axes))
        return places.mixed(place, axes)
    if isinstance(layer, Normalisation) and layer.mixes_cells:
        return places.mixed(place, range(2, len(place.axes)))
    return place


def _softmax(ran: Ran, places: Places) -> Place:
    layer, place = ran.layer, ran.places[0]
    axis = ran.node.integer("axis", -1) % len(place.axes)
    last = isinstance(layer, Softmax) and layer.to_the_last
    return places.mixed(place, range(axis, len(place.axes)) if last else [axis])


def _product(ran: Ran, places: Places) -> Place:
    """Rows of the first with columns of the second; the last axis of Linear."""
    first, second = _operands(ran, places)
    one = places.mixed(first, [-1], kept=False)
    two = places.mixed(second, [-2 if len(second.axes) > 1 else -1], kept=False)
    if len(second.axes) == 1:
        one, two = one._replace(axes=one.axes[:-1]), two._replace(axes=())
    elif len(first.axes) == 1:
        one, two = one._replace(axes=()), two._replace(axes=(*two.axes[:-2], two.axes[-1]))
    return places.joined([one, two])


def _operands(ran: Ran, places: Places) -> tuple[Place, Place]:
    """The two factors, with the transpositions of Gemm."""
    at = (0, 3) if ran.node.kind == "QLinearMatMul" else (0, 1)
    first, second = (_input(ran, places, one) for one in at)
    swap = ran.node.attributes
    return (
        places.permuted(first, (1, 0)) if swap.get("transA") else first,
        places.permuted(second, (1, 0)) if swap.get("transB") else second,
    )


def _input(ran: Ran, places: Places, at: int) -> Place:
    """The place of input `at`, which is a constant where it has none."""
    before = sum(name != "" for name in ran.node.names[:at])
    if not ran.node.has(at) or before >= len(ran.places):
        raise LookupError(at)
    return ran.places[before]


def _einsum(ran: Ran, places: Places) -> Place:
    inputs, arrow, result = ran.node.word("equation", "").replace(" ", "").partition("->")
    if not arrow or "." in inputs:
        raise ValueError(inputs)
    operands = []
    for letters, place in zip(inputs.split(","), ran.places, strict=True):
        if len(set(letters)) < len(letters):
            raise ValueError(letters)
        summed = [at for at, letter in enumerate(letters) if letter not in result]
        mixed = places.mixed(place, summed, kept=False)
        axes = tuple(mixed.axes[letters.index(one)] if one in letters else () for one in result)
        operands.append(mixed._replace(axes=axes))
    return places.joined(operands)


def _reduced(ran: Ran, places: Places) -> Place:
    place = ran.places[0]
    axes = ran.node.integers("axes") or ran.node.value(1) or range(len(place.axes))
    mixed = places.mixed(place, [int(axis) for axis in axes], kept=False)
    return places.reshaped(mixed, ran.output)


def _reshaped(ran: Ran, places: Places) -> Place:
    return places.reshaped(ran.places[0], ran.output)


def _permuted(ran: Ran, places: Places) -> Place:
    place = ran.places[0]
    order = ran.node.integers("perm") or range(len(place.axes))[::-1]
    return places.permuted(place, order)


def _expanded(ran: Ran, places: Places) -> Place:
    return places.joined([ran.places[0], places.constant(ran.output)])


def _concatenated(ran: Ran, places: Places) -> Place:
    return places.concatenated(ran.places, ran.node.integer("axis", 1))


def _split(ran: Ran, places: Places) -> Place:
    place, axis = ran.places[0], ran.node.integer("axis", 0)
    return places.part(place, axis, ran.first, 1, ran.output[axis])


def _sliced(ran: Ran, places: Places) -> Place:
    """Slices of several axes: starts, ends, axes, steps."""
    place, node = ran.places[0], ran.node
    starts = node.integers("starts") or node.value(1)
    if starts is None:
        raise LookupError("starts")
    axes = node.integers("axes") or (node.value(3) if node.has(3) else None) or range(len(starts))
    steps = (node.value(4) if node.has(4) else None) or [1] * len(starts)
    for start, axis, step in zip(starts, axes, steps, strict=True):
        at, move = int(axis) % len(place.axes), int(step)
        size, outputs = place.shape[at], ran.output[int(axis) % len(place.axes)]
        first = int(start) + size if start < 0 else int(start)
        first = max(0, min(first, size if move > 0 else size - 1))
        place = places.part(place, at, first, move, outputs)
    return place


def _gathered(ran: Ran, places: Places) -> Place:
    """Cells of one axis by constant numbers in equal steps; of others a bound."""
    place, numbers = ran.places[0], ran.node.value(1)
    axis = ran.node.integer("axis", 0) % len(place.axes)
    size = place.shape[axis]
    if numbers is None:  # they are not known
        mixed = places.mixed(place, [axis], kept=False, is_bound=True)
        made = ran.output[axis : axis + len(ran.output) - len(place.axes) + 1]
        axes = (*mixed.axes[:axis], *map(fresh, made), *mixed.axes[axis + 1 :])
        return mixed._replace(axes=axes)
    chosen = [int(number) % size for number in numbers]
    listed = places.listed(place, axis, [range(cell, cell + 1) for cell in chosen])
    return places.reshaped(listed, ran.output)


def _recurrent(ran: Ran, places: Places) -> Place:
    """(steps, batch, in) to (steps, directions, batch, hidden): a unit sees all steps at most."""
    place = places.smeared(ran.places[0], 0, ran.output[0])
    place = places.mixed(place, [2], kept=False)
    return place._replace(
        axes=(place.axes[0], fresh(ran.output[1]), place.axes[1], fresh(ran.output[3])), alike=True
    )


def _attention(ran: Ran, places: Places) -> Place:
    """A query sees itself, and the keys and values at all places."""
    query = places.mixed(ran.places[0], [-1], kept=False)
    others = [
        places.mixed(places.mixed(one, [-2], kept=False), [-1], kept=False)
        for one in ran.places[1:3]
    ]
    return places.joined([query, *others, places.constant(ran.output)])


def _padded(ran: Ran, places: Places) -> Place:
    """Pads of any axes: each begins at another cell."""
    place, ends, mode = ran.places[0], pads_of(ran.node, len(ran.output)), pad_mode_of(ran.node)
    if ends is None or mode is None:
        raise LookupError("pads")
    for axis, (before, after) in ends.items():
        size, outputs = place.shape[axis], ran.output[axis]
        if before or after:
            reading = Reading((range(-before, 1 - before),), 1, size, outputs, mode)
            place = places.along(place, axis, reading, outputs)
    return place


_NAMES: Mapping[Rule, str] = {
    _joined: "Add Sub Mul Div Sum Max Min Mean Where And Or Xor Equal Greater GreaterOrEqual Less "
    "LessOrEqual Mod Pow BitShift BitwiseAnd BitwiseOr BitwiseXor Clip QuantizeLinear "
    "DequantizeLinear Identity Cast CastLike Dropout PRelu",
    _normalised: "BatchNormalization InstanceNormalization GroupNormalization LayerNormalization "
    "RMSNormalization MeanVarianceNormalization",
    _softmax: "Softmax LogSoftmax Hardmax",
    _product: "MatMul Gemm MatMulInteger QLinearMatMul",
    _einsum: "Einsum",
    _reduced: "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin "
    "ReduceProd ReduceSum ReduceSumSquare ArgMax ArgMin GlobalAveragePool GlobalMaxPool",
    _reshaped: "Reshape Flatten Squeeze Unsqueeze",
    _permuted: "Transpose",
    _expanded: "Expand",
    _concatenated: "Concat",
    _split: "Split",
    _sliced: "Slice",
    _gathered: "Gather",
    _recurrent: "LSTM GRU RNN",
    _attention: "Attention",
    _padded: "Pad",
}
_RULES: Mapping[str, Rule] = {
    name: rule for rule, names in _NAMES.items() for name in sorted(names_in(names))
}
