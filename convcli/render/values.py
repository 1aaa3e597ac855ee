"""Values as text for people and as plain data for machines: here alone numbers become text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import copysign, isfinite
from typing import Any

from convcli.engine.geometry.shapes import Position, Shape
from convcli.errors import printable
from convcli.render import Precision, Significant
from convcli.render.formulas import formula_text, rule_text
from convcli.report.document import Lines
from convcli.report.quantities import Short
from convcli.report.terms import Formula

BITS = {2: 10, 4: 23, 8: 52}  # of floats of so many bytes, behind the leading one
LONGEST_FIXED = 1e16  # from here on not every digit before the point is a double's own
# The powers of ten of rounded numbers without an exponent: with one, these are longer.
SMALLEST_POWER, LARGEST_POWER = -4, 9


def plain(value: Any) -> Any:
    """The value as lists, dicts, strings, ints and floats that JSON can hold.

    float32 0.1 is 0.1, NaN and infinities are strings, a complex number is {"real", "imag"}, a
    formula is its text.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Formula):
        return formula_text(value)
    if isinstance(value, float) and not hasattr(value, "dtype"):
        return value if isfinite(value) else _not_finite(value)
    if isinstance(value, complex):
        return {"real": plain(value.real), "imag": plain(value.imag)}
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, Short):
        return plain(value.value)
    if isinstance(value, Lines):
        from convcli.render.plain import lines_of

        return lines_of(value.blocks)
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return _plain_numpy(value) if hasattr(value, "dtype") else rule_text(value)


def _not_finite(value: float) -> str:
    if value != value:
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _plain_numpy(value: Any) -> Any:
    """A NumPy scalar or array; numbers narrower than float64 go through their shortest text."""
    if value.ndim:
        exact = value.dtype.kind in "iu" or (value.dtype.name == "float64" and _all_finite(value))
        return value.tolist() if exact else [_plain_numpy(member) for member in value]
    if value.dtype.kind == "c":
        return {"real": _plain_numpy(value.real), "imag": _plain_numpy(value.imag)}
    return plain(float(str(value)) if value.dtype.kind == "f" else value.item())


def _all_finite(array: Any) -> bool:
    return bool((abs(array) != float("inf")).all() and (array == array).all())


