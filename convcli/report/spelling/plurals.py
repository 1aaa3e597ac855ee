"""A count with its noun."""

from __future__ import annotations


def count_of(count: int, singular: str, plural: str) -> str:
    """The count and the noun in the form that it needs.

    >>> count_of(1, "axis", "axes"), count_of(3, "axis", "axes")
    ('1 axis', '3 axes')
    """
    return f"{count} {singular if count == 1 else plural}"
