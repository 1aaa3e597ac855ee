"""Quantities as people read them; machine formats never see one."""

from __future__ import annotations

from typing import Any

import pytest

from convcli.render.values import text
from convcli.report.quantities import (
    Bar,
    Bound,
    Bytes,
    Joined,
    Percent,
    Phrase,
    Rounded,
    Signed,
    per_axis,
)


@pytest.mark.parametrize(
    ("quantity", "precision", "expected"),
    [
        (Rounded(0.06999531, 6), None, "0.0699953"),
        (Rounded(0.06999531, 6), 2, "0.0699953"),
        (Rounded(float("inf")), None, "inf"),
        (Signed(0.04567), None, "+0.0457"),
        (Percent(0.125), None, "12.50%"),
        (Bytes(1536), None, "1.5 KiB"),
        (Bytes(3, "octets"), None, "3 octets"),
        (Bound("<=", 5), None, "<=5"),
        (Bound("~", Rounded(2 / 3)), None, "~0.6667"),
        (Joined((3, Bound("<=", 5)), "x"), None, "3x<=5"),
        (Bar(0.1), None, "####"),
        (Phrase("from {a} to {b}", {"a": 0.5, "b": Bytes(1)}), 2, "from 0.50 to 1 byte"),
    ],
)
def test_text(quantity: Any, precision: int | None, expected: str) -> None:
    assert text(quantity, precision) == expected


def test_axes_that_agree_are_one_value() -> None:
    assert per_axis(iter((2, 2))) == 2
    assert text(per_axis((2, "0:1"))) == "2,0:1"
