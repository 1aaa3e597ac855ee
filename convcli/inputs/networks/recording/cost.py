"""What an operation costs."""

from __future__ import annotations

from typing import NamedTuple


class Cost(NamedTuple):
    """Multiply-adds with weights, those without, and the additions of a bias."""

    macs: int = 0
    macs_without_weights: int = 0
    bias_additions: int = 0

    def __add__(self, other: object) -> Cost:
        if not isinstance(other, Cost):
            return NotImplemented
        return Cost(*(a + b for a, b in zip(self, other, strict=True)))
