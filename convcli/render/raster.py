"""Scenes in pixels, drawn with Pillow: a PNG of one scene; GIF, WebP and APNG films of several."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from convcli.render.fonts import Font
from convcli.render.palette import CELLS, GROUND, INK, LINE, MARKS, Color, Theme, outline
from convcli.render.scene_layout import Picture, last_seconds, pictures
from convcli.render.scene_panels import BASELINE, KINDS, Bitmap, Box, Frame, Shape, TextLine
from convcli.render.shades import RGB, rgb
from convcli.report.film.scene import Scene

INK_STEPS = 3  # between a ground and the ink: the edges of letters
COLORS = 255  # of a GIF, beside the transparent one
NEAR = 8  # pixels on either side of what is between two changes, and is drawn again
ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}  # as Pillow calls them, on the base line
TIMES = "\u00d7"  # Pillow's own font lacks it
BOLD = 0.03  # the stroke of bold letters, as a share of their size


class Look(NamedTuple):
    """How scenes become pixels: pixels for each pixel of the layout, the ground, the font."""

    scale: float = 1
    theme: Theme = "light"
    font: Font | None = None  # None: Pillow's own, which has no Chinese


def png(scenes: Sequence[Scene], look: Look, precision: int | None = None) -> bytes:
    """The first scene as a PNG."""
    image = _images(pictures(scenes[:1], precision), look)[0]
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def film(
    scenes: Sequence[Scene],
    form: str,
    look: Look,
    seconds: float = 0.5,
    precision: int | None = None,
) -> bytes:
    """The scenes in a loop, each for `seconds`, as "GIF", "WEBP" or "PNG" (an APNG).

    The last one stays longer. The same scenes give the same bytes.
    """
    drawn = pictures(scenes, precision)
    images = _images(drawn, look)
    times = [seconds] * (len(drawn) - 1) + [last_seconds(seconds)]
    milliseconds = [round(time * 1000) for time in times]
    options: dict[str, Any] = {"duration": milliseconds, "loop": 0, "save_all": True}
    if form == "WEBP":
        options |= {"lossless": True, "quality": 100, "method": 4}
    else:
        images, transparent = _differences(images, _colors(drawn, look.theme))
        options |= {"transparency": transparent, "optimize": False}
        options |= {"disposal": 1} if form == "GIF" else {"disposal": 0, "blend": 1}
    buffer = BytesIO()
    images[0].save(buffer, form, append_images=images[1:], **options)
    return buffer.getvalue()


def _differences(
    images: Sequence[Image.Image], palette: Sequence[RGB]
) -> tuple[list[Image.Image], int]:
    """The images in the colours in use of a palette; what stays as it was has the index returned.

    Short gaps between what changes are drawn again: that takes fewer bytes than to skip them.
    """
    drawn, used = _indexed(images, np.array(palette, np.int32))
    frames = [drawn[0]]
    for before, after in pairwise(drawn):
        changed = after != before
        left, right = changed.copy(), changed.copy()
        for shift in range(1, NEAR + 1):
            left[:, shift:] |= changed[:, :-shift]
            right[:, :-shift] |= changed[:, shift:]
        frames.append(np.where(left & right, after, np.uint8(len(used))))
    found = [Image.fromarray(frame) for frame in frames]
    for image in found:
        image.putpalette(used.astype(np.uint8).tobytes() + bytes(3))
    return found, len(used)


def _indexed(
    images: Sequence[Image.Image], palette: NDArray[Any]
) -> tuple[list[NDArray[Any]], NDArray[Any]]:
    """The images as indices of the nearest colours of a palette (n, 3), and those in use.

    Pillow's own search for the nearest colour is not exact.
    """
    packed = [
        np.asarray(image).astype(np.int32) @ np.array([1 << 16, 1 << 8, 1]) for image in images
    ]
    seen = np.zeros(1 << 24, bool)
    for image in packed:
        seen[image] = True
    colors = np.flatnonzero(seen)
    channels = np.stack([colors >> 16, colors >> 8 & 255, colors & 255], axis=-1)
    nearest = np.array([np.square(palette - color).sum(axis=1).argmin() for color in channels])
    used, numbers = np.unique(nearest, return_inverse=True)
    table = np.zeros(1 << 24, np.uint8)
    table[colors] = numbers
    return [table[image] for image in packed], palette[used]


def _colors(drawn: Sequence[Picture], theme: Theme) -> list[RGB]:
    """A palette: the grounds of letters, each with its steps to the ink, and the shades in use."""
    ink = rgb(INK, theme)
    grounds = dict.fromkeys(rgb(color, theme) for color in (GROUND, *CELLS.values()))
    fixed = [_step(ground, ink, step) for ground in grounds for step in range(INK_STEPS)]
    fixed += [rgb(color, theme) for color in (LINE, *MARKS.values())]
    shades = sorted(_shades(drawn, theme) - set(fixed))
    while len(fixed) + len(shades) > COLORS:
        shades = shades[::2]
    return [*dict.fromkeys(fixed), *shades]


def _step(ground: RGB, ink: RGB, step: int) -> RGB:
    red, green, blue = (
        round(first + (second - first) * step / (INK_STEPS - 1))
        for first, second in zip(ground, ink, strict=True)
    )
    return red, green, blue


def _shades(drawn: Sequence[Picture], theme: Theme) -> set[RGB]:
    """The colours of the images."""
    used: set[RGB] = set()
    for picture in drawn:
        for shape in picture.shapes:
            if isinstance(shape, Bitmap):
                colors = shape.scale.colors(theme)
                used |= {colors[index] for index in np.unique(shape.pixels).tolist()}
    return used


def _images(drawn: Sequence[Picture], look: Look) -> list[Image.Image]:
    return [_Canvas(picture, look).image for picture in drawn]


class _Canvas:
    """Draws the shapes of a picture: cells and images, then outlines, then letters."""

    def __init__(self, picture: Picture, look: Look) -> None:
        self.look = look
        size = self._pixels(picture.width), self._pixels(picture.height)
        self.image = Image.new("RGB", size, GROUND.on(look.theme))
        self.draw = ImageDraw.Draw(self.image)
        for kinds in ((Box, Bitmap), (Frame,), (Box, TextLine)):
            for shape in picture.shapes:
                if isinstance(shape, kinds):
                    self._shape(shape, letters=TextLine in kinds)

    def _pixels(self, length: float) -> int:
        return round(length * self.look.scale)

    def _shape(self, shape: Shape, *, letters: bool) -> None:
        if isinstance(shape, TextLine):
            self._text(shape.x, shape.y, shape.text, shape.kind, shape.anchor)
        elif isinstance(shape, Box) and letters:
            x, y = shape.x + shape.width / 2, shape.y + shape.height // 2 + BASELINE
            self._text(x, y, shape.text, "number", "middle")
        elif isinstance(shape, Bitmap):
            self._bitmap(shape)
        elif isinstance(shape, Frame):
            for color, width in outline(shape.kind, is_set_off=shape.is_set_off):
                self._rectangle(shape, None, color, width, outside=width / 2)
        else:
            self._rectangle(shape, CELLS[shape.role], LINE, 1, outside=0)

    def _rectangle(
        self, shape: Box | Frame, fill: Color | None, line: Color, width: float, outside: float
    ) -> None:
        left, top = shape.x - outside, shape.y - outside
        right, bottom = shape.x + shape.width + outside, shape.y + shape.height + outside
        thick = max(self._pixels(width), 1)
        corner = [self._pixels(length) for length in (left, top, right, bottom)]
        theme = self.look.theme
        # The line of a cell lies on that of its neighbour.
        right_end, bottom_end = corner[2] + thick - 1, corner[3] + thick - 1
        ends = (right_end, bottom_end) if not outside else (corner[2], corner[3])
        inside = None if fill is None else fill.on(theme)
        self.draw.rectangle((corner[0], corner[1], *ends), inside, line.on(theme), thick)

    def _bitmap(self, bitmap: Bitmap) -> None:
        colors = np.array(bitmap.scale.colors(self.look.theme), np.uint8)
        image = Image.fromarray(colors[bitmap.pixels])
        size = self._pixels(bitmap.width), self._pixels(bitmap.height)
        place = self._pixels(bitmap.x), self._pixels(bitmap.y)
        self.image.paste(image.resize(size, Image.Resampling.NEAREST), place)

    def _text(self, x: float, y: float, text: str, kind: str, anchor: str) -> None:
        points = KINDS[kind] * self.look.scale
        place = x * self.look.scale, y * self.look.scale
        ink, font = INK.on(self.look.theme), self._font(points)
        if text == TIMES and self.look.font is None:
            self._times(place, points)
            return
        stroke = BOLD * points if kind == "title" else 0
        self.draw.text(place, text, ink, font, ANCHORS[anchor], stroke_width=stroke / 2)

    def _font(self, points: float) -> Any:
        font = self.look.font
        if font is None:
            return ImageFont.load_default(points)
        return ImageFont.truetype(font.path, points, index=font.place)

    def _times(self, place: tuple[float, float], points: float) -> None:
        """A multiplication sign, from its middle on the base line on."""
        x, y, arm = place[0], place[1] - points * 0.32, points * 0.24
        width = max(round(points * 0.08), 1)
        for slope in (1, -1):
            ends = (x - arm, y - slope * arm, x + arm, y + slope * arm)
            self.draw.line(ends, INK.on(self.look.theme), width)
