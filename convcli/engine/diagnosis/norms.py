"""Normalisations: other channels, other axes, too few numbers, groups that do not divide."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.diagnosis.values import MOST_TRIED, Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape

BATCH_NORM_AXES = ((2, 3), (4,), (5,))
RANK_OF_AXES = {2: 1, 3: 1, 4: 2, 5: 3}  # of the layer that takes an input of so many axes


def batch_norm(got: int, features: int, parameter: str = "running_mean") -> Diagnosis:
    """A BatchNorm of `features` channels on an input that has `got`.

    >>> batch_norm(57, 64).changes[0].value
    57
    """
    what = Saying("batch_norm.num_features", {"features": features, "got": got})
    numbers = (*numbers_of("layer", num_features=features), *numbers_of("input", channels=got))
    changes = [Change("num_features", "num_features", got, {})]
    why = None
    if got == 1:
        changes.append(Change("squeeze_channels", "input", None, {"features": features}))
        why = Saying("axis_of_one")
    elif got == 2 * features:
        why = Saying("concatenated", {"takes": features, "got": got})
    elif features == 2 * got:
        why = Saying("not_concatenated", {"takes": features, "got": got})
    return Diagnosis(what, numbers, why, why is None, tuple(changes))


def one_value(input: Sequence[int], kind: str = "batch") -> Diagnosis:
    """A norm in training of an input (N, C, *sizes) with one value a channel."""
    shape = Shape(input)
    what = Saying(f"{kind}_norm.one_value", {"input": shape})
    numbers = (*numbers_of("input", input=shape, channels=shape[1] if len(shape) > 1 else None),)
    changes = [Change("eval_mode")]
    if kind == "batch":
        two = Shape((2, *shape[1:]))
        changes.insert(0, Change("larger_batch", "batch_size", 2, {}, two))
    else:
        two = Shape((*shape[:2], *(2 for _ in shape[2:])))
        changes = [Change("larger", "input", Shape(two[2:]), {}, two)]
    return Diagnosis(what, numbers, None, True, tuple(changes))


def norm_axes(wants: Sequence[int], got: int) -> Diagnosis:
    """A norm on an input of `got` axes that takes `wants`; these of BatchNorm are known.

    >>> norm_axes((4,), 5).changes[0].value
    'BatchNorm3d'
    """
    words = " or ".join(map(str, wants))
    what = Saying("batch_norm.input_rank", {"wants": words, "got": got})
    numbers = (
        *numbers_of("layer", dimensions=wants[0] if len(wants) == 1 else tuple(wants)),
        *numbers_of("input", dimensions=got),
    )
    changes: list[Change] = []
    if got + 1 == wants[0]:
        changes.append(Change("add_batch_axis", "input", None, {"wants": wants[0]}))
    rank = RANK_OF_AXES.get(got)
    is_batch_norm = tuple(wants) in BATCH_NORM_AXES
    if rank is not None and is_batch_norm:
        changes.append(Change("other_norm", "layer", f"BatchNorm{rank}d", {"rank": rank}))
    changes.sort(key=lambda change: change.key != "add_batch_axis")
    kind = None if is_batch_norm else "norm.input_rank"
    return Diagnosis(what, numbers, None, True, tuple(changes), (), kind)


def group_norm(channels: int, groups: int, input: Sequence[int] | None = None) -> Diagnosis:
    """A GroupNorm whose groups do not divide the channels; the nearest that does helps.

    >>> group_norm(8, 3).changes[0].value
    4
    """
    what = Saying("group_norm.groups", {"channels": channels, "groups": groups})
    numbers = (
        *numbers_of("layer", num_groups=groups, num_channels=channels),
        *numbers_of("input", input=None if input is None else Shape(input)),
    )
    legal = [n for n in range(1, min(channels, MOST_TRIED) + 1) if channels % n == 0]
    near = sorted(legal, key=lambda n: (abs(n - groups), -n))[:2]
    changes = [Change("num_groups", "num_groups", n, {"channels": channels}) for n in near]
    return Diagnosis(what, numbers, None, True, tuple(changes))


def layer_norm(shape: Sequence[int], input: Sequence[int]) -> Diagnosis:
    """A LayerNorm of a shape that the input does not end with."""
    ends = Shape(input[len(input) - len(shape) :])
    what = Saying("layer_norm.normalized_shape", {"shape": Shape(shape), "input": Shape(input)})
    numbers = (
        *numbers_of("layer", normalized_shape=Shape(shape)),
        *numbers_of("input", input=Shape(input)),
    )
    changes = [Change("normalized_shape", "normalized_shape", ends, {}, Shape(input))]
    if len(input) > 2 and tuple(shape) == (input[1],):
        last = Shape((input[0], *input[2:], input[1]))
        order = (0, *range(2, len(input)), 1)
        changes.insert(0, Change("order_last", "input", last, {"order": order}, last))
    return Diagnosis(what, numbers, None, True, tuple(changes))
