"""Scenes as one self-contained SVG: a still picture, or an animation.

Every colour, place and size is an attribute, so that programs without style sheets draw the same.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from convcli.errors import printable
from convcli.render.palette import CELLS, GROUND, INK, LINE, Theme, outline
from convcli.render.png import indexed_png
from convcli.render.scene_layout import Picture, last_seconds, pictures
from convcli.render.scene_panels import BASELINE, KINDS, Bitmap, Box, Frame, Shape, TextLine
from convcli.render.scene_text import moment_text, picture_sum
from convcli.report.film.scene import Scene

RECTANGLES, IMAGES, OUTLINES, LETTERS = 0, 1, 2, 4  # layers, from the lowest up
FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans'"
CHINESE_FONTS = "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC'"
FILM = (
    ".f{animation:f %gs steps(1) infinite}"
    "@keyframes f{0%%{visibility:visible}%.6f%%{visibility:hidden}}"
    "@keyframes l{0%%{visibility:visible}%.6f%%{visibility:hidden}}"
    "@media(prefers-reduced-motion:reduce){.f{animation:none}}"
)


class Piece(NamedTuple):
    """A shape as SVG: its layer, the attributes that it shares with others, its element."""

    layer: int
    shared: str
    element: str


def svg(
    scenes: Sequence[Scene],
    seconds: float = 0.5,
    precision: int | None = None,
    *,
    theme: Theme = "light",
    fonts: str | None = None,
) -> str:
    """The picture of one scene, or an endless animation of `seconds` a scene.

    The last scene stays longer. Where nothing moves, the first scene is seen. `fonts` are the
    families of its letters, for a program that draws it and nothing beside: then it has no title.
    """
    drawn = pictures(scenes, precision)
    frames = [[piece for shape in each.shapes for piece in _pieces(shape, theme)] for each in drawn]
    width, height = drawn[0].width, drawn[0].height  # fpdf2 reads 100% as 100 points
    ground = f'<rect width="{width}" height="{height}" fill="{GROUND.on(theme)}"/>'
    if len(frames) == 1:
        body = [ground, *_grouped(frames[0])]
    else:
        body = [*_style(len(frames), seconds), ground, *_film(frames, seconds)]
    return "\n".join([_head(scenes[0], drawn[0], precision, theme, fonts), *body, "</svg>\n"])


def _head(
    scene: Scene, drawn: Picture, precision: int | None, theme: Theme, fonts: str | None
) -> str:
    """The opening tag, and what a reader who does not see the picture is told."""
    words = scene.words
    is_english = words.language == "en"
    families = fonts or f"{FONTS if is_english else f'{CHINESE_FONTS}, {FONTS}'}, sans-serif"
    title = printable(scene.title)
    attributes = {
        "viewBox": f"0 0 {drawn.width} {drawn.height}",
        "width": str(drawn.width),
        "height": str(drawn.height),
        "role": "img",
        "aria-label": title,
        "font-family": families,
        "font-size": str(KINDS["label"]),
        "fill": INK.on(theme),
    } | ({} if is_english else {"xml:lang": words.tag})
    written = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {written}>'
    if fonts is not None:
        return opening
    about = escape(f"{moment_text(scene)}: {picture_sum(scene, precision)[0]}")
    return f"{opening}\n<title>{escape(title)}</title>\n<desc>{about}</desc>"


def _style(count: int, seconds: float) -> Iterator[str]:
    last = last_seconds(seconds)
    whole = (count - 1) * seconds + last
    yield f"<style>{FILM % (whole, 100 * seconds / whole, 100 * last / whole)}</style>"


def _film(frames: Sequence[Sequence[Piece]], seconds: float) -> Iterator[str]:
    """What all frames share, once, and what each has of its own; the first one is visible.

    Letters and outlines that all share lie above the frames, whose cells would cover them.
    """
    common = set(frames[0]).intersection(*frames[1:])
    shared = [piece for piece in frames[0] if piece in common]
    yield from _grouped([piece for piece in shared if piece.layer < OUTLINES])
    for number, frame in enumerate(frames):
        last = "animation-name:l;" if number + 1 == len(frames) else ""
        hidden = f' visibility="hidden" style="{last}animation-delay:{number * seconds:g}s"'
        yield f'<g class="f"{hidden if number else ""}>'
        yield from _grouped([piece for piece in frame if piece not in common])
        yield "</g>"
    yield from _grouped([piece for piece in shared if piece.layer >= OUTLINES])


def _grouped(pieces: Sequence[Piece]) -> Iterator[str]:
    """The elements, from the lowest layer up, those with the same attributes in one group."""
    ordered = sorted(pieces, key=lambda piece: (piece.layer, piece.shared))
    for (_, shared), group in groupby(ordered, key=lambda piece: piece[:2]):
        elements = "".join(piece.element for piece in group)
        yield f"<g {shared}>{elements}</g>" if shared else elements


def _pieces(shape: Shape, theme: Theme) -> list[Piece]:
    if isinstance(shape, Box):
        return _box(shape, theme)
    if isinstance(shape, Frame):
        rectangle = _rectangle(shape.x, shape.y, shape.width, shape.height)
        return [
            Piece(OUTLINES + at, f'fill="none" stroke="{color.on(theme)}" stroke-width="{width}"',
                  rectangle)
            for at, (color, width) in enumerate(outline(shape.kind, is_set_off=shape.is_set_off))
        ]  # fmt: skip
    if isinstance(shape, Bitmap):
        return [Piece(IMAGES, "", _image(shape, theme))]
    return [_text(shape)]


def _rectangle(x: int, y: int, width: int, height: int) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}"/>'


def _box(box: Box, theme: Theme) -> list[Piece]:
    """The rectangle of a cell, and its number."""
    colors = f'fill="{CELLS[box.role].on(theme)}" stroke="{LINE.on(theme)}"'
    rectangle = _rectangle(box.x, box.y, box.width, box.height)
    pieces = [Piece(RECTANGLES, f'{colors} shape-rendering="crispEdges"', rectangle)]
    if box.text:
        x, y = box.x + box.width / 2, box.y + box.height // 2 + BASELINE
        written = f'<text x="{x:g}" y="{y}">{escape(printable(box.text))}</text>'
        pieces.append(Piece(LETTERS, 'text-anchor="middle"', written))
    return pieces


def _image(bitmap: Bitmap, theme: Theme) -> str:
    """The image, its pixels as large as they are shown: not every program keeps their edges."""
    rows, columns = bitmap.pixels.shape
    larger = np.repeat(bitmap.pixels, bitmap.height // rows, axis=0)
    larger = np.repeat(larger, bitmap.width // columns, axis=1)
    data = b64encode(indexed_png(larger, bitmap.scale.colors(theme))).decode()
    place = f'x="{bitmap.x}" y="{bitmap.y}" width="{bitmap.width}" height="{bitmap.height}"'
    return f'<image {place} image-rendering="pixelated" href="data:image/png;base64,{data}"/>'


def _text(line: TextLine) -> Piece:
    size = KINDS[line.kind]
    shared = "" if size == KINDS["label"] else f'font-size="{size}"'
    if line.kind == "title":
        shared += ' font-weight="bold"'
    if line.anchor != "start":
        shared += f' text-anchor="{line.anchor}"'
    written = f'<text x="{line.x}" y="{line.y}">{escape(printable(line.text))}</text>'
    return Piece(LETTERS, shared.strip(), written)
