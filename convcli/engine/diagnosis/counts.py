"""Channels and features of which a message tells the numbers alone."""

from __future__ import annotations

from math import isqrt, prod

from convcli.engine.diagnosis.orders import Sizes, filled, moved_order, shown
from convcli.engine.diagnosis.values import MOST_CHANGES, Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.remedies import GRAY, PICTURE_CHANGES, RGB, RGBA

SIDE = 20  # cells of a picture's axis
LARGE = 5  # channels that are rather cells of an axis, where a layer takes those of a picture


def channel_counts(
    name: str,
    takes: int,
    got: int,
    *,
    is_last: bool = False,
    groups: int | None = None,
    kernel_channels: int | None = None,
    rebuild: str = "in_channels",
) -> Diagnosis:
    """An input of `got` channels before a layer that takes others; no shape is known.

    >>> found = channel_counts("Conv", 3, 8)
    >>> found.why.key, found.is_sure, found.changes[0].key
    ('channels_last_perhaps', False, 'order')
    """
    what = Saying("input.channel_counts", {"name": name, "takes": takes, "got": got})
    numbers = (
        *numbers_of("layer", in_channels=takes, groups=groups),
        *numbers_of("weight", channels=kernel_channels),
        *numbers_of("input", channels=got),
    )
    groups = groups or 1
    why, is_sure = _why(takes, got, groups, is_last=is_last)
    changes = _changes(takes, got, groups, is_last=is_last)
    share = kernel_channels or 0
    fields = {"got": got, "name": name, "each": got // groups if got % groups == 0 else got}
    if groups > 1 and share and got % share == 0 and got != share:
        changes = [*changes, Change("argument", "groups", got // share)]
    if got > 0:
        changes = [*changes, Change(rebuild, "in_channels", got, fields)]
    return Diagnosis(what, numbers, why, is_sure, tuple(changes[:MOST_CHANGES]))


def _why(takes: int, got: int, groups: int, *, is_last: bool) -> tuple[Saying | None, bool]:
    if (got, takes) in PICTURE_CHANGES:
        return Saying(f"picture_{got}_{takes}"), True
    if got == 0:
        return Saying("no_channels_known"), False
    if _are_cells(takes, got, groups):
        return Saying("channels_first_perhaps" if is_last else "channels_last_perhaps"), False
    if groups > 1 and got * groups == takes:
        return Saying("groups_share", {"groups": groups, "takes": takes}), False
    if got == 2 * takes:
        return Saying("concatenated", {"takes": takes, "got": got}), False
    if takes == 2 * got:
        return Saying("not_concatenated", {"takes": takes, "got": got}), False
    return None, True


def _are_cells(takes: int, got: int, groups: int) -> bool:
    """Whether a layer for pictures gets the cells of an axis of space in place of channels."""
    if groups > 1 or got < LARGE:
        return False
    return takes == RGB or (takes in (GRAY, RGBA) and got >= SIDE and got & (got - 1) > 0)


def _changes(takes: int, got: int, groups: int, *, is_last: bool) -> list[Change]:
    axis = -1 if is_last else 1
    fields = {"axis": axis, "takes": takes, "is_last": is_last}
    if (got, takes) in PICTURE_CHANGES:
        return [Change(PICTURE_CHANGES[got, takes], "input", None, fields)]
    if _are_cells(takes, got, groups):
        order = (0, 2, 3, 1) if is_last else (0, 3, 1, 2)
        return [Change("order", "input", None, {**fields, "order": order})]
    return []


def features(
    name: str,
    takes: int,
    input: Sizes,
    *,
    outs: int | None = None,
    rebuild: str = "in_features",
    is_dense: bool = True,
) -> Diagnosis:
    """An input whose last axis has other features than a dense layer takes.

    >>> found = features("Dense", 784, (None, 28, 28))
    >>> found.why.key, found.changes[0].value
    ('not_flattened', (None, 784))
    """
    got = input[-1]
    fields = {"name": name, "takes": takes, "input": shown(input, input), "got": got}
    numbers = (
        *numbers_of("layer", in_features=takes, out_features=outs),
        *numbers_of("input", input=shown(input, input), features=got),
    )
    why, changes = _feature_patterns(takes, input)
    if not is_dense and why is not None and why.key.startswith("picture"):
        why, changes = None, []
    if got is not None and got > 0:
        own = {"outs": outs, "got": got, "name": name}
        changes = [*changes, Change(rebuild, "in_features", got, own, _output(input, outs))]
    return Diagnosis(
        Saying("input.features", fields),
        numbers,
        why,
        why is None or why.key == "not_flattened",
        tuple(changes[:MOST_CHANGES]),
    )


def _output(input: Sizes, outs: int | None) -> tuple[int | None, ...] | None:
    return None if outs is None or None in input else shown((*input[:-1], outs), input)


def _feature_patterns(takes: int, input: Sizes) -> tuple[Saying | None, list[Change]]:
    sizes = filled(input)
    got = sizes[-1]
    if len(sizes) > 2:
        if prod(sizes[1:]) == takes:
            flat = shown((sizes[0], takes), input)
            return Saying("not_flattened", {"takes": takes}), [
                Change("flatten", "input", flat, {"takes": takes})
            ]
        if takes in sizes[1:-1]:
            axis = sizes.index(takes, 1)
            order = moved_order(len(sizes), axis, -1)
            moved = shown([sizes[source] for source in order], input)
            why = Saying("features_on", {"axis": axis, "takes": takes})
            return why, [Change("order", "input", moved, {"order": order, "to_features": True})]
        return None, []
    return _flat_patterns(takes, got)


def _flat_patterns(takes: int, got: int) -> tuple[Saying | None, list[Change]]:
    """Features after a Flatten: the picture has another size than the layer was built for."""
    resize = Change("picture_size", "input", None, {"takes": takes, "got": got})
    pool = Change("pool_not_flatten", "input", None, {"takes": takes, "got": got})
    larger, smaller = max(takes, got), max(1, min(takes, got))
    if larger % smaller == 0 and isqrt(larger // smaller) ** 2 == larger // smaller > 1:
        times = isqrt(larger // smaller)
        key = "picture_times" if got > takes else "picture_less"
        return Saying(key, {"times": times}), [resize, pool]
    if takes >= 1024 and got >= 64:
        return Saying("picture_other"), [resize, pool]
    return None, []
