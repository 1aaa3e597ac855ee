"""Scenes as a PDF, a page each: fpdf2 draws the SVG of each scene."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.svg import SVGObject

from convcli.render.fonts import Font
from convcli.render.palette import Theme
from convcli.render.scene_layout import pictures
from convcli.render.svg import svg
from convcli.report.film.scene import Scene

OWN_FONT = "Helvetica"  # every viewer of PDF has it
CHINESE = "chinese"  # the name of the font that the file embeds
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # the same scenes give the same bytes


def pdf(
    scenes: Sequence[Scene],
    theme: Theme = "light",
    font: Font | None = None,
    precision: int | None = None,
) -> bytes:
    """The scenes as pages of their size; letters that Helvetica lacks come from `font`."""
    document = FPDF(unit="pt")
    document.set_creation_date(EPOCH)
    document.set_title(scenes[0].title)
    document.set_margin(0)
    document.set_auto_page_break(False)
    family = OWN_FONT
    if font is not None:
        family = CHINESE
        for style in ("", "B"):
            document.add_font(CHINESE, style, font.path, collection_font_number=font.place)
    for scene in scenes:
        size = pictures([scene], precision)[0]
        document.add_page(format=(size.width, size.height))
        document.set_font(family)
        drawn = SVGObject(svg([scene], precision=precision, theme=theme, fonts=family))
        drawn.draw_to_page(document, 0, 0)
    return bytes(document.output())
