"""PNG of 16 bits a channel, which pillow writes in grey alone.

Source: Portable Network Graphics (PNG) Specification, third edition, W3C 2025, sections 5 and 11.
"""

from __future__ import annotations

import struct
import zlib

from convcli.engine.arrays import Array

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by the number of channels
DEPTH = 16


def png_of_16_bits(pixels: Array) -> bytes:
    """The file of the pixels (C, H, W) of type uint16, with 1 to 4 channels."""
    channels, height, width = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, DEPTH, COLOR_TYPES[channels], 0, 0, 0)
    rows = pixels.transpose(1, 2, 0).astype(">u2").reshape(height, -1)
    unfiltered = b"".join(b"\0" + row.tobytes() for row in rows)  # filter 0 before every row
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(unfiltered)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    """Length, name, data, and the CRC of name and data."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
