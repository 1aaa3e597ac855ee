"""Images, through pillow: pixels into an array, and an array into the bytes of a PNG file."""

from __future__ import annotations

from io import BytesIO
from types import ModuleType
from typing import IO, Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.files.admission import BYTES_OF_PIXEL, Admit, Metered, with_places
from convcli.inputs.files.boundary import library
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.request import ArrayRequest

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP")  # Pillow's others start programs
KEPT_MODES = ("L", "RGB", "RGBA", "I", "F", "I;16")
GREY_MODES = ("1", "LA")
BRIGHTEST = 255  # of 8 bits


def read_image(request: ArrayRequest) -> Array:
    """The pixels: (H, W) of a grey image, (C, H, W) of a coloured one.

    Raises ConvError of kind "data" where the file
    is no image or pillow takes its size for an attack, and of kind "package" without pillow.
    """
    with request.open() as stream:
        return _pixels(stream, request.name, request.admit)


def _pixels(stream: IO[bytes], name: str, admit: Admit) -> Array:
    image_module = _pillow(name)
    metered: Any = Metered(with_places(stream, admit), admit)
    rule = f"is damaged, or no picture in one of the formats {', '.join(FORMATS)}"
    refusal = ConvError("image.format", rule, parameter=name, kind="data")
    with library(refusal, native=True), image_module.open(metered, formats=FORMATS) as image:
        admit(image.width * image.height * BYTES_OF_PIXEL)
        kept = image.mode in KEPT_MODES
        pixels = np.asarray(
            image if kept else image.convert("L" if image.mode in GREY_MODES else "RGB")
        )
    return np.moveaxis(pixels, -1, 0) if pixels.ndim == 3 else pixels


def png_bytes(array: Array, name: str) -> bytes:
    """(H, W), (C, H, W) or (1, C, H, W) as a PNG file, rounded and clipped to 0..255.

    Raises ConvError where the array has not 1, 3 or 4 channels.
    """
    planes = array.reshape(array.shape[-3:]) if array.ndim == 4 and array.shape[0] == 1 else array
    planes = planes[None] if planes.ndim == 2 else planes
    if planes.ndim != 3 or planes.shape[0] not in (1, 3, 4) or array.dtype.kind == "c":
        rule = "an image needs the shape HxW, or CxHxW with 1, 3 or 4 channels"
        raise ConvError("image.shape", rule, parameter=name, got=Shape(array.shape))
    pixels = np.clip(np.rint(np.nan_to_num(planes)), 0, BRIGHTEST).astype(np.uint8)
    last = np.moveaxis(pixels, 0, -1)
    buffer = BytesIO()
    _pillow(name).fromarray(last.squeeze(-1) if len(pixels) == 1 else last).save(buffer, "PNG")
    return buffer.getvalue()


def _pillow(name: str) -> ModuleType:
    optional_package("PIL", name)
    return optional_package("PIL.Image", name)
