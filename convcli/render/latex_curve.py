"""A curve as a picture of LaTeX, with the package pict2e."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.render.curve import curve_title, heights_of
from convcli.render.latex_text import prose
from convcli.render.values import text
from convcli.report.document import Curve
from convcli.report.quantities import Rounded
from convcli.report.words.vocabulary import Words

WIDTH, HEIGHT, MARGIN = 240, 100, 50  # points; the margin has the numbers
MOST_POINTS = 240


def curve_lines(curve: Curve, words: Words) -> Iterator[str]:
    """The title, and the values as a line over axes."""
    heights = heights_of(curve)
    low, span = min(heights), max(heights) - min(heights)
    count = min(MOST_POINTS, len(heights))
    last = max(count - 1, 1)
    points = []
    for step in range(count):
        height = heights[round(step * (len(heights) - 1) / last)]
        x = MARGIN + WIDTH * step / last
        y = 4 + (HEIGHT - 8) * ((height - low) / span if span else 0)
        points.append(f"({round(x, 1)},{round(y, 1)})")
    top = HEIGHT - 4
    yield f"\\noindent {prose(curve_title(curve, words)).whole}\\par\\nobreak\\smallskip"
    yield "{\\setlength{\\unitlength}{1pt}\\noindent"
    yield f"\\begin{{picture}}({MARGIN + WIDTH + 10},{HEIGHT + 16})(0,-14)"
    yield f"\\put({MARGIN},0){{\\line(1,0){{{WIDTH}}}}}\\put({MARGIN},0){{\\line(0,1){{{HEIGHT}}}}}"
    if len(points) > 1:
        yield f"\\thicklines\\polyline{''.join(points)}\\thinlines"
    else:
        yield f"\\put{points[0]}{{\\circle*{{3}}}}"
    for height, value in ((top, max(curve.values)), (4, min(curve.values))):
        written = prose(text(Rounded(value))).whole
        yield f"\\put({MARGIN - 4},{height}){{\\makebox(0,0)[r]{{\\footnotesize {written}}}}}"
    for x, number in ((MARGIN, 1), (MARGIN + WIDTH, len(curve.values))):
        yield f"\\put({x},-8){{\\makebox(0,0){{\\footnotesize {number}}}}}"
    yield "\\end{picture}\\par}"
