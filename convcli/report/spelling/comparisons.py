"""Comparisons with torch, or with differences, as sentences."""

from __future__ import annotations

from convcli.engine.compute.comparison import Comparison
from convcli.report.quantities import Phrase, Rounded

DIGITS = 3  # of a difference


def comparison_phrase(comparison: Comparison) -> Phrase:
    """The verdict, the largest difference and what rounding explains.

    >>> comparison_phrase(Comparison(1e-07, 1e-06, "2.4")).template[:25]
    'agrees with torch {torch}'
    """
    if comparison.entries is None:
        verdict = f"{'agrees with' if comparison.agrees else 'DIFFERS from'} torch {{torch}}"
    else:
        verdict = f"{{entries}} entries {'agree' if comparison.agrees else 'DISAGREE'}"
    values = {
        "torch": comparison.torch_version,
        "entries": comparison.entries,
        "difference": Rounded(comparison.largest_difference, DIGITS),
        "tolerance": Rounded(comparison.tolerance, DIGITS),
    }
    limits = "the largest difference is {difference}, rounding explains up to {tolerance}"
    return Phrase(f"{verdict}: {limits}", values)
