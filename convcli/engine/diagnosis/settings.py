"""Arguments of layers that a framework refuses, beyond those of torch."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convcli.engine.diagnosis.names import alike
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape


def strides_and_dilation(strides: Sequence[int], dilation: Sequence[int]) -> Diagnosis:
    """Strides with dilation, which some layers do not have.

    >>> strides_and_dilation((2, 2), (4, 5)).changes[0].value
    1
    """
    what = Saying("conv.strides_dilation", {"strides": alike(strides), "dilation": alike(dilation)})
    numbers = numbers_of("layer", stride=alike(tuple(strides)), dilation=alike(tuple(dilation)))
    steps = ", ".join(f"::{stride}" for stride in strides)
    changes = (
        Change("subsample", "stride", 1, {"steps": steps, "dilation": alike(dilation)}),
        Change("dilation_rate", "dilation", 1, {}),
    )
    return Diagnosis(what, numbers, None, True, changes)


def numbers_per_axis(
    argument: str, values: Sequence[int] | int, axes: int, **fields: object
) -> Diagnosis:
    """An argument with other numbers than the layer has axes, or with one that is not allowed.

    >>> numbers_per_axis("kernel_size", (3, 3, 3), 2).changes[0].value
    (3, 3)
    """
    listing = values if isinstance(values, int) else tuple(values)
    told = {
        "argument": argument,
        "values": listing,
        "axes": axes,
        "count": 1 if isinstance(values, int) else len(values),
    }
    numbers = numbers_of("layer", **{argument: listing, "axes": axes})
    flat = (values,) * axes if isinstance(values, int) else tuple(values)
    fitting = tuple(flat[:axes]) + ((flat[-1] if flat else 1),) * (axes - len(flat))
    change = Change("axes_argument", argument, fitting, dict(fields))
    return Diagnosis(Saying("argument.per_axis", told), numbers, None, True, (change,))


def at_least(argument: str, value: int, least: int = 1) -> Diagnosis:
    """An argument that must be at least `least`.

    >>> at_least("stride", 0).changes[0].value
    1
    """
    key = "argument.positive" if least else "argument.negative"
    what = Saying(key, {"argument": argument, "least": least})
    change = Change("argument", argument, least)
    return Diagnosis(what, numbers_of("layer", **{argument: value}), None, True, (change,))


def choice(argument: str, value: object, choices: Sequence[str]) -> Diagnosis:
    """An argument that must be one of some words; those that are next to it come first."""
    text = str(value).strip("'\"").lower()
    near = [each for each in choices if each.lower() in text or text in each.lower()]
    what = Saying(
        "argument.choice", {"argument": argument, "value": value, "choices": ", ".join(choices)}
    )
    changes = tuple(Change("word", argument, each) for each in (near or list(choices))[:3])
    return Diagnosis(what, numbers_of("layer", **{argument: value}), None, True, changes)


def pads_as_pairs(value: str, axes: int | None = None) -> Diagnosis:
    """A padding that must be a word or a pair of numbers for each axis.

    >>> pads_as_pairs("(1, 1)").changes[0].value
    ((1, 1), (1, 1))
    """
    numbers = [int(word) for word in re.findall(r"-?\d+", value)]
    given = numbers or [1]
    rank = axes or (len(given) if len(given) in (2, 3) else 2)
    pads = given if len(given) == rank else [given[0]] * rank
    pairs = tuple((pad, pad) for pad in pads)
    what = Saying("conv.padding_pairs", {"value": value})
    change = Change("pairs", "padding", pairs)
    told: object = given[0] if len(given) == 1 else tuple(given)
    return Diagnosis(what, numbers_of("layer", padding=told), None, True, (change,))


def transposed_sizes(
    wanted: int, input: int | None, stride: int, *, kernel: int | None = None, is_same: bool = True
) -> tuple[int, int] | None:
    """The least and the largest output of a transposed layer on one axis; None where unknown.

    With `same`, ceil(out/stride) = in; without, floor((out - kernel)/stride) + 1 = in.

    >>> transposed_sizes(7, 3, 2), transposed_sizes(9, 3, 2, kernel=3, is_same=False)
    ((5, 6), (7, 8))
    """
    if input is None:
        return None
    if is_same:
        return (input - 1) * stride + 1, input * stride
    if kernel is None:
        return None
    axis = Axis(kernel, stride=stride)
    least = (input - 1) * stride + axis.extent
    return least, least + stride - 1


def output_shape(actual: int, computed: int, dim: int | None = None) -> Diagnosis:
    """A transposed layer whose output_shape is that of an input of another size."""
    what = Saying("conv_transpose.output_shape", {"actual": actual, "computed": computed})
    numbers = (
        *numbers_of("input", size=actual),
        *numbers_of("output_shape", size=computed, dim=dim),
    )
    changes = (Change("output_shape_same", "output_shape", None, {"actual": actual}),)
    return Diagnosis(what, numbers, None, True, changes)


def output_sizes(
    wanted: Sequence[int],
    inferred: Sequence[int],
    strides: Sequence[int],
    input: Sequence[int] | None = None,
) -> Diagnosis:
    """An output size of a transposed layer beyond those from `inferred` to one stride more.

    >>> output_sizes((20, 20), (9, 9), (2, 2)).changes[0].value
    (10, 10)
    """
    most = [low + step - 1 for low, step in zip(inferred, strides, strict=True)]
    near = [
        min(max(size, low), high) for size, low, high in zip(wanted, inferred, most, strict=True)
    ]
    fields = {"wanted": Shape(wanted), "least": Shape(inferred), "most": Shape(most)}
    numbers = (
        *numbers_of(
            "layer",
            output_size=Shape(wanted),
            least=Shape(inferred),
            most=Shape(most),
            stride=alike(tuple(strides)),
        ),
        *numbers_of("input", sizes=None if input is None else Shape(input)),
    )
    what = Saying("conv_transpose.output_size", fields)
    change = Change("output_size", "output_size", Shape(near), {"sizes": tuple(near)}, Shape(near))
    return Diagnosis(what, numbers, None, True, (change,))


def plain(
    key: str,
    *changes: Change,
    of: str = "layer",
    why: Saying | None = None,
    is_sure: bool = True,
    fields: dict[str, object] | None = None,
    **values: object,
) -> Diagnosis:
    """A diagnosis of a message that has one meaning: its clause, its numbers, its changes."""
    what = Saying(key, {**values, **(fields or {})})
    return Diagnosis(what, numbers_of(of, **values), why, is_sure, changes)
