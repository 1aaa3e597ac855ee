"""Targets and outputs of classifiers that do not agree."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcli.engine.diagnosis.orders import Sizes, shown
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change

FLAT = 2  # axes of an output of classes: (N, classes)


def classes(name: str, output: Sizes, target: Sizes) -> Diagnosis:
    """A target of another shape than the output (N, classes), or (N, *sizes, classes).

    >>> found = classes("dense", (None, 10), (None, 1))
    >>> found.why.key, found.changes[0].key
    ('class_numbers', 'sparse_loss')
    """
    wants, got = tuple(output), tuple(target)
    fields = {"name": name, "input": shown(wants, wants), "target": shown(got, got)}
    numbers = (
        *numbers_of("output", shape=fields["input"]),
        *numbers_of("target", shape=fields["target"]),
    )
    what = Saying("loss.shapes", fields)
    why, changes = _reason(wants, got)
    return Diagnosis(what, numbers, why, why is None, tuple(changes), (), "loss.shapes")


def target_axes(name: str, wants: int, target: Sizes) -> Diagnosis:
    """A target with other axes than the output of a model.

    >>> target_axes("activation", 4, (100, 10)).changes[0].key
    'flatten'
    """
    fields = {"name": name, "wants": wants, "target": shown(target, target), "got": len(target)}
    numbers = (
        *numbers_of("output", dimensions=wants),
        *numbers_of("target", shape=fields["target"], dimensions=len(target)),
    )
    what = Saying("loss.axes_of", fields)
    if len(target) < wants and wants > FLAT:
        changes = (Change("flatten", "input", None, {}),)
        return Diagnosis(what, numbers, Saying("output_not_flat"), False, changes)
    return Diagnosis(what, numbers)


def _reason(wants: Sizes, got: Sizes) -> tuple[Saying | None, Sequence[Change]]:
    count = wants[-1] if wants else None
    is_known = len(got) == 1 and len(wants) == FLAT and None not in (*got, *wants)
    if is_known and got[0] == prod(size or 1 for size in wants) != wants[0]:
        dense = Change("dense_loss", "loss", "categorical_crossentropy")
        return Saying("labels_flat", {"count": count}), [dense]
    numbered = len(got) == len(wants) - 1 or (len(got) == len(wants) and got[-1:] == (1,))
    if numbered and count != 1:
        sparse = Change("sparse_loss", "loss", "sparse_categorical_crossentropy")
        if count is None:
            return Saying("class_numbers", {"count": "?"}), [sparse]
        one_hot = Change(
            "one_hot_labels",
            "target",
            shown((*got[: len(wants) - 1], count), got),
            {"classes": count},
        )
        return Saying("class_numbers", {"count": count}), [sparse, one_hot]
    if len(got) == len(wants) and count == 1 and (got[-1] or 0) > 1:
        units = Change("units", "units", got[-1], {"activation": "softmax"})
        return Saying("one_unit", {"count": got[-1]}), [units]
    if len(wants) > len(got) >= FLAT - 1 and len(wants) > FLAT:
        return Saying("output_not_flat"), [Change("flatten", "input", None, {})]
    if len(got) == len(wants) == FLAT and count is not None and got[-1] is not None:
        return Saying("other_classes", {"count": got[-1]}), [
            Change("units", "units", got[-1], {"activation": "softmax"})
        ]
    return None, []
