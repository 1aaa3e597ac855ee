"""Netpbm's grey .pgm and coloured .ppm, in 8 or 16 bits.

Source: netpbm.sourceforge.net/doc/pgm.html and ppm.html: a header in words, then the samples, in
two bytes, the higher first, where white is above 255.
"""

from __future__ import annotations

import numpy as np

from convcli.inputs.files.writers.frames import frames_of
from convcli.inputs.files.writers.pixels import WHITE_OF_BYTE, pixels_of, white_of
from convcli.inputs.files.writers.request import WriteRequest
from convcli.inputs.text.pixel_maps import BRIGHTEST

CHANNELS = {".pgm": (1,), ".ppm": (3,), ".pnm": (1, 3)}
MAGIC = {1: "P5", 3: "P6"}


def check(request: WriteRequest) -> None:
    """Raises ConvError where the array has other channels than the format."""
    frames_of(request, CHANNELS[request.suffix], pages=False)


def write(request: WriteRequest) -> list[bytes]:
    """The header and the samples."""
    (frame,) = pixels_of(
        request, frames_of(request, CHANNELS[request.suffix], pages=False), BRIGHTEST
    )
    white = white_of(request)
    channels, height, width = frame.shape
    header = f"{MAGIC[channels]}\n{width} {height}\n{white}\n"
    samples = frame.transpose(1, 2, 0).astype(np.uint8 if white <= WHITE_OF_BYTE else ">u2")
    return [header.encode(), samples.tobytes()]
