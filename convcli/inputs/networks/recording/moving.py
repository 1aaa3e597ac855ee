"""What operations of torch read that move numbers: views, slices, copies, shuffles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.atoms import Place, fresh
from convcli.engine.network.places import Places
from convcli.inputs.networks.recording.called import Called

Rule = Callable[[Called, Places, Sequence[Shape]], "Place | list[Place]"]


def _same(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    return called.place()


def _reshaped(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    return places.reshaped(called.place(), shapes[0])


def _permuted(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    return places.permuted(called.place(), called["dims"])


def _transposed(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place = called.place()
    order = list(range(len(place.axes)))
    first, second = (
        called.get("dim0", called.get("axis0", -2)),
        called.get("dim1", called.get("axis1", -1)),
    )
    if order:
        order[first], order[second] = order[second], order[first]
    return places.permuted(place, order)


def _moved(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place = called.place()
    rank = len(place.axes)
    listed = [called[name] for name in ("source", "destination")]
    pairs = [[axes] if isinstance(axes, int) else axes for axes in listed]
    source, destination = ([axis % rank for axis in axes] for axes in pairs)
    rest = iter([axis for axis in range(rank) if axis not in source])
    at = dict(zip(destination, source, strict=True))
    return places.permuted(place, [at[d] if d in at else next(rest) for d in range(rank)])


def _broadcast(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    return places.joined([called.place(), places.constant(shapes[0])])


def _repeated(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """Copies behind each other."""
    output = shapes[0]
    place = places.reshaped(
        called.place(), (1,) * (len(output) - len(called.place().axes)) + called.place().shape
    )
    for axis, (size, outputs) in enumerate(zip(place.shape, output, strict=True)):
        if size != outputs:
            place = places.listed(place, axis, [cell(at % size) for at in range(outputs)])
    return place


def _sliced(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place, axis = called.place(), called["dim"]
    size = place.shape[axis]
    first = called.get("start") or 0
    first = max(0, min(size, first + size if first < 0 else first))
    return places.part(place, axis, first, called.get("step", 1), shapes[0][axis])


def _selected(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place, axis = called.place(), called["dim"]
    size = place.shape[axis]
    return places.reshaped(places.part(place, axis, called["index"] % size, 1, 1), shapes[0])


def _narrowed(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    size = called.place().shape[called["dim"]]
    return places.part(called.place(), called["dim"], called["start"] % size, 1, called["length"])


def _split(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    """Slices one after another."""
    place, axis, first, parts = called.place(), called.get("dim", 0), 0, []
    for shape in shapes:
        parts.append(places.part(place, axis, first, 1, shape[axis]))
        first += shape[axis]
    return parts


def _unbound(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    place, axis = called.place(), called["dim"]
    return [
        places.reshaped(places.part(place, axis, at, 1, 1), shape)
        for at, shape in enumerate(shapes)
    ]


def _concatenated(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    inputs = [fact.place for fact in called.facts if fact.place.shape != (0,)]
    return places.concatenated(inputs, called.get("dim", 0))


def _stacked(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    axis = called["dim"] % len(shapes[0])
    opened = [
        places.reshaped(fact.place, (*fact.place.shape[:axis], 1, *fact.place.shape[axis:]))
        for fact in called.facts
    ]
    return places.concatenated(opened, axis)


def _chosen(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """Some cells of one axis, by numbers: where these are not known, a bound."""
    axis = called["dim"] % len(called.place().axes) if called.place().axes else 0
    return _at_numbers(places, called.place(), axis, None, shapes[0][axis])


def _index_selected(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place = called.place()
    axis = called["dim"] % len(place.axes)
    return _at_numbers(places, place, axis, called.numbers("index"), shapes[0][axis])


def _at_numbers(
    places: Places, place: Place, axis: int, numbers: Sequence[int] | None, outputs: int
) -> Place:
    """The cells of an axis with these numbers; any of them where the numbers are not known."""
    if numbers is None:
        return places.smeared(place, axis, outputs, is_bound=True)
    size = place.shape[axis]
    return places.listed(place, axis, [cell(number % size) for number in numbers])


def cell(at: int) -> range:
    """The window of one cell."""
    return range(at, at + 1)


def _flipped(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place = called.place()
    for axis in called["dims"]:
        size = place.shape[axis]
        place = places.part(place, axis, size - 1, -1, size)
    return place


def _rotated(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """rot90: from the first axis to the second, so many times."""
    place, turns = called.place(), called["k"] % 4
    first, second = (axis % len(place.axes) for axis in called["dims"])
    for axis in {1: (second,), 2: (first, second), 3: (first,)}.get(turns, ()):
        size = place.shape[axis]
        place = places.part(place, axis, size - 1, -1, size)
    order = list(range(len(place.axes)))
    if turns % 2:
        order[first], order[second] = order[second], order[first]
    return places.permuted(place, order)


def smeared(places: Places, place: Place, axes: Iterable[int]) -> Place:
    """Axes of which it is not known which of their cells a unit reads."""
    for axis in {axis % len(place.axes) for axis in axes}:
        if places.depends(place, axis):
            place = places.smeared(place, axis, place.shape[axis])
    return place


def _halved(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place, axis = called.place(), called["dim"]
    size = shapes[0][axis]
    halves = [places.part(place, axis, first, 1, size) for first in (0, size)]
    return places.joined(halves)


def _shuffled(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """PixelShuffle: channels become cells."""
    place, factor = called.place(), called["upscale_factor"]
    *lead, channels, height, width = place.shape
    made = (*lead, channels // factor**2)
    parts = places.reshaped(place, (*made, factor, factor, height, width))
    last = len(made)
    order = (*range(last), last + 2, last, last + 3, last + 1)
    return places.reshaped(places.permuted(parts, order), shapes[0])


def _unshuffled(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place, factor = called.place(), called["downscale_factor"]
    *lead, height, width = place.shape
    cut = (*lead, height // factor, factor, width // factor, factor)
    last = len(lead)
    order = (*range(last), last + 1, last + 3, last, last + 2)
    return places.reshaped(places.permuted(places.reshaped(place, cut), order), shapes[0])


def _channels_shuffled(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place = called.place()
    unlike = not place.unlike.isdisjoint(place.axes[1])
    made = fresh(shapes[0][1])
    if places.lies_on(place, 1):
        raise ValueError("channels that hold cells")
    return place._replace(
        axes=(place.axes[0], made, *place.axes[2:]),
        unlike=place.unlike | set(made if unlike else ()),
    )


def _indexed(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """Cells by numbers; axes that no index is for stay."""
    place, indices = called.place(), called["indices"]
    chosen = [at for at, index in enumerate(indices) if index is not None]
    if len(chosen) != 1 or len(indices[chosen[0]].shape) != 1:
        raise ValueError("several indices")
    axis = chosen[0]
    return _at_numbers(places, place, axis, called.numbers("indices"), shapes[0][axis])


def _embedded(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """Each index by itself, as a row of the weight."""
    place = called.place("indices")
    return place._replace(axes=(*place.axes, fresh(shapes[0][-1])))


def _written(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    source = called.place("src")
    return places.joined([source, places.constant(shapes[0])])


def _as_real(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    place = called.place()
    return place._replace(axes=(*place.axes, fresh(2)))


_NAMES: Mapping[Rule, str] = {
    _same: "clone contiguous to _to_copy detach alias dropout feature_dropout alpha_dropout "
    "feature_alpha_dropout native_dropout lift_fresh real imag conj resolve_conj resolve_neg "
    "type_as lift _conj positive",
    _reshaped: "view reshape flatten unflatten _unsafe_view squeeze unsqueeze view_as reshape_as "
    "_reshape_alias ravel atleast_1d atleast_2d atleast_3d unsafe_view",
    _permuted: "permute",
    _transposed: "transpose t swapaxes swapdims mT numpy_T matrix_H adjoint",
    _moved: "movedim moveaxis",
    _broadcast: "expand expand_as broadcast_to",
    _repeated: "repeat tile",
    _sliced: "slice",
    _selected: "select",
    _narrowed: "narrow",
    _split: "split split_with_sizes chunk unsafe_split unsafe_split_with_sizes unsafe_chunk "
    "tensor_split",
    _unbound: "unbind",
    _concatenated: "cat concat concatenate",
    _stacked: "stack",
    _chosen: "topk gather",
    _index_selected: "index_select",
    _flipped: "flip",
    _rotated: "rot90",
    _halved: "glu",
    _shuffled: "pixel_shuffle",
    _unshuffled: "pixel_unshuffle",
    _channels_shuffled: "channel_shuffle native_channel_shuffle",
    _indexed: "index",
    _embedded: "embedding",
    _written: "copy",
    _as_real: "view_as_real",
}
MOVING_RULES: Mapping[str, Rule] = {
    name: rule for rule, names in _NAMES.items() for name in names.split()
}
