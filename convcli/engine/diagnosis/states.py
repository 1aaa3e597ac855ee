"""The weights of a checkpoint that do not fit a model, grouped by cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from convcli.engine.diagnosis.values import Diagnosis, Group, Number, Saying
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape

PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "state_dict.", "backbone.", "encoder.")
VECTOR, MATRIX = 1, 2  # axes of a bias or a norm's weight, of a Linear's


class Mismatch(NamedTuple):
    """A tensor by its name, its shape in the checkpoint, and that in the model."""

    key: str
    checkpoint: Shape
    model: Shape

    @property
    def layer(self) -> str:
        """The name of the layer that has it."""
        return self.key.rpartition(".")[0]


def cause_of(item: Mismatch) -> str:
    """What differs: the argument of the layer, or the order of the axes.

    >>> cause_of(Mismatch("conv1.weight", Shape((64, 3, 7, 7)), Shape((64, 1, 7, 7))))
    'in_channels'
    >>> cause_of(Mismatch("up.weight", Shape((32, 16, 4, 4)), Shape((16, 32, 4, 4))))
    'swapped'
    """
    there, here = item.checkpoint, item.model
    if len(there) != len(here):
        return "rank"
    if len(there) <= VECTOR:
        return "out_channels"
    if (there[1], there[0]) == (here[0], here[1]) and there[2:] == here[2:]:
        return "swapped"
    if len(there) > MATRIX and sorted(there) == sorted(here) and _moved(there, here):
        return "order"
    differs = tuple(d for d in range(len(there)) if there[d] != here[d])
    if len(there) == MATRIX:
        names: dict[tuple[int, ...], str] = {(0,): "out_features", (1,): "in_features"}
        return names.get(differs, "features")
    if any(d > 1 for d in differs):
        return "kernel_size"
    names = {(0,): "out_channels", (1,): "in_channels"}
    return names.get(differs, "channels")


def _moved(there: Shape, here: Shape) -> bool:
    """Whether the kernel stands first in the checkpoint, as in TensorFlow: (*k, in, out)."""
    return (there[-1], there[-2], *there[:-2]) == here


def loaded(
    mismatches: Sequence[Mismatch], missing: Sequence[str] = (), unexpected: Sequence[str] = ()
) -> Diagnosis:
    """The diagnosis of a load_state_dict that failed.

    >>> found = loaded([], ["0.weight"], ["module.0.weight"])
    >>> found.why.key, found.changes[0].value
    ('prefix', 'module.')
    """
    numbers = tuple(
        Number(name, value, item.key)
        for item in mismatches
        for name, value in (("checkpoint", item.checkpoint), ("model", item.model))
    )
    numbers += tuple(Number("missing", key, "model") for key in missing)
    numbers += tuple(Number("unexpected", key, "checkpoint") for key in unexpected)
    if mismatches:
        return _mismatched(mismatches, numbers)
    what = Saying("state_dict.keys", {"missing": len(missing), "unexpected": len(unexpected)})
    why, changes = _prefixed(missing, unexpected)
    is_sure = why is None or why.key in ("prefix", "prefix_lost")
    return Diagnosis(what, numbers, why, is_sure, changes)


def _prefixed(
    missing: Sequence[str], unexpected: Sequence[str]
) -> tuple[Saying | None, tuple[Change, ...]]:
    """A prefix that all names of the checkpoint, or of the model, have and the others lack."""
    partial = Change("not_strict", "strict", False)
    for there, here, key in ((unexpected, missing, "prefix"), (missing, unexpected, "prefix_lost")):
        if not there or not here:
            continue
        prefix = _prefix(there, set(here))
        if prefix:
            fields = {"prefix": prefix, "length": len(prefix)}
            change = Change(
                "strip" if key == "prefix" else "add_prefix", "state_dict", prefix, fields
            )
            return Saying(key, fields), (change,)
    if missing and not unexpected:
        return Saying("newer_model"), (partial,)
    if unexpected and not missing:
        return Saying("older_model"), (partial,)
    return Saying("other_names"), (partial,)


def _prefix(there: Sequence[str], here: set[str]) -> str:
    for name in there:
        for other in here:
            if name.endswith(f".{other}"):
                prefix = name.removesuffix(other)
                if all(each.startswith(prefix) for each in there):
                    return prefix
    return next((p for p in PREFIXES if all(name.startswith(p) for name in there)), "")


def _mismatched(items: Sequence[Mismatch], numbers: tuple[Number, ...]) -> Diagnosis:
    """Grouped by cause: the vectors of a layer belong to the cause of its weight."""
    causes = {item.layer: cause_of(item) for item in items if len(item.model) > VECTOR}
    grouped = Counter(causes.get(item.layer) or cause_of(item) for item in items)
    groups = [(cause, count) for cause, count in grouped.most_common()]
    first = next(
        (item for item in items if len(item.model) > VECTOR and cause_of(item) == groups[0][0]),
        items[0],
    )
    what = Saying(
        "state_dict.shapes" if len(items) > 1 else "state_dict.shape",
        {
            "count": len(items),
            "key": first.key,
            "checkpoint": first.checkpoint,
            "model": first.model,
        },
    )
    times = _factor(items)
    why = Saying(f"state_{groups[0][0]}", _fields(first))
    if len(groups) > 1:
        second = Saying(f"state_{groups[1][0]}", _fields(first))
        why = Saying("state_both", {"first": why, "second": second})
    is_sure = times is None or len({item.layer for item in items}) == 1
    if not is_sure:
        why = Saying("width", {"times": times})
    changes: list[Change] = []
    for cause, _ in groups:
        own = _first(items, causes, cause)
        changes[-1:] = _changes(first if cause == groups[0][0] else own, cause)
    sorted_out = tuple(
        Group(Saying(f"state_{cause}"), count, _first(items, causes, cause).key)
        for cause, count in groups
    )
    shown = sorted_out if len(items) > 1 else ()
    return Diagnosis(what, numbers, why, is_sure, tuple(changes), groups=shown)


def _first(items: Sequence[Mismatch], causes: Mapping[str, str], cause: str) -> Mismatch:
    """The first tensor that differs for this reason."""
    return next(item for item in items if (causes.get(item.layer) or cause_of(item)) == cause)


def _fields(item: Mismatch) -> dict[str, object]:
    return {"key": item.key, "checkpoint": item.checkpoint, "model": item.model}


def _factor(items: Sequence[Mismatch]) -> str | None:
    """The factor between all sizes that differ, where it is one: the width of the model."""
    ratios = {
        Fraction(there, here)
        for item in items
        if len(item.checkpoint) == len(item.model)
        for there, here in zip(item.checkpoint, item.model, strict=True)
        if there != here and here
    }
    return str(next(iter(ratios))) if len(ratios) == 1 else None


ARGUMENTS = {  # the place of an argument in the shape of a weight
    "in_channels": 1, "out_channels": 0, "in_features": 1, "out_features": 0,
}  # fmt: skip


def _changes(item: Mismatch, cause: str) -> list[Change]:
    drop = Change("drop_keys", "strict", False, {"key": item.key})
    if cause == "swapped":
        return [Change("swap_checkpoint", "weight", item.model, {"key": item.key}, item.model)]
    if cause == "order":
        axes = len(item.model)
        order = (axes - 1, axes - 2, *range(axes - 2))
        fields = {"key": item.key, "order": ", ".join(map(str, order))}
        return [Change("order_checkpoint", "weight", item.model, fields, item.model)]
    fields = {"layer": item.layer or item.key, "key": item.key}
    if cause in ARGUMENTS:
        place = ARGUMENTS[cause] if len(item.checkpoint) > VECTOR else 0
        return [Change("as_checkpoint", cause, item.checkpoint[place], fields), drop]
    if cause == "kernel_size":
        kernel = tuple(item.checkpoint[2:])
        value = kernel[0] if len(set(kernel)) == 1 else kernel
        return [Change("as_checkpoint", cause, value, fields), drop]
    if cause in ("channels", "features"):
        names = ("in_channels", "out_channels")
        if cause == "features":
            names = ("in_features", "out_features")
        first, second = item.checkpoint[1], item.checkpoint[0]
        return [
            Change("as_checkpoint", names[0], first, fields),
            Change("as_checkpoint", names[1], second, fields),
            drop,
        ]
    return [drop]
