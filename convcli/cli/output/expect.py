"""`--expect VALUE`: whether the essential value of a result equals VALUE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_shape
from convcli.report.document import Document


def essential_value(document: Document) -> Any:
    """The one value of a document; of a document of items, that of its only item."""
    if isinstance(document.essential, dict):
        rule = f"needs one value, but the result has {', '.join(document.essential)}"
        raise ConvError("expect.several", rule, parameter="expect", hint="Choose one with `at`.")
    if document.items is None or document.essential is not None:
        return document.essential
    if document.items.total != 1:
        rule = f"needs one value, but the result has {document.items.total} {document.items.noun}"
        raise ConvError("expect.several", rule, parameter="expect", hint="Choose one with `at`.")
    return next(iter(document.items.make())).essential


def is_expected(value: Any, expected: str, note: Callable[[str], None]) -> bool:
    """Whether `value` equals `expected`: a shape, a number, or any ARRAY of the same shape.

    `note` is told what is lost where a file is read.
    """
    if isinstance(value, Shape):
        return value == parse_shape(expected, "expect")
    import numpy as np

    from convcli.inputs.files.arrays import read_array

    try:
        target = read_array(expected, "expect", max(np.ndim(value), 1), note=note)
    except ConvError as error:
        raise error.with_place(kind="request") from None
    actual = np.asarray(value)
    same_shape = target.shape == actual.shape or actual.size == target.size == 1
    if actual.dtype.kind == "c" or (actual.dtype.kind == "f" and target.dtype.kind != "c"):
        with np.errstate(over="ignore"):
            target = target.astype(actual.dtype)  # the decimals of a float32 are its value
    return same_shape and bool(
        np.array_equal(target.reshape(actual.shape), actual, equal_nan=actual.dtype.kind in "fc")
    )
