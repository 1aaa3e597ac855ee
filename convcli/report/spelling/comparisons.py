"""Comparisons with torch, or with differences, as sentences."""

from __future__ import annotations

from convcli.engine.compute.comparison import Comparison
from convcli.report.quantities import Phrase, Rounded
from convcli.report.words.vocabulary import ENGLISH, Words

DIGITS = 3  # of a difference


def comparison_phrase(comparison: Comparison, words: Words = ENGLISH) -> Phrase:
    """The verdict, the largest difference and what rounding explains.

    >>> comparison_phrase(Comparison(1e-07, 1e-06, "2.4")).values["verdict"]
    'agrees with torch 2.4'
    """
    agrees, torch = comparison.agrees, comparison.torch_version
    if comparison.entries is None:
        verdict = words("comparison.agrees" if agrees else "comparison.differs", torch=torch)
    else:
        verdict = words(
            "comparison.entries_agree" if agrees else "comparison.entries_disagree",
            entries=comparison.entries,
        )
    return words.phrase(
        "comparison",
        verdict=verdict,
        difference=Rounded(comparison.largest_difference, DIGITS),
        tolerance=Rounded(comparison.tolerance, DIGITS),
    )
