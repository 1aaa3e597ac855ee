"""Inputs of other axes or sizes than a layer, or a whole model, was built for."""

from __future__ import annotations

from math import isqrt, prod

from convcli.engine.diagnosis.orders import Sizes, filled, is_picture_axis, shown
from convcli.engine.diagnosis.values import MOST_CHANGES, Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.remedies import PICTURE_CHANGES

SIDE = 8  # cells of a picture that was flattened
PICTURE_AXES = 4  # of a batch of pictures


def layer_axes(
    name: str,
    wants: int,
    got: int,
    input: Sizes | None = None,
    *,
    takes: int | None = None,
    weight: Sizes | None = None,
    is_least: bool = False,
    is_last: bool = True,
    kind: str = "conv",
) -> Diagnosis:
    """An input of `got` axes before a layer of `wants`; `kind` is conv, pool, dense, flatten, rnn.

    >>> found = layer_axes("Conv2D", 4, 3, (None, 28, 28))
    >>> found.changes[0].key, found.changes[0].value
    ('add_channels_last', (None, 28, 28, 1))
    """
    fields = {"name": name, "wants": wants, "got": got}
    if input is not None:
        fields["input"] = shown(input, input)
    key = "input.axes" if input is None else "input.axes_of"
    numbers = (
        *numbers_of("layer", dimensions=wants, in_channels=takes),
        *numbers_of("weight", weight=None if weight is None else shown(weight, (1,))),
        *numbers_of("input", input=None if input is None else fields["input"], dimensions=got),
    )
    if got < wants:
        why, is_sure, changes = _fewer(wants, got, input, is_last, takes, kind)
    else:
        why, is_sure, changes = _more(wants, got, input, kind)
    what = Saying(f"{key}_least" if is_least else key, fields)
    return Diagnosis(what, numbers, why, is_sure, tuple(changes[:MOST_CHANGES]))


Found = tuple[Saying | None, bool, list[Change]]


def _fewer(
    wants: int, got: int, input: Sizes | None, is_last: bool, takes: int | None, kind: str
) -> Found:
    if kind == "flatten":
        return Saying("flat_already"), True, [Change("no_flatten", "layer")]
    if kind in ("dense", "rnn") and wants - got == 1:
        key = "add_features" if kind == "rnn" else "add_batch"
        value = None
        if input is not None:
            value = shown((*input, 1) if kind == "rnn" else (1, *input), input)
        why = Saying("no_features") if kind == "rnn" else Saying("no_batch")
        return why, False, [Change(key, "input", value)]
    if wants - got >= 2:
        side = isqrt(input[-1] or 0) if input is not None else 0
        is_row = got == 2 and wants == PICTURE_AXES and is_last and side >= SIDE
        if input is not None and is_row and side * side == input[-1] != input[0]:
            value = shown((input[0], side, side, 1), input)
            change = Change("reshape_to", "input", value, {"sizes": f"{side}, {side}, 1"})
            return Saying("flattened_pictures", {"side": side}), False, [change]
        value = None
        if input is not None and wants - got == 2:
            value = shown((1, *input, 1) if is_last else (1, 1, *input), input)
        is_plane = input is None or None in input or max(filled(input)) < 8 * min(filled(input))
        change = Change("add_both", "input", value)
        return Saying("no_batch_and_channels"), is_plane, [change]
    batch = Change("add_batch", "input", None if input is None else shown((1, *input), ()))
    channels = Change("add_channels_last" if is_last else "add_channels", "input", None)
    if input is None:
        return Saying("no_batch_or_channels"), False, [batch, channels]
    wider = (*input, 1) if is_last else (input[0], 1, *input[1:])
    channels = channels._replace(value=shown(wider, input))
    ends = input[-1] if is_last else input[0]
    if input[0] is None:
        return Saying("no_channels"), True, [channels]
    if takes is not None and ends == takes and takes != 1:
        return Saying("no_batch"), True, [batch]
    if takes == 1 or (not is_picture_axis(ends) and is_last and kind != "pool"):
        return Saying("no_channels"), takes == 1, [channels, batch]
    return Saying("no_batch"), False, [batch, channels]


def _more(wants: int, got: int, input: Sizes | None, kind: str) -> Found:
    flat = Change("flatten", "input", None)
    if input is not None:
        sizes = filled(input)
        flat = flat._replace(value=shown((sizes[0], prod(sizes[1:])), input))
    if kind == "dense" or wants == 2:
        return Saying("flatten_missing"), False, [flat]
    drop = Change("squeeze", "input", None, {"axis": 1})
    if input is not None:
        ones = [axis for axis, size in enumerate(input) if size == 1]
        if ones:
            axis = ones[0]
            left = [size for at, size in enumerate(input) if at != axis]
            drop = drop._replace(value=shown(left, left), fields={"axis": axis})
    changes = [Change("input_without_batch", "shape"), drop]
    if kind in ("conv", "pool") and wants < PICTURE_AXES + 1 and got == wants + 1:
        rank = wants - 1
        changes.append(Change("other_rank", "layer", rank, {"rank": rank, "kind": kind}))
    if kind == "rnn":
        changes.append(Change("time_rows", "input"))
    return Saying("batch_in_shape"), False, changes


def whole_shape(
    name: str, wants: Sizes, got: Sizes, *, is_last: bool = True, kind: str = "model"
) -> Diagnosis:
    """An input of another shape than a model takes; None is any size.

    >>> found = whole_shape("model", (None, 224, 224, 3), (1, 3, 224, 224))
    >>> found.why.key, found.changes[0].value
    ('channels_first', (1, 224, 224, 3))
    """
    fields = {"name": name, "wants": shown(wants, wants), "input": shown(got, got)}
    numbers = (
        *numbers_of("layer", shape=fields["wants"]),
        *numbers_of("input", input=fields["input"]),
    )
    why, is_sure, changes = _shape_reason(tuple(wants), tuple(got), is_last)
    what = Saying(f"input.{kind}_shape", fields)
    return Diagnosis(what, numbers, why, is_sure, tuple(changes[:MOST_CHANGES]))


