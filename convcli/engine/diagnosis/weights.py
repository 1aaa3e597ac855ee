"""Weights of other shapes than a layer of a framework has."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt, prod

from convcli.engine.diagnosis.counts import channel_counts
from convcli.engine.diagnosis.values import MOST_CHANGES, Diagnosis, Number, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape


def given_weight(layer: str, wants: Sequence[int], got: Sequence[int]) -> Diagnosis:
    """An array of weights of another shape than a layer's.

    >>> found = given_weight("conv2d", (3, 3, 3, 8), (8, 3, 3, 3))
    >>> found.why.key, found.changes[0].fields["order"]
    ('weight_of_torch', (2, 3, 1, 0))
    """
    fields = {"name": layer, "wants": Shape(wants), "got": Shape(got)}
    numbers = (*numbers_of("layer", weight=Shape(wants)), *numbers_of("weight", weight=Shape(got)))
    what = Saying("weight.shape", fields)
    order = weight_order(wants, got)
    if order is not None:
        last = len(wants) - 1
        kernel_first = order == (*range(2, last + 1), 1, 0)
        why = Saying("weight_of_torch" if kernel_first else "weight_axes_moved")
        if len(wants) == 2:
            why = Saying("matrix_of_torch")
        change = Change("order_weight", "weight", Shape(wants), {"order": order}, Shape(wants))
        return Diagnosis(what, numbers, why, True, (change,))
    key, argument, value = _argument(wants, got)
    changes = (Change(key, argument, value, {"name": layer}),) if key else ()
    return Diagnosis(what, numbers, None, True, changes)


def weight_order(wants: Sequence[int], got: Sequence[int]) -> tuple[int, ...] | None:
    """The order of axes that makes one weight's shape the other's; None where none is usual.

    >>> weight_order((3, 3, 16, 32), (32, 16, 3, 3)), weight_order((8, 3), (3, 8))
    ((2, 3, 1, 0), (1, 0))
    """
    axes = len(wants)
    if axes != len(got) or tuple(wants) == tuple(got):
        return None
    usual = [
        (*range(2, axes), 1, 0),
        (axes - 1, axes - 2, *range(axes - 2)),
        (*range(2, axes), 0, 1),
        (1, 0, *range(2, axes)),
        (axes - 1, *range(axes - 1)),
        (*range(1, axes), 0),
    ]
    for order in usual:
        if len(set(order)) == axes and tuple(got[axis] for axis in order) == tuple(wants):
            return order
    return None


def _argument(wants: Sequence[int], got: Sequence[int]) -> tuple[str, str, object]:
    """The argument of a layer (*k, in, out) that has the other weight."""
    if len(wants) != len(got):
        return "", "", None
    differs = [axis for axis in range(len(wants)) if wants[axis] != got[axis]]
    last = len(wants) - 1
    if differs == [last]:
        return "filters", "out_channels", got[last]
    if differs == [last - 1]:
        return "weight_inputs", "in_channels", got[last - 1]
    if all(axis < last - 1 for axis in differs):
        return "kernel", "kernel_size", Shape(got[: last - 1])
    return "", "", None


def parameter_inputs(
    name: str, stored: Sequence[int], implied: Sequence[int], *, is_first: bool, rebuild: str
) -> Diagnosis | None:
    """A stored weight, and the one that the input of the layer implies.

    `is_first`: the weight is (O, I, *k), else (*k, I, O). None where they differ otherwise.

    >>> parameter_inputs("Conv2D", (64, 3, 7, 7), (64, 1, 7, 7), is_first=True,
    ...                  rebuild="in_channels").changes[0].key
    'repeat_gray'
    """
    if len(stored) != len(implied) or len(stored) < 2:
        return None
    place = 1 if is_first else len(stored) - 2
    differs = [axis for axis in range(len(stored)) if stored[axis] != implied[axis]]
    shapes = (
        *numbers_of("parameter", weight=Shape(stored)),
        *numbers_of("implied", weight=Shape(implied)),
    )
    if differs != [place]:
        what = Saying(
            "weight.stored", {"name": name, "stored": Shape(stored), "implied": Shape(implied)}
        )
        return Diagnosis(what, shapes, None, True, (Change("initialise", "params"),))
    takes, got = stored[place], implied[place]
    if len(stored) == 2:
        return _features(name, takes, got, shapes, rebuild)
    found = channel_counts(name, takes, got, is_last=not is_first, rebuild=rebuild)
    return found._replace(numbers=(*found.numbers, *shapes))


def _features(
    name: str, takes: int, got: int, shapes: tuple[Number, ...], rebuild: str
) -> Diagnosis:
    fields = {"name": name, "takes": takes, "got": got}
    what = Saying("input.feature_counts", fields)
    numbers = (*numbers_of("layer", in_features=takes), *numbers_of("input", features=got), *shapes)
    key = "in_features" if rebuild == "in_channels" else rebuild
    changes = [Change(key, "in_features", got, {"got": got, "name": name, "outs": None})]
    why = None
    larger, smaller = max(takes, got), max(1, min(takes, got))
    if larger % smaller == 0 and isqrt(larger // smaller) ** 2 == larger // smaller > 1:
        times = isqrt(larger // smaller)
        why = Saying("picture_times" if got > takes else "picture_less", {"times": times})
    elif takes >= 1024 and got >= 64:
        why = Saying("picture_other")
    if why is not None:
        changes.insert(0, Change("picture_size", "input", None, {"takes": takes, "got": got}))
    return Diagnosis(what, numbers, why, why is None, tuple(changes))


def vector_of(name: str, stored: int, implied: int) -> Diagnosis:
    """A scale, a bias or a statistic of `stored` channels on an input of `implied`."""
    what = Saying("batch_norm.num_features", {"features": stored, "got": implied})
    numbers = (*numbers_of("layer", num_features=stored), *numbers_of("input", channels=implied))
    change = Change("num_features", "num_features", implied, {"name": name})
    return Diagnosis(what, numbers, None, True, (change,))


def weight_count(
    layer: str, count: int, kernel: Sequence[int], ins: int, outs: int, groups: int = 1
) -> Diagnosis:
    """A file with another number of weights than a layer has: which size would fit.

    >>> weight_count("conv", 3456, (1, 1), 192, 255).changes[0].value
    18
    """
    cells = prod(kernel)
    expected = ins * cells * outs // groups
    fields = {"name": layer, "count": count, "expected": expected}
    numbers = (
        *numbers_of("weight", count=count, expected=expected),
        *numbers_of(
            "layer", kernel_size=tuple(kernel), in_channels=ins, out_channels=outs, groups=groups
        ),
    )
    changes = []
    if count * groups % (ins * cells) == 0:
        changes.append(Change("argument", "out_channels", count * groups // (ins * cells)))
    if count * groups % (outs * cells) == 0:
        changes.append(Change("argument", "in_channels", count * groups // (outs * cells)))
    left = count * groups // (ins * outs) if count * groups % (ins * outs) == 0 else 0
    if left and isqrt(left) ** 2 == left and len(kernel) == 2:
        changes.append(Change("argument", "kernel_size", (isqrt(left), isqrt(left))))
    why = Saying("other_model")
    return Diagnosis(
        Saying("weight.count", fields), numbers, why, False, tuple(changes[:MOST_CHANGES])
    )


def shared_weight(layer: str, source: Sequence[int], target: Sequence[int]) -> Diagnosis:
    """A layer that shares the weights of another net, and has another shape."""
    fields = {"name": layer, "wants": Shape(source), "got": Shape(target)}
    numbers = (
        *numbers_of("source", weight=Shape(source)),
        *numbers_of("target", weight=Shape(target)),
    )
    change = Change("same_input_dim", "input_dim", None, {})
    return Diagnosis(
        Saying("weight.shared", fields), numbers, Saying("other_inputs"), False, (change,)
    )
