"""Tensors of other types or on other devices than a layer's weight."""

from __future__ import annotations

from typing import NamedTuple

from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.geometry.changes import Change

FLOATS = {"float16": "half", "bfloat16": "bfloat16", "float32": "float", "float64": "double"}


class Kind(NamedTuple):
    """A type by NumPy's name, and a device, None where it is unknown."""

    dtype: str | None
    device: str | None = None


def other_types(input: Kind, weight: Kind, of: str = "weight") -> Diagnosis:
    """An input and a weight, or a bias, of other types or on other devices.

    >>> found = other_types(Kind("uint8"), Kind("float32"))
    >>> found.changes[0].key, found.changes[0].value
    ('scale_to_type', 'float32')
    """
    numbers = (
        *numbers_of("input", dtype=input.dtype, device=input.device),
        *numbers_of(of, dtype=weight.dtype, device=weight.device),
    )
    if input.dtype != weight.dtype or input.device == weight.device:
        fields = {"input": input.dtype, "weight": weight.dtype, "of": of}
        changes = _type_changes(input.dtype, weight.dtype)
        return Diagnosis(Saying("dtype", fields), numbers, None, True, changes, (), "dtype")
    fields = {"input": input.device, "weight": weight.device, "of": of}
    move_input = Change("input_device", "device", weight.device)
    move_layer = Change("layer_device", "device", input.device)
    changes = (move_input, move_layer) if input.device == "cpu" else (move_layer, move_input)
    return Diagnosis(Saying("device", fields), numbers, None, True, changes, (), "device")


def _type_changes(input: str | None, weight: str | None) -> tuple[Change, ...]:
    """The input in the type of the weight; where only the input has fractions, the layer too."""
    if weight not in FLOATS:
        both = [Change("both_types", "dtype", "float32", {"method": "float"})]
        return tuple(both)
    to_weight = Change("input_type", "dtype", weight, {"method": FLOATS[weight]})
    if input == "uint8":
        scaled = Change("scale_to_type", "dtype", weight, {"method": FLOATS[weight]})
        return (scaled, to_weight)
    if input is None or input not in FLOATS:
        return (to_weight,)
    to_input = Change("layer_type", "dtype", input, {"method": FLOATS[input]})
    if weight in ("float16", "bfloat16") and input == "float32":
        return (to_weight, to_input)
    return (to_weight, to_input)


def devices(first: str, second: str) -> Diagnosis:
    """Tensors on two devices."""
    other = first if second == "cpu" else second
    numbers = numbers_of("tensors", device=(first, second))
    changes = (Change("input_device", "device", other), Change("layer_device", "device", other))
    what = Saying("devices", {"first": first, "second": second})
    return Diagnosis(what, numbers, None, True, changes)


def not_implemented(operation: str, dtype: str | None) -> Diagnosis:
    """An operation that has no code for a type on a device."""
    what = Saying("dtype.not_implemented", {"operation": operation, "dtype": dtype})
    numbers = numbers_of("input", dtype=dtype)
    if dtype in ("complex64", "complex128"):
        changes = (Change("absolute", "input"),)
    else:
        changes = (Change("input_type", "dtype", "float32", {"method": "float"}),)
    return Diagnosis(what, numbers, None, True, changes)


def index_type(dtype: str) -> Diagnosis:
    """Indices of an embedding that are no integers."""
    what = Saying("dtype.indices", {"dtype": dtype})
    numbers = numbers_of("input", dtype=dtype)
    change = Change("input_type", "dtype", "int64", {"method": "long"})
    return Diagnosis(what, numbers, None, True, (change,))
