"""Inputs of a graph that is loaded: axes that differ from those it was exported with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.remedies import PICTURE_CHANGES
from convcli.engine.geometry.shapes import Shape

MOST_BATCH = 64  # samples; more numbers on axis 0 are no batch


def session_input(name: str, items: Iterable[tuple[int, int, int]]) -> Diagnosis:
    """Axes of an input that differ from those of a graph: (axis, got, expected), NCHW or NHWC.

    >>> session_input("images", [(1, 416, 3), (3, 3, 416)]).changes[0].fields["order"]
    (0, 3, 1, 2)
    """
    found = list(items)
    listing = ", ".join(f"{axis} ({got} != {wants})" for axis, got, wants in found)
    what = Saying("input.items", {"name": name, "items": listing})
    numbers = tuple(
        number
        for axis, got, wants in found
        for number in (*numbers_of(name, axis=axis, got=got, expected=wants),)
    )
    why, changes = _items_reason(found)
    named = tuple(
        change._replace(
            fields={"name": name, "axes": tuple(axis for axis, *_ in found), **change.fields}
        )
        for change in changes
    )
    return Diagnosis(what, numbers, why, True, named)


def _items_reason(items: list[tuple[int, int, int]]) -> tuple[Saying | None, list[Change]]:
    by_axis = {axis: (got, wants) for axis, got, wants in items}
    axes = sorted(by_axis)
    if len(axes) > 1 and sorted(by_axis[axis][0] for axis in axes) == sorted(
        by_axis[axis][1] for axis in axes
    ):
        end = axes[-1]
        is_first = by_axis[1][0] < by_axis[end][0] if 1 in axes else False
        if 1 in axes and end >= 2 and not is_first and by_axis[1][1] == by_axis[end][0]:
            order = (0, end, *range(1, end))
            return Saying("channels_last", {"takes": by_axis[1][1]}), [
                Change("order", "input", None, {"order": order})
            ]
        if 1 in axes and end >= 2 and by_axis[end][1] == by_axis[1][0]:
            order = (0, *range(2, end + 1), 1)
            return Saying("channels_first", {"takes": by_axis[end][1]}), [
                Change("order", "input", None, {"order": order})
            ]
        if set(axes) == {2, 3}:
            return Saying("height_and_width"), [
                Change("order", "input", None, {"order": (0, 1, 3, 2)})
            ]
    if axes == [0] and by_axis[0][1] <= MOST_BATCH:
        got, wants = by_axis[0]
        return Saying("fixed_batch"), [
            Change("one_by_one", "batch_size", wants, {"batch": got}),
            Change("dynamic_batch", "shape"),
        ]
    if axes == [1] and by_axis[1] in PICTURE_CHANGES:
        pair = by_axis[1]
        fields = {"axis": 1, "takes": pair[1], "is_last": False}
        return Saying(f"picture_{pair[0]}_{pair[1]}"), [
            Change(PICTURE_CHANGES[pair], "input", None, fields)
        ]
    return _resized(by_axis, axes)


def _resized(
    by_axis: dict[int, tuple[int, int]], axes: list[int]
) -> tuple[Saying | None, list[Change]]:
    if set(axes) <= {1, 2, 3} and (2 in axes or 3 in axes):
        sizes = tuple(by_axis[axis][1] if axis in by_axis else None for axis in (2, 3))
        if 1 in axes:
            sizes = tuple(by_axis[axis][1] if axis in by_axis else None for axis in (1, 2))
        known = [size for size in sizes if size is not None]
        filled_sizes = tuple(
            size if size is not None else f"x.shape[{axis}]"
            for size, axis in zip(sizes, (1, 2) if 1 in axes else (2, 3), strict=True)
        )
        fields = {"sizes": filled_sizes, "is_last": 1 in axes}
        change = Change("resize", "input", Shape(known) if len(known) == 2 else None, fields)
        return Saying("other_picture_size"), [change, Change("dynamic_axes", "shape")]
    return None, [Change("dynamic_axes", "shape")]


def input_names(wanted: Sequence[str], given: Sequence[str]) -> Diagnosis:
    """A feed with other names than the inputs of the graph.

    >>> input_names(["X"], ["input"]).changes[0].value
    'X'
    """
    fields = {"wanted": ", ".join(wanted), "given": ", ".join(given) or "-"}
    numbers = (
        *(number for name in wanted for number in numbers_of("graph", input=name)),
        *(number for name in given for number in numbers_of("feed", name=name)),
    )
    change = Change("feed_name", "input_feed", wanted[0] if wanted else None, fields)
    return Diagnosis(Saying("input.names", fields), numbers, None, True, (change,))


def input_rank(name: str, got: int, wants: int) -> Diagnosis:
    """An input of a graph with other axes than it was exported with."""
    what = Saying("input.rank_of", {"name": name, "wants": wants, "got": got})
    numbers = (*numbers_of(name, dimensions=got, expected=wants),)
    if wants - got == 1:
        changes = (Change("add_batch", "input"), Change("add_channels", "input"))
        return Diagnosis(what, numbers, Saying("no_batch_or_channels"), False, changes)
    if got - wants == 1:
        change = Change("squeeze", "input", None, {"axis": 0})
        return Diagnosis(what, numbers, Saying("extra_axes"), False, (change,))
    if wants - got == 2:
        change = Change("add_both", "input")
        return Diagnosis(what, numbers, Saying("no_batch_and_channels"), False, (change,))
    return Diagnosis(what, numbers)
