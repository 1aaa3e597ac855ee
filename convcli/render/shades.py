"""Numbers as shades, of planes that are too large for digits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcli.render.palette import (
    CELLS,
    GRAYS,
    GROUND,
    NOT_A_NUMBER,
    SIGNED,
    Color,
    Theme,
)
from convcli.report.film.scene import CODES, Plane

SHADES = 64  # of the numbers; as many again, tinted, of padding
TINT = 0.45  # of the colour of padding in its shades
WAITING, BROKEN = (
    2 * SHADES,
    2 * SHADES + 1,
)  # indices: unknown, not finite
RGB = tuple[int, int, int]


class Scale(NamedTuple):
    """The numbers that the first and the last shade stand for; `signed` where 0 is the middle."""

    low: Any
    high: Any
    signed: bool = False

    @classmethod
    def of(cls, planes: list[Plane]) -> Scale:
        """The scale of the numbers of these planes, of their magnitudes where they are complex.

        Padding, which has shades of its own, is left out, and what is not computed.
        """
        parts = [magnitudes(plane.values[_is_own(plane)]) for plane in planes]
        finite = [part[np.isfinite(part)] for part in parts]
        ends = [end for part in finite if part.size for end in (part.min(), part.max())]
        if not ends:
            return cls(0, 0)
        low, high = min(ends), max(ends)
        if low < 0 < high:
            largest = max(-low, high)
            return cls(-largest, largest, signed=True)
        return cls(low, high)

    @property
    def middle(self) -> int:
        """The shade of a scale whose two ends are the same."""
        return round((SHADES - 1) / 2)

    def shades(self, plane: Plane) -> NDArray[Any]:
        """The shade (H, W) of each number, as an index of `colors`."""
        values = magnitudes(plane.values)
        is_number = np.isfinite(values)
        low, high = float(self.low), float(self.high)
        span = high - low
        with np.errstate(over="ignore", invalid="ignore"):
            share = (values.astype(np.float64) - low) / span if span else values * 0.0 + 0.5
        share = np.clip(np.where(is_number, share, 0), 0, 1)
        shades = np.rint(share * (SHADES - 1)).astype(np.uint8)
        shades[is_padding(plane)] += SHADES
        shades[~is_number] = BROKEN
        if plane.known is not None:
            shades[~plane.known] = WAITING
        return shades

    def colors(self, theme: Theme) -> list[RGB]:
        """The colour of each index of `shades`."""
        stops = [rgb(color, theme) for color in (SIGNED if self.signed else GRAYS)]
        plain = [_between(stops, at / (SHADES - 1)) for at in range(SHADES)]
        tint = rgb(CELLS["window padding"], theme)
        tinted = [_between([color, tint], TINT) for color in plain]
        return [*plain, *tinted, rgb(GROUND, theme), rgb(NOT_A_NUMBER, theme)]


def is_padding(plane: Plane) -> NDArray[np.bool_]:
    """Which cells (H, W) of a plane are padding."""
    return np.isin(plane.codes, [CODES["padding"], CODES["window padding"]])


def _is_own(plane: Plane) -> NDArray[np.bool_]:
    """Which cells (H, W) of a plane are computed numbers of its array."""
    own = ~is_padding(plane)
    return own if plane.known is None else own & plane.known


def magnitudes(values: NDArray[Any]) -> NDArray[Any]:
    """The numbers as real ones: complex numbers as their absolute values, truth as 0 and 1."""
    if values.dtype.kind == "c":
        values = np.abs(values)
    if values.dtype.kind in "iuf":
        return values
    real: NDArray[Any] = values.astype(np.float64)
    return real


def rgb(color: Color, theme: Theme) -> RGB:
    """A colour as numbers from 0 to 255."""
    written = color.on(theme)
    red, green, blue = (int(written[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _between(stops: list[RGB], share: float) -> RGB:
    """The colour at a share of the way along these, from 0 to 1."""
    place = share * (len(stops) - 1)
    at = min(int(place), len(stops) - 2)
    part = place - at
    red, green, blue = (
        round(first + (second - first) * part)
        for first, second in zip(stops[at], stops[at + 1], strict=True)
    )
    return red, green, blue
