"""A curve as lines of stars."""

from __future__ import annotations

from math import log10

from convcli.render.values import text
from convcli.report.document import Curve
from convcli.report.quantities import Rounded
from convcli.report.words.vocabulary import Words

WIDTH, HEIGHT = 60, 10  # characters
STEEP = 100  # ratio of the largest to the smallest value from which the scale is logarithmic


def is_steep(curve: Curve) -> bool:
    """Whether the values span more than two decades."""
    return min(curve.values) > 0 and max(curve.values) / min(curve.values) >= STEEP


def heights_of(curve: Curve) -> list[float]:
    """The values, or their logarithms where they are steep."""
    return [log10(value) for value in curve.values] if is_steep(curve) else list(curve.values)


def curve_title(curve: Curve, words: Words) -> str:
    """What is drawn against what, and on which scale."""
    return words(
        "curve.logarithmic" if is_steep(curve) else "curve.linear",
        name=curve.name,
        against=curve.against,
        count=len(curve.values),
    )


def curve_lines(curve: Curve, words: Words) -> list[str]:
    """The values as stars, on a logarithmic scale where they span more than two decades."""
    heights = heights_of(curve)
    low, span = min(heights), max(heights) - min(heights)
    width = min(WIDTH, len(heights))
    sampled = [heights[round(n * (len(heights) - 1) / max(width - 1, 1))] for n in range(width)]
    levels = [round((height - low) / span * (HEIGHT - 1)) if span else 0 for height in sampled]
    labels = {HEIGHT - 1: text(Rounded(max(curve.values))), 0: text(Rounded(min(curve.values)))}
    margin = max(map(len, labels.values()))
    lines = [curve_title(curve, words)]
    for level in reversed(range(HEIGHT)):
        stars = "".join("*" if at == level else " " for at in levels)
        lines.append(f"{labels.get(level, ''):>{margin}} |{stars}".rstrip())
    return [*lines, f"{'':>{margin}} +{'-' * width}"]