def fits(wants: Sizes, got: Sizes) -> bool:
    """Whether a shape is one of a model's, where None is any size."""
    pairs = zip(wants, got, strict=False)
    return len(wants) == len(got) and all(
        want is None or have is None or want == have for want, have in pairs
    )


def _shape_reason(wants: Sizes, got: Sizes, is_last: bool) -> Found:
    if len(got) == len(wants) - 1:
        return _one_fewer(wants, got)
    if len(got) == len(wants) + 1:
        ones = [axis for axis, size in enumerate(got) if size == 1]
        for axis in ones:
            left = [size for at, size in enumerate(got) if at != axis]
            if fits(wants, left):
                change = Change("squeeze", "input", shown(left, left), {"axis": axis})
                return Saying("axis_of_one_more", {"axis": axis}), True, [change]
    order = permutation(wants, got)
    if order is not None:
        moved = shown([got[axis] for axis in order], got)
        key = "channels_first" if order[1:] == (*range(2, len(got)), 1) else "channels_last"
        if order[1:] not in ((*range(2, len(got)), 1), (len(got) - 1, *range(1, len(got) - 1))):
            key = "axes_moved"
        takes = wants[-1] if key == "channels_first" else wants[1] if len(wants) > 1 else None
        return (
            Saying(key, {"takes": takes}),
            True,
            [Change("order", "input", moved, {"order": order})],
        )
    if len(wants) != len(got):
        return _reshaped(wants, got)
    return _sizes_differ(wants, got, is_last)


def _one_fewer(wants: Sizes, got: Sizes) -> Found:
    """The axis that is missing: the first place where one of size 1 makes the shapes agree."""
    for axis in range(len(wants)):
        wider = (*got[:axis], 1, *got[axis:])
        if fits(wants, wider):
            value = shown(wider, ())
            if axis == 0:
                return Saying("no_batch"), True, [Change("add_batch", "input", value)]
            key = "add_channels_last" if axis == len(wants) - 1 else "add_axis_at"
            return Saying("no_channels"), True, [Change(key, "input", value, {"axis": axis})]
    if fits(wants[1:], (*got[1:], wants[-1])) or fits(wants[:-1], got):
        takes = wants[-1]
        value = shown((*got, takes), got)
        return (
            Saying("no_channels"),
            True,
            [Change("gray_to_channels", "input", value, {"takes": takes})],
        )
    return _reshaped(wants, got)


def _reshaped(wants: Sizes, got: Sizes) -> Found:
    numbers = prod(size or 1 for size in got[1:])
    inside = list(wants[1:])
    if None not in inside and prod(size or 1 for size in inside) == numbers:
        value = shown((got[0], *inside), got)
        sizes = ", ".join(map(str, inside))
        change = Change("reshape_to", "input", value, {"sizes": sizes})
        return Saying("same_numbers"), True, [change]
    change = Change("input_shape", "shape", shown(tuple(got[1:]), (1,)), {"name": "model"})
    return None, True, [change]


def permutation(wants: Sizes, got: Sizes) -> tuple[int, ...] | None:
    """The order of axes that makes the channels of `got` those of `wants`: first, last, swapped.

    >>> permutation((1, 3, 640, 640), (1, 640, 640, 3))
    (0, 3, 1, 2)
    """
    axes = len(got)
    if axes != len(wants) or axes < 3:
        return None
    orders = [(0, axes - 1, *range(1, axes - 1)), (0, *range(2, axes), 1)]
    if axes == 3:
        orders = [(0, 2, 1)]
    for order in orders:
        if fits(wants, [got[axis] for axis in order]) and not fits(wants, got):
            return order
    return None


def _sizes_differ(wants: Sizes, got: Sizes, is_last: bool) -> Found:
    pairs = list(zip(wants, got, strict=True))
    differs = [
        axis
        for axis, (want, have) in enumerate(pairs)
        if want is not None and have is not None and want != have
    ]
    place = len(wants) - 1 if is_last else 1
    if differs == [0]:
        change = Change("one_by_one", "batch_size", wants[0], {"batch": got[0]})
        return Saying("fixed_batch"), True, [change, Change("dynamic_batch", "shape")]
    if differs == [place] and (got[place], wants[place]) in PICTURE_CHANGES:
        pair = (got[place] or 0, wants[place] or 0)
        value = shown([wants[place] if at == place else size for at, size in enumerate(got)], got)
        fields = {"axis": -1 if is_last else 1, "takes": wants[place], "is_last": is_last}
        change = Change(PICTURE_CHANGES[pair], "input", value, fields)
        return Saying(f"picture_{pair[0]}_{pair[1]}"), True, [change]
    space = [axis for axis in differs if 0 < axis != place]
    if space == differs and differs and len(wants) > 2:
        sizes = tuple(wants[axis] for axis in range(1, len(wants)) if axis != place)
        value = shown([want if at else got[0] for at, (want, _) in enumerate(pairs)], got)
        change = Change("resize", "input", value, {"sizes": sizes, "is_last": is_last})
        return Saying("other_picture_size"), True, [change, Change("dynamic_axes", "shape")]
    own = Change("input_shape", "shape", shown(tuple(got[1:]), (1,)), {"name": "model"})
    return None, True, [own]
