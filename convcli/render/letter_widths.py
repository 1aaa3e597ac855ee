"""How wide a text becomes at most: no picture knows the font of its reader."""

from __future__ import annotations

import re

from convcli.render.columns import text_width

# Thousandths of the font size, as wide as in DejaVu Sans, the widest of the usual fonts.
_NARROW, _DIGIT, _BROAD, _BROADEST = 410, 645, 840, 1000
_WIDTHS = (
    dict.fromkeys(" !'(),-./:;I[\\]`fijlrt|", _NARROW)
    | dict.fromkeys("#&+<=>DGHNOQU^w~", _BROAD)
    | dict.fromkeys("%@MWm", _BROADEST)
)
_CAPITAL = 740
_MONOSPACED = 605
_BOLD = 1.15  # bold letters against regular ones


def widest(text: str, points: float, *, bold: bool = False) -> float:
    """The width of a text that is no smaller in DejaVu Sans, Arial, a monospaced or a Chinese font.

    >>> widest("abc", 10), widest("卷积", 10)
    (19.35, 24.2)
    """
    proportional = sum(map(_thousandths, text)) * (_BOLD if bold else 1)
    return max(proportional, _MONOSPACED * text_width(text)) * points / 1000 if text else 0.0


def _thousandths(letter: str) -> int:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if not letter.isascii():
        return _BROADEST if text_width(letter) == 2 else _BROAD
    return _CAPITAL if letter.isupper() else _DIGIT


def folded(text: str, width: float, points: float, *, bold: bool = False) -> list[str]:
    """The text in lines that are at most this wide, broken at spaces, else between letters.

    A sum breaks before an equals sign, or behind the comma of a stamp, where that is enough. An
    operator begins the line after it: `1*2 + 3*4` breaks before the plus.

    >>> folded("1*2 + 3*4 = 14", 70, 10), folded("4*7 = 28, 4*8 = 32", 90, 10)
    (['1*2 + 3*4', '= 14'], ['4*7 = 28,', '4*8 = 32'])
    """
    lines = [""]
    for statement in _statements(text):
        is_fitting = widest(statement, points, bold=bold) <= width
        for chunk in [statement] if is_fitting else _chunks(statement):
            longer = f"{lines[-1]} {chunk}" if lines[-1] else chunk
            if widest(longer, points, bold=bold) <= width:
                lines[-1] = longer
                continue
            if lines[-1]:
                lines.append("")
            for letter in chunk:
                if lines[-1] and widest(lines[-1] + letter, points, bold=bold) > width:
                    lines.append("")
                lines[-1] += letter
    return lines


def _statements(text: str) -> list[str]:
    """The stamps of a text, or the sides of its equations; else its words."""
    if " = " not in text:
        return _chunks(text)
    return re.split(r"(?<=,) " if ", " in text else r" (?== )", text)


def _chunks(text: str) -> list[str]:
    """The words of a text, each operator with the word behind it."""
    chunks: list[str] = []
    operator = ""
    for word in text.split(" "):
        if word in ("+", "-", "="):
            operator = f"{operator} {word}".strip()
            continue
        chunks.append(f"{operator} {word}".strip())
        operator = ""
    return [*chunks, operator] if operator else chunks