def text(value: Any, precision: Precision = None) -> str:
    """The value as people read it.

    Integers are written as they are, floats with `precision` decimals, rounded to significant
    digits, or as short as is exact.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (Shape, Position)):
        return str(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {text(member, precision)}" for key, member in value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        from convcli.render.quantities import quantity_text

        return quantity_text(value, lambda member: text(member, precision))
    if isinstance(value, (list, tuple)):
        return ", ".join(text(member, precision) for member in value)
    return number_text(value, precision)


def number_text(value: Any, precision: Precision = None) -> str:
    """A number of Python or NumPy as text."""
    if is_integer(value):
        return str(value)
    if getattr(value, "dtype", None) is not None and value.dtype.kind == "b":
        return str(int(value))
    if is_complex(value):
        imaginary = unsigned(value.imag, precision)
        sign = "-" if is_negative(value.imag) else "+"
        return f"{number_text(value.real, precision)}{sign}{imaginary}j"
    written = str(value).removesuffix(".0")
    if precision is None or not isfinite(value):
        return written
    if isinstance(precision, Significant):
        return _rounded(float(written), precision, 2.0 ** (3 - _bits(value)))
    return f"{value:.{precision}{'e' if abs(value) >= LONGEST_FIXED else 'f'}}"


def _bits(value: Any) -> int:
    """The bits behind the leading one of a float."""
    dtype = getattr(value, "dtype", None)
    return BITS.get(dtype.itemsize, BITS[8]) if dtype is not None else BITS[8]


def _rounded(value: float, precision: Significant, noise: float) -> str:
    """A float with so many significant digits at most, without zeros at the end.

    Digits before the point are all written, up to ten of them; other numbers have an exponent.
    Only a number that is whole within its own rounding, `noise` of it, reads as a whole one.

    >>> floats = 0.9999999999999996, 0.9999999, 1 / 3, 2e-30 / 3, 1234567.8
    >>> [_rounded(value, Significant(), 1e-15) for value in floats]
    ['1', '1.0', '0.333333', '6.66667e-31', '1234567.8']
    """
    mantissa, _, exponent = f"{value:.{precision.digits - 1}e}".partition("e")
    power, decimals = int(exponent), precision.digits - 1 - int(exponent)
    is_fixed = SMALLEST_POWER <= power <= LARGEST_POWER
    head = f"{value:.{max(0, decimals)}f}" if is_fixed else mantissa
    tail = "" if is_fixed else f"e{exponent}"
    head = _without_zeros(head)
    if abs(float(head + tail) - value) <= noise * abs(value) * (decimals > 0):
        return head + tail
    if "." not in head:
        head = f"{value:.1f}" if is_fixed else f"{head}.0"
    if precision.losses is not None and float(head + tail) != value:
        precision.losses.any = True
    return head + tail


def _without_zeros(written: str) -> str:
    return written.rstrip("0").rstrip(".") if "." in written else written


def mantissa_and_exponent(value: Any, precision: Precision = None) -> tuple[str, int | None]:
    """The text of a real number before its power of ten, and the power; None where it has none.

    >>> mantissa_and_exponent(1.05e-05), mantissa_and_exponent(2.5)
    (('1.05', -5), ('2.5', None))
    """
    mantissa, _, exponent = number_text(value, precision).partition("e")
    return mantissa, int(exponent) if exponent else None


def is_integer(value: Any) -> bool:
    """Whether the value is an integer of Python or NumPy; a bool is not."""
    dtype = getattr(value, "dtype", None)
    if dtype is not None:
        return bool(dtype.kind in "iu")
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether the value is a number of Python or NumPy; a bool is not."""
    dtype = getattr(value, "dtype", None)
    if dtype is not None:
        return bool(dtype.kind in "iufc")
    return isinstance(value, (int, float, complex)) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Whether the value is an integer, or a float that equals one."""
    if is_integer(value):
        return True
    kind = value.dtype.kind if hasattr(value, "dtype") else "f" if isinstance(value, float) else ""
    return kind == "f" and bool(isfinite(value)) and bool(value == int(value))


def is_complex(value: Any) -> bool:
    """Whether the value is a complex number of Python or NumPy."""
    dtype = getattr(value, "dtype", None)
    return isinstance(value, complex) if dtype is None else bool(dtype.kind == "c")


def is_negative(value: Any) -> bool:
    """Whether a number has a sign that an addition can take over: -0.0 has, complex has not."""
    if is_integer(value):
        return bool(value < 0)
    return not is_complex(value) and bool(value == value) and copysign(1.0, value) < 0


def unsigned(value: Any, precision: Precision = None) -> str:
    """The text of a real number without its sign."""
    written = number_text(value, precision)
    return written[1:] if is_negative(value) else written


_HEAD = r"[ \[]?[+-]?(?:\d+|inf|nan)"  # what stands before the point


def aligned(words: Sequence[str]) -> list[str]:
    """The numbers of a column, equally wide, with their decimal points below each other.

    Of complex numbers it is the point of the real part.

    >>> aligned(["1.5", "-10", "1e-30"])
    ['  1.5  ', '-10    ', '  1e-30']
    """
    heads = [match[0] if (match := re.match(_HEAD, word)) else word for word in words]
    tails = [word[len(head) :] for word, head in zip(words, heads, strict=True)]
    left, right = max(map(len, heads), default=0), max(map(len, tails), default=0)
    return [head.rjust(left) + tail.ljust(right) for head, tail in zip(heads, tails, strict=True)]
