"""A scene on a screen of so many columns and lines, where the sum and the keys stay in sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from convcli.render import Style
from convcli.render.columns import clipped, wrapped
from convcli.render.scene_text import (
    below_planes,
    planes_columns,
    planes_lines,
    scene_lines,
    title_lines,
)
from convcli.report.film.scene import Scene

LEAST = 3  # rows and columns of a plane; of a compact one 1
SHARE = 5  # of the lines of a screen, one in so many at most is for the sum
LEFT_OUT = "... "  # before the end of a sum that is too long for its lines


class Foot(NamedTuple):
    """What stands below a scene: lines that wrap, and what a small screen has in their place."""

    lines: Sequence[str]
    compact: str


def screen_lines(
    crop: Callable[[int, int], Scene], most: tuple[int, int], foot: Foot, style: Style, lines: int
) -> list[str]:
    """The scene in at most `lines` lines of `style.width` columns.

    `crop` makes the scene with so many rows and columns of each plane, of at most `most`. Where it
    does not fit, planes get smaller; then what names their parts goes, then title and blank lines.
    """
    width = style.width or 80
    drawn: list[str] = []
    for compact, short in ((False, False), (True, False), (True, True)):
        scene = _fitting(crop, most, style, compact)
        drawn = _lines(scene, foot, style, lines, compact, short)
        tallest = max(len(plane.rows) for plane in (scene.input, scene.kernel, scene.output))
        rows = tallest - (len(drawn) - lines)
        if len(drawn) > lines and rows >= (1 if short else LEAST):
            scene = _fitting(crop, (rows, most[1]), style, compact)
            drawn = _lines(scene, foot, style, lines, compact, short)
        if len(drawn) <= lines and planes_columns(scene, style, compact) <= width:
            break
    kept = drawn[-lines:] if len(drawn) > lines else drawn
    return [clipped(line, width) for line in kept]


def printed_lines(
    crop: Callable[[int, int], Scene], most: tuple[int, int], style: Style
) -> list[str]:
    """The scene in as many lines as it takes."""
    return scene_lines(_fitting(crop, most, style, False), style)


def _fitting(
    crop: Callable[[int, int], Scene], most: tuple[int, int], style: Style, compact: bool
) -> Scene:
    """The scene whose planes stand side by side, with as few columns as that takes."""
    rows, columns = most
    scene = crop(rows, columns)
    while (
        columns > (1 if compact else LEAST)
        and style.width is not None
        and planes_columns(scene, style, compact) > style.width
    ):
        planes = (scene.input, scene.kernel, scene.output)
        columns = min(columns, max(len(plane.rows[0]) for plane in planes)) - 1
        scene = crop(rows, columns)
    return scene


def _lines(
    scene: Scene, foot: Foot, style: Style, lines: int, compact: bool, short: bool
) -> list[str]:
    width = style.width or 80
    moment, sums = below_planes(scene, style)
    most = max(lines // SHARE, 1)
    if len(sums) > most:  # its end has the present term and the total
        _, sums = below_planes(scene, style._replace(width=max(width - len(LEFT_OUT), 1)))
        sums = [LEFT_OUT + sums[-most], *sums[len(sums) - most + 1 :]]
    planes = planes_lines(scene, style, compact)
    if short:
        return [*planes, moment, *sums, foot.compact]
    below = [line for text in foot.lines for line in wrapped(text, width)]
    return [*title_lines(scene, style), "", *planes, "", moment, *sums, "", *below]
