"""How many bytes a packed chunk unpacks to, before it is unpacked."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

UNASKED = 2**28  # bytes that a chunk may unpack to without a look at what is inside
MOST_RATIO = {"gzip": 1032, "zlib": 1032, "bz2": 50_000, "lzma": 50_000}
PART = 2**20
BLOSC_HEADER = 16
CHECKSUM = 4  # bytes of crc32c
_BLOCK = 2**17  # the most bytes of a block of zstd
_ZSTD, _SKIPPED = 0xFD2FB528, 0x184D2A50


def unpacked_bytes(data: memoryview, packing: Sequence[str], most: int) -> int:
    """The bytes that the outermost compressor of a chunk makes of it; 0 where none is known.

    Counting stops beyond `most`.
    """
    inner = [name for name in packing if name != "crc32c"]
    if not inner:
        return 0
    name = inner[-1]
    if name == "blosc":
        return int.from_bytes(data[4:8], "little")
    if name == "lz4":
        return int.from_bytes(data[:4], "little")
    if name == "zstd":
        return zstd_bytes(data, most)
    if len(data) * MOST_RATIO.get(name, 1) <= max(most, UNASKED):
        return 0
    return _counted(data, name, most)


def is_whole(header: memoryview, size: int, packing: Sequence[str]) -> bool:
    """Whether a chunk of so many bytes is as long as its outermost compressor says.

    The decoder of blosc takes the length from the header, and reads as far: past the end of a chunk
    whose header was changed.
    """
    packing = list(packing)
    while packing and packing[-1] == "crc32c":
        size -= CHECKSUM
        packing.pop()
    if not packing or packing[-1] != "blosc":
        return True
    return BLOSC_HEADER <= size == int.from_bytes(header[12:BLOSC_HEADER], "little")


def zstd_bytes(data: memoryview, most: int) -> int:
    """The most bytes that frames of zstd hold, as their headers and blocks declare."""
    total = 0
    for held, _ in _zstd_frames(data, most):
        total += held
        if total > most:
            break
    return total


def is_one_zstd_frame(data: Any) -> bool:
    """Whether data are one frame of zstd and nothing else, by its headers alone."""
    frames = list(islice(_zstd_frames(data, 2**63), 2))
    return len(frames) == 1 and frames[0][1] == len(data)


def _zstd_frames(data: Any, most: int) -> Iterator[tuple[int, int]]:
    """The most bytes of each frame of zstd, and where it ends."""
    at = 0
    while at + 5 <= len(data):
        head = data[at : at + 18]
        magic = int.from_bytes(head[:4], "little")
        if magic & 0xFFFFFFF0 == _SKIPPED:
            at += 8 + int.from_bytes(head[4:8], "little")
            yield 0, at
            continue
        if magic != _ZSTD:
            break
        descriptor = head[4]
        single = descriptor >> 5 & 1
        size_bytes = (single, 2, 4, 8)[descriptor >> 6]
        place = 5 + (1 - single) + (0, 1, 2, 4)[descriptor & 3]
        declared = int.from_bytes(head[place : place + size_bytes], "little")
        blocks, at = _zstd_blocks(data, at + place + size_bytes, most)
        at += 4 * (descriptor >> 2 & 1)
        yield declared + 256 * (size_bytes == 2) if size_bytes else blocks, at


def _zstd_blocks(data: Any, at: int, most: int) -> tuple[int, int]:
    """The most bytes of the blocks that begin at a place, and where they end."""
    total, last = 0, 0
    while not last and at + 3 <= len(data) and total <= most:
        header = int.from_bytes(data[at : at + 3], "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        total += _BLOCK if kind == 2 else size
        at += 3 + (1 if kind == 1 else size)
    return total, at


def _counted(data: memoryview, name: str, most: int) -> int:
    """The bytes that unpacking gives, counted a part at a time and thrown away."""
    total = 0
    rest: Any = data
    try:
        while rest and total <= most:
            machine = _machine(name)
            while not machine.eof and total <= most:
                out = machine.decompress(rest, PART)
                total += len(out)
                rest = machine.unconsumed_tail if hasattr(machine, "unconsumed_tail") else b""
                if not out and not rest:
                    break
            rest = machine.unused_data if machine.eof else b""
    except (zlib.error, OSError, EOFError, lzma.LZMAError):
        return total  # the codec says what is wrong
    return total


def _machine(name: str) -> Any:
    if name == "bz2":
        return bz2.BZ2Decompressor()
    if name == "lzma":
        return lzma.LZMADecompressor()
    return zlib.decompressobj(wbits=47)
