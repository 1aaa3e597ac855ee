"""An image of few colours as a PNG, which an SVG embeds: no package is needed for it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
INDEXED, DEPTH = 3, 8  # the colour type and the bits of a sample


def indexed_png(pixels: NDArray[Any], colors: Sequence[tuple[int, int, int]]) -> bytes:
    """The pixels (H, W), each an index below 256 of a colour."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter, none
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, DEPTH, INDEXED, 0, 0, 0)
    return SIGNATURE + b"".join(
        [
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", bytes(number for color in colors for number in color)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
