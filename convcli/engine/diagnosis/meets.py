"""Tensors that meet in a sum or a concatenation, with their whole shapes."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.diagnosis.joins import added, concatenated
from convcli.engine.diagnosis.orders import Sizes, filled, letter, shown
from convcli.engine.diagnosis.values import MOST_CHANGES, Diagnosis, Number, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape

PLANE = 2  # axes of space that all frameworks resize
PICTURES = 3  # axes from which on the last, or the second, has channels


def joined(shapes: Sequence[Sizes], axis: int | None = None, *, is_last: bool = True) -> Diagnosis:
    """Tensors that are concatenated and differ on another axis than `axis`.

    >>> found = joined([(None, 61, 61, 64), (None, 60, 60, 64)], -1)
    >>> found.why.key, [change.key for change in found.changes]
    ('odd_size', ['crop_to', 'pad_to', 'resize_to_other'])
    """
    a, b = _pair(shapes)
    numbers = tuple(
        Number("shape", shown(shape, shape), f"tensor {at}") for at, shape in enumerate(shapes)
    )
    if len(a) != len(b):
        return _other_rank(a, b, numbers)
    place = len(a) - 1 if axis is None and is_last else (axis if axis is not None else 1) % len(a)
    differs = [
        at
        for at, (x, y) in enumerate(zip(a, b, strict=True))
        if at != place and x is not None and y is not None and x != y
    ]
    fields = {
        "first": shown(a, a),
        "second": shown(b, b),
        "axis": place,
        "differs": ", ".join(
            letter(at, len(a), is_last=is_last) if len(a) > 2 else str(at) for at in differs
        ),
    }
    what = Saying("cat.shapes", fields)
    if not differs:
        change = Change("cat_axis", "axis", place, {}, _total(shapes, place))
        found = Diagnosis(what._replace(key="cat.shapes_only"), numbers)
        return found if change.output is None else found._replace(changes=(change,))
    why, changes = _joined_changes(a, b, place, differs, is_last)
    if len(differs) == 1 and axis is None and (why is None or why.key == "levels"):
        changes.append(Change("cat_axis", "axis", differs[0], {}, _total(shapes, differs[0])))
    return Diagnosis(what, numbers, why, why is None, tuple(changes[:MOST_CHANGES]))


def _pair(shapes: Sequence[Sizes]) -> tuple[tuple[int | None, ...], tuple[int | None, ...]]:
    """The first two that disagree."""
    first = tuple(shapes[0])
    for other in shapes[1:]:
        if tuple(other)[:-1] != first[:-1]:
            return first, tuple(other)
    return first, tuple(shapes[1])


def _total(shapes: Sequence[Sizes], axis: int) -> tuple[int | None, ...] | None:
    sizes = list(shapes[0])
    rest = [[size for at, size in enumerate(shape) if at != axis] for shape in shapes]
    if any(other != rest[0] for other in rest):
        return None
    sizes[axis] = sum(shape[axis] or 0 for shape in shapes)
    return shown(sizes, shapes[0])


def _joined_changes(
    a: Sizes, b: Sizes, place: int, differs: Sequence[int], is_last: bool
) -> tuple[Saying | None, list[Change]]:
    x, y = filled(a), filled(b)
    at = differs[0]
    why = concatenated(x[at], y[at], joined=place, differing=at).why
    small = [min(x[d], y[d]) if d in differs else x[d] for d in range(len(x))]
    large = [max(x[d], y[d]) if d in differs else x[d] for d in range(len(x))]
    one = x if sum(x[d] for d in differs) > sum(y[d] for d in differs) else y
    other = y if one is x else x
    space = [d for d in range(1, len(x)) if d != (len(x) - 1 if is_last else 1)]
    apart = [one[d] - other[d] for d in space]
    fields = {
        "apart": tuple(apart),
        "rank": len(space),
        "is_last": is_last,
        "larger": 0 if one is x else 1,
        "sizes": tuple(large[d] for d in space),
        "crops": tuple((0, gap) for gap in apart),
        "smaller_sizes": tuple(small[d] for d in space),
    }
    whole = (
        Shape((*one[:-1], one[-1] + other[-1]))
        if is_last
        else Shape((one[0], one[1] + other[1], *one[2:]))
    )
    small_total = _replaced(whole, differs, small)
    large_total = _replaced(whole, differs, large)
    crop = Change("crop_to", "input", None, fields, shown(small_total, a))
    pad = Change("pad_to", "input", None, fields, shown(large_total, a))
    resize = Change("resize_to_other", "input", None, fields, shown(large_total, a))
    if not space or any(gap < 0 for gap in apart) or any(d not in space for d in differs):
        return why, []
    ratios = {one[d] / other[d] for d in differs if other[d]}
    if why is not None and why.key == "levels" and len(ratios) == 1:
        factors = tuple(one[d] // max(1, other[d]) for d in space)
        told = {**fields, "times": int(ratios.pop()), "factors": factors}
        up = Change("upsample", "input", None, told, shown(large_total, a))
        return why, [up, resize]
    return why, [crop, pad, resize] if len(space) == PLANE else [crop, pad]


def _replaced(shape: Shape, axes: Sequence[int], sizes: Sequence[int]) -> Shape:
    return Shape(sizes[d] if d in axes else size for d, size in enumerate(shape))


def _other_rank(a: Sizes, b: Sizes, numbers: tuple[Number, ...]) -> Diagnosis:
    what = Saying("cat.ranks", {"first": shown(a, a), "second": shown(b, b)})
    shorter, longer = sorted((a, b), key=len)
    changes: tuple[Change, ...] = ()
    if len(longer) - len(shorter) == 1:
        value = shown((*shorter, 1), shorter)
        changes = (Change("expand_last", "input", value, {"axes": len(longer)}),)
    return Diagnosis(what, numbers, Saying("axis_missing"), False, changes, (), "cat.rank")


def summed(
    a: Sizes, b: Sizes, *, is_last: bool = True, has_batch: bool = True, operation: str = "add"
) -> Diagnosis:
    """Tensors that are added, or multiplied, and do not broadcast.

    >>> summed((1, 28, 28, 64), (1, 14, 14, 64)).why.key
    'stride_in_one'
    """
    first, second = tuple(a), tuple(b)
    fields = {"first": shown(first, first), "second": shown(second, second), "operation": operation}
    numbers = (*numbers_of("a", shape=fields["first"]), *numbers_of("b", shape=fields["second"]))
    what = Saying("add.shapes", fields)
    axes = min(len(first), len(second))
    differs = [
        -at
        for at in range(1, axes + 1)
        if None not in (first[-at], second[-at])
        and 1 not in (first[-at], second[-at])
        and first[-at] != second[-at]
    ]
    if not differs:
        return Diagnosis(what, numbers)
    longest = max(len(first), len(second))
    lead = 0 if has_batch else 1
    place = longest - 1 if is_last else 1 - lead
    at = differs[0] % longest
    if longest + lead < PICTURES or not longest - place:
        dim = 2
    else:
        dim = 1 if at == place else 0 if at == 0 and has_batch else 2
    x, y = first[differs[0]] or 0, second[differs[0]] or 0
    found = added(x, y, dim)
    if dim == 2 and longest + lead < PICTURES:
        return Diagnosis(what, numbers)
    extra = {"is_last": is_last, "rank": longest + lead - 2}
    changes = tuple(change._replace(fields={**change.fields, **extra}) for change in found.changes)
    if found.why is not None and found.why.key == "stride_in_one":
        times = found.why.fields["times"]
        pool = Change("pool_sum", "input", None, {**changes[0].fields, "times": times})
        changes = (changes[0], pool, *changes[1:])
    return Diagnosis(what, numbers, found.why, found.is_sure, changes[:MOST_CHANGES])
