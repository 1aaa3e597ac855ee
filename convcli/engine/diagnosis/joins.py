"""Branches that meet with other sizes: a concatenation, a sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape

FEW = 3  # times that a size is larger than what two branches differ by


def concatenated(
    first: int, second: int, *, joined: int | None, differing: int | None, axes: int | None = None
) -> Diagnosis:
    """Tensors that differ in another axis than the one they are joined on.

    `joined` and `differing` are these axes, None where the message lacks one.

    >>> concatenated(61, 60, joined=1, differing=None).why.key
    'odd_size'
    """
    where = {"first": first, "second": second, "joined": joined, "differing": differing}
    key = "cat.sizes" if joined is not None else "cat.sizes_at"
    if joined is not None and differing is not None:
        key = "cat.sizes_on"
    numbers = (
        *numbers_of("tensor 0", size=first),
        *numbers_of("tensor 1", size=second),
        *numbers_of("cat", dim=joined, differing=differing),
    )
    why = _why(first, second)
    apart = abs(first - second)
    smaller = 1 if first > second else 0
    small, large = sorted((first, second))
    fields = {"apart": apart, "smaller": smaller, "size": large, "small": small, "large": large}
    changes = [
        Change("pad_branch", "input", large, fields),
        Change("resize_branch", "input", large, fields),
        Change("crop_branch", "input", small, fields),
    ]
    if apart >= small:
        changes = [changes[1], changes[0], changes[2]]
    if why is not None and why.key == "odd_size":
        changes.insert(1, Change("multiple_size", "input", None, fields))
    if joined == 0 and why is not None:
        why, changes = Saying("other_lengths"), [Change("pad_length", "input", large, fields)]
    return Diagnosis(Saying(key, where), numbers, why, why is None, tuple(changes[:3]))


def _why(first: int, second: int) -> Saying | None:
    small, large = sorted((first, second))
    if large - small == 1:
        return Saying("odd_size", {"small": small, "large": large})
    if small and large % small == 0 and large // small in (2, 4, 8, 16):
        return Saying("levels", {"times": large // small})
    return None


def added(first: int, second: int, dim: int) -> Diagnosis:
    """Tensors a and b of other sizes on axis `dim`, the last one on which they differ.

    >>> found = added(208, 416, 3)
    >>> found.why.key, found.changes[0].key
    ('stride_in_one', 'project_stride')
    """
    what = Saying("add.sizes", {"first": first, "second": second, "dim": dim})
    numbers = (
        *numbers_of("a", size=first),
        *numbers_of("b", size=second),
        *numbers_of("message", dim=dim),
    )
    why, changes = _branches(first, second, dim)
    return Diagnosis(what, numbers, why, why is None, tuple(changes[:3]))


def _branches(first: int, second: int, dim: int) -> tuple[Saying | None, list[Change]]:
    small, large = sorted((first, second))
    apart = large - small
    longer, shorter = ("a", "b") if first > second else ("b", "a")
    fields: dict[str, Any] = {"dim": dim, "longer": longer, "shorter": shorter}
    crop = Change("crop_sum", "input", small, fields)
    resize = Change("resize_sum", "input", large, fields)
    if dim == 1:
        project = Change(
            "project", "out_channels", first, {**fields, "into": first, "out_of": second}
        )
        back = Change(
            "project", "out_channels", second, {**fields, "into": second, "out_of": first}
        )
        return Saying("channels_differ"), [project, back]
    if dim == 0:
        return Saying("batches_differ"), []
    padding = Change("padding_in_one", "padding", apart // 2, {**fields, "kernel": apart + 1})
    if small and large % small == 0 and (large // small) in (2, 4, 8, 16):
        times = large // small
        project = Change("project_stride", "stride", times, fields)
        others = [padding] if apart % 2 == 0 else []
        return Saying("stride_in_one", {"times": times}), [project, resize, *others]
    if small and large == small + 1:
        return Saying("odd_size", {"small": small, "large": large}), [crop, resize]
    if apart and large > FEW * apart:
        if apart % 2 == 0:
            return Saying("padding_in_one", {"padding": apart // 2}), [padding, crop, resize]
        half = padding._replace(value=apart // 2)
        return Saying("odd_kernel"), [crop, half, resize]
    if apart % 2 == 0 and apart:
        return Saying("other_branch"), [resize, padding, crop]
    return Saying("other_branch"), [resize, padding, crop]


def other_axes(first: int, second: int) -> Diagnosis:
    """Tensors to be joined that have other numbers of axes."""
    what = Saying("cat.rank", {"first": first, "second": second})
    numbers = (
        *numbers_of("tensor 0", dimensions=first),
        *numbers_of("tensor 1", dimensions=second),
    )
    changes: tuple[Change, ...] = ()
    if abs(first - second) == 1:
        changes = (Change("add_axis", "input", max(first, second), {"axes": max(first, second)}),)
    return Diagnosis(what, numbers, None, True, changes)


def not_broadcast(first: Sequence[int], second: Sequence[int]) -> Diagnosis:
    """A sum in place whose result is larger than the tensor that it stands in."""
    a, b = Shape(first), Shape(second)
    what = Saying("add.in_place", {"first": a, "second": b})
    numbers = (*numbers_of("a", shape=a), *numbers_of("result", shape=b))
    return Diagnosis(what, numbers, None, True, (Change("out_of_place", None, None, {}, b),))
