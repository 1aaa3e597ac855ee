"""`--expect VALUE`: whether the essential value of a result equals VALUE, within `--tolerance`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError, shortened
from convcli.inputs.text.numbers import Tolerance, parse_shape
from convcli.report.document import Document

EXACT = Tolerance()
SMALL_FILE = 64 * 2**20  # bytes of memory that any file of --expect may take
BYTES_OF_NUMBER = 2**10  # of memory, while it is read as text


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


def difference(
    value: Any,
    expected: str,
    tolerance: Tolerance | None = None,
    note: Callable[[str], None] = lambda text: None,
) -> str | None:
    """How `value` differs from `expected`, as a clause; None where they are equal.

    A shape is compared with a shape, a text with a text, numbers with any ARRAY of the same shape.
    Numbers are equal where |value - expected| <= absolute + relative*|expected|, without rounding,
    as they are or as the decimals that are printed. NaN equals NaN.
    `note` is told what is lost where a file is read. Raises ConvError where `expected` cannot be
    read, or where a tolerance does not apply.

    >>> difference(Shape((3, 3)), "3x3"), difference(2.5, "2.25", Tolerance(0.25))
    (None, None)
    """
    if isinstance(value, (Shape, str)) and tolerance is not None:
        rule = "is for numbers, and the result is a shape, which is compared exactly"
        raise ConvError("tolerance.shape", rule, parameter="tolerance", got=str(tolerance))
    if isinstance(value, Shape):
        return None if value == parse_shape(expected, "expect") else ""
    if value is None or isinstance(value, str):
        return None if value == expected.strip() else ""
    return _of_numbers(value, expected, tolerance or EXACT, note)


def _of_numbers(
    value: Any, expected: str, tolerance: Tolerance, note: Callable[[str], None]
) -> str | None:
    import numpy as np

    from convcli.cli.output.differences import difference_of_arrays
    from convcli.inputs.files.arrays import read_array

    try:
        rank, admit = max(np.ndim(value), 1), partial(_require_size, np.size(value))
        target = read_array(expected, "expect", rank, admit=admit, note=note)
    except ConvError as error:
        raise error.with_place(kind="request") from None
    actual = np.atleast_1d(np.asarray(value))
    if target.shape != actual.shape and not actual.size == target.size == 1:
        return f"the shapes differ: {Shape(actual.shape)}, not {Shape(target.shape)}"
    target = target.reshape(actual.shape)
    return difference_of_arrays(actual, target, tolerance)


def _require_size(numbers: int, needed: int) -> None:
    """Raises ConvError for a file that takes far more memory than so many numbers."""
    if needed > SMALL_FILE + numbers * BYTES_OF_NUMBER:
        rule = f"is a file of far more than the {numbers} numbers of the result"
        raise ConvError("expect.large", rule, parameter="expect")


def verdict(value_text: str, expected: str, how: str) -> str:
    """The line for stderr where --expect fails."""
    clause = f": {how}" if how else ""
    return f"convcli: the result is {shortened(value_text)}, but --expect is {expected!r}{clause}"
