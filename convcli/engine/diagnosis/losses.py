"""Losses: targets of other shapes and types than the output."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape


def loss_shapes(target: Sequence[int], input: Sequence[int]) -> Diagnosis:
    """A loss of a target and an input of other shapes.

    >>> loss_shapes((2, 8, 8), (2, 1, 8, 8)).changes[0].key
    'add_target_axis'
    """
    wanted, got = Shape(input), Shape(target)
    what = Saying("loss.shapes", {"target": got, "input": wanted})
    numbers = (*numbers_of("input", input=wanted), *numbers_of("target", target=got))
    changes: list[Change] = []
    for dim in range(len(wanted)):
        if wanted[dim] == 1 and got == (*wanted[:dim], *wanted[dim + 1 :]):
            changes.append(Change("add_target_axis", "target", wanted, {"dim": dim}, wanted))
            changes.append(Change("drop_input_axis", "input", got, {"dim": dim}, got))
            break
    for dim in range(len(got)):
        if not changes and got[dim] == 1 and wanted == (*got[:dim], *got[dim + 1 :]):
            changes.append(Change("drop_target_axis", "target", wanted, {"dim": dim}, wanted))
    if not changes and len(wanted) == len(got) == 4 and wanted[:2] == got[:2]:
        sizes = Shape(got[2:])
        changes.append(Change("resize_output", "input", got, {"sizes": tuple(sizes)}, got))
    if not changes and len(got) == 1 and len(wanted) == 2 and got[0] == wanted[0]:
        changes.append(Change("one_hot", "target", wanted, {"classes": wanted[1]}, wanted))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def loss_batches(got: int, target: int) -> Diagnosis:
    """A loss whose input has other rows than the target: the batch axis was lost in a view.

    >>> loss_batches(324, 4).why.key
    'batch_in_view'
    """
    what = Saying("loss.batches", {"got": got, "target": target})
    numbers = (*numbers_of("input", batch_size=got), *numbers_of("target", batch_size=target))
    if target and got % target == 0:
        why = Saying("batch_in_view", {"times": got // target})
        change = Change("keep_rows", "input", None, {"batch": target})
        return Diagnosis(what, numbers, why, False, (change,))
    return Diagnosis(what, numbers, Saying("last_batch"), False, (Change("drop_last"),))


def loss_sizes(
    target: Sequence[int], input: Sequence[int] | None = None, wants: Sequence[int] | None = None
) -> Diagnosis:
    """A cross entropy whose target (N, *sizes) is not that of its input (N, C, *sizes)."""
    wanted = Shape(wants) if wants is not None else Shape((*(input or ())[:1], *(input or ())[2:]))
    got = Shape(target)
    what = Saying("loss.target", {"target": got, "wanted": wanted})
    numbers = (
        *numbers_of("target", target=got, wanted=wanted),
        *numbers_of("input", input=None if input is None else Shape(input)),
    )
    changes: list[Change] = []
    if len(got) == len(wanted) + 1 and got[1] == 1:
        changes.append(Change("drop_target_axis", "target", wanted, {"dim": 1}, wanted))
    elif len(got) == len(wanted) and got[0] == wanted[0] and len(got) > 1:
        sizes = tuple(got[1:])
        changes.append(Change("resize_output", "input", got, {"sizes": sizes}))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def loss_axes(axes: int) -> Diagnosis:
    """A cross entropy of pictures whose target has an axis of channels."""
    what = Saying("loss.rank", {"axes": axes})
    change = Change("drop_target_axis", "target", None, {"dim": 1})
    return Diagnosis(what, numbers_of("target", dimensions=axes), None, True, (change,))


def target_kind(message: str) -> Diagnosis:
    """A target of a cross entropy that is no vector of classes, or has another type."""
    changes = {
        "rank": (Change("drop_target_axis", "target", None, {"dim": 1}),
                 Change("classes_of_one_hot", "target")),
        "float": (Change("long_target", "target"),),
        "classes": (Change("float_target", "target"),),
    }[message]  # fmt: skip
    return Diagnosis(Saying(f"loss.target_{message}"), (), None, True, changes)


def integers_or_target(types: Diagnosis) -> Diagnosis:
    """Integers beside fractions: an input of integers, or a target of a cross entropy without."""
    changes = (*types.changes[:2], Change("long_target", "target"))
    return types._replace(why=Saying("integers_or_target"), is_sure=False, changes=changes)
