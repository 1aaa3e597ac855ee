"""Calls that torch refuses before it computes: arguments missing, unknown, or of another type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change

ORDER = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")


def unknown_argument(layer: str, argument: str, names: Iterable[str]) -> Diagnosis:
    """A keyword that a layer lacks; `names` are those it has for it.

    >>> unknown_argument("Conv2d", "strides", ["stride"]).changes[0].argument
    'stride'
    """
    what = Saying("argument.unknown", {"name": layer, "argument": argument})
    changes = tuple(Change("rename", name, None, {"written": argument}) for name in names)
    numbers = numbers_of("layer", argument=argument)
    return Diagnosis(what, numbers, None, True, changes)


def missing_arguments(layer: str, names: Sequence[str], signature: Sequence[str]) -> Diagnosis:
    """Arguments that a layer cannot do without; `signature` are all of these."""
    what = Saying("argument.missing", {"name": layer, "arguments": ", ".join(names)})
    numbers = tuple(each for name in names for each in numbers_of("layer", missing=name))
    fields = {"name": layer, "signature": ", ".join(signature)}
    change = Change("whole_call", names[0] if names else None, None, fields)
    return Diagnosis(what, numbers, None, True, (change,))


def wrong_type(layer: str, argument: str, type_name: str) -> Diagnosis:
    """An argument of a type that a layer does not take.

    >>> wrong_type("conv2d", "padding", "float").changes[0].key
    'to_int'
    """
    what = Saying("argument.type", {"name": layer, "argument": argument, "type": type_name})
    numbers = (*numbers_of("layer", argument=argument), *numbers_of(argument, type=type_name))
    if argument == "input":
        keys = {"list": "stack_list", "tuple": "first_of_tuple", "ndarray": "from_numpy",
                "numpy.ndarray": "from_numpy", "NoneType": "return_value"}  # fmt: skip
        change = Change(keys.get(type_name, "to_tensor"), "input")
        return Diagnosis(what, numbers, None, True, (change,))
    if argument in ("weight", "bias"):
        return Diagnosis(what, numbers, None, True, (Change("to_tensor", argument),))
    if type_name == "int":
        return Diagnosis(what, numbers)
    whole = Change("to_int", argument)
    is_word = "str" in type_name and argument == "padding"
    changes = (Change("half_kernel", argument), whole) if is_word else (whole,)
    return Diagnosis(what, numbers, None, True, changes)


def same_strided(half: int | None = None) -> Diagnosis:
    """`padding="same"` with a stride; `half` is the padding of an odd kernel, where it is known."""
    changes = (
        Change("half_kernel", "padding") if half is None else Change("half_pad", "padding", half),
        Change("argument", "stride", 1),
    )
    what = Saying("conv.padding_same")
    return Diagnosis(what, numbers_of("layer", padding="same"), None, True, changes)


def padding_word(word: str) -> Diagnosis:
    """A word for padding that torch does not know."""
    known = [name for name in ("same", "valid") if name in word.lower()] or ["same", "valid"]
    changes = tuple(Change("argument_text", "padding", name) for name in known)
    what = Saying("conv.padding_string", {"word": word})
    return Diagnosis(what, numbers_of("layer", padding=word), None, True, changes)


def out_of_memory(wanted: str, **memory: str | None) -> Diagnosis:
    """A tensor for which a GPU has no room; `memory` are its other numbers."""
    what = Saying("memory", {"wanted": wanted})
    numbers = numbers_of("memory", tried=wanted, **memory)
    changes = (Change("half_batch", "batch_size"), Change("no_gradients"), Change("autocast"))
    return Diagnosis(what, numbers, None, True, changes)


def zeros_only(layer: str) -> Diagnosis:
    """A padding mode of a transposed convolution, which takes zeros alone."""
    what = Saying("conv_transpose.padding_mode", {"name": layer})
    change = Change("argument_text", "padding_mode", "zeros")
    return Diagnosis(what, (), None, True, (change,))
