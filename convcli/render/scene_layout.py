"""The layout of a scene in pixels, for SVG and GIF."""

from __future__ import annotations

from typing import NamedTuple

from convcli.render.columns import text_width
from convcli.render.scene_text import moment_text, number, sum_text
from convcli.report.film.scene import Plane, Role, Scene

CELL, GAP, MARGIN, LINE = 34, 40, 16, 20
LETTER = 7  # pixels of an average letter; a Chinese character takes two
LONGEST_SUM = 150  # letters of a line of the sum


class Box(NamedTuple):
    """A cell: its corner, its width, its text and its role."""

    x: int
    y: int
    width: int
    text: str
    role: Role


class TextLine(NamedTuple):
    """A line of text: its left end on the base line; `kind` is title, label, sign, sum or note."""

    x: int
    y: int
    text: str
    kind: str


class Picture(NamedTuple):
    """A scene in pixels: its size, its cells, its lines of text."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[TextLine, ...]


def picture(scene: Scene, precision: int | None = None) -> Picture:
    """The planes side by side with signs between them; title above, position and sum below."""
    boxes: list[Box] = []
    lines = [TextLine(MARGIN, MARGIN + 14, scene.title, "title")]
    x, top = MARGIN, MARGIN + 56
    height = max(len(plane.rows) for plane in (scene.input, scene.kernel, scene.output)) * CELL
    for sign, plane in (("", scene.input), ("\u00d7", scene.kernel), ("=", scene.output)):
        if sign:
            lines.append(
                TextLine(
                    x + GAP // 2 - 5, top + len(scene.kernel.rows) * CELL // 2 + 6, sign, "sign"
                )
            )
            x += GAP
        x = _placed(plane, x, top, boxes, lines, precision)
    bottom = top + height + 22
    below = [moment_text(scene), *_folded(sum_text(scene, precision))]
    if scene.rest:
        below.append(scene.words("scene.with", rest=scene.rest))
    for at, line in enumerate(below):
        lines.append(TextLine(MARGIN, bottom + 14 + at * LINE, line, "label" if at == 0 else "sum"))
    width = max(x, *(MARGIN + text_width(line.text) * LETTER for line in lines)) + MARGIN
    return Picture(width, bottom + 14 + len(below) * LINE + MARGIN // 2, tuple(boxes), tuple(lines))


def _placed(
    plane: Plane, x: int, top: int, boxes: list[Box], lines: list[TextLine], precision: int | None
) -> int:
    """Place a plane at `x`. Returns its right end."""
    texts = [[number(cell.value, precision) for cell in row] for row in plane.rows]
    width = max(CELL, max((len(text) for row in texts for text in row), default=0) * LETTER + 12)
    lines.append(TextLine(x, top - 10, plane.title, "label"))
    for at, (row, cells) in enumerate(zip(texts, plane.rows, strict=True)):
        for i, (text, cell) in enumerate(zip(row, cells, strict=True)):
            boxes.append(Box(x + i * width, top + at * CELL, width, text, cell.role))
    if plane.notice:
        lines.append(TextLine(x, top + len(plane.rows) * CELL + 16, plane.notice, "note"))
    cells_wide = max((len(row) for row in plane.rows), default=0)
    return x + max(
        cells_wide * width, text_width(plane.title) * LETTER, text_width(plane.notice) * LETTER
    )


def _folded(line: str) -> list[str]:
    from textwrap import wrap

    return wrap(line, LONGEST_SUM) or [""]
