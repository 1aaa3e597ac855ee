"""Bytes, counts and ranges as text."""

from __future__ import annotations

from convcli.engine.compute.comparison import Comparison
from convcli.render.values import text
from convcli.report.spelling.bytes import human_bytes
from convcli.report.spelling.comparisons import comparison_phrase
from convcli.report.spelling.ranges import range_text, ranges_text


def test_bytes_in_the_largest_unit_that_they_fill() -> None:
    assert [human_bytes(n) for n in (0, 1023, 1024, 1536, 2**20, 10**18)] == [
        "0 bytes", "1023 bytes", "1 KiB", "1.5 KiB", "1 MiB", "888.2 PiB",
    ]  # fmt: skip
    assert human_bytes(2**81 + 5) == "2^81 bytes or more"


def test_ranges() -> None:
    assert [range_text(numbers) for numbers in (range(0), range(3, 4), range(3, 8))] == [
        "none", "3", "3..7",
    ]  # fmt: skip
    assert ranges_text([1, 3, 5]) == "1, 3, 5"
    assert ranges_text([1, 3, 5, 7]) == "1, 3, ..., 7"
    assert ranges_text([2, 3, 4, 9]) == "2..4, 9"


def test_comparisons() -> None:
    comparison = Comparison(1.23456e-07, 1e-08, "2.4")
    assert text(comparison_phrase(comparison)) == (
        "DIFFERS from torch 2.4: the largest difference is 1.23e-07, rounding explains up to 1e-08"
    )
    entries = Comparison(0.0, 0.5, entries=9)
    assert text(comparison_phrase(entries)).startswith("9 entries agree: the largest difference")
