"""Numbers into the brightness of pixels: 0 is black, `white` is the brightest.

    clip:      min(max(v, 0), white)
    linear:    (v - min)/(max - min)*white             min is black, max white
    absolute:  |v|/max|v|*white                        zero is black
    signed:    middle + v/max|v|*(white - middle)      zero is the middle grey, (white + 1)/2

each rounded to the nearest integer. min, max and max|v| are those of the finite numbers; NaN is 0,
infinities become what the largest and the smallest number become.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.writers.request import WriteRequest, count_of
from convcli.inputs.text.pixel_maps import BRIGHTEST, PixelMap

WHITE_OF_BYTE = 255
ADVICE = "--map linear, --map absolute or --map signed fits them into the range"
LARGE = 2.0**900  # numbers beyond it are divided by it, so that no product overflows
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
    mapping = request.mapping or PixelMap()
    white = white_of(request)
    if mapping.kind != "clip":
        white = min(white, most)
    opacity = frames.shape[-3] in COLORS_WITH_ALPHA
    colors = frames[..., :-1, :, :] if opacity else frames
    parts = [_mapped(request, colors, mapping.kind, white)]
    if opacity:
        parts.append(_mapped(request, frames[..., -1:, :, :], "clip", white))
    pixels = np.concatenate(parts, axis=-3)
    if white > most:
        pixels = _divided(request, pixels, white // most)
    return pixels.astype(np.uint8 if min(white, most) <= WHITE_OF_BYTE else np.uint16)


def _divided(request: WriteRequest, pixels: Array, divisor: int) -> Array:
    """Pixels of 16 bits for a format of 8."""
    rounded = int((pixels % divisor != 0).sum())
    verb = "is" if rounded == 1 else "are"
    count = f", and {rounded} of {pixels.size} {verb} rounded; {ADVICE}" if rounded else ""
    request.say(f"a {request.suffix} file has 8 bits: the numbers are divided by {divisor}{count}")
    return np.rint(pixels / divisor)


def _mapped(request: WriteRequest, values: Array, kind: str, white: int) -> Array:
    finite = np.isfinite(values)
    known = values if finite.all() else values[finite]
    lowest, highest = (_exact(known.min()), _exact(known.max())) if known.size else (0, 0)
    scaled = _scaled(values, kind, white, lowest, highest)
    rounded = np.rint(scaled)
    darkest = 2 * _middle(white) - white if kind == "signed" else 0
    result: Array = np.nan_to_num(np.clip(rounded, darkest, white), nan=0)
    if kind == "clip":
        where = "" if finite.all() else " where finite"
        span = f" ({_text(lowest)}..{_text(highest)}{where})" if known.size else ""
        _say_what_clip_lost(request, values, rounded, white, span)
    else:
        marks = [_marks(kind, white, lowest, highest)] if known.size else []
        all_marks = [*marks, *_unknown(values, white if kind == "absolute" else darkest, white)]
        request.say(f"--map {kind}: {'; '.join(all_marks)}")
    return result


def _exact(number: Any) -> int | float:
    return int(number) if number.dtype.kind in "biu" else float(number)


def _middle(white: int) -> int:
    return (white + 1) // 2


def _scaled(values: Array, kind: str, white: int, lowest: float, highest: float) -> Array:
    """The brightness of each value, before it is rounded and cut to 0..white."""
    if kind == "clip":
        return values if values.dtype.kind in "iu" else values.astype(np.float64)
    largest = max(abs(lowest), abs(highest))
    if kind == "linear" and values.dtype.kind in "biu":  # differences are exact in uint64
        above = values.astype(np.uint64) - np.uint64(int(lowest) % 2**64)
        return above.astype(np.float64) * white / ((highest - lowest) or 1)
    wide = values.astype(np.float64)
    if largest > LARGE:
        wide = wide / LARGE
        lowest, highest, largest = lowest / LARGE, highest / LARGE, largest / LARGE
    with np.errstate(invalid="ignore"):
        if kind == "linear":
            return (wide - lowest) * white / ((highest - lowest) or 1)
        if kind == "absolute":
            return np.abs(wide) * white / (largest or 1)
        middle = _middle(white)
        return middle + wide * (white - middle) / (largest or 1)


def _marks(kind: str, white: int, lowest: float, highest: float) -> str:
    """Which values are which pixels: two or three of them."""
    largest, middle = max(abs(lowest), abs(highest)), _middle(white)
    if kind == "linear":
        if lowest == highest:
            return f"every number is {_text(lowest)}, and becomes 0: the picture is black"
        return f"{_text(lowest)} is 0 and {_text(highest)} is {white}"
    if not largest:
        return f"every number is 0, and becomes {middle if kind == 'signed' else 0}"
    if kind == "absolute":
        return f"0 is 0, and {_text(largest)} and -{_text(largest)} are {white}"
    marks = (f"-{_text(largest)} is {2 * middle - white}", f"0 is {middle}")
    return f"{', '.join(marks)} and {_text(largest)} is {white}"


def _unknown(values: Array, lowest: int, white: int) -> list[str]:
    """What became of NaN and of infinities."""
    if values.dtype.kind != "f":
        return []
    return [
        f"{count_of(count, 'number is', 'numbers are')} {what} and became {pixel}"
        for what, count, pixel in (
            ("NaN", int(np.isnan(values).sum()), 0),
            ("inf", int(np.isposinf(values).sum()), white),
            ("-inf", int(np.isneginf(values).sum()), lowest),
        )
        if count
    ]


def _say_what_clip_lost(
    request: WriteRequest, values: Array, rounded: Array, white: int, span: str
) -> None:
    finite = np.isfinite(values)
    below, above = (int((rounded < 0).sum()), int((rounded > white).sum()))
    unequal = int((finite & (rounded != values) & (rounded >= 0) & (rounded <= white)).sum())
    unknown = int(np.isnan(values).sum())
    lost = [
        text
        for count, text in (
            (below, f"{below} below 0 became 0"),
            (above, f"{above} above {white} became {white}"),
            (unequal, f"{count_of(unequal, 'was', 'were')} rounded"),
            (unknown, f"{count_of(unknown, 'is', 'are')} NaN and became 0"),
        )
        if count
    ]
    if not lost:
        return
    advice = f"; {ADVICE}" if below or above or unequal else ""
    total = count_of(values.size, "value", "values")
    request.say(f"of {total}{span} {', '.join(lost)}{advice}")


def _text(value: float) -> str:
    """A number in six significant digits; an integer in all."""
    return str(value) if isinstance(value, int) else f"{value:.6g}"
