"""Scenes as an animated GIF, drawn with Pillow. Its font has no Chinese: scenes must be English."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from convcli.render.palette import CELLS, GROUND, INK, LINE
from convcli.render.scene_layout import CELL, Picture, picture
from convcli.report.film.scene import Scene

INK_STEPS = 16  # between a ground and the ink: the edges of letters
SIZES = {"title": 15, "label": 14, "sign": 22, "sum": 14, "note": 12}


def gif(scenes: Sequence[Scene], seconds: float = 0.5, precision: int | None = None) -> bytes:
    """The scenes in a loop, each shown for `seconds`. The same scenes give the same bytes."""
    pictures = [picture(scene, precision) for scene in scenes]
    size = max(drawn.width for drawn in pictures), max(drawn.height for drawn in pictures)
    colors = _palette()
    frames = [
        _image(drawn, size).quantize(palette=colors, dither=Image.Dither.NONE) for drawn in pictures
    ]
    buffer = BytesIO()
    frames[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=round(seconds * 1000),
        loop=0,
        disposal=1,
        optimize=False,
    )
    return buffer.getvalue()


def _palette() -> Image.Image:
    """The colours of all roles, each with its steps towards the ink for the edges of letters."""
    ink = _rgb(INK.light)
    grounds = [color.light for color in (GROUND, LINE, *CELLS.values())]
    numbers: list[int] = []
    for ground in map(_rgb, grounds):
        for step in range(INK_STEPS):
            numbers += [
                round(g + (i - g) * step / (INK_STEPS - 1))
                for g, i in zip(ground, ink, strict=True)
            ]
    image = Image.new("P", (1, 1))
    image.putpalette(numbers + numbers[-3:] * (256 - len(numbers) // 3))
    return image


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))


def _image(drawn: Picture, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, GROUND.light)
    draw = ImageDraw.Draw(image)
    fonts = {kind: ImageFont.load_default(points) for kind, points in SIZES.items()}
    for box in drawn.boxes:
        draw.rectangle(
            (box.x, box.y, box.x + box.width, box.y + CELL), CELLS[box.role].light, LINE.light
        )
        if box.text:
            draw.text(
                (box.x + box.width / 2, box.y + CELL / 2),
                box.text,
                INK.light,
                fonts["label"],
                anchor="mm",
            )
    for line in drawn.lines:
        written = line.text.replace("\u00d7", "*")  # Pillow's font lacks it
        draw.text((line.x, line.y), written, INK.light, fonts[line.kind], anchor="ls")
    return image
