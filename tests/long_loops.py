"""Tests in two lengths: a short one for every day, and the long one, marked slow."""

from __future__ import annotations

import pytest


def everyday_and_long(name: str, everyday: object, long: object) -> pytest.MarkDecorator:
    """The test runs twice, with the argument `name` as `everyday` and, marked slow, as `long`."""
    return pytest.mark.parametrize(
        name, [everyday, pytest.param(long, marks=pytest.mark.slow)], ids=["everyday", "long"]
    )


def first_part_everyday(name: str, parts: int) -> pytest.MarkDecorator:
    """The test runs with each part, 0 to `parts` - 1, as argument; all but the first are slow."""
    slow = (pytest.param(part, marks=pytest.mark.slow) for part in range(1, parts))
    return pytest.mark.parametrize(name, [0, *slow])
