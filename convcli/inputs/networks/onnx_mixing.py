"""What ONNX operators read that mix axes: reductions, norms, products, attention, sums so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from convcli.engine.network.atoms import BOUND, Place, fresh, loosened
from convcli.engine.network.places import Places
from convcli.inputs.networks.onnx_node import names_in
from convcli.inputs.networks.onnx_ran import Ran, Rule, with_others

_FLAT_SOFTMAX = 13  # the first opset whose Softmax reads one axis
_BATCH_STATISTICS = 7  # the first opset whose BatchNormalization does not train by default


def _batch_normalised(ran: Ran, places: Places) -> Place:
    """By the running statistics; in training by those of the batch."""
    node, place = ran.node, ran.places[0]
    trains = node.integer("training_mode", 0)
    if node.opset < _BATCH_STATISTICS:
        trains = not node.integer("is_test", 0)
    axes = [axis for axis in range(len(place.axes)) if axis != 1] if trains else []
    return with_others(places.mixed(place, axes), ran, places)


def _cells_normalised(ran: Ran, places: Places) -> Place:
    """InstanceNormalization: all cells of a channel; GroupNormalization: of a group of them."""
    place, groups = ran.places[0], ran.node.integer("num_groups", 0)
    if ran.node.kind == "GroupNormalization":
        place = places.with_channels_mixed(place, is_all=groups == 1)
    return with_others(places.mixed(place, range(2, len(place.axes))), ran, places)


def _last_axes_normalised(ran: Ran, places: Places) -> Place:
    place = ran.places[0]
    rank = len(place.axes)
    axes = range(ran.node.integer("axis", -1) % rank, rank)
    return with_others(places.mixed(place, axes), ran, places)


def _mean_variance_normalised(ran: Ran, places: Places) -> Place:
    axes = ran.node.attributes.get("axes")
    return places.mixed(ran.places[0], (0, 2, 3) if axes is None else axes)


def _along_one_axis(ran: Ran, places: Places) -> Place:
    return places.mixed(ran.places[0], [ran.node.integer("axis", -1)])


def _channels_mixed(ran: Ran, places: Places) -> Place:
    """LRN: some channels beside each other."""
    return places.with_channels_mixed(ran.places[0], is_all=False)


def _softmax(ran: Ran, places: Places) -> Place:
    """One axis; before opset 13 all axes from it to the last."""
    place, is_flat = ran.places[0], ran.node.opset < _FLAT_SOFTMAX
    axis = ran.node.integer("axis", 1 if is_flat else -1) % len(place.axes)
    return places.mixed(place, range(axis, len(place.axes)) if is_flat else [axis])


def _product(ran: Ran, places: Places) -> Place:
    """Rows of the first with columns of the second; the last axis of Linear."""
    first, second = _operands(ran, places)
    one = places.mixed(first, [-1], kept=False)
    two = places.mixed(second, [-2 if len(second.axes) > 1 else -1], kept=False)
    if len(second.axes) == 1:
        one, two = one._replace(axes=one.axes[:-1]), two._replace(axes=())
    elif len(first.axes) == 1:
        one, two = one._replace(axes=()), two._replace(axes=(*two.axes[:-2], two.axes[-1]))
    added = [ran.place(2)] if ran.node.kind == "Gemm" and ran.depends(2) else []
    return places.joined([one, two, *added, places.constant(ran.output)])


def _operands(ran: Ran, places: Places) -> tuple[Place, Place]:
    """The two factors, with the transpositions of Gemm."""
    first, second = (
        ran.place(at) for at in ((0, 3) if ran.node.kind == "QLinearMatMul" else (0, 1))
    )
    swap = ran.node.attributes
    return (
        places.permuted(first, (1, 0)) if swap.get("transA") else first,
        places.permuted(second, (1, 0)) if swap.get("transB") else second,
    )


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
    """Over some axes; over all without any, or over none."""
    place = ran.places[0]
    axes = ran.integers("axes", 1)
    if not axes and ran.node.integer("noop_with_empty_axes", 0):
        return place
    mixed = places.mixed(place, axes or range(len(place.axes)), kept=False)
    return places.reshaped(mixed, ran.output)


def _indices_of_extremes(ran: Ran, places: Places) -> Place:
    mixed = places.mixed(ran.places[0], [ran.node.integer("axis", 0)], kept=False)
    return places.reshaped(mixed, ran.output)


def _pooled_globally(ran: Ran, places: Places) -> Place:
    place = ran.places[0]
    return places.mixed(place, range(2, len(place.axes)), kept=False)


def _recurrent(ran: Ran, places: Places) -> Place:
    """(steps, batch, in) to (steps, directions, batch, hidden): the steps so far, or those to come.

    With `layout` 1 the batch comes first.
    """
    if any(ran.depends(at) for at in range(1, len(ran.node.names))):
        raise ValueError("a state that depends on the input")
    first = 1 if ran.node.integer("layout", 0) else 0
    direction = ran.node.word("direction", "forward")
    place = places.mixed(ran.places[0], [2], kept=False)
    steps = place.shape[first]
    if direction == "bidirectional":
        place = places.mixed(place, [first])
    else:
        place = places.listed(place, first, sums_so_far(steps, is_reverse=direction == "reverse"))
    directions, hidden = fresh(ran.output[2 if first else 1]), fresh(ran.output[3])
    axes = (place.axes[0], place.axes[1], directions, hidden)
    if not first:
        axes = (place.axes[0], directions, place.axes[1], hidden)
    return place._replace(axes=axes, unlike=place.unlike | set(directions))


def sums_so_far(
    size: int, *, is_reverse: bool = False, is_exclusive: bool = False
) -> Sequence[range]:
    """The cells before each cell, and its own; in reverse those behind it.

    >>> sums_so_far(3, is_exclusive=True)
    [range(0, 0), range(0, 1), range(0, 2)]
    """
    own = int(is_exclusive)
    if is_reverse:
        return [range(at + own, size) for at in range(size)]
    return [range(at + 1 - own) for at in range(size)]


def _accumulated(ran: Ran, places: Places) -> Place:
    """CumSum and CumProd."""
    place, axes = ran.places[0], ran.integers("axis", 1)
    if not axes:
        raise LookupError("axis")
    axis = axes[0] % len(place.axes)
    reverse, exclusive = (bool(ran.node.integer(one, 0)) for one in ("reverse", "exclusive"))
    windows = sums_so_far(place.shape[axis], is_reverse=reverse, is_exclusive=exclusive)
    return places.listed(place, axis, windows)


def _attention(ran: Ran, places: Places) -> Place:
    """A query sees itself, and the keys and values at all places; at most, behind a mask."""
    masked = bool(ran.node.integer("is_causal", 0)) or ran.node.has(3)
    if any(ran.depends(at) for at in range(3, len(ran.node.names))):
        raise ValueError("a mask or a past that depends on the input")
    query = places.mixed(ran.places[0], [-1], kept=False)
    others = [
        places.mixed(places.mixed(one, [-2], kept=False, is_bound=masked), [-1], kept=False)
        for one in ran.places[1:3]
    ]
    joined = places.joined([query, *others, places.constant(ran.output)])
    return loosened(joined, BOUND, lambda term: True) if masked else joined


def _chosen(ran: Ran, places: Places) -> Place:
    """Where: one of two values, as a mask says; a constant mask is not read."""
    joined = places.joined([*ran.places, places.constant(ran.output)])
    if ran.depends(0):
        return joined
    return _masked(ran, places, 0, ran.places[1], ran.places[2]) or joined


def _weighted(ran: Ran, places: Places) -> Place:
    """Sums and products: what is multiplied by 0, or added to infinity, is not seen."""
    gated = places.skips_gates and ran.node.kind == "Mul"
    joined = places.joined([*ran.places, places.constant(ran.output)], skips_whole=gated)
    for at in range(len(ran.node.names)):
        numbers = None if ran.depends(at) else ran.node.value(at)
        hides = 0.0 if ran.node.kind in ("Mul", "And") else None
        if numbers and any(one == hides or not isfinite(one) for one in numbers):
            nothing = places.constant(ran.output)
            if hides is None or not all(map(isfinite, numbers)):
                return loosened(joined, BOUND, lambda term: True)
            return _masked(ran, places, at, joined, nothing) or joined
    return joined


def _masked(ran: Ran, places: Places, at: int, first: Place, second: Place) -> Place | None:
    """The first value where constant `at` is not 0, the second elsewhere; else a bound of both."""
    numbers, sizes = ran.node.value(at), ran.node.dim(at) or ()
    long = [axis for axis, size in enumerate(sizes) if size > 1]
    if numbers is None or len(long) > 1:
        both = places.joined([first, second, places.constant(ran.output)])
        return loosened(both, BOUND, lambda term: True)
    mask = [int(number != 0) for number in numbers]
    axis = long[0] - len(sizes) + len(ran.output) if long else 0
    return places.chosen(first, second, axis, mask, ran.output)


_NAMES: Mapping[Rule, str] = {
    _batch_normalised: "BatchNormalization",
    _cells_normalised: "InstanceNormalization GroupNormalization",
    _last_axes_normalised: "LayerNormalization RMSNormalization",
    _mean_variance_normalised: "MeanVarianceNormalization",
    _along_one_axis: "LpNormalization com.microsoft.QLinearSoftmax",
    _channels_mixed: "LRN",
    _softmax: "Softmax LogSoftmax Hardmax",
    _product: "MatMul Gemm MatMulInteger QLinearMatMul",
    _einsum: "Einsum",
    _reduced: "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin "
    "ReduceProd ReduceSum ReduceSumSquare",
    _indices_of_extremes: "ArgMax ArgMin",
    _pooled_globally: "GlobalAveragePool GlobalMaxPool GlobalLpPool",
    _recurrent: "LSTM GRU RNN",
    _accumulated: "CumSum CumProd",
    _attention: "Attention",
    _chosen: "Where",
    _weighted: "Add Sub Mul Div Sum And",
}
MIXING_RULES: Mapping[str, Rule] = {
    name: rule for rule, names in _NAMES.items() for name in sorted(names_in(names))
}
