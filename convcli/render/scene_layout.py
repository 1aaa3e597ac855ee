"""The layout of scenes in pixels, for every format of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from convcli.render.letter_widths import folded, widest
from convcli.render.scene_legend import legend_panel
from convcli.render.scene_panels import (
    CELL_TOP,
    IMAGE,
    KINDS,
    MARGIN,
    Bitmap,
    Box,
    Frame,
    Panel,
    Shape,
    TextLine,
    image_panel,
    number_panel,
    zoomed,
)
from convcli.render.scene_text import moment_text, number, picture_sum
from convcli.render.shades import Scale
from convcli.report.film.planes import LARGEST_PLANE
from convcli.report.film.scene import Plane, Scene

GAP, SIGN_GAP, LINE, LEAST_WIDTH = 28, 44, 21, 560
WIDEST_ROW, TALLEST = 1500, 840  # pixels of planes side by side, and of all of them
NUMBERS = (max(LARGEST_PLANE), 8)  # rows and columns of a plane of numbers, and of one among many
LAST = 3.0  # seconds
SHARES = (1, 0.67, 0.5, 0.5)  # of the size of an image, by the number that stand below each other


@dataclass(frozen=True)
class Picture:
    """A scene in pixels: its size, and its shapes in the order in which they are drawn."""

    width: int
    height: int
    shapes: tuple[Shape, ...]


@dataclass
class Measures:
    """What the scenes of a film share, so that nothing moves: cell widths and scales of planes."""

    scenes: Sequence[Scene]
    precision: int | None
    most: int  # rows and columns of a plane of numbers; larger ones are images
    step: int = IMAGE  # pixels of a number in an image
    widths: dict[str, int] = field(default_factory=dict)
    scales: dict[str, Scale] = field(default_factory=dict)

    def __post_init__(self) -> None:
        planes: dict[str, list[Plane]] = {}
        for scene in self.scenes:
            for key, plane in _planes(scene):
                planes.setdefault(key, []).append(plane)
        for key, each in planes.items():
            numbers = each
            if self.is_image(each[0]):
                self.scales[key] = Scale.of(each)
                numbers = [part for plane in each if (part := zoomed(plane)) is not None]
                longest = max(max(plane.values.shape) for plane in each)
                self.step = min(self.step, max(1, self._image_size() // longest))
            self.widths[key] = max((self._cell_width(plane) for plane in numbers), default=0)

    def is_image(self, plane: Plane) -> bool:
        """Whether a plane is too large for its numbers."""
        rows, columns = plane.values.shape
        return bool(max(rows, columns) > self.most)

    def _image_size(self) -> int:
        """The most pixels of an image: fewer where several stand below each other."""
        return round(
            IMAGE * SHARES[min(max(len(each.layers) for each in self.scenes), len(SHARES)) - 1]
        )

    def _cell_width(self, plane: Plane) -> int:
        texts = (number(value, self.precision) for row in plane.values for value in row)
        return round(max((widest(text, KINDS["number"]) for text in texts), default=0)) + 8


def _planes(scene: Scene) -> list[tuple[str, Plane]]:
    """The planes of a scene, each with the key under which a film measures it."""
    planes = [("output", scene.output)]
    for source, kernel in scene.layers:
        planes += [("input", source), ("kernel", kernel)]
    return planes


def last_seconds(seconds: float) -> float:
    """The seconds of the last scene of a film, in which its whole output is seen."""
    return max(seconds, LAST)


def pictures(scenes: Sequence[Scene], precision: int | None = None) -> list[Picture]:
    """The scenes in pixels, all of one size, each plane at one place."""
    for most in NUMBERS:
        measures = Measures(scenes, precision, most)
        _, width, height = _arranged(scenes[0], measures)
        if width <= WIDEST_ROW and height <= TALLEST:
            break
    drawn = [_picture(scene, measures) for scene in scenes]
    width, height = max(each.width for each in drawn), max(each.height for each in drawn)
    return [Picture(width, height, each.shapes) for each in drawn]


def _picture(scene: Scene, measures: Measures) -> Picture:
    """The title above, the planes side by side with signs between them, the sum below."""
    planes, width, height = _arranged(scene, measures)
    inner = max(width, LEAST_WIDTH)
    shapes: list[Shape] = []
    y = MARGIN
    y = _written(shapes, folded(scene.title, inner, KINDS["title"], bold=True), y, "title") + 10
    shapes += [shape.moved(MARGIN, y) for shape in planes]
    y += height + 14
    legend = legend_panel(scene, measures.scales)
    shapes += [shape.moved(MARGIN, y) for shape in legend.shapes]
    y += legend.height + 6
    y = _written(shapes, [moment_text(scene)], y, "label")
    for text in picture_sum(scene, measures.precision, brief=len(measures.scenes) > 1):
        y = _written(shapes, folded(text, inner, KINDS["sum"]), y, "sum")
    return Picture(max(inner, legend.width) + 2 * MARGIN, y + MARGIN - 6, tuple(shapes))


def _written(shapes: list[Shape], lines: list[str], y: int, kind: str) -> int:
    """Add lines of text below y. Returns where the next begins."""
    for at, line in enumerate(lines):
        shapes.append(TextLine(MARGIN, y + 15 + at * LINE, line, kind))
    return y + len(lines) * LINE


def _arranged(scene: Scene, measures: Measures) -> tuple[list[Shape], int, int]:
    """The planes with their signs, and the width and the height that they take."""
    title = scene.words("scene.cell" if scene.stamped else "window")
    rows = [_layer_panels(*layer, measures, title) for layer in scene.layers]
    output = _panel("output", scene.output, measures)
    columns = [max(row[at][1].width for row in rows) for at in range(len(rows[0]))]
    width = sum(columns) + SIGN_GAP * 2 + GAP * (len(columns) - 2) + output.width
    width += SIGN_GAP if len(rows) > 1 else 0
    if width > WIDEST_ROW and len(columns) == 3:
        rows = [[source, _on_top(window, kernel)] for source, window, kernel in rows]
        columns = [max(row[at][1].width for row in rows) for at in (0, 1)]
        width = sum(columns) + GAP + SIGN_GAP + output.width
    if width > WIDEST_ROW:
        signs = ["", *["+"] * (len(rows) - 1)]
        firsts = [(sign, row[0][1]) for sign, row in zip(signs, rows, strict=True)]
        below = [[first, *row[1:]] for first, row in zip(firsts, rows, strict=True)]
        return _stacked([*(pair for row in below for pair in row), ("=", output)])
    shapes: list[Shape] = []
    left, y = SIGN_GAP if len(rows) > 1 else 0, 0
    for at, row in enumerate(rows):
        height = max(panel.height for _, panel in row)
        x = left
        for (sign, panel), column in zip(row, columns, strict=True):
            x += SIGN_GAP if sign else GAP if x > left else 0
            top = y + (height - panel.height) // 2
            shapes += [shape.moved(x, top) for shape in panel.shapes]
            shapes += _sign(sign, x - SIGN_GAP, y + (height + CELL_TOP) // 2)
            x += column
        if at:
            shapes += _sign("+", 0, y + (height + CELL_TOP) // 2)
        y += height + (GAP if at + 1 < len(rows) else 0)
    height = max(y, output.height)
    top = (height - output.height) // 2
    x += SIGN_GAP
    shapes += [shape.moved(x, top) for shape in output.shapes]
    shapes += _sign("=", x - SIGN_GAP, top + (output.height + CELL_TOP) // 2)
    return shapes, x + output.width, height


def _on_top(window: tuple[str, Panel], kernel: tuple[str, Panel]) -> tuple[str, Panel]:
    """The window over the kernel, its sign at the left, as one panel."""
    top = window[1].height + GAP
    shapes = [shape.moved(SIGN_GAP, 0) for shape in window[1].shapes]
    shapes += [shape.moved(SIGN_GAP, top) for shape in kernel[1].shapes]
    shapes += _sign(kernel[0], 0, top + (kernel[1].height + CELL_TOP) // 2)
    width = SIGN_GAP + max(window[1].width, kernel[1].width)
    return "", Panel(width, top + kernel[1].height, shapes)


def _stacked(panels: list[tuple[str, Panel]]) -> tuple[list[Shape], int, int]:
    """Planes that are too wide to stand side by side: below each other, each sign at the left."""
    shapes: list[Shape] = []
    y = 0
    for sign, panel in panels:
        shapes += [shape.moved(SIGN_GAP, y) for shape in panel.shapes]
        shapes += _sign(sign, 0, y + (panel.height + CELL_TOP) // 2)
        y += panel.height + GAP
    return shapes, SIGN_GAP + max(panel.width for _, panel in panels), y - GAP


def _layer_panels(
    source: Plane, kernel: Plane, measures: Measures, title: str
) -> list[tuple[str, Panel]]:
    """The input, the window of a large input in numbers, and the kernel, each with its sign."""
    panels = [("", _panel("input", source, measures))]
    window = zoomed(source) if measures.is_image(source) else None
    if window is not None:
        window = replace(window, title=title)
        panels.append(("", number_panel(window, measures.widths["input"], measures.precision)))
    return [*panels, ("\u00d7", _panel("kernel", kernel, measures))]


def _panel(key: str, plane: Plane, measures: Measures) -> Panel:
    if measures.is_image(plane):
        return image_panel(plane, measures.scales[key], measures.step, measures.precision)
    return number_panel(plane, measures.widths[key], measures.precision)


def _sign(sign: str, x: int, middle: int) -> list[Shape]:
    """A sign in the middle of the gap that begins at x."""
    return [TextLine(x + SIGN_GAP // 2, middle + 7, sign, "sign", "middle")] if sign else []


__all__ = ["Bitmap", "Box", "Frame", "Picture", "TextLine", "last_seconds", "pictures"]
