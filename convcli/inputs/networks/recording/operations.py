"""What the outputs of the operations of torch read, as places of their values.

An operation without a rule that works cell by cell joins its inputs; torch says which do. One that
is made of others is recorded as those. Of any other only the shape is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.atoms import BOUND, Place, loosened
from convcli.engine.network.places import Places
from convcli.inputs.networks.recording.called import Called
from convcli.inputs.networks.recording.mixing import MIXING_RULES
from convcli.inputs.networks.recording.moving import MOVING_RULES
from convcli.inputs.networks.recording.windows import WINDOW_RULES

Rule = Callable[[Called, Places, Sequence[Shape]], "Place | list[Place]"]


def places_of(
    called: Called, outputs: Sequence[Any], places: Places, *, is_erased: bool = False
) -> tuple[list[Place], bool]:
    """The places of the outputs, and whether they are known; one that is erased sees nothing."""
    shapes = [Shape(tensor.shape) for tensor in outputs]
    if is_erased:
        return [places.constant(shape) for shape in shapes], True
    rule = RULES.get(called.name) or (_joined if called.is_pointwise else None)
    inputs = [fact.place for fact in called.facts]
    if rule is not None:
        try:
            found = rule(called, places, shapes)
        except (LookupError, ValueError, TypeError, ArithmeticError):
            found = []
        listed = found if isinstance(found, list) else [found] * len(shapes)
        if [place.shape for place in listed] == shapes:
            return listed, True
    return [places.unknown(inputs, shape) for shape in shapes], False


def _joined(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """Each cell by itself; a product may leave out gates that see a whole axis."""
    inputs = [fact.place for fact in called.facts]
    gated = places.skips_gates and called.name in ("mul", "multiply")
    return places.joined([*inputs, places.constant(shapes[0])], skips_whole=gated)


def _masked(called: Called, places: Places, shapes: Sequence[Shape]) -> Place:
    """One of two values at each cell, as a mask says; the mask is read too, if it depends.

    A constant mask that is not known leaves a bound.
    """
    name = "condition" if "condition" in called.values else "mask"
    joined = _joined(called, places, shapes)
    if called.depends(name):
        return joined
    names = ("self", "other") if name == "condition" else ("self", "value")
    inputs = [
        [fact.place for fact in called.facts_of(one)] or [places.constant(())] for one in names
    ]
    (first,), (second,) = inputs
    if name == "mask":
        first, second = second, first
    axis, numbers = called.mask(name, len(shapes[0]))
    if numbers is None:
        return loosened(joined, BOUND, lambda term: True)
    return places.chosen(first, second, axis, numbers, shapes[0])


_JOINING = (
    "addcmul addcdiv lerp prelu rrelu rrelu_with_noise maximum minimum "
    "clamp hardtanh hardswish hardsigmoid silu mish gelu elu celu selu softplus relu6 leaky_relu "
    "add sub mul div rsub pow bernoulli complex polar threshold log_sigmoid glu_ nan_to_num "
    "floor_divide remainder fmod true_divide multiply divide subtract relu sigmoid tanh"
)
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_JOINING.split(), _joined),
    **dict.fromkeys(("where", "masked_fill"), _masked),
    **MOVING_RULES,
    **MIXING_RULES,
    **WINDOW_RULES,
}
# They are made of other operations, and are one row all the same; nothing says what they read.
WHOLE_OPERATIONS = frozenset(("stft", "istft", "lstm_cell", "gru_cell", "rnn_tanh_cell",
                              "rnn_relu_cell", "bilinear"))  # fmt: skip
