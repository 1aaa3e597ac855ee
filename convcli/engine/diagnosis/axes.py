"""Inputs with too few or too many axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isqrt

from convcli.engine.diagnosis.layers import UNTOLD, spec_of_weight
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.errors import ConvError

MOST_RANK = 3  # of torch's layers
SMALLEST_PICTURE = 4  # cells a side of a picture that was flattened


def input_axes(
    layer: str,
    rank: int,
    input: Sequence[int],
    *,
    takes: int | None = None,
    makes: int | None = None,
    weight: Sequence[int] | None = None,
    takes_unbatched: bool = True,
) -> Diagnosis:
    """An input whose axes are not those of a layer with `rank` axes of space.

    The layer takes `takes` channels and makes `makes`, None where they are unknown.

    >>> found = input_axes("Conv2d", 2, (3, 224, 224), takes=3, takes_unbatched=False)
    >>> found.is_sure, found.changes[0].key, found.changes[0].value
    (True, 'add_batch', (1, 3, 224, 224))
    """
    shape = Shape(input)
    letters = ("N", "C", *axis_names(rank))
    what = Saying(
        "conv.input_rank",
        {
            "name": layer,
            "wants": rank + 2,
            "order": f"({', '.join(letters)})",
            "got": len(shape),
            "input": shape,
        },
    )
    wants: int | Shape = Shape((rank + 1, rank + 2)) if takes_unbatched else rank + 2
    numbers = (
        *numbers_of("layer", dimensions=wants, in_channels=takes, out_channels=makes),
        *numbers_of("weight", weight=None if weight is None else Shape(weight)),
        *numbers_of("input", input=shape, dimensions=len(shape)),
    )
    changes = tuple(_fitting(list(_changes(rank, shape, takes)), takes, weight))
    why, is_sure = _why(rank, shape, takes)
    assumed = UNTOLD if any(change.output is not None for change in changes) else ()
    return Diagnosis(what, numbers, why, is_sure, changes[:3], assumed)


def _fitting(
    changes: Sequence[Change], takes: int | None, weight: Sequence[int] | None
) -> Iterator[Change]:
    """The changes that give the layer its channels, all where none does; with their outputs."""
    views = [change for change in changes if change.argument == "input"]
    fitting = [change for change in views if takes is None or change.value[1] == takes]
    for change in changes:
        if change not in views or not fitting or (change in fitting and weight is None):
            yield change
        elif change in fitting:
            try:
                output = spec_of_weight(weight or ()).output_shape(change.value)
            except ConvError:  # the padding is unknown
                output = None
            yield change._replace(output=output)


def _why(rank: int, input: Shape, takes: int | None) -> tuple[Saying | None, bool]:
    if len(input) == rank + 1 and takes is not None:
        if input[0] == takes and input[-1] != takes:
            return Saying("no_batch"), True
        if input[-1] == takes and takes > 1:
            return Saying("channels_last", {"takes": takes}), False
        if takes == 1:
            return Saying("gray_batch", {"pictures": input[0]}), True
        return Saying("no_batch_or_channels"), False
    if len(input) == rank:
        side = isqrt(input[-1])
        if rank == 2 and side >= SMALLEST_PICTURE and side * side == input[-1] != input[0]:
            return Saying("flattened_pictures", {"side": side}), False
        return Saying("no_batch_and_channels"), True
    if len(input) > rank + 2:
        if len(input) == rank + 3 and takes is not None and input[2] == takes != input[1]:
            return Saying("extra_axis", {"extra": input[1]}), True
        return Saying("extra_axes"), False
    return None, True


def _changes(rank: int, input: Shape, takes: int | None) -> Iterator[Change]:
    """The views of the input that have the axes of the layer, likely ones first."""
    if len(input) == rank + 1:
        yield from _one_missing(rank, input, takes)
    elif len(input) == rank:
        side = isqrt(input[-1])
        if rank == 2 and side >= SMALLEST_PICTURE and side * side == input[-1] != input[0]:
            yield Change("to_pictures", "input", Shape((input[0], 1, side, side)), {"side": side})
        yield Change("add_both", "input", Shape((1, 1, *input)))
        if rank > 1:
            yield Change("other_layer", "layer", f"Conv{rank - 1}d", {"rank": rank - 1})
    elif len(input) > rank + 2:
        extra = len(input) - rank - 2
        folded = 1
        for size in input[: extra + 1]:
            folded *= size
        yield Change(
            "fold",
            "input",
            Shape((folded, *input[extra + 1 :])),
            {"last": extra, "count": extra + 1},
        )
        if input[0] == 1 and extra == 1:
            yield Change("drop_first", "input", Shape(input[1:]))
        if extra == 1 and rank < MOST_RANK:
            yield Change("other_layer", "layer", f"Conv{rank + 1}d", {"rank": rank + 1})


def _one_missing(rank: int, input: Shape, takes: int | None) -> Iterator[Change]:
    add_batch = Change("add_batch", "input", Shape((1, *input)))
    add_channels = Change("add_channels", "input", Shape((input[0], 1, *input[1:])))
    last = Shape((1, input[-1], *input[:-1]))
    is_last = takes is not None and input[-1] == takes > 1 and input[0] != takes
    if is_last:
        order = (rank, *range(rank))
        yield Change("order_and_batch", "input", last, {"order": order})
    if takes == 1 and input[0] != 1:
        yield from (add_channels, add_batch)
    elif takes == input[0]:
        yield add_batch
    else:
        yield from (add_batch, add_channels)


def weight_axes() -> Diagnosis:
    """A weight of a functional call without its axes of channels."""
    change = Change("add_weight_axes", "weight", Shape((1, 1)))
    return Diagnosis(Saying("conv.weight_rank"), (), None, True, (change,))


def old_axes(wants: int) -> Diagnosis:
    """What torch 0.2 says of an input whose axes are not those of the layer: one number."""
    what = Saying("conv.other_rank", {"wants": wants})
    numbers = numbers_of("layer", dimensions=wants)
    return Diagnosis(what, numbers, Saying("no_batch"), False, (Change("add_batch", "input"),))


def pool_axes(layer: str, rank: int, input: Sequence[int] | None) -> Diagnosis:
    """An input of pooling without (N, C, *sizes) or (C, *sizes)."""
    if input is not None and input:
        return input_axes(layer, rank, input)._replace(kind="pool.input_rank")
    what = Saying("pool.input_rank", {"least": rank + 1, "most": rank + 2})
    numbers = numbers_of("layer", dimensions=Shape((rank + 1, rank + 2)))
    return Diagnosis(what, numbers, None, True, (Change("add_batch_axis", "input", None),))
