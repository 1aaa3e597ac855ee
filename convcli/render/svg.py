"""Scenes as one self-contained SVG: a still picture, or an animation."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from convcli.errors import printable
from convcli.render.palette import CELLS, GROUND, INK, LINE, css_name
from convcli.render.scene_layout import CELL, Box, Picture, picture
from convcli.report.film.scene import Scene

BASELINE = 5  # pixels from the middle of a cell down to the base line of its number
STYLE = (
    "svg{background:%s}text{font-family:system-ui,sans-serif;font-size:14px;fill:%s}rect{stroke:%s}"
    ".n{text-anchor:middle;font-variant-numeric:tabular-nums}"
    ".title{font-weight:600}.sign{font-size:22px}.note{font-size:12px}"
)


def svg(scenes: Sequence[Scene], seconds: float = 0.5, precision: int | None = None) -> str:
    """The picture of one scene, or an endless animation that shows each scene for `seconds`."""
    pictures = [picture(scene, precision) for scene in scenes]
    width = max(drawn.width for drawn in pictures)
    height = max(drawn.height for drawn in pictures)
    title = escape(printable(scenes[0].title))
    words = scenes[0].words
    language = "" if words.language == "en" else f' xml:lang="{words.tag}"'
    frames = list(map(_frame, pictures))
    if len(frames) > 1:
        frames = [
            f'<g class="f" style="animation-delay:{number * seconds:g}s">{frame}</g>'
            for number, frame in enumerate(frames)
        ]
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'role="img" aria-label="{title}"{language}>\n<title>{title}</title>'
    style = f"<style>{_styles(len(frames), seconds)}</style>"
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {head}', style, *frames, "</svg>\n"]
    )


def _styles(count: int, seconds: float) -> str:
    light, dark = (_colors(ground) for ground in ("light", "dark"))
    film = ""
    if count > 1:
        film = (
            f".f{{visibility:hidden;animation:f {count * seconds:g}s steps(1) infinite}}"
            f"@keyframes f{{0%{{visibility:visible}}{100 / count:.6f}%{{visibility:hidden}}}}"
        )
    return f"{light}@media(prefers-color-scheme:dark){{{dark}}}{film}"


def _colors(ground: str) -> str:
    """The style of the texts and cells on a light or on a dark ground."""
    page = STYLE % tuple(getattr(color, ground) for color in (GROUND, INK, LINE))
    cells = (f".{css_name(role)}{{fill:{getattr(color, ground)}}}" for role, color in CELLS.items())
    return page + "".join(cells)


def _frame(drawn: Picture) -> str:
    lines = (
        f'<text class="{line.kind}" x="{line.x}" y="{line.y}">{escape(printable(line.text))}</text>'
        for line in drawn.lines
    )
    return "".join([*map(_box, drawn.boxes), *lines])


def _box(box: Box) -> str:
    """The rectangle of a cell and its number."""
    place = f'x="{box.x}" y="{box.y}" width="{box.width}" height="{CELL}"'
    rectangle = f'<rect class="{css_name(box.role)}" {place}/>'
    if not box.text:
        return rectangle
    x, y = box.x + box.width / 2, box.y + CELL // 2 + BASELINE
    return f'{rectangle}<text class="n" x="{x:g}" y="{y}">{escape(box.text)}</text>'
