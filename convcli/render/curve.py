"""A curve as lines of stars."""

from __future__ import annotations

from math import log10

from convcli.render.values import text
from convcli.report.document import Curve
from convcli.report.quantities import Rounded
from convcli.report.words.vocabulary import Words

WIDTH, HEIGHT = 60, 10  # characters
STEEP = 100  # ratio of the largest to the smallest value from which the scale is logarithmic


def curve_lines(curve: Curve, words: Words) -> list[str]:
    """The values as stars, on a logarithmic scale where they span more than two decades."""
    values = curve.values
    is_steep = min(values) > 0 and max(values) / min(values) >= STEEP
    heights = [log10(value) for value in values] if is_steep else list(values)
    low, span = min(heights), max(heights) - min(heights)
    width = min(WIDTH, len(heights))
    sampled = [heights[round(n * (len(heights) - 1) / max(width - 1, 1))] for n in range(width)]
    levels = [round((height - low) / span * (HEIGHT - 1)) if span else 0 for height in sampled]
    labels = {HEIGHT - 1: text(Rounded(max(values))), 0: text(Rounded(min(values)))}
    margin = max(map(len, labels.values()))
    title = words(
        "curve.logarithmic" if is_steep else "curve.linear",
        name=curve.name,
        against=curve.against,
        count=len(values),
    )
    lines = [title]
    for level in reversed(range(HEIGHT)):
        stars = "".join("*" if at == level else " " for at in levels)
        lines.append(f"{labels.get(level, ''):>{margin}} |{stars}".rstrip())
    return [*lines, f"{'':>{margin}} +{'-' * width}"]
