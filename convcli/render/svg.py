"""Scenes as one self-contained SVG: a still picture, or all of them one after another."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from convcli.errors import printable
from convcli.render.palette import CELLS, GROUND, INK, LINE, css_name
from convcli.render.scene_layout import CELL, Picture, picture
from convcli.report.film.scene import Scene

STYLE = (
    "svg{background:%s}text{font-family:system-ui,sans-serif;font-size:14px;fill:%s}rect{stroke:%s}"
    ".n{text-anchor:middle;font-variant-numeric:tabular-nums}.title{font-weight:600}.sign{font-size:22px}.note{font-size:12px}"
)


def svg(scenes: Sequence[Scene], seconds: float = 0.5, precision: int | None = None) -> str:
    """The picture of one scene, or, of several, each for `seconds` and then again from the first."""
    pictures = [picture(scene, precision) for scene in scenes]
    width, height = max(one.width for one in pictures), max(one.height for one in pictures)
    title = escape(printable(scenes[0].title))
    words = scenes[0].words
    language = "" if words.language == "en" else f' xml:lang="{words.tag}"'
    frames = [_frame(one) for one in pictures]
    if len(frames) > 1:
        frames = [
            f'<g class="f" style="animation-delay:{at * seconds:g}s">{frame}</g>'
            for at, frame in enumerate(frames)
        ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{title}"{language}>\n<title>{title}</title>\n<style>{_styles(len(frames), seconds)}</style>\n'
        + "\n".join(frames)
        + "\n</svg>\n"
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


def _frame(one: Picture) -> str:
    parts = []
    for box in one.boxes:
        parts.append(
            f'<rect class="{css_name(box.role)}" x="{box.x}" y="{box.y}" width="{box.width}" height="{CELL}"/>'
        )
        if box.text:
            parts.append(
                f'<text class="n" x="{box.x + box.width / 2:g}" y="{box.y + CELL // 2 + 5}">{escape(box.text)}</text>'
            )
    parts += [
        f'<text class="{words.kind}" x="{words.x}" y="{words.y}">{escape(printable(words.text))}</text>'
        for words in one.words
    ]
    return "".join(parts)
