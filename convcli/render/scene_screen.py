"""A scene on a screen of so many columns and lines, where the sum and the keys stay in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from convcli.render import Style
from convcli.render.columns import clipped, wrapped
from convcli.render.scene_text import (
    below_planes,
    cropped_text,
    plane_columns,
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


class Crop(Protocol):
    """Makes the scene with at most so many rows and columns of each plane."""

    def __call__(self, rows: int, columns: int, whole_kernel: bool) -> Scene: ...


def screen_lines(
    crop: Crop, most: tuple[int, int], foot: Foot, style: Style, lines: int
) -> list[str]:
    """The scene in at most `lines` lines of `style.width` columns.

    Where it does not fit, planes get smaller, the kernel last; then what names their parts goes,
    then title and blank lines. A line names the planes that are cropped.
    """
    width = style.width or 80
    drawn: list[str] = []
    for compact, short in ((False, False), (True, False), (True, True)):
        scene = _fitting(crop, most, style, compact)
        drawn = _lines(scene, foot, style, lines, compact, short)
        rows = _tallest(scene) - (len(drawn) - lines)
        if len(drawn) > lines and rows >= (1 if short else LEAST):
            scene = _fitting(crop, (rows, most[1]), style, compact)
            drawn = _lines(scene, foot, style, lines, compact, short)
        if len(drawn) <= lines and planes_columns(scene, style, compact) <= width:
            break
    kept = drawn[-lines:] if len(drawn) > lines else drawn
    return [clipped(line, width) for line in kept]


def printed_lines(crop: Crop, most: tuple[int, int], style: Style) -> list[str]:
    """The scene in as many lines as it takes, below each other where the style has no room."""
    scene = crop(*most, True)
    columns = most[1]
    while style.width is not None and columns > 1:
        planes = (scene.input, scene.kernel, scene.output)
        widest = max(plane_columns(plane, style) for plane in planes)
        if min(widest, planes_columns(scene, style)) <= style.width:
            break
        columns = min(columns, max(len(plane.rows[0]) for plane in planes)) - 1
        scene = crop(most[0], columns, False)
    return scene_lines(scene, style)


def _tallest(scene: Scene) -> int:
    return max(len(plane.rows) for plane in (scene.input, scene.kernel, scene.output))


def _fitting(crop: Crop, most: tuple[int, int], style: Style, compact: bool) -> Scene:
    """The scene whose planes stand side by side, with as few columns as that takes.

    The kernel is whole, unless it is too high, or the others have no room beside it.
    """
    scene = crop(*most, True)
    for whole in (True, False):
        if whole and len(scene.kernel.rows) > most[0]:
            continue
        columns = most[1]
        scene = crop(*most, whole)
        while style.width is not None and planes_columns(scene, style, compact) > style.width:
            planes = (scene.input, scene.output, *(() if whole else (scene.kernel,)))
            columns = min(columns, max(len(plane.rows[0]) for plane in planes)) - 1
            if columns < (1 if compact else LEAST):
                break
            scene = crop(most[0], columns, whole)
        else:
            return scene
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
    cropped = cropped_text(scene) if compact else ""
    planes = [*planes_lines(scene, style, compact), *([cropped] if cropped else [])]
    if short:
        return [*planes, moment, *sums, foot.compact]
    below = [line for text in foot.lines for line in wrapped(text, width)]
    return [*title_lines(scene, style), "", *planes, "", moment, *sums, "", *below]
