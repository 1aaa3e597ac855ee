"""Numbers into the brightness of pixels: 0 is black, `white` is the brightest.

    clip:      min(max(v, 0), white)
    linear:    (v - min)/(max - min)*white             min is black, max white
    absolute:  |v|/max|v|*white                        zero is black
    signed:    middle + v/max|v|*(white - middle)      zero is the middle grey, (white + 1)/2

each rounded to the nearest integer. min, max and max|v| are those of the finite numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.writers.request import WriteRequest
from convcli.inputs.text.pixel_maps import BRIGHTEST, PixelMap

WHITE_OF_BYTE = 255
ADVICE = "--map linear, --map absolute or --map signed fits them into the range"
COLORS_WITH_ALPHA = (2, 4)  # channels, the last of which is the opacity


def white_of(request: WriteRequest) -> int:
    """The brightness of white: that of --map, else that of the input's picture or number type."""
    mapping, source, dtype = request.mapping, request.origin.source, request.origin.dtype
    if mapping is not None and mapping.maximum is not None:
        return mapping.maximum
    if source is not None and source.bits is not None and not source.is_float:
        return BRIGHTEST if source.bits > 8 else WHITE_OF_BYTE
    wide = dtype is not None and dtype.kind in "iu" and dtype.itemsize == 2
    return BRIGHTEST if wide else WHITE_OF_BYTE


def pixels_of(request: WriteRequest, frames: Array, most: int) -> Array:
    """The pixels of frames (..., C, H, W), uint8 or uint16; says what the numbers lose.

    `most` is the brightest that the format holds: brighter scales are divided.
    """
    white = white_of(request)
    mapping = request.mapping or PixelMap()
    if white > most:
        divisor = white // most
        request.say(f"a {request.suffix} file has 8 bits: the numbers are divided by {divisor}")
    opacity = frames.shape[-3] in COLORS_WITH_ALPHA
    colors = frames[..., :-1, :, :] if opacity else frames
    parts = [_mapped(request, colors, mapping.kind, white)]
    if opacity:
        parts.append(_mapped(request, frames[..., -1:, :, :], "clip", white))
    pixels = np.concatenate(parts, axis=-3)
    if white > most:
        pixels = np.rint(pixels * (most / white))
    return pixels.astype(np.uint8 if min(white, most) <= WHITE_OF_BYTE else np.uint16)


def _mapped(request: WriteRequest, values: Array, kind: str, white: int) -> Array:
    finite = np.isfinite(values)
    known = values if finite.all() else values[finite]
    lowest, highest = (known.min(), known.max()) if known.size else (0, 0)
    scaled = _scaled(values, kind, white, float(lowest), float(highest))
    rounded = np.rint(scaled)
    result: Array = np.nan_to_num(np.clip(rounded, 0, white), nan=0)
    if kind == "clip":
        _say_what_clip_lost(request, values, rounded, white, f"{_text(lowest)}..{_text(highest)}")
    else:
        request.say(f"--map {kind}: {_marks(kind, white, lowest, highest)}")
        if unknown := int(values.size - known.size):
            request.say(f"{unknown} of {values.size} values are NaN or infinite")
    return result


def _scaled(values: Array, kind: str, white: int, lowest: float, highest: float) -> Array:
    """The brightness of each value, before it is rounded and cut to 0..white."""
    if kind == "clip":
        return values
    wide = values.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        if kind == "linear":
            return (wide - lowest) * (white / ((highest - lowest) or 1))
        largest = max(abs(lowest), abs(highest)) or 1
        if kind == "absolute":
            return np.abs(wide) * (white / largest)
        middle = (white + 1) // 2
        return middle + wide * ((white - middle) / largest)


def _marks(kind: str, white: int, lowest: Any, highest: Any) -> str:
    """Which values are which pixels: two or three of them."""
    if kind == "linear":
        if lowest == highest:
            return f"all values are {_text(lowest)}, and the picture is black"
        return f"{_text(lowest)} is 0 and {_text(highest)} is {white}"
    largest = max(abs(float(lowest)), abs(float(highest)))
    if kind == "absolute":
        return f"0 is 0, and {_text(largest)} and -{_text(largest)} are {white}"
    middle = (white + 1) // 2
    marks = (f"-{_text(largest)} is {2 * middle - white}", f"0 is {middle}")
    return f"{', '.join(marks)} and {_text(largest)} is {white}"


def _say_what_clip_lost(
    request: WriteRequest, values: Array, rounded: Array, white: int, span: str
) -> None:
    finite = np.isfinite(values)
    below, above = (int((rounded < 0).sum()), int((rounded > white).sum()))
    unequal = int((finite & (rounded != values) & (rounded >= 0) & (rounded <= white)).sum())
    unknown = int(np.isnan(values).sum())
    lost = [
        f"{count} {what}"
        for count, what in (
            (below, "below 0 became 0"),
            (above, f"above {white} became {white}"),
            (unequal, "were rounded"),
            (unknown, "are NaN and became 0"),
        )
        if count
    ]
    if not lost:
        return
    advice = f"; {ADVICE}" if below or above or unequal else ""
    request.say(f"of {values.size} values ({span}) {', '.join(lost)}{advice}")


def _text(value: Any) -> str:
    """A number in six significant digits; an integer in all."""
    whole = isinstance(value, int) or getattr(value, "dtype", np.dtype(float)).kind in "biu"
    return str(int(value)) if whole else f"{float(value):.6g}"
