"""PGM, PPM and PBM: samples up to any largest number, of which Pillow keeps 8 bits in colour."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.admission import BYTES_OF_CHARACTER
from convcli.inputs.files.boundary import library
from convcli.inputs.files.picture_pages import Page, damaged
from convcli.inputs.files.request import ArrayRequest

PLAIN, RAW = "ppm_plain", "raw"  # decoders of Pillow
WHOLE_RANGES = (255, 65535)  # the largest numbers of 8 and 16 bits
_COMMENT = re.compile(rb"#[^\r\n]*")
_LONGEST_NUMBER = 10  # digits


def netpbm_page(request: ArrayRequest, stream: Any, image: Any, stored: bool) -> Page | None:
    """The page of an image that Pillow has opened, and not decoded; None for bits and floats.

    The samples are stretched to 8 or 16 bits, as Pillow stretches them, unless they are to stay as
    they are stored. Raises ConvError of kind "data" where the file ends early.
    """
    decoder, _, offset, arguments = image.tile[0]
    if image.mode not in ("L", "I", "RGB"):
        return None
    largest = _largest(image.mode, decoder, arguments)
    channels = len(image.getbands())
    shape = (image.height, image.width, channels)
    if decoder == PLAIN:
        numbers = _plain(request, stream, offset, shape)
        notes = []
    else:
        numbers, rest = _binary(request, stream, offset, shape, largest)
        notes = [f"{rest} bytes behind the picture are not read"] if rest > 1 else []
    if numbers.max(initial=0) > largest:
        raise damaged(request)
    bits = 8 if largest < 256 else 16
    if largest not in WHOLE_RANGES and not stored:
        top = 2**bits - 1
        numbers = np.rint(numbers / largest * top)
        stretched = f"its numbers from 0 to {largest} are stretched to 0 to {top}"
        notes.append(f"{stretched}; {request.path}:stored keeps them")
    letters = "RGB" if channels == 3 else "L"
    return Page(numbers.astype(f"uint{bits}"), letters, bits, notes)


def _largest(mode: str, decoder: str, arguments: Any) -> int:
    """The number that is white, as Pillow has read it from the header."""
    if decoder == RAW:
        return 65535 if mode == "I" else 255
    return int(arguments[-1])


def _plain(request: ArrayRequest, stream: Any, offset: int, shape: tuple[int, ...]) -> Array:
    """The samples of a file in text."""
    stream.seek(offset)
    with library(damaged(request)):
        text = _COMMENT.sub(b"", stream.read())
    request.admit(len(text) * BYTES_OF_CHARACTER)
    count = int(np.prod(shape))
    words = text.split(None, count)[:count]
    if len(words) < count or not all(w.isdigit() and len(w) <= _LONGEST_NUMBER for w in words):
        raise damaged(request)
    return np.array(words, np.bytes_).astype(np.int64).reshape(shape)


def _binary(
    request: ArrayRequest, stream: Any, offset: int, shape: tuple[int, ...], largest: int
) -> tuple[Array, int]:
    """The samples of a file in bytes, of 16 bits the upper one first; how many bytes follow."""
    stored = np.dtype(np.uint8 if largest < 256 else ">u2")
    size = int(np.prod(shape)) * stored.itemsize
    stream.seek(offset)
    data = stream.read(size)
    if len(data) < size:
        rule = f"ends early: the picture needs {size} bytes, but {len(data)} follow its header"
        raise request.refusal("image.format", rule)
    rest = len(stream.read())
    return np.frombuffer(data, stored).astype(stored.newbyteorder("=")).reshape(shape), rest
