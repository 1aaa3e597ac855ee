"""Tensors that do not go together, or lack an axis, before any layer."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape


def stacked(first: Sequence[int], second: Sequence[int], at: int) -> Diagnosis:
    """Samples of other shapes in one batch, as a DataLoader makes it.

    >>> stacked((3, 224, 224), (3, 224, 300), 1).changes[0].value
    (224, 224)
    """
    a, b = Shape(first), Shape(second)
    what = Saying("stack.sizes", {"first": a, "second": b, "at": at})
    numbers = (*numbers_of("sample 0", shape=a), *numbers_of(f"sample {at}", shape=b))
    changes: list[Change] = []
    if len(a) == len(b) == 3 and a[0] == b[0]:
        changes.append(Change("resize_samples", "size", Shape(a[1:]), {}, a))
    changes.append(Change("pad_samples", "collate_fn"))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def expanded(target: Sequence[int], sizes: Sequence[int], dim: int) -> Diagnosis:
    """A tensor that is to be expanded, or assigned, to sizes that are not its own."""
    what = Saying("expand.sizes", {"target": Shape(target), "sizes": Shape(sizes), "dim": dim})
    numbers = (
        *numbers_of("target", shape=Shape(target)),
        *numbers_of("tensor", shape=Shape(sizes)),
    )
    return Diagnosis(what, numbers)


def axis_out_of_range(axes: int, dim: int) -> Diagnosis:
    """An axis that a tensor does not have."""
    what = Saying("axis.range", {"axes": axes, "dim": dim})
    numbers = (*numbers_of("tensor", dimensions=axes), *numbers_of("call", dim=dim))
    if dim == axes or dim == -axes - 1:
        change = Change("add_batch_axis", "input")
        return Diagnosis(what, numbers, Saying("no_batch"), False, (change,))
    return Diagnosis(what, numbers)


def empty_axis(input: Sequence[int], dim: int) -> Diagnosis:
    """An input with an axis of size 0."""
    what = Saying("input.empty", {"input": Shape(input), "dim": dim})
    return Diagnosis(what, numbers_of("input", input=Shape(input), dim=dim))


def products(first: int, second: int) -> Diagnosis:
    """Vectors, or axes, of a product that have other lengths."""
    what = Saying("matmul.lengths", {"first": first, "second": second})
    numbers = (*numbers_of("first", size=first), *numbers_of("second", size=second))
    return Diagnosis(what, numbers)


def bias_size(weight: Sequence[int], outs: int, bias: Sequence[int]) -> Diagnosis:
    """A bias with other numbers than the layer has output channels.

    >>> bias_size((8, 3, 3, 3), 8, (7,)).changes[0].value
    (8,)
    """
    what = Saying("conv.bias", {"outs": outs, "bias": Shape(bias)})
    numbers = (
        *numbers_of("weight", weight=Shape(weight)),
        *numbers_of("layer", out_channels=outs),
        *numbers_of("bias", bias=Shape(bias)),
    )
    change = Change("zero_bias", "bias", Shape((outs,)), {"outs": outs})
    return Diagnosis(what, numbers, None, True, (change,))


def recurrent(takes: int, got: int) -> Diagnosis:
    """A recurrent layer whose input has other features.

    >>> recurrent(10, 8).changes[0].value
    8
    """
    what = Saying("rnn.input_size", {"takes": takes, "got": got})
    numbers = (*numbers_of("layer", input_size=takes), *numbers_of("input", features=got))
    return Diagnosis(what, numbers, None, True, (Change("argument", "input_size", got),))


def hidden_state(wanted: Sequence[int], got: Sequence[int]) -> Diagnosis:
    """A hidden state of another shape: (layers, batch, features)."""
    a, b = Shape(wanted), Shape(got)
    what = Saying("rnn.hidden", {"wanted": a, "got": b})
    numbers = (*numbers_of("layer", hidden=a), *numbers_of("hidden", shape=b))
    change = Change("zero_hidden", "hidden", a, {"shape": tuple(a)}, a)
    why = Saying("batch_first") if len(a) == 3 and a[1] != b[1] else None
    return Diagnosis(what, numbers, why, why is None, (change,))
