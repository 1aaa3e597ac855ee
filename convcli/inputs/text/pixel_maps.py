"""`--map`: how numbers become the brightness of pixels."""

from __future__ import annotations

from typing import NamedTuple

from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_choice, parse_integer

PIXEL_MAPS = ("clip", "linear", "absolute", "signed")
BRIGHTEST = 65535  # of 16 bits


class PixelMap(NamedTuple):
    """One of `PIXEL_MAPS`, and the brightness of white where it was specified."""

    kind: str = "clip"
    maximum: int | None = None


def parse_pixel_map(text: str, parameter: str) -> PixelMap:
    """`linear`, or with the brightness of white `clip:4095`.

    Raises ConvError where it is neither.

    >>> parse_pixel_map("clip:4095", "map")
    PixelMap(kind='clip', maximum=4095)
    """
    kind, colon, white = text.partition(":")
    parse_choice(kind, parameter, choices=PIXEL_MAPS)
    if not colon:
        return PixelMap(kind)
    maximum = parse_integer(white, parameter)
    if not 1 <= maximum <= BRIGHTEST:
        rule = f"takes a brightness of white from 1 to {BRIGHTEST}"
        raise ConvError("map.maximum", rule, parameter=parameter, got=text)
    return PixelMap(kind, maximum)
