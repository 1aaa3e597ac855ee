"""What operations of torch read that mix axes: reductions, norms, products, attention."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.atoms import BOUND, Place, fresh, loosened
from convcli.engine.network.places import Places
from convcli.inputs.networks.recording.called import Called
from convcli.inputs.networks.recording.moving import smeared

Rule = Callable[[Called, Places, Sequence[Shape]], "Place | list[Place]"]


def _axes_of(called: Called, name: str = "dim") -> list[int]:
    """The axes that an operation reduces; all where none is specified."""
    axes = called.get(name)
    every = list(range(len(called.place().axes)))
    return [axes] if isinstance(axes, int) else list(axes) if axes else every


def _reduced(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    if "other" in called.values:  # of two tensors, cell by cell
        inputs = [fact.place for fact in called.facts]
        return [places.joined([*inputs, places.constant(shapes[0])])]
    mixed = places.mixed(called.place(), _axes_of(called), kept=False)
    return [places.reshaped(mixed, shape) for shape in shapes]


def _mixed(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    return places.mixed(called.place(), _axes_of(called))


def _last_axes_normalised(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    count = len(called["normalized_shape"])
    rank = len(called.place().axes)
    mixed = places.mixed(called.place(), range(rank - count, rank))
    return [mixed, *(places.unknown([mixed], shape) for shape in shapes[1:])]


def _cells_normalised(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    """GroupNorm and InstanceNorm: all cells of an instance."""
    place = called.place()
    if "group_norm" in called.name:
        groups = called.get("num_groups", called.get("group", 0))
        place = places.with_channels_mixed(place, is_all=groups == 1)
    mixed = places.mixed(place, range(2, len(place.axes)))
    return [mixed, *(places.unknown([mixed], shape) for shape in shapes[1:])]


def _batch_normalised(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    """By the running statistics, or by those of the batch where there are none."""
    if called.shape("running_mean") is None or called.get("training"):
        return _cells_normalised(called, places, shapes)
    return [called.place(), *(places.constant(shape) for shape in shapes[1:])]


def _linear(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    mixed = places.mixed(called.place(), [-1], kept=False)
    made = mixed._replace(axes=(*mixed.axes[:-1], fresh(shapes[0][-1])))
    others = [fact.place for name in ("weight", "bias") for fact in called.facts_of(name)]
    return places.joined([made, *map(places.scalar, others)])


def _multiplied(first: str, second: str, *added: str) -> Rule:
    """Rows of the first with columns of the second."""

    def rule(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
        one, two = called.place(first), called.place(second)
        one = places.mixed(one, [-1], kept=False)
        two = places.mixed(two, [-2 if len(two.axes) > 1 else -1], kept=False)
        if len(called.place(second).axes) == 1:
            one = one._replace(axes=one.axes[:-1])
            two = two._replace(axes=())
        elif len(called.place(first).axes) == 1:
            one = one._replace(axes=())
            two = two._replace(axes=(*two.axes[:-2], two.axes[-1]))
        inputs = [one, two, *(called.place(name) for name in added)]
        return places.joined(inputs)

    return rule


def _einsum(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    inputs, result = called["equation"].replace(" ", "").split("->")
    operands = []
    for letters, fact in zip(inputs.split(","), called.facts_of("tensors"), strict=True):
        if len(set(letters)) < len(letters):
            raise ValueError(letters)
        summed = [at for at, letter in enumerate(letters) if letter not in result]
        mixed = places.mixed(fact.place, summed, kept=False)
        axes = tuple(
            mixed.axes[letters.index(letter)] if letter in letters else () for letter in result
        )
        operands.append(mixed._replace(axes=axes))
    return places.joined(operands)


def _attention(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """A query sees itself, and the keys and values at all places; at most, behind a mask."""
    query = places.mixed(called.place("query"), [-1], kept=False)
    masked = bool(called.get("is_causal")) or called.shape("attn_mask") is not None
    others = [
        places.mixed(
            places.mixed(called.place(name), [-2], kept=False, is_bound=masked), [-1], kept=False
        )
        for name in ("key", "value")
    ]
    if len({place.shape[:-2] for place in (query, *others)}) > 1:
        raise ValueError("heads in groups")
    masks = [places.scalar(fact.place) for fact in called.facts_of("attn_mask")]
    joined = places.joined([query, *others, *masks, places.constant(shapes[0])])
    return loosened(joined, BOUND, lambda term: True) if masked else joined


def _recurrent(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    """Both directions see the whole sequence together; one sees what came before."""
    if called.get("batch_sizes") is not None:
        raise ValueError("a packed sequence")
    place, first = called.place("input"), called["batch_first"]
    axis = 1 if first and len(place.axes) > 2 else 0
    mixed = places.mixed(place, [-1], kept=False)
    mixed = places.mixed(mixed, [axis]) if called["bidirectional"] else so_far(places, mixed, axis)
    made = fresh(shapes[0][-1])
    unlike = mixed.unlike | set(made if called["bidirectional"] else ())
    output = mixed._replace(axes=(*mixed.axes[:-1], made), unlike=unlike)
    joined = places.joined([output, *(fact.place for fact in called.facts_of("hx"))])
    if called.facts_of("hx") and any(fact.source is not None for fact in called.facts_of("hx")):
        return [places.unknown([joined], shape) for shape in shapes]
    return [output, *(places.unknown([place], shape) for shape in shapes[1:])]


def so_far(places: Places, place: Place, axis: int) -> Place:
    """An axis whose units see the cells up to their own."""
    return places.listed(place, axis, [range(at + 1) for at in range(place.shape[axis])])


def _stepped(called: Called, places: Places, shapes: Sequence[Shape]) -> list[Place]:
    """One step of a recurrent layer: all features of the input and of the state."""
    inputs = [fact.place for name in ("input", "hx") for fact in called.facts_of(name)]
    mixed = [places.mixed(place, [-1], kept=False) for place in inputs]
    return [places.joined([*mixed, places.constant(shape)]) for shape in shapes]


def _transformed(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """A Fourier transform: every number along its axes."""
    axes = called.get("dim")
    axes = [axes] if isinstance(axes, int) else axes or range(len(called.place().axes))
    place = places.mixed(called.place(), axes, kept=False)
    opened = [
        atoms if size == old else fresh(size)
        for atoms, size, old in zip(place.axes, shapes[0], place.shape, strict=True)
    ]
    return place._replace(axes=tuple(opened))


def _as_complex(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    return places.mixed(called.place(), [-1], kept=False)._replace(axes=called.place().axes[:-1])


def _accumulated(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """Along an axis, as far as the cell itself."""
    place = called.place()
    return so_far(places, place, called["dim"] % len(place.axes)) if place.axes else place


def _renormed(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """Each slice by its own norm."""
    place = called.place()
    own = called["dim"] % len(place.axes)
    return places.mixed(place, [axis for axis in range(len(place.axes)) if axis != own])


def _sorted(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """In an order that depends on the numbers."""
    return smeared(places, called.place(), _axes_of(called))


_NAMES: Mapping[Rule, str] = {
    _reduced: "sum mean amax amin max min median nanmean nansum var std var_mean std_mean norm "
    "linalg_vector_norm prod any all logsumexp argmax argmin count_nonzero aminmax",
    _mixed: "softmax log_softmax _softmax _log_softmax _safe_softmax softmin",
    _accumulated: "cumsum cumprod cummax cummin logcumsumexp",
    _renormed: "renorm",
    _sorted: "sort argsort",
    _last_axes_normalised: "layer_norm rms_norm native_layer_norm _fused_rms_norm",
    _cells_normalised: "group_norm instance_norm native_group_norm",
    _batch_normalised: "batch_norm native_batch_norm _native_batch_norm_legit_no_training",
    _linear: "linear",
    _multiplied("self", "mat2"): "mm bmm",
    _multiplied("self", "other"): "matmul",
    _multiplied("mat1", "mat2", "self"): "addmm",
    _multiplied("batch1", "batch2", "self"): "baddbmm",
    _multiplied("self", "vec"): "mv",
    _einsum: "einsum",
    _attention: "scaled_dot_product_attention",
    _recurrent: "lstm gru rnn_tanh rnn_relu",
    _stepped: "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell",
    _transformed: "fft_fft fft_ifft fft_rfft fft_irfft fft_fft2 fft_ifft2 fft_rfft2 fft_irfft2 "
    "fft_fftn fft_ifftn fft_rfftn fft_irfftn",
    _as_complex: "view_as_complex",
}
MIXING_RULES: Mapping[str, Rule] = {
    name: rule for rule, names in _NAMES.items() for name in names.split()
}
