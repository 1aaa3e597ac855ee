"""`--expect VALUE`: whether the essential value of a result is the one that is expected."""

from __future__ import annotations

from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_shape
from convcli.report.document import Document


def essential_value(document: Document) -> Any:
    """The one value of a document; of a document of items, that of its only item."""
    if isinstance(document.essential, dict):
        rule = f"needs one value, and there are the {', '.join(document.essential)}"
        raise ConvError("expect.several", rule, parameter="expect", hint="Choose one with `at`.")
    if document.items is None or document.essential is not None:
        return document.essential
    if document.items.total != 1:
        rule = f"needs one value, and there are {document.items.total} {document.items.noun}"
        raise ConvError("expect.several", rule, parameter="expect", hint="Choose one with `at`.")
    return next(iter(document.items.make())).essential


def is_expected(value: Any, expected: str) -> bool:
    """Whether `value` is what `expected` spells: a shape, a number, or any ARRAY of the same shape and numbers."""
    if isinstance(value, Shape):
        return value == parse_shape(expected, "expect")
    import numpy as np

    from convcli.inputs.files.arrays import read_array

    try:
        wanted = read_array(expected, "expect", max(np.ndim(value), 1))
    except ConvError as error:
        raise error.with_place(kind="request") from None
    found = np.asarray(value)
    same_shape = wanted.shape == found.shape or found.size == wanted.size == 1
    if found.dtype.kind == "c" or (found.dtype.kind == "f" and wanted.dtype.kind != "c"):
        with np.errstate(over="ignore"):
            wanted = wanted.astype(found.dtype)  # the decimals of a float32 are its value
    return same_shape and bool(
        np.array_equal(wanted.reshape(found.shape), found, equal_nan=found.dtype.kind in "fc")
    )
