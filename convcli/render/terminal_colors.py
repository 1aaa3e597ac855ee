"""The colours of the terminal: each has a contrast of at least 4.5 to black and to white.

Terminals have light and dark grounds, and their own shades of the sixteen named colours. These are
numbers of the fixed part of the palette of 256, whose luminance is near 0.18: white text on them
stands out as they do on white, and they do so on black too.
"""

from __future__ import annotations

BLUE, GREEN, PURPLE, RED, GRAY, WHITE = 63, 29, 98, 131, 243, 231
BOLD = "1"


def _ink(color: int) -> str:
    return f"38;5;{color}"


def _ground(color: int) -> str:
    """White, bold text on a ground of this colour."""
    return f"{BOLD};38;5;{WHITE};48;5;{color}"


TERMINAL: dict[str, str] = {  # the numbers of SGR codes
    "label": _ink(BLUE),
    "value": _ink(GREEN),
    "padding": _ink(PURPLE),
    "quiet": _ink(GRAY),
    "on label": _ground(BLUE),
    "on value": _ground(GREEN),
    "on padding": _ground(PURPLE),
    "on tap": _ground(RED),
}


def rich_color(color: int) -> str:
    """The name that rich has for a color of the palette of 256."""
    return f"color({color})"
