"""The planes of a scene in pixels: cells with their numbers, or an image with its scale."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convcli.render.letter_widths import widest
from convcli.render.scene_text import number
from convcli.render.shades import BROKEN, SHADES, Scale, magnitudes
from convcli.report.film.planes import LARGEST_PLANE
from convcli.report.film.scene import ROLES, Plane, Role

CELL, MARGIN = 30, 16
BASELINE = 5  # pixels from the middle of a cell down to the base line of its number
CELL_TOP = 24  # from the top of a plane down to its cells: its title is above them
IMAGE, LEAST_MARK = 384, 9  # pixels of the longer side of an image, and of a mark in it
BAR, BAR_HEIGHT = 128, 10
MAGNITUDE = "|x|"  # what the shades of complex numbers stand for
# The sizes of the letters of each kind of text.
KINDS = {"title": 15, "label": 14, "number": 14, "sign": 22, "sum": 14, "note": 12}


class Box(NamedTuple):
    """A cell: its corner, its size, its text and its role."""

    x: int
    y: int
    width: int
    height: int
    text: str
    role: Role

    def moved(self, right: int, down: int) -> Box:
        """The same cell elsewhere."""
        return self._replace(x=self.x + right, y=self.y + down)


class Frame(NamedTuple):
    """An outline round what a scene is about; `kind` is window or result.

    On an image it is set off by a line of the ground.
    """

    x: int
    y: int
    width: int
    height: int
    kind: str
    is_set_off: bool = False

    def moved(self, right: int, down: int) -> Frame:
        """The same outline elsewhere."""
        return self._replace(x=self.x + right, y=self.y + down)


class Bitmap(NamedTuple):
    """An image: its corner and size, and its pixels (H, W) as indices of the colours of `scale`."""

    x: int
    y: int
    width: int
    height: int
    pixels: NDArray[Any]
    scale: Scale

    def moved(self, right: int, down: int) -> Bitmap:
        """The same image elsewhere."""
        return self._replace(x=self.x + right, y=self.y + down)


class TextLine(NamedTuple):
    """A line of text on its base line; `kind` is one of KINDS, `anchor` start, middle or end."""

    x: int
    y: int
    text: str
    kind: str
    anchor: str = "start"

    def moved(self, right: int, down: int) -> TextLine:
        """The same line elsewhere."""
        return self._replace(x=self.x + right, y=self.y + down)


Shape: TypeAlias = Box | Frame | Bitmap | TextLine


class Panel(NamedTuple):
    """A plane in pixels from its own corner on."""

    width: int
    height: int
    shapes: list[Shape]


def zoomed(plane: Plane) -> Plane | None:
    """The window of an image as a plane of numbers; None where it is too large for them."""
    lit = plane.lit()
    part = plane.part(*lit) if lit is not None else None
    return None if part is None or max(part.values.shape) > max(LARGEST_PLANE) else part


def number_panel(plane: Plane, width: int, precision: int | None) -> Panel:
    """A plane as cells of at least this width with their numbers."""
    width = max(width, CELL)
    rows, columns = plane.values.shape
    shapes: list[Shape] = [TextLine(0, 14, plane.title, "label")]
    for y, row in enumerate(plane.rows):
        for x, cell in enumerate(row):
            text = number(cell.value, precision)
            shapes.append(Box(x * width, CELL_TOP + y * CELL, width, CELL, text, cell.role))
    lit = plane.lit()
    if lit is not None:
        down, across = lit
        place = across.start * width, CELL_TOP + down.start * CELL
        size = (across.stop - across.start) * width, (down.stop - down.start) * CELL
        shapes.append(Frame(*place, *size, _mark(plane)))
    return _with_notice(plane, columns * width, CELL_TOP + rows * CELL, shapes)


def _mark(plane: Plane) -> str:
    return "result" if any(ROLES[code] == "result" for code in np.unique(plane.codes)) else "window"


def image_panel(plane: Plane, scale: Scale, step: int, precision: int | None) -> Panel:
    """A plane as an image, `step` pixels a number; what is lit is marked, the scale below."""
    rows, columns = plane.values.shape
    across, down = (step if columns > 1 else CELL), (step if rows > 1 else CELL)
    width, height = columns * across, rows * down
    shapes: list[Shape] = [
        TextLine(0, 14, plane.title, "label"),
        Box(0, CELL_TOP, width, height, "", "waiting"),
        Bitmap(0, CELL_TOP, width, height, scale.shades(plane), scale),
    ]
    lit = plane.lit()
    if lit is not None:
        left, wide = _widened(lit[1], across)
        top, high = _widened(lit[0], down)
        shapes.append(Frame(left, CELL_TOP + top, wide, high, _mark(plane), is_set_off=True))
    bottom = CELL_TOP + height
    legend = _scale_panel(plane, scale, precision)
    shapes += [shape.moved(0, bottom + 8) for shape in legend.shapes]
    return _with_notice(plane, max(width, legend.width), bottom + 8 + legend.height, shapes)


def _widened(span: slice, step: int) -> tuple[int, int]:
    """Where the mark of some cells begins, and how long it is: long enough to be seen."""
    first, length = span.start * step, (span.stop - span.start) * step
    more = max(LEAST_MARK - length, 0)
    return first - more // 2, length + more


def _scale_panel(plane: Plane, scale: Scale, precision: int | None) -> Panel:
    """The bar of the shades between the numbers of its ends."""
    low, high = (number(end, precision) for end in (scale.low, scale.high))
    points = KINDS["note"]
    start = round(widest(low, points)) + 6
    if scale.low == scale.high:
        return _constant_panel(plane, scale, low)
    bar = np.arange(SHADES, dtype=np.uint8)[None]
    shapes: list[Shape] = [
        TextLine(start - 6, 10, low, "note", "end"),
        Bitmap(start, 1, BAR, BAR_HEIGHT, bar, scale),
        TextLine(start + BAR + 6, 10, high, "note"),
    ]
    width = start + BAR + 6 + round(widest(high, points))
    middle = "0" if scale.signed else MAGNITUDE if plane.values.dtype.kind == "c" else ""
    if middle:
        shapes.append(TextLine(start + BAR // 2, 24, middle, "note", "middle"))
    return _with_broken(plane, scale, Panel(width, 26 if middle else 12, shapes))


def _constant_panel(plane: Plane, scale: Scale, text: str) -> Panel:
    """The one shade of a plane whose numbers are all the same."""
    if plane.values.dtype.kind == "c":
        text = f"{MAGNITUDE} = {text}"
    swatch = np.full((1, 1), scale.middle, np.uint8)
    left = BAR_HEIGHT + 4
    shapes: list[Shape] = [
        Bitmap(0, 1, BAR_HEIGHT, BAR_HEIGHT, swatch, scale),
        TextLine(left, 10, text, "note"),
    ]
    panel = Panel(left + round(widest(text, KINDS["note"])), 12, shapes)
    return _with_broken(plane, scale, panel)


def _with_broken(plane: Plane, scale: Scale, panel: Panel) -> Panel:
    """The scale with the colour of what is not finite beside it."""
    broken = _not_finite(plane)
    if not broken:
        return panel
    swatch = np.full((1, 1), BROKEN, np.uint8)
    left = panel.width + 18 + BAR_HEIGHT
    more: list[Shape] = [
        Bitmap(panel.width + 14, 1, BAR_HEIGHT, BAR_HEIGHT, swatch, scale),
        TextLine(left, 10, broken, "note"),
    ]
    width = left + round(widest(broken, KINDS["note"]))
    return Panel(width, panel.height, [*panel.shapes, *more])


def _not_finite(plane: Plane) -> str:
    """Which values of a plane are no numbers: `NaN`, `inf`, both, or no text."""
    values = magnitudes(plane.values)
    kinds = {"NaN": np.isnan(values), "inf": np.isinf(values)}
    return ", ".join(name for name, found in kinds.items() if found.any())


def _with_notice(plane: Plane, width: int, height: int, shapes: list[Shape]) -> Panel:
    """The panel with the notice of its plane below; as wide as its title."""
    notes = [plane.notice] if plane.notice else []
    for note in notes:
        shapes.append(TextLine(0, height + 16, note, "note"))
        width, height = max(width, round(widest(note, KINDS["note"]))), height + 20
    return Panel(max(width, round(widest(plane.title, KINDS["label"]))), height, shapes)
