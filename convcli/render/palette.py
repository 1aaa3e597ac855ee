"""Every colour of the pictures: the page, the SVG and the GIF take theirs from here."""

from __future__ import annotations

from typing import Literal, NamedTuple

from convcli.report.film.scene import Role

Theme = Literal["light", "dark"]


class Color(NamedTuple):
    """One colour on a light ground and on a dark one, each as `#rrggbb`."""

    light: str
    dark: str

    def on(self, theme: Theme) -> str:
        """The colour on the ground of a theme."""
        return self.dark if theme == "dark" else self.light


GROUND = Color("#ffffff", "#16191d")
INK = Color("#1c2024", "#e8eaed")
LINE = Color("#c9d1d9", "#444c56")  # around cells, buttons and boxes

CELLS: dict[Role, Color] = {
    "cell": Color("#f4f6f8", "#23282e"),
    "padding": Color("#f3e9f7", "#33263a"),
    "window": Color("#9fdcf0", "#14647c"),
    "window padding": Color("#d9b3ea", "#6b3f80"),
    "kernel": Color("#fff2c4", "#4d431c"),
    "tap": Color("#ffc53d", "#b47a00"),
    "output": Color("#dff3df", "#1f3d24"),
    "result": Color("#6cc46f", "#226b2a"),
    "waiting": GROUND,
}

PAGE: dict[str, Color] = {  # the page's own, beside those of the cells
    "ground": GROUND,
    "ink": INK,
    "quiet": Color("#586069", "#9da7b1"),
    "line": LINE,
    "focus": Color("#0969da", "#6cb6ff"),
    "edge": Color("#767f88", "#8b949e"),  # around what can be pressed: at least 3:1
    "tap-ink": Color("#1c2024", "#101316"),
    # Around the marks: at least 3:1 against their fill and against the cells beside them.
    "window-line": Color("#075f7d", "#6fd5f2"),
    "padding-line": Color("#7b3fa0", "#cf9ce6"),
    "kernel-line": Color("#7a5b00", "#e3bd50"),
    "tap-line": Color("#6b4a00", "#fff1cf"),
    "result-line": Color("#14652b", "#7ee78a"),
}

# A colour for each tap, in turn: light ones of Paul Tol's, told apart by the colour-blind.
TAPS = (
    Color("#77aadd", "#2b5f94"), Color("#ee8866", "#974022"), Color("#eedd88", "#6b5d10"),
    Color("#ffaabb", "#8f3f57"), Color("#99ddff", "#1d6480"), Color("#44bb99", "#17634c"),
    Color("#bbcc33", "#545f0c"), Color("#cbb7e8", "#5f4a8c"), Color("#dddddd", "#565c63"),
)  # fmt: skip
PAGE |= {f"hue-{number}": color for number, color in enumerate(TAPS)}

# Outlines in pictures, at least 3:1 against the ground.
MARKS: dict[str, Color] = {
    "window": Color("#0b7fa3", "#36b7dc"),
    "result": Color("#1a7f37", "#56d364"),
}
# The shades of the least and the largest number, with 0 between them where both signs occur.
SIGNED = (Color("#1d4f91", "#4a90d9"), Color("#f7f7f7", "#f7f7f7"), Color("#a8321a", "#d9603f"))
GRAYS = (Color("#101316", "#101316"), Color("#ffffff", "#ffffff"))
NOT_A_NUMBER = Color("#d000d0", "#ff60ff")

# By scale, the colours from the least to the most number, of cells that are too small for numbers.
PAGE_SHADES = {"grays": GRAYS, "signed": SIGNED, "nan": (NOT_A_NUMBER,)}


def css_name(role: str) -> str:
    """The name of a role as a class or a variable of a style sheet.

    >>> css_name("window padding")
    'window-padding'
    """
    return role.replace(" ", "-")


def outline(kind: str, *, is_set_off: bool) -> tuple[tuple[Color, float], ...]:
    """The lines of a mark, each with its width; on an image, one of the ground sets it off."""
    mark = (MARKS[kind], 2.5)
    return ((GROUND, 5), mark) if is_set_off else (mark,)
