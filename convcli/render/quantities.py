"""Quantities as people read them: rounded numbers, bytes, percents, phrases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcli.report.quantities import (
    Bar,
    Bound,
    Branch,
    Bytes,
    Count,
    Joined,
    Percent,
    Phrase,
    Rounded,
    Short,
    Signed,
)
from convcli.report.spelling.bytes import human_bytes

THOUSANDS = ("", "K", "M", "G", "T", "P", "E")
LARGEST_SCALED = 999 * 1000**6
SHORTEST_SCALED = 10_000  # a shorter number is no longer than its scaled form
BAR = "#"


def quantity_text(quantity: Any, text: Callable[[Any], str]) -> str:
    """A quantity, or any other named tuple, as text; `text` writes the values in it."""
    if isinstance(quantity, Rounded):
        return f"{quantity.value:.{quantity.digits}g}"
    if isinstance(quantity, Signed):
        return f"{quantity.value:+.{quantity.decimals}f}"
    if isinstance(quantity, Percent):
        return _percent(quantity.share, quantity.decimals)
    if isinstance(quantity, Bytes):
        return human_bytes(quantity.amount, quantity.smallest_unit)
    if isinstance(quantity, Bound):
        return f"{quantity.sign}{text(quantity.value)}"
    if isinstance(quantity, Joined):
        return quantity.separator.join(map(text, quantity.values))
    if isinstance(quantity, Count):
        return text(quantity.number)
    if isinstance(quantity, Short):
        return text(quantity.value)
    if isinstance(quantity, Branch):
        return text(quantity.path)
    if isinstance(quantity, Bar):
        return BAR * round(quantity.longest * quantity.share)
    if isinstance(quantity, Phrase):
        values = {name: text(value) for name, value in quantity.values.items()}
        return quantity.template.format(**values)
    return ", ".join(map(text, quantity))


def _percent(share: float, decimals: int) -> str:
    """A share as percent; one that would be rounded to 0 is below the smallest that is not."""
    written = f"{share:.{decimals}%}"
    smallest = f"{10.0 ** -(decimals + 2):.{decimals}%}"
    return f"<{smallest}" if share > 0 and float(written[:-1]) == 0 else written


def scaled(number: int) -> str:
    """A whole number in thousands, millions, ..., to three digits; a short one as it is.

    >>> scaled(118013952), scaled(9408), scaled(10_003), scaled(999_950), scaled(-64_000)
    ('118M', '9408', '10.0K', '1.00M', '-64K')
    """
    if not SHORTEST_SCALED <= abs(number) < LARGEST_SCALED:
        return str(number)
    step, unit = 0, 1
    while abs(number) * 2 >= 1999 * unit:
        step, unit = step + 1, unit * 1000
    shown = f"{abs(number) / unit:.3g}"
    if float(shown) * unit != abs(number):
        shown = f"{abs(number) / unit:#.3g}".removesuffix(".")
    return f"{'-' if number < 0 else ''}{shown}{THOUSANDS[step]}"
