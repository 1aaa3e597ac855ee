"""What the outputs of ONNX operators read, as places of their values.

Layers with readings bring them; views and permutations rename axes; products and reductions mix
them. Of an operator that is neither, only what it depends on is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from convcli.engine.geometry.tap_patterns import Reading
from convcli.engine.network.atoms import BOUND, Place, fresh, loosened
from convcli.engine.network.layers.activations import Pointwise, PReLU
from convcli.engine.network.layers.computed import Counted
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.places import Places
from convcli.errors import ConvError
from convcli.inputs.networks.onnx_mixing import MIXING_RULES
from convcli.inputs.networks.onnx_node import names_in
from convcli.inputs.networks.onnx_operators import pad_mode_of, pads_of
from convcli.inputs.networks.onnx_ran import Ran, Rule, with_others

_DAMAGE = (LookupError, ValueError, TypeError, ArithmeticError, ConvError)


def place_of(ran: Ran, places: Places) -> Place | None:
    """The place of a node's output; None where no rule makes its shape."""
    rule = _RULES.get(ran.node.kind)
    layer = ran.layer.layer if isinstance(ran.layer, Counted) else ran.layer
    try:
        if rule is None:
            rule = _joined if isinstance(layer, (Pointwise, PReLU)) else _by_layer
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
    made, groups = place, 1
    if isinstance(layer, Convolution):
        groups = layer.spec.groups
        made = places.mixed(place, [1], kept=False)
    elif ran.output[1] != place.shape[1]:
        raise ValueError("channels that become cells")
    for d, reading in enumerate(readings):
        spec = None
        if isinstance(layer, Convolution):
            of_axis = (layer.spec.axes[d],)
            spec = replace(
                layer.spec, in_channels=1, out_channels=1, groups=1, bias=False, axes=of_axis
            )
        made = places.along(made, 2 + d, reading, ran.output[2 + d], spec)
    if isinstance(layer, Convolution):
        channels = fresh(ran.output[1])
        unlike = set(channels) if groups > 1 and places.depends(place, 1) else set()
        axes = (made.axes[0], channels, *made.axes[2:])
        made = made._replace(axes=axes, unlike=made.unlike | unlike)
    return with_others(made, ran, places)


def _first(ran: Ran, places: Places) -> Place:
    """The second input says a type only."""
    return ran.places[0]


def _to_space(ran: Ran, places: Places) -> Place:
    """DepthToSpace: channels become cells, the blocks first or the columns and rows first."""
    place, block = ran.places[0], ran.node.integer("blocksize", 1)
    batch, channels, *sizes = place.shape
    rest, rank = channels // block ** len(sizes), len(sizes)
    blocks, cells = range(rank), range(rank + 2, 2 * rank + 2)
    if ran.node.word("mode", "DCR") == "DCR":
        shape, kept, moved = (
            (batch, *[block] * rank, rest, *sizes),
            rank + 1,
            [1 + d for d in blocks],
        )
    else:
        shape, kept, moved = (batch, rest, *[block] * rank, *sizes), 1, [2 + d for d in blocks]
    order = [0, kept]
    for cell, one in zip(cells, moved, strict=True):
        order += [cell, one]
    return places.reshaped(places.permuted(places.reshaped(place, shape), order), ran.output)


def _to_depth(ran: Ran, places: Places) -> Place:
    """SpaceToDepth: the cells of a block become channels, the blocks first."""
    place, block = ran.places[0], ran.node.integer("blocksize", 1)
    batch, channels, *sizes = place.shape
    cut = [part for size in sizes for part in (size // block, block)]
    rank = len(sizes)
    order = [0, *(3 + 2 * d for d in range(rank)), 1, *(2 + 2 * d for d in range(rank))]
    split = places.reshaped(place, (batch, channels, *cut))
    return places.reshaped(places.permuted(split, order), ran.output)


def _tiled(ran: Ran, places: Places) -> Place:
    """Copies behind each other."""
    place = ran.places[0]
    for axis, (size, outputs) in enumerate(zip(place.shape, ran.output, strict=True)):
        if size != outputs:
            cells = [range(at % size, at % size + 1) for at in range(outputs)]
            place = places.listed(place, axis, cells)
    return place


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
    """A part; parts that are one row see the same, or no more than all of them together."""
    place, axis = ran.places[0], ran.node.integer("axis", 0)
    size = ran.output[axis]
    parts = [places.part(place, axis, first, 1, size) for first in ran.firsts]
    if len(parts) == 1 or not places.lies_on(place, axis % len(place.axes)):
        return parts[0]
    return loosened(places.joined(parts), BOUND, lambda term: True)


def _sliced(ran: Ran, places: Places) -> Place:
    """Slices of several axes: starts, ends, axes, steps."""
    place = ran.places[0]
    starts = ran.integers("starts", 1)
    if starts is None:
        raise LookupError("starts")
    axes = ran.integers("axes", 3) or range(len(starts))
    steps = ran.integers("steps", 4) or [1] * len(starts)
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
    _joined: "Max Min Mean Or Xor Equal Greater GreaterOrEqual Less "
    "LessOrEqual Mod Pow BitShift BitwiseAnd BitwiseOr BitwiseXor Clip QuantizeLinear "
    "DequantizeLinear Identity Cast Dropout PRelu",
    _first: "CastLike",
    _reshaped: "Reshape Flatten Squeeze Unsqueeze",
    _permuted: "Transpose",
    _expanded: "Expand",
    _tiled: "Tile",
    _concatenated: "Concat",
    _split: "Split",
    _sliced: "Slice",
    _gathered: "Gather",
    _padded: "Pad",
    _to_space: "DepthToSpace",
    _to_depth: "SpaceToDepth",
}
_RULES: Mapping[str, Rule] = {
    **{name: rule for rule, names in _NAMES.items() for name in sorted(names_in(names))},
    **MIXING_RULES,
}
