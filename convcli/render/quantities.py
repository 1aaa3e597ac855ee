"""Quantities as people read them: rounded numbers, bytes, percents, phrases."""

from __future__ import annotations

from typing import Any

from convcli.render.values import BAR, LONGEST_BAR, text
from convcli.report.quantities import Bar, Bound, Bytes, Joined, Percent, Phrase, Rounded, Signed
from convcli.report.spelling.bytes import human_bytes


def quantity_text(quantity: Any, precision: int | None = None) -> str:
    """A quantity, or any other named tuple, as text."""
    if isinstance(quantity, Rounded):
        return f"{quantity.value:.{quantity.digits}g}"
    if isinstance(quantity, Signed):
        return f"{quantity.value:+.{quantity.decimals}f}"
    if isinstance(quantity, Percent):
        return f"{quantity.share:.2%}"
    if isinstance(quantity, Bytes):
        return human_bytes(quantity.amount, quantity.smallest_unit)
    if isinstance(quantity, Bound):
        return f"{quantity.sign}{text(quantity.value, precision)}"
    if isinstance(quantity, Joined):
        return quantity.separator.join(text(value, precision) for value in quantity.values)
    if isinstance(quantity, Bar):
        return BAR * round(LONGEST_BAR * quantity.share)
    if isinstance(quantity, Phrase):
        values = {name: text(value, precision) for name, value in quantity.values.items()}
        return quantity.template.format(**values)
    return ", ".join(text(member, precision) for member in quantity)
