"""Quantities as people read them: rounded numbers, bytes, percents, phrases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcli.report.quantities import Bar, Bound, Bytes, Joined, Percent, Phrase, Rounded, Signed
from convcli.report.spelling.bytes import human_bytes

LONGEST_BAR = 40  # characters
BAR = "#"


def quantity_text(quantity: Any, text: Callable[[Any], str]) -> str:
    """A quantity, or any other named tuple, as text; `text` writes the values in it."""
    if isinstance(quantity, Rounded):
        return f"{quantity.value:.{quantity.digits}g}"
    if isinstance(quantity, Signed):
        return f"{quantity.value:+.{quantity.decimals}f}"
    if isinstance(quantity, Percent):
        return f"{quantity.share:.2%}"
    if isinstance(quantity, Bytes):
        return human_bytes(quantity.amount, quantity.smallest_unit)
    if isinstance(quantity, Bound):
        return f"{quantity.sign}{text(quantity.value)}"
    if isinstance(quantity, Joined):
        return quantity.separator.join(map(text, quantity.values))
    if isinstance(quantity, Bar):
        return BAR * round(LONGEST_BAR * quantity.share)
    if isinstance(quantity, Phrase):
        values = {name: text(value) for name, value in quantity.values.items()}
        return quantity.template.format(**values)
    return ", ".join(map(text, quantity))
