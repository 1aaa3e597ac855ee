"""Contrast by the formula of WCAG 2, section 1.4.3, over the fixed part of the palette of 256."""

from __future__ import annotations

import re

import pytest

from convcli.render.scene_text import SGR
from convcli.render.terminal import LABEL, PADDED, QUIET, TITLE, VALUE
from convcli.render.terminal_colors import TERMINAL

LEVELS = (0, 95, 135, 175, 215, 255)
LEAST = 4.5
BLACK, WHITE = 16, 231


def luminance(color: int) -> float:
    if color >= 232:
        channels = [8 + 10 * (color - 232)] * 3
    else:
        red, rest = divmod(color - 16, 36)
        channels = [LEVELS[red], *(LEVELS[level] for level in divmod(rest, 6))]
    linear = [
        c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4
        for c in channels
    ]
    return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: int, other: int) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_and_white() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)


@pytest.mark.parametrize(
    "codes", sorted({*TERMINAL.values(), *SGR.values(), TITLE, LABEL, QUIET, PADDED, VALUE})
)
def test_colors_stand_out_on_light_and_dark_grounds(codes: str) -> None:
    ink, ground = (re.search(rf"(?<!\d){kind};5;(\d+)", codes) for kind in (38, 48))
    rest = re.sub(r"[34]8;5;\d+", "", codes)
    assert set(filter(None, rest.split(";"))) <= {"1"}  # bold; no other shade of the terminal's own
    if ground is not None:
        assert ink is not None
        assert contrast(int(ink[1]), int(ground[1])) >= LEAST
        assert min(contrast(int(ground[1]), one) for one in (BLACK, WHITE)) >= LEAST
    elif ink is not None:
        assert min(contrast(int(ink[1]), one) for one in (BLACK, WHITE)) >= LEAST
