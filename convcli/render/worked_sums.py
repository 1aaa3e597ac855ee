"""Worked sums as text: the factors, their products, the total, in an equation that holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from convcli.render import Losses, Precision, Significant
from convcli.render.values import is_complex, is_integer, is_negative, number_text, text
from convcli.report.document import Sum

MORE_DIGITS = (9, 12)  # of a sum that the digits of other numbers would make false
UNITS = 2  # of the last digit, by which rounded numbers may miss their product or their total

Number = Callable[[Any, Precision], str]  # how a format writes a number


class Addend(NamedTuple):
    """An addend of a sum as text, without its sign."""

    negative: bool
    text: str


def factor(value: Any, precision: Precision = None, number: Number = text) -> str:
    """A number inside a product: a negative or complex one in parentheses, a complex 0 as 0."""
    if is_complex(value) and value == 0:
        return "0"
    written = number(value, precision)
    return f"({written})" if is_negative(value) or is_complex(value) else written


def addend(
    factors: tuple[Any, ...],
    precision: Precision = None,
    number: Number = text,
    times: str = "*",
) -> Addend:
    """A product as an addend; one number alone gives its sign to the addition."""
    if len(factors) > 1:
        return Addend(False, times.join(factor(value, precision, number) for value in factors))
    (value,) = factors
    if is_complex(value):
        return Addend(False, factor(value, precision, number))
    if not is_negative(value):
        return Addend(False, number(value, precision))
    return Addend(True, number(-int(value) if is_integer(value) else -value, precision))


def signed_sum(addends: Iterable[Addend]) -> str:
    """The addends with their signs between them: `1 + 4 - 3`."""
    parts: list[str] = []
    for negative, written in addends:
        if parts:
            parts.append(" - " if negative else " + ")
        elif negative:
            parts.append("-")
        parts.append(written)
    return "".join(parts) or "0"


def worked_steps(
    block: Sum, precision: Precision = None, number: Number = text, times: str = "*"
) -> list[str]:
    """The steps of a worked sum: the products, their values, the total.

    A step that reads the same as the one before is left out; a sum without terms is 0. Where
    rounded numbers would not add up, all have more digits.
    """
    if isinstance(precision, Significant):
        precision = _enough_digits(block, precision)
    products = [
        addend(factors, precision, number, times) for factors in block.factors if len(factors) > 1
    ]
    alone = [addend(factors, precision, number) for factors in block.factors if len(factors) == 1]
    if block.minus:
        first, *taken = alone + products
        terms = [first, *(Addend(not negative, written) for negative, written in taken)]
    else:
        terms = products + alone
    steps = [signed_sum(terms)]
    total = "0" if _is_complex_zero(block.total) else number(block.total, precision)
    values = [addend((value,), precision, number) for value in block.products]
    for step in (signed_sum(values) if len(values) > 1 else total, total):
        if step != steps[-1]:
            steps.append(step)
    return steps


def worked(block: Sum, precision: Precision = None) -> str:
    """The steps of a worked sum in one line: `1*1 + 2*2 = 1 + 4 = 5`."""
    return " = ".join(worked_steps(block, precision))


def _is_complex_zero(value: Any) -> bool:
    return is_complex(value) and bool(value == 0)


class _Printed(NamedTuple):
    """A number as the decimals that are printed of it."""

    real: Decimal
    imaginary: Decimal

    def times(self, other: _Printed) -> _Printed:
        return _Printed(
            self.real * other.real - self.imaginary * other.imaginary,
            self.real * other.imaginary + self.imaginary * other.real,
        )

    def plus(self, other: _Printed) -> _Printed:
        return _Printed(self.real + other.real, self.imaginary + other.imaginary)


def _enough_digits(block: Sum, precision: Significant) -> Precision:
    """The digits with which the printed numbers of a sum are true, all where no fewer are."""
    numbers = [*(value for term in block.factors for value in term), *block.products, block.total]
    if not all(isfinite(abs(value)) for value in numbers):
        return precision
    for digits in (precision.digits, *MORE_DIGITS):
        losses = Losses()
        tried = Significant(digits, losses)
        if _is_true(block, tried) or not losses.any:
            return Significant(digits, precision.losses)
    return None


def _is_true(block: Sum, precision: Significant) -> bool:
    """Whether each product is that of its printed factors, and the total the printed sum."""
    total = _Printed(Decimal(0), Decimal(0))
    holds = True
    for at, (factors, value) in enumerate(zip(block.factors, block.products, strict=True)):
        product = _Printed(Decimal(-1 if block.minus and at else 1), Decimal(0))
        for each in factors:
            product = product.times(_printed(each, precision))
        printed = _printed(value, precision)
        holds = _agrees(product, printed, precision.digits) and holds
        total = total.plus(printed)
    return _agrees(total, _printed(block.total, precision), precision.digits) and holds


def _printed(value: Any, precision: Significant) -> _Printed:
    parts = (value.real, value.imag) if is_complex(value) else (value, 0)
    return _Printed(*(Decimal(number_text(part, precision)) for part in parts))


def _agrees(exact: _Printed, printed: _Printed, digits: int) -> bool:
    """Whether a printed number is the exact one to a few units of its last digit.

    That is the last of `digits`, or the last one printed where it has more.
    """
    size = max(abs(printed.real), abs(printed.imaginary))
    allowed = UNITS * size * Decimal(10) ** (1 - digits)
    for part in printed:
        unit = part.as_tuple().exponent
        if abs(part) >= Decimal(10) ** (digits - 1) and isinstance(unit, int):
            allowed = min(allowed, UNITS * Decimal(10) ** unit)
    return all(abs(a - b) <= allowed for a, b in zip(exact, printed, strict=True))
