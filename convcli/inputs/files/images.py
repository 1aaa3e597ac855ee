"""An array as the bytes of a PNG file, through pillow."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.files.picture_pages import pillow

BRIGHTEST = 255  # of 8 bits


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
    pillow(name).fromarray(last.squeeze(-1) if len(pixels) == 1 else last).save(buffer, "PNG")
    return buffer.getvalue()
