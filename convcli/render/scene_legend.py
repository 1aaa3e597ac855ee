"""The legend of a scene: what its colours mean, each as it is drawn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from convcli.render.letter_widths import widest
from convcli.render.scene_panels import KINDS, Bitmap, Box, Frame, Panel, Shape, TextLine, zoomed
from convcli.render.shades import Scale, is_padding
from convcli.report.film.scene import CODES, Plane, Role, Scene

SWATCH = 14  # pixels of a side
SHADES = 7  # of the padding, in a swatch: a divisor of its side


def legend_panel(scene: Scene, images: Mapping[str, Scale]) -> Panel:
    """What the lit cells and the padding look like; `images` are the scales of drawn images.

    Their keys are "input" and "output": a plane without a scale is drawn as numbers.
    """
    words = scene.words
    sources = [source for source, _ in scene.layers]
    lit = [source for source in sources if source.lit() is not None]
    padded = [source for source in sources if is_padding(source).any()]
    is_image = "input" in images
    in_window = CODES["window padding"]
    numbers = [zoomed(source) if is_image else source for source in sources]
    shown = [plane for plane in numbers if plane is not None and in_window in plane.codes]
    entries: list[tuple[list[Shape], str]] = []
    if lit:
        text = words("scene.cell" if scene.stamped else "window")
        entries.append((_mark("window", is_image=is_image), text))
    if padded:
        entries.append((_padding(padded[0], images.get("input")), words("scene.padding")))
    if scene.output.lit() is not None:
        text = words("scene.reached" if scene.stamped else "scene.result")
        entries.append((_mark("result", is_image="output" in images), text))
    if shown:
        entries.append((_swatch("window padding"), words("scene.window_padding")))
    return _row(entries)


def _row(entries: list[tuple[list[Shape], str]]) -> Panel:
    """Swatches beside each other, each with its text."""
    shapes: list[Shape] = []
    x = 0
    for swatch, text in entries:
        shapes += [shape.moved(x, 0) for shape in swatch]
        shapes.append(TextLine(x + SWATCH + 6, 11, text, "note"))
        x += SWATCH + 24 + round(widest(text, KINDS["note"]))
    return Panel(x, SWATCH if shapes else 0, shapes)


def _swatch(role: Role) -> list[Shape]:
    return [Box(0, 0, SWATCH, SWATCH, "", role)]


def _mark(role: Role, *, is_image: bool) -> list[Shape]:
    """What is lit: cells in a colour, or the outline that an image has."""
    if not is_image:
        return _swatch(role)
    return [*_swatch("waiting"), Frame(0, 0, SWATCH, SWATCH, role)]


def _padding(plane: Plane, scale: Scale | None) -> list[Shape]:
    """Padding: cells in a colour, or the shades that it has in an image, from the darkest on."""
    if scale is None:
        return _swatch("padding")
    shades = np.unique(scale.shades(plane)[is_padding(plane)])
    if len(shades) > 1:
        shades = shades[np.linspace(0, len(shades) - 1, SHADES).round().astype(int)]
    return [*_swatch("waiting"), Bitmap(0, 0, SWATCH, SWATCH, shades[None], scale)]
