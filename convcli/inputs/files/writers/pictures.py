"""Pictures that pillow writes: .png, .tif, .jpg, .bmp, .webp, .gif."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.files.boundary import library
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.writers.frames import frames_of
from convcli.inputs.files.writers.pixels import WHITE_OF_BYTE, pixels_of, white_of
from convcli.inputs.files.writers.png import png_of_16_bits
from convcli.inputs.files.writers.request import WriteRequest, count_of
from convcli.inputs.files.writers.tiff import INSTALL, has_tifffile, tiff_in_color
from convcli.inputs.text.pixel_maps import BRIGHTEST


class _Format(NamedTuple):
    """pillow's name of a format and its options; the channels, white and pixels that it holds."""

    name: str
    channels: tuple[int, ...]
    most: int = WHITE_OF_BYTE
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed
    loss: str = ""
    pages: bool = False
    longest: int = 2**31 - 1  # pixels of a side


_JPEG = _Format(
    "JPEG", (1, 3), options={"quality": 95, "subsampling": 0},
    loss="JPEG is lossy: pixels change a little; .png and .tif keep them", longest=65_500,
)  # fmt: skip
_TIFF = _Format("TIFF", (1, 2, 3, 4), BRIGHTEST, pages=True)
_FORMATS = {
    ".png": _Format("PNG", (1, 2, 3, 4), BRIGHTEST),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".bmp": _Format("BMP", (1, 3)),
    ".webp": _Format("WEBP", (3, 4), options={"lossless": True, "exact": True}, longest=16_383),
    ".gif": _Format("GIF", (1,), options={"optimize": False}, longest=2**16 - 1),
}


def check(request: WriteRequest) -> None:
    """Raises ConvError where the array is no picture, or has more colours than the format."""
    form = _FORMATS[request.suffix]
    frames = frames_of(request, _channels(request, form), pages=form.pages)
    if max(frames.shape[2:]) > form.longest:
        rule = f"a {request.suffix} file has sides of at most {form.longest} pixels"
        hint = "Write a .png file, or an .npy file."
        raise request.refusal("image.shape", rule, got=Shape(frames.shape[2:]), hint=hint)
    mapping = request.mapping
    if mapping is not None and (mapping.maximum or 0) > form.most:
        rule = f"a {request.suffix} file has a white of at most {form.most}"
        raise request.refusal("map.maximum", rule, got=mapping.maximum)


def write(request: WriteRequest) -> list[bytes]:
    """The bytes of the picture."""
    form = _FORMATS[request.suffix]
    if form.loss:
        request.say(form.loss)
    frames = frames_of(request, _channels(request, form), pages=form.pages)
    _say_pages(request, frames)
    if _keeps_floats(request, form):
        return [_saved(request, form, _float32(request, frames))]
    pixels = pixels_of(request, frames, form.most)
    if form.name == "PNG" and pixels.dtype == np.uint16:
        return [png_of_16_bits(pixels[0])]
    return [_saved(request, form, pixels)]


def _channels(request: WriteRequest, form: _Format) -> tuple[int, ...]:
    """Those of one page; without tifffile, 16 bits and floats have pages of one channel alone."""
    return (1,) if _is_deep_tiff(request, form) and not has_tifffile() else form.channels


def _is_deep_tiff(request: WriteRequest, form: _Format) -> bool:
    is_deep = _keeps_floats(request, form) or _is_deep(request, form)
    return form.name == "TIFF" and is_deep


def _is_deep(request: WriteRequest, form: _Format) -> bool:
    return min(white_of(request), form.most) > WHITE_OF_BYTE


def _keeps_floats(request: WriteRequest, form: _Format) -> bool:
    return form.name == "TIFF" and request.mapping is None and request.array.dtype.kind == "f"


def _say_pages(request: WriteRequest, frames: Array) -> None:
    """Note a page for each channel: a reader of pictures would expect colours."""
    array, rank = request.array_in_order, request.origin.rank
    channels = array.shape[-rank - 1] if array.ndim > rank > 1 else 1
    if channels > 1 and frames.shape[1] == 1:
        form = _FORMATS[request.suffix]
        could = channels in form.channels and _is_deep_tiff(request, form)
        advice = f"; {INSTALL}" if could else ""
        request.say(f"each of the {channels} channels is a page: {len(frames)} pages{advice}")


def _float32(request: WriteRequest, frames: Array) -> Array:
    with np.errstate(over="ignore"):
        narrow = frames.astype(np.float32)
    changed = int(((narrow != frames) & ~np.isnan(frames)).sum())
    if changed:
        request.say(
            f"{changed} of {count_of(frames.size, 'value', 'values')}"
            f" {'was' if changed == 1 else 'were'} rounded to float32;"
            " an .npy file keeps every digit"
        )
    return narrow


def _saved(request: WriteRequest, form: _Format, pages: Array) -> bytes:
    if pages.shape[1] > 1 and _is_deep_tiff(request, form):
        return tiff_in_color(pages, request.parameter)
    image = optional_package("PIL.Image", request.parameter)
    pictures = []
    for page in pages:
        last = np.ascontiguousarray(np.moveaxis(page, 0, -1))
        pictures.append(image.fromarray(last[..., 0] if last.shape[-1] == 1 else last))
    more = {"save_all": True, "append_images": pictures[1:]} if len(pictures) > 1 else {}
    buffer = BytesIO()
    refusal = request.refusal("image.shape", f"a {request.suffix} file cannot hold this picture")
    with library(refusal, native=True):
        pictures[0].save(buffer, form.name, **form.options, **more)
    return buffer.getvalue()
